//! How far a command has come, on one line of the terminal, of which Ctrl-C leaves no trace.

use std::{future, io};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

/// How many columns stay free behind a bar. The terminal writes `^C` where the cursor is; at the end of a line, that
/// would begin another one, and the bar would stay on the line above, where it is not looked for.
const FREE: u16 = 4;

/// How many columns a bar leaves for what is said beside it.
const BESIDE: u16 = 30;

/// On a terminal with fewer columns than this, there is no bar.
const NARROWEST: u16 = 24;

/// How often a bar is drawn at most, in times a second.
const RATE: u8 = 20;

/// Returns a bar, for so many things if that is known, which is drawn on stderr if that is a terminal and there is
/// anything to do. The template may have a `{bar}`, which is made as wide as there is room for it.
pub(super) fn bar(length: Option<usize>, template: &str) -> ProgressBar {
    let line = Line(Term::buffered_stderr());
    if !line.0.is_term() || line.0.size().1 < NARROWEST || length == Some(0) {
        return ProgressBar::hidden();
    }
    let width = line.width().saturating_sub(BESIDE).clamp(1, 30);
    let style = ProgressStyle::with_template(&template.replace("{bar}", &format!("{{bar:{width}}}")));
    let length = length.map(|length| length as u64);
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(line), RATE);
    let bar = ProgressBar::with_draw_target(length, target);
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    // It is there before anything has happened.
    bar.tick();
    bar
}

/// Completes when Ctrl-C is pressed, on a line of the terminal that is empty. From the first poll on, Ctrl-C does not
/// end the program by itself.
pub async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Then it still does.
        return future::pending().await;
    }
    let terminal = Term::stderr();
    if terminal.is_term() {
        // Where nobody sees it, there is nothing to clear.
        let _ = terminal.clear_line();
    }
}

/// A terminal, of which the last columns stay free.
#[derive(Debug)]
struct Line(Term);

impl TermLike for Line {
    fn width(&self) -> u16 {
        TermLike::width(&self.0).saturating_sub(FREE).max(1)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.0)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.0.write_line(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
