//! The folder of an export. Whatever interrupts it, what is in it can be read, and the next run goes on.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use fs4::{FileExt, TryLockError};
use serde_json::{Value, json};

use crate::exit::Failure;

/// The folder of an export.
pub struct Folder {
    path: PathBuf,
    messages: BufWriter<File>,
    media: File,
    /// Where each message stands in the file: its time, its place and its length.
    lines: Vec<Line>,
    ids: HashSet<String>,
    /// The messages whose file is saved.
    saved: HashSet<String>,
    /// The length of the file of messages.
    end: u64,
}

struct Line {
    time: i64,
    begin: u64,
    length: usize,
    has_media: bool,
}

impl Line {
    fn of(message: &Value, begin: u64, length: usize) -> Self {
        let time = message["timestamp"].as_f64().unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
        Self { time: time as i64, begin, length, has_media: message["hasMedia"] == true }
    }
}

impl Folder {
    /// Opens or creates it. A line that was not written to its end is dropped, and fetched again.
    ///
    /// # Errors
    ///
    /// It cannot be written, or it belongs to another chat.
    pub fn open(path: &Path, session: &str, chat: &str) -> Result<Self, Failure> {
        let unwritable = |error: io::Error| Failure::file(format!("`{}` cannot be written", path.display()), &error);
        if path.is_file() {
            return Err(Failure::usage(format!("`{}` is a file", path.display())).hint("--to names a folder"));
        }
        fs::create_dir_all(path).map_err(unwritable)?;
        belongs(path, session, chat)?;
        let media = open(&path.join("media.jsonl")).map_err(unwritable)?;
        lock(path, &media)?;
        let media = lines_of(media).map_err(unwritable)?;
        let messages = open(&path.join("messages.jsonl")).and_then(lines_of).map_err(unwritable)?;
        let mut folder = Self {
            path: path.to_owned(),
            messages: BufWriter::new(messages.file),
            media: media.file,
            lines: Vec::new(),
            ids: HashSet::new(),
            saved: HashSet::new(),
            end: messages.end,
        };
        for (message, begin, length) in messages.lines {
            folder.ids.insert(id(&message));
            folder.lines.push(Line::of(&message, begin, length));
        }
        // The last word about a message counts, and the file may have been deleted since.
        let known: HashMap<String, Value> = media
            .lines
            .into_iter()
            .map(|(line, ..)| (line["message"].as_str().unwrap_or_default().to_owned(), line))
            .collect();
        for (message, line) in known {
            if line["file"].as_str().is_some_and(|file| folder.path.join(file).is_file()) {
                folder.saved.insert(message);
            }
        }
        Ok(folder)
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.saved.len()
    }

    /// Where files are saved.
    pub fn media(&self) -> PathBuf {
        self.path.join("media")
    }

    /// Adds a message, unless it is there.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn add(&mut self, message: &Value) -> Result<(), Failure> {
        if !self.ids.insert(id(message)) {
            return Ok(());
        }
        let line = format!("{message}\n");
        self.messages.write_all(line.as_bytes()).map_err(|error| self.unwritable("messages.jsonl", &error))?;
        self.lines.push(Line::of(message, self.end, line.len()));
        self.end += line.len() as u64;
        Ok(())
    }

    /// Makes sure that what was added is in the file.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.messages.flush().map_err(|error| self.unwritable("messages.jsonl", &error))
    }

    /// Puts the oldest message first. The file is replaced as a whole.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn sort(&mut self) -> Result<(), Failure> {
        self.flush()?;
        if self.lines.is_sorted_by_key(|line| line.time) {
            return Ok(());
        }
        self.lines.sort_by_key(|line| line.time);
        let (path, draft) = (self.path.join("messages.jsonl"), self.path.join("messages.jsonl.new"));
        self.rewrite(&path, &draft).map_err(|error| self.unwritable("messages.jsonl", &error))
    }

    fn rewrite(&mut self, path: &Path, draft: &Path) -> io::Result<()> {
        let mut old = File::open(path)?;
        let mut new = BufWriter::new(File::create(draft)?);
        let mut end = 0;
        for line in &mut self.lines {
            new.write_all(&read_at(&mut old, line)?)?;
            line.begin = end;
            end += line.length as u64;
        }
        new.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(draft, path)?;
        self.messages = BufWriter::new(OpenOptions::new().append(true).open(path)?);
        Ok(())
    }

    /// Returns the messages whose file is not saved yet.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn without_file(&self) -> Result<Vec<Value>, Failure> {
        let unreadable = |error: io::Error| self.unwritable("messages.jsonl", &error);
        let mut file = File::open(self.path.join("messages.jsonl")).map_err(unreadable)?;
        let mut found = Vec::new();
        for line in self.lines.iter().filter(|line| line.has_media) {
            let text = read_at(&mut file, line).map_err(unreadable)?;
            let message: Value = serde_json::from_slice(&text).map_err(|error| unreadable(error.into()))?;
            if !self.saved.contains(message["id"].as_str().unwrap_or_default()) {
                found.push(message);
            }
        }
        Ok(found)
    }

    /// Notes that the file of a message is saved.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn has_file(&mut self, message: &str, path: &Path, size: u64) -> Result<(), Failure> {
        let file = path.strip_prefix(&self.path).unwrap_or(path).to_string_lossy().into_owned();
        self.saved.insert(message.to_owned());
        self.note(&json!({ "message": message, "file": file, "size": size }))
    }

    /// Notes why the file of a message is not saved.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn lacks_file(&mut self, message: &str, why: &str) -> Result<(), Failure> {
        self.note(&json!({ "message": message, "error": why }))
    }

    fn note(&mut self, line: &Value) -> Result<(), Failure> {
        let written = self.media.write_all(format!("{line}\n").as_bytes());
        written.map_err(|error| self.unwritable("media.jsonl", &error))
    }

    fn unwritable(&self, name: &str, error: &io::Error) -> Failure {
        Failure::file(format!("`{}` cannot be used", self.path.join(name).display()), error)
    }
}

fn id(message: &Value) -> String {
    message["id"].as_str().map_or_else(|| message.to_string(), str::to_owned)
}

fn read_at(file: &mut File, line: &Line) -> io::Result<Vec<u8>> {
    let mut text = vec![0; line.length];
    file.seek(SeekFrom::Start(line.begin))?;
    file.read_exact(&mut text)?;
    Ok(text)
}

/// What tells the folder of one chat from that of another.
fn belongs(path: &Path, session: &str, chat: &str) -> Result<(), Failure> {
    let file = path.join("export.json");
    let wanted = json!({ "session": session, "chat": chat });
    match fs::read_to_string(&file) {
        Ok(text) if serde_json::from_str::<Value>(&text).ok().as_ref() == Some(&wanted) => Ok(()),
        Ok(_) => Err(Failure::usage(format!("`{}` is the export of another chat", path.display()))
            .hint("choose another folder with --to")),
        Err(_) => {
            let written = fs::write(&file, format!("{wanted}\n"));
            written.map_err(|error| Failure::file(format!("`{}` cannot be written", file.display()), &error))
        }
    }
}

/// The lines of a file, which is open to append more.
struct Lines {
    file: File,
    lines: Vec<(Value, u64, usize)>,
    end: u64,
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).read(true).open(path)
}

/// Keeps others from writing to the folder until this program ends.
fn lock(path: &Path, file: &File) -> Result<(), Failure> {
    match FileExt::try_lock(file) {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::usage(format!("another export is at work in `{}`", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(Failure::file(format!("`{}` cannot be locked", path.display()), &error)),
    }
}

fn lines_of(file: File) -> io::Result<Lines> {
    let mut reader = BufReader::new(&file);
    let (mut lines, mut end, mut text) = (Vec::new(), 0, Vec::new());
    loop {
        text.clear();
        let length = reader.read_until(b'\n', &mut text)?;
        match serde_json::from_slice(&text) {
            Ok(value) if text.ends_with(b"\n") => lines.push((value, end, length)),
            _ => break,
        }
        end += length as u64;
    }
    drop(reader);
    file.set_len(end)?;
    Ok(Lines { file, lines, end })
}
