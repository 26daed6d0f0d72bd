//! The server that all programs talk to: HTTP/1.1 with keep-alive, and answers that are made before they are asked for.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio_tungstenite::tungstenite::{
    handshake::derive_accept_key,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::answers;

/// Serves connections until the process ends, each in a thread of its own.
///
/// # Errors
///
/// No connection can be accepted.
pub fn serve(listener: &TcpListener) -> io::Result<()> {
    let lists = Arc::new(Lists::default());
    for stream in listener.incoming() {
        let (stream, lists) = (stream?, lists.clone());
        stream.set_nodelay(true)?;
        // A client that breaks off ends its connection, and nothing else.
        thread::Builder::new().stack_size(128 * 1024).spawn(move || connection(stream, &lists))?;
    }
    Ok(())
}

/// The lists that were asked for once: making one takes longer than reading it.
#[derive(Default)]
struct Lists(Mutex<HashMap<String, Arc<String>>>);

impl Lists {
    fn get(&self, name: &str, make: fn(usize) -> String, count: usize) -> Arc<String> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.entry(format!("{name} {count}")).or_insert_with(|| make(count).into()).clone()
    }
}

fn connection(stream: TcpStream, lists: &Lists) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
    let mut writer = stream;
    let (mut line, mut body) = (String::new(), vec![0; 64 * 1024]);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut is_chunked, mut key) = (0_u64, false, None);
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if header.starts_with("sec-websocket-key:") {
                key = line.split_once(':').map(|(_, key)| key.trim().to_owned());
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            is_chunked |= header.starts_with("transfer-encoding:") && header.contains("chunked");
        }
        if let Some(key) = key {
            return events(&mut writer, &key);
        }
        if is_chunked {
            skip_chunks(&mut reader, &mut body)?;
        } else {
            skip(&mut reader, length, &mut body)?;
        }
        let answer = answer(&target, lists);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nETag: \
             W/\"6b-k1pXgn\"\r\nDate: Sat, 26 Sep 2026 10:00:00 GMT\r\nConnection: keep-alive\r\n\r\n",
            answer.len()
        );
        // One write for a small answer, as a server does.
        if answer.len() < 32 * 1024 {
            writer.write_all(&[head.as_bytes(), answer.as_bytes()].concat())?;
        } else {
            writer.write_all(head.as_bytes())?;
            writer.write_all(answer.as_bytes())?;
        }
    }
}

/// Sends events for as long as somebody takes them.
fn events(writer: &mut TcpStream, key: &str) -> io::Result<()> {
    let accepted = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: \
         {accepted}\r\n\r\n"
    );
    writer.write_all(head.as_bytes())?;
    let mut frame = Vec::new();
    Frame::message(answers::EVENT, OpCode::Data(Data::Text), true).format(&mut frame).map_err(io::Error::other)?;
    let frames = frame.repeat(20);
    loop {
        writer.write_all(&frames)?;
    }
}

fn answer(target: &str, lists: &Lists) -> Arc<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let limit = query.split('&').find_map(|pair| pair.strip_prefix("limit=")?.parse().ok()).unwrap_or(100);
    match path {
        "/api/contacts/profile-picture" => lists.get("picture", |_| answers::PICTURE.to_owned(), 1),
        "/api/contacts/all" => lists.get("contacts", answers::contacts, limit),
        path if path.ends_with("/messages") => lists.get("messages", answers::messages, limit),
        _ => lists.get("sent", |_| answers::SENT.to_owned(), 1),
    }
}

fn skip(reader: &mut impl Read, length: u64, buffer: &mut [u8]) -> io::Result<()> {
    let mut rest = reader.take(length);
    while rest.read(buffer)? > 0 {}
    Ok(())
}

fn skip_chunks(reader: &mut BufReader<TcpStream>, buffer: &mut [u8]) -> io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).unwrap_or_default();
        skip(reader, length + 2, buffer)?;
        if length == 0 {
            return Ok(());
        }
    }
}
