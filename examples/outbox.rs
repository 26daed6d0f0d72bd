//! An outbox that survives the program: what is to be sent is written to a file before it is sent, so that a program that
//! ends at any moment goes on when it is started again. Every message arrives once, in the order of its chat.
//!
//! With `WAHA_BASE_URL`, `WAHA_OUTBOX` (the file; `WAHA_API_KEY` and `WAHA_SESSION` where they are needed) and arguments, a
//! chat and a text each, it adds these and sends all that is there to that server; start it again after it was ended. By
//! itself it talks to a stand-in that loses answers. The end of this file is its test: `cargo test --example outbox`.
//!
//! ```text
//! $ cargo run --example outbox
//! WAHA_BASE_URL is not set: starting a stand-in for WAHA in this process
//!
//! ended, with … messages sent
//! started again, with … messages to settle
//! {Sent: …}; 20 messages arrived
//! ```

use std::{
    collections::{BTreeMap, HashMap},
    env,
    error::Error,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use waha::{Client, ErrorKind, Limits, Session};

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    /// A message to send.
    Queued { number: u64, chat: String, text: String },
    /// It is about to be sent, with this id if the engine takes ids, at this time in milliseconds since 1970.
    Begun { number: u64, id: Option<String>, at: u64 },
    /// Nothing was sent: it can begin anew.
    Unsent { number: u64 },
    /// It is settled: sent, refused, or for a person to look at.
    Ended { number: u64, end: End },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum End {
    Sent,
    Refused,
    Unclear,
}

/// A message that is not settled.
#[derive(Clone)]
struct Message {
    number: u64,
    chat: String,
    text: String,
    /// Whether an attempt was begun: the id, and when.
    begun: Option<(Option<String>, SystemTime)>,
}

/// The file, and what is in it.
struct Outbox {
    file: Mutex<File>,
    open: BTreeMap<u64, Message>,
    next: u64,
    /// How long a message has to be missing on the server before it is sent again.
    settle_time: Duration,
    /// How long to wait before a message is tried again.
    pause: Duration,
}

impl Outbox {
    /// Opens the file, or makes one. A line that a program was writing when it ended is cut off.
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::options().read(true).append(true).create(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        let (settle_time, pause) = (Duration::from_secs(20), Duration::from_secs(5));
        let mut outbox = Self { file: Mutex::new(file), open: BTreeMap::new(), next: 1, settle_time, pause };
        for line in bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line).map_err(io::Error::other)? {
                Line::Queued { number, chat, text } => {
                    outbox.next = number + 1;
                    outbox.open.insert(number, Message { number, chat, text, begun: None });
                }
                Line::Begun { number, id, at } => {
                    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at);
                    outbox.open.entry(number).and_modify(|message| message.begun = Some((id, at)));
                }
                Line::Unsent { number } => {
                    outbox.open.entry(number).and_modify(|message| message.begun = None);
                }
                Line::Ended { number, .. } => drop(outbox.open.remove(&number)),
            }
        }
        Ok(outbox)
    }

    /// The same for a server that is on this computer and makes nobody wait.
    fn quick(self) -> Self {
        Self { settle_time: Duration::from_millis(200), pause: Duration::from_millis(20), ..self }
    }

    /// Adds a message. When this returns, it is on the disk.
    fn add(&mut self, chat: &str, text: &str) -> io::Result<()> {
        let (number, chat, text) = (self.next, chat.to_owned(), text.to_owned());
        self.write(&Line::Queued { number, chat: chat.clone(), text: text.clone() })?;
        self.next += 1;
        self.open.insert(number, Message { number, chat, text, begun: None });
        Ok(())
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = self.file.lock().map_err(|_| io::Error::other("another writer has panicked"))?;
        file.write_all(&text)?;
        file.sync_data()
    }

    /// Sends what is there: chats beside each other, the messages of a chat one after the other. Says how many ended how.
    async fn send(&self, session: &Session, bar: &ProgressBar) -> Result<BTreeMap<End, usize>, Box<dyn Error>> {
        let mut chats: HashMap<&str, Vec<&Message>> = HashMap::new();
        for message in self.open.values() {
            chats.entry(&message.chat).or_default().push(message);
        }
        bar.set_length(self.open.len() as u64);
        let chats = stream::iter(chats.into_values()).map(async |messages| {
            let mut ends = Vec::new();
            for message in messages {
                let end = self.deliver(session, message.clone()).await?;
                self.write(&Line::Ended { number: message.number, end })?;
                bar.inc(1);
                ends.push(end);
            }
            Ok::<_, Box<dyn Error>>(ends)
        });
        let mut chats = chats.buffer_unordered(8);
        let mut counts = BTreeMap::new();
        while let Some(ends) = chats.next().await {
            for end in ends? {
                *counts.entry(end).or_default() += 1;
            }
        }
        Ok(counts)
    }

    /// Sends a message, as often as it takes until it is settled.
    async fn deliver(&self, session: &Session, mut message: Message) -> Result<End, Box<dyn Error>> {
        let number = message.number;
        let mut missing = 0;
        loop {
            match self.attempt(session, &mut message).await? {
                Ok(()) => return Ok(End::Sent),
                Err(error) if error.message_id().is_none() && error.kind() == ErrorKind::MaybeSent || missing > 10 => {
                    eprintln!("look whether {} got number {number} ({error})", message.chat);
                    return Ok(End::Unclear);
                }
                Err(error) if error.kind() == ErrorKind::InvalidRequest => {
                    eprintln!("number {number} was refused: {error}");
                    return Ok(End::Refused);
                }
                Err(error) if matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Configuration) => {
                    return Err(error.into());
                }
                // There is no hurry: the server may be away, or want a pause.
                Err(error) => {
                    missing += usize::from(error.was_not_found());
                    tokio::time::sleep(error.retry_after().unwrap_or(self.pause)).await;
                }
            }
        }
    }

    async fn attempt(&self, session: &Session, message: &mut Message) -> io::Result<Result<(), waha::Error>> {
        let chat = match session.chat(message.chat.as_str()) {
            Ok(chat) => chat,
            Err(error) => return Ok(Err(error)),
        };
        let (id, after) = match message.begun.clone() {
            Some((id, begun)) => (id, Some(begun)),
            None => {
                let id = match session.chatting().get_new_message_id().await {
                    Ok(id) => Some(id.id),
                    Err(error) if error.kind() == ErrorKind::NotSupported => None,
                    Err(error) => return Ok(Err(error)),
                };
                let begun = SystemTime::now();
                let at = begun.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
                self.write(&Line::Begun { number: message.number, id: id.clone(), at: at as u64 })?;
                message.begun = Some((id.clone(), begun));
                (id, None)
            }
        };
        let text = chat.send_text(message.text.as_str());
        let once = match id {
            Some(id) => text.id(id).once(),
            None => text.once(),
        };
        let once = once.settle_time(self.settle_time);
        let result = match after {
            Some(begun) => once.after(begun).await,
            None => once.await,
        };
        if after.is_none() && result.as_ref().is_err_and(|error| !error.may_have_arrived()) {
            self.write(&Line::Unsent { number: message.number })?;
            message.begun = None;
        }
        Ok(result.map(drop))
    }
}

fn bar() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:40} {pos} of {len}, {eta} left").unwrap_or(ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let path = env::var_os("WAHA_OUTBOX").ok_or("WAHA_OUTBOX is not set: set it to the file of the outbox")?;
        let mut outbox = Outbox::open(Path::new(&path))?;
        let arguments: Vec<_> = env::args().skip(1).collect();
        for message in arguments.chunks(2) {
            let [chat, text] = message else { return Err("each chat needs a text after it".into()) };
            outbox.add(chat, text)?;
        }
        // A person could not write faster.
        let session =
            Client::from_env()?.default_session().with(|options| options.limits(Limits::new().per_minute(60)));
        println!("{:?}", outbox.send(&session, &bar()).await?);
        return Ok(());
    }
    println!("WAHA_BASE_URL is not set: starting a stand-in for WAHA in this process\n");
    let server = waha_sim::Server::builder().session("default").start().await?;
    let session = Client::builder(server.url()).build()?.default_session();
    let session = session.with(|options| options.limits(Limits::new().per_second(20)));
    let path = env::temp_dir().join(format!("waha-outbox-{}", std::process::id()));
    let mut outbox = Outbox::open(&path)?.quick();
    for number in 1..=20 {
        outbox.add(&format!("{}@c.us", 11_111_111_111_u64 + number % 3), &format!("Order {number} is on its way"))?;
    }
    // Every third answer is lost.
    server.fault(waha_sim::Fault::on("chatting_send_text").probability(0.3).reset_before_answer());
    // The program ends in the middle,
    let _ = tokio::time::timeout(Duration::from_secs(1), outbox.send(&session, &bar())).await;
    println!("ended, with {} messages sent", server.sent().len());
    drop(outbox);
    // and is started again.
    let outbox = Outbox::open(&path)?.quick();
    println!("started again, with {} messages to settle", outbox.open.len());
    println!("{:?}; {} messages arrived", outbox.send(&session, &bar()).await?, server.sent().len());
    fs::remove_file(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        path::PathBuf,
        process::{Child, Command, Stdio},
    };

    use super::*;
    use waha_sim::{Engine, Fault, Server};

    const MESSAGES: u64 = 60;
    const CHATS: u64 = 5;

    fn chat(number: u64) -> String {
        format!("{}@c.us", 11_111_111_111 + number % CHATS)
    }

    fn session(url: &str) -> Session {
        let session = Client::builder(url).timeout(Duration::from_secs(5)).build().expect("a client").default_session();
        session.with(|options| options.no_proxy().limits(Limits::new().per_second(100)))
    }

    fn file() -> PathBuf {
        env::temp_dir().join(format!("waha-outbox-{}-{:016x}", std::process::id(), fastrand::u64(..)))
    }

    /// The program that the test below starts and kills; by itself it does nothing.
    #[tokio::test]
    async fn program() {
        let (Ok(url), Ok(path)) = (env::var("OUTBOX_TEST_URL"), env::var("OUTBOX_TEST_FILE")) else { return };
        let outbox = Outbox::open(Path::new(&path)).expect("a file").quick();
        outbox.send(&session(&url), &ProgressBar::hidden()).await.expect("it goes on for as long as it takes");
    }

    fn start(url: &str, path: &Path) -> Child {
        let program = env::current_exe().expect("the test itself");
        let mut command = Command::new(program);
        command.args(["--exact", "tests::program"]).env("OUTBOX_TEST_URL", url).env("OUTBOX_TEST_FILE", path);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process")
    }

    /// Runs the program to its end, killing it again and again on the way.
    async fn run(server: &Server, path: &Path) {
        loop {
            let mut program = start(server.url(), path);
            let life = Duration::from_millis(fastrand::u64(100..1500));
            let end = tokio::time::timeout(life, async {
                loop {
                    if let Some(status) = program.try_wait().expect("a process") {
                        break status;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
            if let Ok(status) = end.await {
                assert!(status.success());
                return;
            }
            program.kill().expect("a process");
            program.wait().expect("a process");
            // The line that was being written when it ended.
            if fastrand::bool() {
                let mut file = File::options().append(true).open(path).expect("a file");
                file.write_all(br#"{"begun":{"number":1,"#).expect("a line");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_message_arrives_once_and_in_order_whenever_the_program_is_killed() {
        for engine in [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp] {
            let server = Server::builder().engine(engine).session("default").real_time().start().await.expect("a port");
            let path = file();
            let mut outbox = Outbox::open(&path).expect("a file");
            for number in 0..MESSAGES {
                outbox.add(&chat(number), &number.to_string()).expect("a line");
            }
            drop(outbox);
            server.fault(Fault::on("chatting_send_text").probability(0.1).reset_before_answer());
            server.fault(Fault::on("chatting_send_text").probability(0.1).unperformed().reset_before_answer());
            run(&server, &path).await;
            let sent = server.sent();
            for number in 0..CHATS {
                let chat = chat(number);
                let texts = sent.iter().filter(|sent| sent.chat == chat).filter_map(|sent| sent.text.as_deref());
                let texts: Vec<u64> = texts.map(|text| text.parse().expect("a number")).collect();
                assert!(texts.is_sorted_by(|one, next| one < next), "{engine}: {texts:?}");
                // An engine without ids leaves to a person what cannot be told.
                if matches!(engine, Engine::Gows | Engine::Noweb) {
                    assert_eq!(texts.len() as u64, MESSAGES / CHATS, "{engine}: {texts:?}");
                }
            }
            assert!(Outbox::open(&path).expect("a file").open.is_empty(), "{engine}");
            fs::remove_file(path).expect("a file");
        }
    }
}
