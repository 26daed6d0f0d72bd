//! Servers that send the stream of events something else, too much, or nothing at all.

use std::time::Duration;

use futures_util::SinkExt;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use waha::{
    Client, ErrorKind, RequestOptions, Retry,
    events::{EventListener, EventStream, Received},
};
use waha_sim::{Fault, Incoming, Server};

use crate::{
    event_stream::{ADA, next, next_gap, next_text, quick},
    event_stream_server::{ScriptedServer, Socket, frame, hear, message, read_head, send, write},
    support::{StoppedClock, pass, until},
};

async fn listen(server: &ScriptedServer) -> EventStream {
    quick(server.session().events()).connect().await.unwrap()
}

/// The first byte of the last frame of a text.
const TEXT: u8 = 0x81;

/// A server that sends each of its connections something else, and then an event with the connection's number.
async fn server_that_sends(bytes: Vec<Vec<u8>>) -> ScriptedServer {
    ScriptedServer::start(move |number, mut socket| {
        let bytes = bytes.get(number).cloned().unwrap_or_default();
        async move {
            write(&mut socket, &bytes).await;
            send(&mut socket, [number]).await;
            hear(&mut socket).await;
        }
    })
    .await
}

#[tokio::test]
async fn what_is_no_event_is_an_item_and_ends_nothing() {
    let junk: [&[u8]; 6] = [b"", b"hello", b"{", b"[1, 2]", b"{\"event\": 1}", b"\x7b\"event\":\"message\"}"];
    let server = ScriptedServer::start(move |_, mut socket| async move {
        for junk in junk {
            for kind in [TEXT, 0x82] {
                write(&mut socket, &frame(kind, junk)).await;
            }
            send(&mut socket, [1]).await;
        }
        write(&mut socket, &frame(0x82, &[0, 159, 146, 150])).await;
        // An event is read from a binary frame as well.
        socket.send(Message::binary(message(2))).await.unwrap();
        hear(&mut socket).await;
    })
    .await;
    let mut events = listen(&server).await;
    for junk in junk {
        for _ in 0..2 {
            let Received::Unreadable(error) = next(&mut events).await else { panic!("{junk:?} is an event") };
            assert_eq!((error.kind(), error.clipped_body().unwrap().as_bytes()), (ErrorKind::Decode, junk));
        }
        assert_eq!(next_text(&mut events).await, "1");
    }
    assert!(matches!(next(&mut events).await, Received::Unreadable(_)));
    assert_eq!(next_text(&mut events).await, "2");
    assert_eq!((events.stats().reconnects, server.connections()), (0, 1));
}

#[tokio::test]
async fn an_event_that_is_too_large_breaks_the_connection_and_says_which_limit() {
    const LIMIT: usize = EventListener::DEFAULT_MAX_EVENT_SIZE;
    let padded = |size: usize| {
        let mut event = message(7).into_bytes();
        event.resize(size, b' ');
        event
    };
    // A frame that is larger, one that only says so, and fragments that are larger together.
    let mut announced = vec![TEXT, 127];
    announced.extend(u64::MAX.to_be_bytes());
    let mut fragments = frame(0x01, &padded(LIMIT / 2)).to_vec();
    fragments.extend(frame(0x00, &vec![b' '; LIMIT / 2]));
    fragments.extend(frame(0x80, b" "));
    let large = frame(TEXT, &padded(LIMIT + 1)).to_vec();
    let largest = frame(TEXT, &padded(LIMIT)).to_vec();
    let server = server_that_sends(vec![largest, large, announced, fragments]).await;
    let mut events = listen(&server).await;
    assert_eq!(next_text(&mut events).await, "7");
    assert_eq!(next_text(&mut events).await, "0");
    let socket = Client::builder(server.url()).build().unwrap().events();
    drop(events);
    // The first connection was the one above.
    let mut events = quick(socket).connect().await.unwrap();
    for _ in 0..3 {
        let gap = next_gap(&mut events).await;
        assert_eq!(gap.cause().kind(), ErrorKind::Decode);
        assert!(gap.cause().message().contains("`EventListener::max_event_size`"), "{}", gap.cause());
    }
    assert_eq!(next_text(&mut events).await, "4");
}

#[tokio::test]
async fn a_larger_limit_lets_larger_events_through() {
    let server = Server::builder().session("default").start().await.unwrap();
    let client = Client::builder(server.url()).build().unwrap();
    let listener = client.default_session().events().only(["message"]).max_event_size(20 << 20);
    let mut events = listener.buffer_bytes(1000).connect().await.unwrap();
    server.fault(Fault::on_event("message").padded(16 << 20));
    for text in ["one", "two"] {
        server.receive("default", Incoming::text(ADA, text));
    }
    assert_eq!((next_text(&mut events).await, next_text(&mut events).await), ("one".to_owned(), "two".to_owned()));
}

#[tokio::test]
async fn breaches_of_the_protocol_break_the_connection_and_are_told() {
    let event = message(1);
    let breaches: Vec<(&str, Vec<u8>)> = vec![
        ("reserved bits", frame(TEXT | 0x40, event.as_bytes()).to_vec()),
        ("an unknown type", frame(0x83, event.as_bytes()).to_vec()),
        ("a continuation of nothing", frame(0x80, event.as_bytes()).to_vec()),
        ("a text within a text", [frame(0x01, b"{"), frame(TEXT, event.as_bytes())].concat()),
        ("a mask", vec![TEXT, 0x81, 0, 0, 0, 0, b'1']),
        ("a large ping", frame(0x89, &[0; 126]).to_vec()),
        ("a fragment of a ping", frame(0x09, b"").to_vec()),
        ("what is not UTF-8", frame(TEXT, b"\xff").to_vec()),
        ("a close frame of one byte", frame(0x88, b"1").to_vec()),
    ];
    let names: Vec<_> = breaches.iter().map(|(name, _)| *name).collect();
    let server = server_that_sends(breaches.into_iter().map(|(_, bytes)| bytes).collect()).await;
    let mut events = listen(&server).await;
    for name in names {
        let gap = next_gap(&mut events).await;
        assert_eq!(gap.cause().kind(), ErrorKind::Decode, "{name}: {}", gap.cause());
    }
    assert_eq!(next_text(&mut events).await, "9");
}

#[tokio::test]
async fn an_event_in_fragments_and_in_drops_is_put_together() {
    let server = Server::builder().session("default").start().await.unwrap();
    let client = Client::builder(server.url()).build().unwrap();
    let mut events = quick(client.default_session().events().only(["message"])).connect().await.unwrap();
    let say = |text: &str| drop(server.receive("default", Incoming::text(ADA, text)));
    server.fault(Fault::on_event("message").times(1).fragmented(7));
    say("in fragments");
    assert_eq!(next_text(&mut events).await, "in fragments");
    server.fault(Fault::on_event("message").times(1).dripping(20, Duration::from_millis(1)));
    say("in drops");
    assert_eq!(next_text(&mut events).await, "in drops");
    server.fault(Fault::on_event("message").times(1).binary());
    say("binary");
    assert_eq!(next_text(&mut events).await, "binary");
    for fault in [Fault::on_event("message").reset_within_body(10), Fault::on_event("message").cut_short(10)] {
        server.fault(fault.times(1));
        say("cut");
        next_gap(&mut events).await;
    }
}

#[tokio::test]
async fn a_flood_of_pings_costs_no_event() {
    let server = ScriptedServer::start(|_, mut socket| async move {
        let ping = frame(0x89, &[b'x'; 125]);
        for id in 0..100 {
            write(&mut socket, &ping.repeat(1000)).await;
            send(&mut socket, [id]).await;
        }
        hear(&mut socket).await;
    })
    .await;
    let mut events = listen(&server).await;
    for id in 0..100 {
        assert_eq!(next_text(&mut events).await, id.to_string());
    }
    assert_eq!(events.stats().received, 100);
}

#[tokio::test]
async fn empty_fragments_without_end_are_noticed_by_nobody_else() {
    let server = ScriptedServer::start(|number, mut socket| async move {
        if number == 0 {
            write(&mut socket, &frame(0x01, b"")).await;
            for _ in 0..1000 {
                write(&mut socket, &frame(0x00, b"").repeat(100)).await;
            }
            write(&mut socket, &frame(0x80, message(3).as_bytes())).await;
        }
        hear(&mut socket).await;
    })
    .await;
    let mut events = listen(&server).await;
    assert_eq!(next_text(&mut events).await, "3");
}

/// The error of connecting to a server that answers the request with these bytes.
async fn refused(answer: &'static str) -> waha::Error {
    let server = ScriptedServer::raw(move |_, mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        // The client may have hung up.
        let _ = stream.shutdown().await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    let client = server.client().with(|options| options.retry(Retry::never()));
    client.events().connect().await.unwrap_err()
}

#[tokio::test]
async fn a_server_that_opens_no_websocket_is_told_apart() {
    let ok = refused("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    assert_eq!((ok.kind(), ok.status()), (ErrorKind::NotSupported, None));
    assert!(ok.to_string().contains("answers 200 instead of opening a WebSocket"), "{ok}");
    let page =
        refused("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 27\r\n\r\n<html><title>Login</title>.")
            .await;
    assert_eq!(page.kind(), ErrorKind::Decode, "{page}");
    let other = refused(
        "HTTP/1.1 101 .\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    )
    .await;
    assert_eq!(other.kind(), ErrorKind::NotSupported, "{other}");
    let none = refused("HTTP/1.1 101 .\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n").await;
    assert_eq!(none.kind(), ErrorKind::NotSupported, "{none}");
    let missing = refused("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(missing.status().map(|status| status.as_u16()), Some(404));
    let gone = refused("").await;
    assert_eq!(gone.kind(), ErrorKind::Connection, "{gone}");
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_with_its_query() {
    let server = Server::builder().session("default").path_prefix("/waha").start().await.unwrap();
    let client = Client::builder(server.url()).build().unwrap();
    server.fault(Fault::on_path("/ws").times(1).redirect(307, "/waha/ws?session=default&events=message"));
    let mut events = client.events().connect().await.unwrap();
    assert_eq!(server.requests().len(), 2);
    server.receive("default", Incoming::text(ADA, "Hi"));
    assert_eq!(next_text(&mut events).await, "Hi");
}

#[tokio::test]
async fn a_server_that_accepts_and_never_speaks_is_given_up() {
    // As HTTP.
    let silent = ScriptedServer::raw(|_, mut stream| async move {
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let options = RequestOptions::new().timeout(Duration::from_millis(100)).retry(Retry::never());
    let client = Client::builder(silent.url()).options(options).build().unwrap();
    assert_eq!(client.events().connect().await.unwrap_err().kind(), ErrorKind::Timeout);
    // As a WebSocket, where nothing is wrong with silence but that pings are not answered.
    let server = ScriptedServer::start(|number, mut socket| async move {
        match number {
            0 => std::future::pending().await,
            _ => {
                send(&mut socket, [1]).await;
                hear(&mut socket).await;
            }
        }
    })
    .await;
    let mut events = listen(&server).await;
    let clock = StoppedClock::new();
    pass(EventListener::DEFAULT_HEARTBEAT).await;
    pass(EventListener::DEFAULT_HEARTBEAT).await;
    until("a lost connection", || !events.stats().is_connected).await;
    drop(clock);
    tokio::time::resume();
    next_gap(&mut events).await;
    assert_eq!(next_text(&mut events).await, "1");
}

#[tokio::test]
async fn a_server_that_drops_every_connection_at_once_is_not_hammered() {
    let server = ScriptedServer::start(|_, socket: Socket| async move { drop(socket) }).await;
    let bounds = Duration::from_millis(100)..=Duration::from_secs(30);
    let mut events = server.session().events().reconnect_delay(bounds).connect().await.unwrap();
    let start = tokio::time::Instant::now();
    for _ in 0..3 {
        next_gap(&mut events).await;
    }
    // 100, 200 and 400 ms at least.
    assert!(start.elapsed() >= Duration::from_millis(690), "{:?}", start.elapsed());
    assert!(server.connections() <= 5, "{}", server.connections());
}

#[tokio::test]
async fn a_slow_large_event_counts_as_a_sign_of_life() {
    let server = ScriptedServer::start(|_, mut socket| async move {
        let bytes = frame(TEXT, message(5).as_bytes());
        for chunk in bytes.chunks(20) {
            write(&mut socket, chunk).await;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        hear(&mut socket).await;
    })
    .await;
    // The whole takes longer than two heartbeats, and no ping is answered in the middle of a frame.
    let listener = server.session().events().heartbeat(Duration::from_millis(150));
    let mut events = listener.connect().await.unwrap();
    assert_eq!(next_text(&mut events).await, "5");
    assert_eq!(events.stats().reconnects, 0);
}
