//! What a program that a test runs has printed, and how it ended.

use std::process::Output;

/// Returns all that it printed.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Asserts that it ended with this status, and printed these words.
#[track_caller]
pub fn ends(output: &Output, status: i32, words: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", text(output));
    assert!(text(output).contains(words), "{words:?} is not in:\n{}", text(output));
}
