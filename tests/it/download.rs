//! Downloads: the URL that is requested, the servers that get the key, and the bytes that arrive.

use std::time::{Duration, Instant};

use futures_util::{FutureExt, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use waha::{Client, Download, ErrorKind, RequestOptions, Retry};

use crate::support::{Folder, Reply, Server, until};

const KEY: &str = "marker-of-the-key";
const FILE: &str = "/api/files/default/true_11111111111@c.us_AAAA.jpg";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\r\n\r\n{}";

fn client(url: &str) -> Client {
    let retry = Retry::new().min_delay(Duration::from_millis(1));
    Client::builder(url).api_key(KEY).options(RequestOptions::new().retry(retry)).build().unwrap()
}

fn jpeg() -> Reply {
    Reply::new(200, Some("image/jpeg"), JPEG)
}

#[tokio::test]
async fn a_file_arrives_whole_as_bytes_as_a_stream_and_on_disk() {
    let server = Server::start(jpeg()).await;
    let client = client(server.url());
    let folder = Folder::new();
    let path = folder.file("cat.jpg", b"an older cat");

    let download = client.download(format!("{}{FILE}", server.url())).await.unwrap();
    assert_eq!((download.status().as_u16(), download.content_type()), (200, Some("image/jpeg")));
    assert_eq!(download.content_length(), Some(JPEG.len() as u64));
    assert_eq!(download.bytes().await.unwrap(), JPEG);
    let request = server.only_request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", FILE));
    assert_eq!(request.header("x-api-key"), Some(KEY));

    let chunks: Vec<_> = client.download(FILE).await.unwrap().try_collect().await.unwrap();
    assert_eq!(chunks.concat(), JPEG);
    assert_eq!(client.download(FILE).send().await.unwrap().save(&path).await.unwrap(), JPEG.len() as u64);
    assert_eq!(std::fs::read(&path).unwrap(), JPEG);
    assert_eq!(folder.names(), ["cat.jpg"]);
}

#[tokio::test]
async fn a_file_is_requested_at_its_own_url_or_at_the_base_url() {
    let server = Server::start(jpeg()).await;
    let target = |client: &Client, url: &str, from_base_url: bool| {
        let (download, server) = (client.download(url), &server);
        async move {
            let download = if from_base_url { download.from_base_url() } else { download };
            download.await.unwrap().bytes().await.unwrap();
            server.only_request().target
        }
    };
    for prefix in ["", "/waha", "/api/files"] {
        let client = client(&format!("{}{prefix}", server.url()));
        let expected = format!("{prefix}{FILE}");
        assert_eq!(target(&client, FILE, false).await, expected);
        assert_eq!(target(&client, &format!("{}{FILE}?a=b", server.url()), false).await, format!("{FILE}?a=b"));
        for start in ["", "http://localhost:3000", "https://waha.example.org/some/where"] {
            assert_eq!(target(&client, &format!("{start}{FILE}"), true).await, expected);
        }
        let s3 = "/api/s3/bucket/default/AAAA.jpg?a=b";
        assert_eq!(target(&client, &format!("http://localhost:3000{s3}"), true).await, format!("{prefix}{s3}"));
    }
}

#[tokio::test]
async fn a_download_from_another_server_sends_no_key() {
    let server = Server::start(jpeg()).await;
    let client = client("http://localhost:1");
    client.download(format!("{}/picture.jpg", server.url())).await.unwrap().bytes().await.unwrap();
    let names: Vec<_> = server.only_request().headers.into_iter().map(|(name, _)| name).collect();
    assert!(names.iter().all(|name| ["accept", "host", "user-agent"].contains(&name.as_str())), "{names:?}");
}

#[tokio::test]
async fn a_redirect_is_followed_without_the_key() {
    let other = Server::start(jpeg()).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/bucket/AAAA.jpg?signature=a", other.url());
        let server = Server::start(Reply::with_headers(status, [("Location", location.as_str())], "")).await;
        let download = client(server.url()).download(FILE).await.unwrap();
        assert_eq!(download.bytes().await.unwrap(), JPEG, "{status}");
        assert_eq!(server.only_request().header("x-api-key"), Some(KEY));
        let request = other.only_request();
        assert_eq!(request.target, "/bucket/AAAA.jpg?signature=a");
        assert_eq!(request.header("x-api-key"), None, "{status}");
        assert!(request.headers.iter().all(|(_, value)| !value.contains(KEY)));
    }
}

#[tokio::test]
async fn another_server_cannot_redirect_a_download_to_the_api() {
    let server = Server::start(jpeg()).await;
    let location = format!("{}/api/sendText?phone=11111111111&text=hi&session=default", server.url());
    let other = Server::start(Reply::with_headers(302, [("Location", location.as_str())], "")).await;
    let error = client(server.url()).download(format!("{}/", other.url())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert_eq!(other.only_request().header("x-api-key"), None);
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn redirect_loops_and_invalid_locations_are_errors() {
    for location in ["/around", "ftp://example.org/", "http://", ""] {
        let server = Server::start(Reply::with_headers(302, [("Location", location)], "")).await;
        let error = client(server.url()).download(FILE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect, "{location}: {error}");
        assert!(server.take_requests().len() <= 6, "{location}");
    }
}

#[tokio::test]
async fn download_errors_say_what_to_do() {
    let server = Server::start(jpeg()).await;
    let ours = client(server.url());
    let elsewhere = client("http://localhost:1");
    let file = format!("{}{FILE}", server.url());
    for (client, status, kind, hint) in [
        (&ours, 404, ErrorKind::NotFound, "180 s"),
        (&ours, 401, ErrorKind::Unauthorized, "wants an API key"),
        (&ours, 403, ErrorKind::Forbidden, ""),
        (&elsewhere, 404, ErrorKind::NotFound, "180 s"),
        (&elsewhere, 401, ErrorKind::Unauthorized, "`from_base_url`"),
        (&elsewhere, 403, ErrorKind::Forbidden, "`from_base_url`"),
    ] {
        server.set_reply(Reply::json(status, r#"{"message": "FILE_NOT_FOUND"}"#));
        let error = client.download(&file).await.unwrap_err();
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (kind, status));
        assert_eq!((error.message(), error.operation().unwrap().id()), ("FILE_NOT_FOUND", "download"));
        assert!(error.to_string().contains(hint), "{error}");
    }
    // The server's own idea of where it is.
    let error = ours.with(|options| options.retry(Retry::never())).download("http://127.0.0.1:1/api/files/a/b.jpg");
    let error = error.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("`from_base_url`"), "{error}");

    server.take_requests();
    for (url, words) in [
        ("", "has no scheme"),
        ("api/files/a", "has no scheme"),
        ("ftp://example.org/", "begins with ftp:"),
        ("http://", "cannot be read"),
    ] {
        let error = ours.download(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{url}");
        assert!(error.message().contains(words), "{url}: {error}");
    }
    let error = ours.download("https://example.org/a.jpg").from_base_url().await.unwrap_err();
    assert!(error.message().contains("no file of the server"), "{error}");
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn a_download_is_retried_only_until_it_begins() {
    let server = Server::start(jpeg()).await;
    server.set_replies([Reply::json(503, "{}"), Reply::raw(""), jpeg()]);
    assert_eq!(client(server.url()).download(FILE).await.unwrap().bytes().await.unwrap(), JPEG);
    assert_eq!(server.take_requests().len(), 3);
}

#[tokio::test]
async fn a_download_that_breaks_off_is_an_error_and_no_file() {
    let cut = "HTTP/1.1 200 .\r\nContent-Length: 100\r\n\r\nhalf of it";
    let server = Server::start(Reply::raw(cut)).await;
    let folder = Folder::new();
    let path = folder.file("cat.jpg", b"an older cat");
    let error = client(server.url()).download(FILE).await.unwrap().save(&path).await.unwrap_err();
    assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Connection, "download"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"an older cat");
    assert_eq!(folder.names(), ["cat.jpg"]);

    server.set_reply(jpeg());
    let download = client(server.url()).download(FILE).await.unwrap();
    let error = download.save(folder.path().join("none").join("cat.jpg")).await.unwrap_err();
    assert!(error.message().contains("cat.jpg` cannot be written"), "{error}");
}

#[tokio::test]
async fn a_download_from_a_silent_server_times_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for begins in [true, false] {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
                if begins {
                    stream.write_all(b"HTTP/1.1 200 .\r\nContent-Length: 4\r\n\r\nst").await.unwrap();
                }
                std::future::pending::<()>().await;
            });
        }
    });
    let short = Duration::from_millis(100);
    let client = client(&url).with(|options| options.idle_timeout(short).timeout(short));
    let begin = Instant::now();
    let download = client.download(FILE).await.unwrap();
    let error = download.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("nothing more came within 100ms"), "{error}");
    assert_eq!(client.download(FILE).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_file_can_have_any_name_that_the_file_system_takes() {
    let server = Server::start(jpeg()).await;
    let client = client(server.url());
    let folder = Folder::new();
    let names = ["a".to_owned(), "ü".repeat(125), "x".repeat(255), ".hidden".to_owned(), "a b\n*?\"".to_owned()];
    for name in &names {
        let path = folder.path().join(name);
        for _ in 0..2 {
            client.download(FILE).await.unwrap().save(&path).await.unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), JPEG, "{name}");
        }
    }
    let mut found = folder.names();
    found.sort();
    let mut expected = names.to_vec();
    expected.sort();
    assert_eq!(found, expected);

    // An invalid name is an error that contains the name, and no file remains.
    let too_long = folder.path().join("y".repeat(256));
    for path in [too_long, folder.path().to_owned(), folder.path().join(".."), "".into()] {
        let error = client.download(FILE).await.unwrap().save(&path).await.unwrap_err();
        let expected = format!("the file `{}` cannot be written: ", path.display());
        assert!(error.message().starts_with(&expected), "{error}");
        assert_eq!(error.kind(), ErrorKind::Other);
    }
    assert_eq!(folder.names().len(), names.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_that_is_dropped_leaves_no_file_behind() {
    // Chunk by chunk, so that there are many places at which it can be dropped.
    let chunks = "1\r\na\r\n".repeat(100);
    let whole = format!("HTTP/1.1 200 .\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let ends = [format!("{whole}0\r\n\r\n"), whole];
    let folder = Folder::new();
    let path = folder.path().join("cat.jpg");
    for end in ends {
        let server = Server::start(Reply::raw(end)).await;
        let client = client(server.url());
        for polls in 0..60 {
            let download = client.download(FILE).await.unwrap();
            let mut save = Box::pin(download.save(&path));
            for _ in 0..polls {
                if save.as_mut().now_or_never().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(save);
            let path = path.clone();
            let download = client.download(FILE).await.unwrap();
            let task = tokio::spawn(async move { download.save(&path).await });
            tokio::time::sleep(Duration::from_micros(polls * 20)).await;
            task.abort();
            let _ = task.await;
        }
    }
    // A file that is being created in the background is deleted there.
    until("no parts", || folder.names().iter().all(|name| name == "cat.jpg")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(folder.names().iter().all(|name| name == "cat.jpg"), "{:?}", folder.names());
}

#[tokio::test]
async fn bytes_in_memory_have_a_limit() {
    let chunked = "HTTP/1.1 200 .\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    for reply in [Reply::new(200, None, "abcdef"), Reply::raw(chunked)] {
        let server = Server::start(reply).await;
        let client = client(server.url());
        let download = || async { client.download(FILE).await.unwrap() };
        let error = download().await.limit(5).bytes().await.unwrap_err();
        assert!(error.message().contains("more than 5 bytes"), "{error}");
        assert_eq!(download().await.limit(6).bytes().await.unwrap(), "abcdef");
    }
    assert_eq!(Download::DEFAULT_LIMIT, 64 << 20);
}

#[tokio::test]
async fn debug_of_a_download_hides_the_key() {
    let server = Server::start(jpeg()).await;
    let download = client(server.url()).download(format!("{FILE}?x-api-key={KEY}"));
    let mut shown = format!("{download:?}");
    shown += &format!("{:?}", download.send().await.unwrap());
    assert!(!shown.contains(KEY), "{shown}");
}

#[tokio::test]
async fn a_download_can_be_spawned() {
    let server = Server::start(jpeg()).await;
    let download = client(server.url()).download(FILE);
    let bytes = tokio::spawn(async move { download.await?.bytes().await });
    assert_eq!(bytes.await.unwrap().unwrap(), JPEG);
}

#[tokio::test]
async fn the_file_of_a_message_is_saved_under_a_safe_name_on_every_engine() {
    const ADA: &str = "11111111111@c.us";
    for engine in [waha_sim::Engine::Gows, waha_sim::Engine::Noweb, waha_sim::Engine::Webjs, waha_sim::Engine::Wpp] {
        let server = waha_sim::Server::builder().engine(engine).session("default").contact(ADA, |ada| ada.name("Ada"));
        let server = server.start().await.unwrap();
        let note = b"Thank you!\n";
        server.receive(
            "default",
            waha_sim::Incoming::file(ADA, "text/plain", note.as_slice()).name("../../../etc/note.txt"),
        );
        let session = Client::builder(server.url()).build().unwrap().default_session();
        let folder = Folder::new();
        let received = folder.path().join("received");
        // Without a request for the file, and with one: it is fetched where that was not done.
        for download_media in [false, true] {
            let messages = session.chat(ADA).unwrap().messages().download_media(download_media).await.unwrap();
            let message = messages.iter().find(|message| message.has_media()).unwrap();
            let read = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
            let progress = read.clone();
            let saving = session.save_media(message, &received);
            let saved = saving.on_progress(move |read, all| progress.lock().unwrap().push((read, all))).await.unwrap();
            assert_eq!((std::fs::read(&saved.path).unwrap().as_slice(), saved.size), (note.as_slice(), 11), "{engine}");
            assert_eq!(saved.path.parent().unwrap(), received, "{engine}");
            let name = saved.path.file_name().unwrap().to_str().unwrap();
            assert!(name.starts_with(message.id().bare()) && name.ends_with(".txt"), "{engine}: {name}");
            assert_eq!(read.lock().unwrap().last(), Some(&(11, Some(11))), "{engine}");
        }
        // Once for each message, however often it is saved.
        assert_eq!(std::fs::read_dir(&received).unwrap().count(), 1, "{engine}");

        let sent = session.send_text(ADA, "no file").await.unwrap();
        let message = session.chat(ADA).unwrap().message(sent.id.unwrap()).await.unwrap();
        assert_eq!(session.save_media(&message, &received).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}
