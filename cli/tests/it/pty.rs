//! The program on a terminal, as wide and as narrow as people have them.

use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use waha_sim::{Fault, Incoming, Server, SessionStatus};

use crate::support::{CHAT, Person, until};

const ROWS: u16 = 60;

/// The program on a terminal.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<vt100::Parser>>,
    /// All that was written.
    written: Arc<Mutex<Vec<u8>>>,
    keyboard: Box<dyn Write + Send>,
    reader: std::thread::JoinHandle<()>,
    /// Held as long as the program runs.
    _terminal: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn start(person: &Person, columns: u16, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: ROWS, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_waha"));
        command.args(args);
        command.cwd(person.home.path());
        command.env_clear();
        for (name, value) in person.environment() {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(ROWS, columns, 0)));
        let written = Arc::new(Mutex::new(Vec::new()));
        let (shown, all) = (screen.clone(), written.clone());
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end of the program ends the terminal, which some systems tell by an error.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                all.lock().unwrap().extend_from_slice(&bytes[..count]);
                shown.lock().unwrap().process(&bytes[..count]);
            }
        });
        Self { child, screen, written, keyboard, reader, _terminal: pair.master }
    }

    /// The lines of the screen, as they are seen.
    fn screen(&self) -> String {
        rows(&self.screen.lock().unwrap())
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    async fn shows(&self, words: &str) {
        // Lines that the terminal has broken read on.
        until(words, || self.screen().contains(words) || self.screen().replace('\n', "").contains(words)).await;
    }

    /// Waits for the end; returns the exit code, the screen and all that was written.
    async fn end(mut self) -> (u32, String, String) {
        let code = tokio::task::spawn_blocking(move || {
            let code = self.child.wait().unwrap().exit_code();
            // What was written last is still on its way.
            std::thread::sleep(Duration::from_millis(100));
            let screen = rows(&self.screen.lock().unwrap());
            let written = String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned();
            drop((self.keyboard, self._terminal));
            self.reader.join().unwrap();
            (code, screen, written)
        });
        code.await.unwrap()
    }
}

/// The rows of a screen: a line that the terminal has broken is on several.
fn rows(terminal: &vt100::Parser) -> String {
    let screen = terminal.screen();
    let rows: Vec<_> = screen.rows(0, screen.size().1).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

/// The lines of a QR code.
fn code(screen: &str) -> Vec<String> {
    screen.lines().filter(|line| line.contains('█')).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_qr_code_is_seen_at_a_time() {
    for columns in [40, 120] {
        let person = Person::with(Server::builder().session_in("default", SessionStatus::ScanQrCode)).await;
        let terminal = Terminal::start(&person, columns, &["login", "--deadline", "60"], &[]);
        terminal.shows("Link a device").await;
        let first = code(&terminal.screen());
        assert!(first.len() > 10, "{}", terminal.screen());
        person.server().advance(Duration::from_secs(61));
        until("the next code", || {
            let next = code(&terminal.screen());
            next.len() == first.len() && next != first
        })
        .await;
        terminal.shows("Link a device").await;
        let screen = terminal.screen();
        assert_eq!(screen.matches("Scan it with").count(), 1, "{columns}:\n{screen}");
        assert_eq!(screen.matches("the session is").count(), 1, "{columns}:\n{screen}");
        person.server().pair("default");
        let (exit, screen, _) = terminal.end().await;
        assert_eq!(exit, 0, "{screen}");
        assert!(screen.replace('\n', "").contains("default is paired with 10000000001@c.us"), "{screen}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_is_too_narrow_for_the_qr_code_is_told_so() {
    let person = Person::with(Server::builder().session_in("default", SessionStatus::ScanQrCode)).await;
    let mut terminal = Terminal::start(&person, 25, &["login", "--deadline", "60"], &[]);
    terminal.shows("and the terminal has 25").await;
    assert_eq!(code(&terminal.screen()), [""; 0]);
    terminal.press("\u{3}");
    let (exit, _, written) = terminal.end().await;
    assert!(exit != 0 && written.contains("waha login --phone"), "{exit}: {written}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_asks_and_shows_its_progress_on_one_line() {
    for columns in [40, 120] {
        let person = Person::with(Server::builder().session("default")).await;
        let list: String = (1..=8).map(|number| format!("1{number:010}\n")).collect();
        person.write("chats.txt", list);
        person.server().fault(Fault::on("chatting_send_text").times(1).refused(400, "refused"));
        let args = ["broadcast", "--to", "chats.txt", "Hi", "--batch", "1", "--every", "0.3"];
        let mut terminal = Terminal::start(&person, columns, &args, &[]);
        terminal.shows("to 8 chats? [y/N]").await;
        assert!(person.server().sent().is_empty());
        terminal.press("y\n");
        terminal.shows("3/8").await;
        terminal.shows("1 failed").await;
        let screen = terminal.screen();
        let bars: Vec<_> = screen.lines().filter(|line| line.contains("/8 ")).collect();
        assert_eq!(bars.len(), 1, "{columns}:\n{screen}");
        let width = bars[0].trim_end().chars().count();
        assert!(width < usize::from(columns) && bars[0].contains('█'), "{columns}: {width}\n{screen}");
        let (exit, screen, _) = terminal.end().await;
        assert_eq!(exit, 12, "{screen}");
        assert!(!screen.contains("/8 ") && screen.contains("7 sent, 1 failed"), "the bar is gone:\n{screen}");
    }
}

/// Checks what stands on the screen after Ctrl-C: no bar, no `^C`, and the last report on lines of their own.
#[track_caller]
fn is_tidy(screen: &str, reports: &[&str]) {
    let lines = screen.lines().map(str::trim_end).collect::<Vec<_>>();
    for trace in ["^C", "█", "░", "/30 ", "/250 ", "/3 ", " messages\n"] {
        assert!(!screen.contains(trace), "{trace} is left:\n{screen}");
    }
    for words in reports {
        let begins = lines.iter().filter(|line| line.starts_with(words)).count();
        assert_eq!(begins, 1, "no line of its own begins with {words:?}:\n{screen}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_in_a_broadcast_leaves_no_bar_and_is_answered_on_lines_of_their_own() {
    for columns in [40, 60, 120] {
        let person = Person::with(Server::builder().session("default")).await;
        let list: String = (1..=30).map(|number| format!("1{number:010}\n")).collect();
        person.write("chats.txt", list);
        // What is under way takes a while, in which the bar is drawn again.
        person.server().fault(Fault::on("chatting_send_text").delay(Duration::from_millis(400)));
        let args = ["broadcast", "--to", "chats.txt", "Hi", "--batch", "1", "--every", "0.3", "--yes"];
        let mut terminal = Terminal::start(&person, columns, &args, &[]);
        terminal.shows("2/30").await;
        terminal.press("\u{3}");
        terminal.shows("Ctrl-C again").await;
        let (exit, screen, written) = terminal.end().await;
        assert!(exit == 130 && written.contains("^C"), "{exit}: {written:?}");
        is_tidy(&screen, &["stopping: ", "error: stopped: ", "hint: "]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_ctrl_c_leaves_no_bar_either() {
    let person = Person::with(Server::builder().session("default")).await;
    let list: String = (1..=30).map(|number| format!("1{number:010}\n")).collect();
    person.write("chats.txt", list);
    person.server().fault(Fault::on("chatting_send_text").delay(Duration::from_secs(60)));
    let args = ["broadcast", "--to", "chats.txt", "Hi", "--yes"];
    let mut terminal = Terminal::start(&person, 80, &args, &[]);
    terminal.shows("0/30").await;
    until("a message", || person.asked().contains(&"chatting_send_text")).await;
    terminal.press("\u{3}");
    terminal.shows("Ctrl-C again").await;
    terminal.press("\u{3}");
    let (exit, screen, _) = terminal.end().await;
    assert_eq!(exit, 130, "{screen}");
    is_tidy(&screen, &["stopping: ", "ended at once: "]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_without_a_bar_is_answered_on_lines_of_their_own() {
    let person = Person::with(Server::builder().session("default")).await;
    person.write("chats.txt", "11111111111\n22222222222\n");
    person.server().fault(Fault::on("chatting_send_text").delay(Duration::from_millis(1500)));
    let args = ["broadcast", "--to", "chats.txt", "Hi", "--batch", "1", "--every", "9", "--yes", "--quiet"];
    let mut terminal = Terminal::start(&person, 80, &args, &[]);
    until("a message", || person.asked().contains(&"chatting_send_text")).await;
    terminal.press("\u{3}");
    let (exit, screen, _) = terminal.end().await;
    assert_eq!(exit, 130, "{screen}");
    is_tidy(&screen, &["stopping: ", "error: stopped: "]);
}

/// Somebody with a chat of so many messages, each with a file.
async fn with_files(count: usize) -> Person {
    let person = Person::with(Server::builder().session("default").person(CHAT, |ada| ada)).await;
    for number in 0..count {
        let file = Incoming::file("11111111111", "image/png", format!("picture {number}").into_bytes());
        person.server().receive("default", file.name("cat.png"));
    }
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_in_an_export_leaves_no_bar_and_says_how_far_it_came() {
    const EXPORT: [&str; 4] = ["export", CHAT, "--to", "out"];
    for columns in [40, 60, 120] {
        let person = with_files(250).await;
        // While the messages are listed.
        let slowly = Fault::on("chats_list_messages").delay(Duration::from_millis(700));
        person.server().fault(slowly);
        let mut terminal = Terminal::start(&person, columns, &EXPORT, &[]);
        terminal.shows("100 messages").await;
        terminal.press("\u{3}");
        let (exit, screen, written) = terminal.end().await;
        assert!(exit == 130 && written.contains("^C"), "{exit}: {written:?}");
        let reports =
            ["100 messages (100 new) and 0 files in", "error: stopped: not all messages", "hint: run it again"];
        is_tidy(&screen, &reports);

        // While their files are fetched.
        person.server().clear_faults();
        person.server().fault(Fault::on_path("/api/files").delay(Duration::from_millis(100)));
        let mut terminal = Terminal::start(&person, columns, &EXPORT, &[]);
        terminal.shows("/250 files").await;
        let saved = || std::fs::read_to_string(person.path("out/media.jsonl")).unwrap_or_default().lines().count();
        until("some files", || saved() >= 8).await;
        terminal.press("\u{3}");
        let (exit, screen, _) = terminal.end().await;
        assert_eq!(exit, 130, "{screen}");
        is_tidy(&screen, &["250 messages (150 new) and ", "error: stopped: ", "hint: run it again"]);
        assert!(screen.contains(&format!("{} files are left", 250 - saved())), "{}:\n{screen}", saved());
        let halves = std::fs::read_dir(person.path("out/media")).unwrap().map(|file| file.unwrap().file_name());
        let halves: Vec<_> = halves.filter(|name| name.to_string_lossy().ends_with(".part")).collect();
        assert!(halves.is_empty(), "{halves:?}");

        // It goes on where it was.
        person.server().clear_faults();
        let done = person.run(EXPORT).json();
        assert_eq!((&done["messages"], &done["new"], &done["files"]), (&250.into(), &0.into(), &250.into()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_while_files_are_sent_leaves_no_bar_and_names_the_file_that_may_have_been_sent() {
    for columns in [40, 120] {
        let person = Person::new().await;
        let long = "a-document-with-a-name-that-is-wider-than-the-terminal-of-a-person-and-than-that-of-most-of-us-and-others.pdf";
        let names = ["a.png", long, "c.png"];
        for name in names {
            person.write(name, [137, 80, 78, 71]);
        }
        person.server().fault(Fault::on("chatting_send_file").delay(Duration::from_secs(60)));
        let mut terminal = Terminal::start(&person, columns, &[&["send-file", CHAT][..], &names].concat(), &[]);
        terminal.shows("1/3").await;
        until("the second file", || person.asked().contains(&"chatting_send_file")).await;
        terminal.press("\u{3}");
        let (exit, screen, _) = terminal.end().await;
        assert_eq!(exit, 130, "{screen}");
        is_tidy(&screen, &["sent ", "error: stopped: 1 of 3 were sent", "hint: look at the chat"]);
    }
    let person = Person::new().await;
    person.write("a.pdf", "%PDF");
    person.server().fault(Fault::on("chatting_send_file").delay(Duration::from_secs(60)));
    let mut terminal = Terminal::start(&person, 80, &["send-file", CHAT, "a.pdf"], &[]);
    until("the file", || person.asked().contains(&"chatting_send_file")).await;
    terminal.press("\u{3}");
    let (exit, screen, _) = terminal.end().await;
    assert_eq!(exit, 130, "{screen}");
    is_tidy(&screen, &["error: stopped: `a.pdf` may have been sent", "hint: look at the chat"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_fits_the_terminal_and_is_the_default_there() {
    let mut builder = Server::builder().session("default");
    for number in 1..=3 {
        builder = builder.contact(format!("1{number:010}@c.us"), |it| it.name("Ada Lovelace").push_name("Countess"));
    }
    let person = Person::with(builder).await;
    for (columns, is_whole) in [(40, false), (120, true)] {
        let terminal = Terminal::start(&person, columns, &["contacts", "list"], &[]);
        let (exit, screen, _) = terminal.end().await;
        assert_eq!(exit, 0, "{screen}");
        let heads = screen.lines().filter(|line| line.contains("ID")).count();
        assert!(heads == 1 && screen.contains("10000000003@c.us"), "{columns}:\n{screen}");
        assert_eq!(!screen.contains("more columns"), is_whole, "{columns}:\n{screen}");
        // Nothing is broken by the terminal: a row is a line.
        assert!(screen.lines().filter(|line| line.contains("@c.us")).count() >= 3, "{columns}:\n{screen}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colours_are_for_terminals_whose_owner_wants_them() {
    let person = Person::new().await;
    let args = ["send", CHAT, ""];
    let (exit, screen, written) = Terminal::start(&person, 80, &args, &[]).end().await;
    assert!(exit == 2 && screen.contains("error: the text is empty"), "{screen}");
    assert!(written.contains("\u{1b}[31m"), "{written:?}");
    let (_, screen, written) = Terminal::start(&person, 80, &args, &[("NO_COLOR", "1")]).end().await;
    assert!(screen.contains("error: the text is empty") && !written.contains('\u{1b}'), "{written:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_ends_the_listening_and_leaves_an_empty_line() {
    let person = Person::new().await;
    let mut terminal = Terminal::start(&person, 80, &["listen"], &[]);
    terminal.shows("Ctrl-C ends it").await;
    terminal.press("\u{3}");
    let (exit, screen, written) = terminal.end().await;
    assert!(exit == 0 && written.contains("^C"), "{exit}: {written:?}");
    is_tidy(&screen, &["listening to "]);
}
