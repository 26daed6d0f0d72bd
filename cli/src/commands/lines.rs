//! Texts and lists that people give as arguments, in files or by stdin.

use crate::{exit::Failure, text};

/// Returns the text itself, or what stdin has for `-`, without the line feed at its end.
///
/// # Errors
///
/// stdin cannot be read.
pub fn text(given: &str) -> Result<String, Failure> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let text = text::of_stdin()?;
    Ok(text.strip_suffix('\n').map_or(text.clone(), |text| text.trim_end_matches('\r').to_owned()))
}

/// Reads the lines of a file, or of stdin for `-`, without empty ones and those that begin with `#`. Each comes with
/// its number.
///
/// # Errors
///
/// The file cannot be read, or there is no line in it.
pub fn list(path: &str) -> Result<Vec<(usize, String)>, Failure> {
    let content = match path {
        "-" => text("-")?,
        path => text::of_file(path)?,
    };
    let lines = content.lines().enumerate().map(|(number, line)| (number + 1, line.trim().to_owned()));
    let lines: Vec<_> = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect();
    match lines.is_empty() {
        true => Err(Failure::usage(format!("`{path}` has no lines"))),
        false => Ok(lines),
    }
}

/// What a list looks like, for who has another one.
pub const LIST: &str = "write one number or id on each line, and # before what is none; of a table, its column alone";
