//! The memory that an upload uses does not depend on the size of the file.

use std::path::PathBuf;

use peak_alloc::PeakAlloc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use waha::{Client, Media};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const SIZE: usize = 32 << 20;

/// The memory that an upload may use at most, in bytes.
const ALLOWED: usize = 1 << 20;

/// Answers requests, keeps nothing of them, and tells how large they were.
async fn server() -> (String, tokio::sync::mpsc::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut size = 0;
            // Nothing else in the body ends so.
            let mut is_complete = false;
            while !is_complete {
                let read = stream.read(&mut buffer).await.unwrap();
                assert!(read > 0, "the request broke off after {size} bytes");
                size += read;
                is_complete = buffer[..read].ends_with(b"\"session\":\"default\"}")
                    || buffer[..read].ends_with(b"\"session\":\"default\"}\r\n0\r\n\r\n");
            }
            stream.write_all(b"HTTP/1.1 201 .\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").await.unwrap();
            sender.send(size).await.unwrap();
        }
    });
    (url, receiver)
}

struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn an_upload_uses_constant_memory() {
    let (url, mut sizes) = server().await;
    let client = Client::builder(url).build().unwrap();
    let session = client.default_session();
    let file = File(std::env::temp_dir().join(format!("waha-memory-{}.jpg", std::process::id())));
    std::fs::File::create(&file.0).unwrap().set_len(SIZE as u64).unwrap();
    let bytes = bytes::Bytes::from(vec![1; SIZE]);
    // The first upload allocates what is made once, such as connections.
    let send = |media: Media| session.chatting().send_file().chat_id("11111111111@c.us").file(media).send();
    send(Media::bytes("small")).await.unwrap();
    sizes.recv().await.unwrap();

    for (from, media) in [
        ("path", Media::path(&file.0)),
        ("bytes", Media::bytes(bytes.clone())),
        ("reader", Media::reader(std::io::Cursor::new(bytes.clone()))),
    ] {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        send(media).await.unwrap();
        let peak = MEMORY.peak_usage() - before;
        println!("{from}: {} KiB for {} MiB", peak / 1024, SIZE >> 20);
        assert!(sizes.recv().await.unwrap() > SIZE / 3 * 4, "{from}");
        assert!(peak < ALLOWED, "{from}: {peak} bytes");
    }
}
