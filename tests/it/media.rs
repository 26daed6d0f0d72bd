//! Uploads: the bytes that arrive, files that are refused, and retries.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use waha::{Client, Error, ErrorKind, Json, Media, RequestOptions, ResponseValue, Retry, Session, types};

use crate::support::{Folder, Reply, Server};

const CHAT: &str = "11111111111@c.us";
const GROUP: &str = "111111111111111111@g.us";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";

async fn send(session: &Session, media: Media) -> Result<ResponseValue<Json>, Error> {
    session.chatting().send_image().chat_id(CHAT).file(media).caption("A \"cat\"").send().await
}

/// The `file` of the only request.
fn arrived(server: &Server) -> Value {
    let mut body = server.only_request().json();
    assert_eq!((&body["chatId"], &body["caption"]), (&json!(CHAT), &json!("A \"cat\"")));
    body["file"].take()
}

fn is_opus() -> Vec<u8> {
    [b"OggS".as_slice(), &[0; 24], b"OpusHead"].concat()
}

#[tokio::test]
async fn a_file_arrives_from_every_source() {
    let folder = Folder::new();
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    let png = BASE64_STANDARD.encode(PNG);
    for (media, file) in [
        (
            Media::path(folder.file("cat.png", PNG)),
            json!({"data": png, "mimetype": "image/png", "filename": "cat.png"}),
        ),
        (Media::bytes(PNG), json!({"data": png, "mimetype": "image/png"})),
        (Media::reader(PNG), json!({"data": png, "mimetype": "image/png"})),
        (Media::reader_with_length(PNG, PNG.len() as u64), json!({"data": png, "mimetype": "image/png"})),
        (
            Media::data_uri("data:text/plain;charset=utf-8,a%20b").unwrap(),
            json!({"data": "YSBi", "mimetype": "text/plain;charset=utf-8"}),
        ),
        (Media::data_uri(format!("data:;base64,{png}")).unwrap(), json!({"data": png, "mimetype": "image/png"})),
        (Media::url("https://example.org/a?b=c#d"), json!({"url": "https://example.org/a?b=c#d"})),
        (
            Media::url("https://example.org/").filename("a \"b\".png").mime_type("image/png"),
            json!({"url": "https://example.org/", "filename": "a \"b\".png", "mimetype": "image/png"}),
        ),
        (
            Media::bytes("x").filename("ü\n.jpg").mime_type("image/x"),
            json!({"data": "eA==", "filename": "ü\n.jpg", "mimetype": "image/x"}),
        ),
    ] {
        let shown = format!("{media:?}");
        send(&session, media).await.unwrap();
        assert_eq!(arrived(&server), file, "{shown}");
    }
}

#[tokio::test]
async fn content_length_is_sent_where_the_size_is_known() {
    let folder = Folder::new();
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    for (media, is_known) in [
        (Media::path(folder.file("cat.png", PNG)), true),
        (Media::bytes(PNG), true),
        (Media::reader_with_length(PNG, PNG.len() as u64), true),
        (Media::reader(PNG), false),
    ] {
        send(&session, media).await.unwrap();
        let request = server.only_request();
        let length = is_known.then(|| request.body.len().to_string());
        assert_eq!(request.header("content-length"), length.as_deref());
        assert_eq!(request.header("transfer-encoding"), (!is_known).then_some("chunked"));
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn a_file_arrives_whole_at_every_size_and_chunk_length() {
    let folder = Folder::new();
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    let chunk = 3 * 16 * 1024;
    for size in [1, 2, 3, 4, chunk - 1, chunk, chunk + 1, 3 * chunk + 2] {
        let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(size).collect();
        let (mut writer, reader) = tokio::io::duplex(1000);
        let source = bytes.clone();
        tokio::spawn(async move { writer.write_all(&source).await });
        for media in [Media::path(folder.file("any", &bytes)), Media::bytes(bytes.clone()), Media::reader(reader)] {
            send(&session, media.mime_type("a/b")).await.unwrap();
            let data = arrived(&server)["data"].take();
            assert!(data == BASE64_STANDARD.encode(&bytes), "{size}");
        }
    }
}

#[tokio::test]
async fn the_mime_type_is_guessed_from_name_and_bytes() {
    let folder = Folder::new();
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    let (opus, vorbis) = (is_opus(), [b"OggS".as_slice(), &[0; 24], b"\x01vorbis"].concat());
    for (name, bytes, mime_type) in [
        ("a.jpg", PNG, json!("image/jpeg")),
        ("A.PDF", b"%PDF-1.7".as_slice(), json!("application/pdf")),
        ("a.csv", b"a,b", json!("text/csv")),
        ("a", JPEG, json!("image/jpeg")),
        ("a.unheard-of", JPEG, json!("image/jpeg")),
        ("a.unheard-of", b"?", Value::Null),
        ("a.ogg", &opus, json!("audio/ogg; codecs=opus")),
        ("a.ogg", &vorbis, json!("audio/ogg")),
        ("voice", &opus, json!("audio/ogg; codecs=opus")),
    ] {
        for media in [Media::path(folder.file(name, bytes)), Media::bytes(bytes.to_vec()).filename(name)] {
            send(&session, media).await.unwrap();
            let file = arrived(&server);
            assert_eq!((&file["mimetype"], &file["filename"]), (&mime_type, &json!(name)));
        }
    }
}

#[tokio::test]
async fn operations_that_take_only_content_get_no_name_or_type() {
    let server = Server::start(Reply::new(201, Some("audio/ogg"), "voice")).await;
    let session = server.session();
    let _ = session.media().convert_voice().body(Media::bytes("a voice").filename("a.mp3")).send().await.unwrap();
    assert_eq!(server.only_request().json(), json!({"data": BASE64_STANDARD.encode("a voice")}));
    let _ = session
        .media()
        .convert_video()
        .body(Media::url("https://example.org/").filename("a.mp4"))
        .send()
        .await
        .unwrap();
    assert_eq!(server.only_request().json(), json!({"url": "https://example.org/"}));

    server.set_reply(Reply::json(201, "{}"));
    let preview = types::LinkPreviewData::builder().url("https://example.org/").title("t").description("d");
    let preview: types::LinkPreviewData = preview.image(Media::bytes(JPEG)).try_into().unwrap();
    let call = session.chatting().send_link_custom_preview().chat_id(CHAT).text("https://example.org/");
    call.preview(preview).send().await.unwrap();
    assert_eq!(server.only_request().json()["preview"]["image"], json!({"data": BASE64_STANDARD.encode(JPEG)}));
}

#[tokio::test]
async fn invalid_files_are_refused_before_anything_is_sent() {
    let folder = Folder::new();
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    let large = folder.file("large.bin", b"");
    std::fs::File::options().write(true).open(&large).unwrap().set_len(40 << 20).unwrap();
    for (media, words) in [
        (Media::path(folder.path().join("none.jpg")), "none.jpg` cannot be read: No such file"),
        (Media::path(folder.path()), "cannot be read: it is a folder"),
        (Media::path(folder.file("empty.jpg", b"")), "empty.jpg` cannot be sent: there is nothing in it"),
        (Media::path(large), "would have 55924"),
        (Media::bytes(""), "there is nothing in it"),
        (Media::reader(tokio::io::empty()), "there is nothing in it"),
        (Media::reader_with_length(tokio::io::repeat(0), 40 << 20), "by `Media::url`"),
        (Media::reader(Broken(1)), "cannot be read: the disk is on fire"),
        (Media::url("cat.jpg"), "use `Media::path`"),
        (Media::url("ftp://example.org/"), "begins with ftp:"),
        (Media::url("data:,a"), "use `Media::data_uri`"),
        (Media::url("http://"), "cannot be read"),
    ] {
        let error = send(&session, media).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert_eq!(error.operation().unwrap().id(), "chatting_send_image");
        assert!(error.message().contains(words), "{error}");
    }
    for (uri, words) in [
        ("image/png;base64,AAAA", "does not begin with `data:`"),
        ("data:image/png;base64", "has no comma"),
        ("data:image/png;base64,A", "is not in base64"),
        ("data:image/png;base64,?", "is not in base64"),
        ("data:,a#b", "has a `#`"),
    ] {
        let error = Media::data_uri(uri).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidRequest && error.message().contains(words), "{error}");
    }
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn a_reader_that_fails_sends_no_complete_request() {
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    for (media, words) in [
        (Media::reader(Broken(1 << 20)), "cannot be read: the disk is on fire"),
        (Media::reader_with_length(PNG, 1 << 20), "is longer or shorter"),
        (Media::reader_with_length(tokio::io::repeat(0).take(100_001), 100_000), "is longer or shorter"),
        (Media::reader_with_length(tokio::io::repeat(0), 100_000), "is longer or shorter"),
        (Media::reader(tokio::io::repeat(0)), "there is more to come"),
    ] {
        let error = send(&session, media).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains(words), "{error}");
    }
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn a_file_is_read_again_for_a_retry() {
    let folder = Folder::new();
    let server = Server::start(Reply::json(200, "{}")).await;
    let session = patient(server.url()).default_session();
    for media in [
        Media::path(folder.file("cat.png", PNG)),
        Media::bytes(PNG).filename("cat.png"),
        Media::url("https://example.org/cat.png"),
    ] {
        server.set_replies([Reply::json(503, "{}"), Reply::raw(""), Reply::json(200, r#"{"success": true}"#)]);
        session.groups().set_picture().id(GROUP).file(media).send().await.unwrap();
        let requests = server.take_requests();
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| request.json() == requests[0].json()));
        assert_eq!(requests[0].json()["file"]["filename"].as_str().unwrap_or("cat.png"), "cat.png");
    }
}

#[tokio::test]
async fn a_request_with_a_reader_is_not_retried_once_it_was_read() {
    let server = Server::start(Reply::json(503, "{}")).await;
    let session = patient(server.url()).default_session();
    let media = Media::reader(PNG);
    let set = |media| session.groups().set_picture().id(GROUP).file(media).send();
    let error = set(media.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    assert_eq!(server.take_requests().len(), 1);

    let error = set(media).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(error.message().contains("it was read before"), "{error}");
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn a_reader_is_not_read_before_there_is_a_connection() {
    // A port that was free a moment ago; the server comes up between two attempts.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"0\r\n\r\n") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        stream.write_all(b"HTTP/1.1 201 .\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
        String::from_utf8(request).unwrap()
    });
    let session = patient(&format!("http://{address}")).default_session();
    send(&session, Media::reader(PNG)).await.unwrap();
    assert!(server.await.unwrap().contains(&BASE64_STANDARD.encode(PNG)));
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_upload_is_read() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 401 .\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    let error = send(&patient(&url).default_session(), Media::bytes(vec![1; 4 << 20])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
    server.abort();
}

#[tokio::test]
async fn an_upload_does_not_follow_a_redirect() {
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    let redirect = || Reply::with_headers(308, [("Location", "/elsewhere")], "");
    server.set_replies([redirect(), Reply::json(201, "{}")]);
    assert_eq!(send(&session, Media::bytes(PNG)).await.unwrap_err().kind(), ErrorKind::Redirect);
    assert_eq!(server.take_requests().len(), 1);
    // A file given by URL has no upload, so the redirect is followed.
    server.set_replies([redirect(), Reply::json(201, "{}")]);
    send(&session, Media::url("https://example.org/")).await.unwrap();
    assert_eq!(server.take_requests().len(), 2);
}

#[tokio::test]
async fn an_upload_can_be_spawned() {
    let server = Server::start(Reply::json(201, "{}")).await;
    let call = server.session().chatting().send_file().chat_id(CHAT).file(Media::reader(PNG)).send();
    tokio::spawn(call).await.unwrap().unwrap();
    assert_eq!(server.only_request().json()["file"]["mimetype"], "image/png");
}

#[test]
fn media_serialises_only_where_its_bytes_are_at_hand() {
    let request = |media| -> types::SendImageRequest {
        types::SendImageRequest::builder().session("default").chat_id(CHAT).file(media).try_into().unwrap()
    };
    let json = serde_json::to_value(request(Media::bytes(PNG).filename("a"))).unwrap();
    let file = json!({"data": BASE64_STANDARD.encode(PNG), "mimetype": "image/png", "filename": "a"});
    assert_eq!(json["file"], file);
    // And back.
    let read: types::SendImageRequest = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    assert_eq!(serde_json::to_value(Media::url("http://a/")).unwrap(), json!({"url": "http://a/"}));
    assert!(serde_json::from_value::<Media>(json!({"filename": "a"})).is_err());

    for media in [Media::path("cat.jpg"), Media::reader(PNG)] {
        let error = serde_json::to_string(&request(media)).unwrap_err();
        assert!(error.to_string().contains("is read when a request is sent"), "{error}");
    }
}

#[test]
fn files_in_json_are_read_as_data_uris_are() {
    let read = |file: Value| serde_json::from_value::<Media>(file);
    let base64 = BASE64_STANDARD.encode(PNG);
    let wrapped: String =
        base64.as_bytes().chunks(8).map(|line| format!("{}\r\n", str::from_utf8(line).unwrap())).collect();
    let unpadded = base64.trim_end_matches('=');
    assert_ne!(unpadded, base64, "the file shows nothing about padding");
    let as_png = json!({"data": base64, "mimetype": "image/png"});
    for data in [&base64, unpadded, &wrapped, &format!(" {base64}"), &format!("data:image/png;base64,{base64}")] {
        let media = read(json!({"data": data})).unwrap();
        assert_eq!(serde_json::to_value(&media).unwrap(), as_png, "{data}");
        // As in a body that the API declares.
        let body = json!({"session": "default", "chatId": CHAT, "file": {"data": data, "url": "", "filename": null}});
        let body: types::SendImageRequest = serde_json::from_value(body).unwrap();
        assert_eq!(serde_json::to_value(&body).unwrap()["file"], as_png, "{data}");
        let bare: waha::media::Content = serde_json::from_value(json!({"data": data})).unwrap();
        assert_eq!(serde_json::to_value(&bare).unwrap(), json!({"data": base64}), "{data}");
    }
    let named = json!({"data": format!("data:image/gif;base64,{base64}"), "mimetype": "image/png", "filename": "a"});
    let named = serde_json::to_value(read(named).unwrap()).unwrap();
    assert_eq!(named, json!({"data": base64, "mimetype": "image/png", "filename": "a"}));
    let by_url = read(json!({"url": "https://example.org/a", "data": ""})).unwrap();
    assert_eq!(serde_json::to_value(&by_url).unwrap(), json!({"url": "https://example.org/a"}));

    for (file, words) in [
        (json!({"data": "a-_b"}), "`data` of the file is not base64"),
        (json!({"data": "A"}), "`data` of the file is not base64"),
        (json!({"data": "data:image/png;base64"}), "`data` of the file cannot be read: the data URI has no comma"),
        (json!({"data": 5}), "`data` of the file is not a string"),
        (json!({"url": ["a"]}), "`url` of the file is not a string"),
        (json!({"data": base64, "mimetype": {}}), "`mimetype` of the file is not a string"),
        (json!({"url": "", "data": ""}), "both are empty or missing"),
        (json!({"url": "https://example.org/a", "data": base64}), "this one has both"),
        (json!(base64), "has to be an object"),
    ] {
        let error = read(file).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(!error.contains(&base64), "{error}");
    }
}

#[test]
fn debug_of_media_hides_content_and_credentials() {
    let shown = format!("{:?}", Media::url("https://name:secret@example.org/a?signature=secret").filename("a"));
    assert_eq!(shown, "Media { place: https://example.org/a, mime_type: None, filename: Some(\"a\") }");
    assert!(format!("{:?}", Media::bytes("secret")).contains("the file of 6 bytes"));
    assert!(format!("{:?}", Media::path("a/b.jpg")).contains("the file `a/b.jpg`"));
}

fn patient(url: &str) -> Client {
    let retry = Retry::new().min_delay(Duration::from_millis(60));
    Client::builder(url).options(RequestOptions::new().retry(retry)).build().unwrap()
}

/// Gives so many bytes, and then an error.
struct Broken(usize);

impl AsyncRead for Broken {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.0 == 0 {
            return Poll::Ready(Err(io::Error::other("the disk is on fire")));
        }
        let size = self.0.min(buffer.remaining());
        buffer.initialize_unfilled_to(size);
        buffer.advance(size);
        self.0 -= size;
        Poll::Ready(Ok(()))
    }
}
