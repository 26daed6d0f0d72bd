//! Lists that come a page at a time.

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use waha::ErrorKind;

use crate::support::{Reply, Server};

fn chats(ids: std::ops::Range<u32>) -> Reply {
    let chats: Vec<Value> = ids.map(|id| json!({"id": format!("{id:011}@c.us")})).collect();
    Reply::json(200, Value::from(chats).to_string())
}

/// `limit` and `offset` of each request.
fn asked(server: &Server) -> Vec<(String, String)> {
    let value = |query: &[(String, String)], name: &str| {
        query.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let requests = server.take_requests();
    requests.iter().map(|request| (value(&request.query(), "limit"), value(&request.query(), "offset"))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(limit, offset)| ((*limit).to_owned(), (*offset).to_owned())).collect()
}

#[tokio::test]
async fn a_short_page_is_the_last() {
    let server = Server::start(chats(0..0)).await;
    let session = server.session();
    server.set_replies([chats(1..4), chats(4..7), chats(7..8)]);
    let all = session.chats().list().limit(3).pages().all().await.unwrap();
    assert_eq!(all.len(), 7);
    assert_eq!(asked(&server), pairs(&[("3", "0"), ("3", "3"), ("3", "6")]));

    // Full to the last: one more question, and no empty page.
    server.set_replies([chats(1..4), chats(0..0)]);
    let pages: Vec<_> = session.chats().list().limit(3).offset(10).pages().try_collect().await.unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(asked(&server), pairs(&[("3", "10"), ("3", "13")]));

    server.set_reply(chats(1..4));
    assert_eq!(session.chats().list().pages().all().await.unwrap().len(), 3);
    assert_eq!(asked(&server), pairs(&[("100", "0")]));
}

#[tokio::test]
async fn a_server_that_does_not_know_offset_is_asked_twice() {
    let server = Server::start(chats(1..4)).await;
    let session = server.session();
    assert_eq!(session.chats().list().limit(3).pages().all().await.unwrap().len(), 3);
    assert_eq!(asked(&server).len(), 2);
    // Nor limit: then it is all there.
    assert_eq!(session.chats().list().limit(2).pages().all().await.unwrap().len(), 3);
    assert_eq!(asked(&server).len(), 1);
}

#[tokio::test]
async fn what_moves_to_the_next_page_comes_once() {
    let server = Server::start(chats(0..0)).await;
    server.set_replies([chats(1..4), chats(3..6), chats(6..7)]);
    let items: Vec<_> = server.session().chats().list().limit(3).pages().items().try_collect().await.unwrap();
    let ids: Vec<_> = items.iter().map(|chat| chat.id.as_str().trim_start_matches('0')).collect();
    assert_eq!(ids, ["1@c.us", "2@c.us", "3@c.us", "4@c.us", "5@c.us", "6@c.us"]);
}

#[tokio::test]
async fn nothing_is_asked_before_it_is_wanted() {
    let server = Server::start(chats(1..4)).await;
    server.set_replies([chats(1..4), chats(4..7)]);
    let mut items = server.session().chats().list().limit(3).pages().items();
    assert!(server.take_requests().is_empty());
    for _ in 0..3 {
        items.next().await.unwrap().unwrap();
    }
    assert_eq!(server.take_requests().len(), 1);
}

#[tokio::test]
async fn an_error_ends_it() {
    let server = Server::start(chats(1..4)).await;
    let session = server.session();
    server.set_replies([chats(1..4), Reply::json(501, "{}")]);
    let mut pages = session.chats().list().limit(3).pages();
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 3);
    assert_eq!(pages.next().await.unwrap().unwrap_err().kind(), ErrorKind::NotSupported);
    assert!(pages.next().await.is_none());

    server.take_requests();
    for limit in [0, -1] {
        let error = session.chats().list().limit(limit).pages().all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn typed_lists_and_lists_asked_for_by_a_body() {
    let server = Server::start(Reply::json(200, "[]")).await;
    let session = server.session();
    let lids = |n: std::ops::Range<u32>| {
        let lids: Vec<Value> = n.map(|n| json!({"lid": format!("{n}@lid"), "pn": null})).collect();
        Reply::json(200, Value::from(lids).to_string())
    };
    server.set_replies([lids(0..2), lids(2..3)]);
    assert_eq!(session.lids().list().limit(2).pages().all().await.unwrap().len(), 3);

    server.take_requests();
    let summaries = |n: std::ops::Range<u32>| {
        let chats: Vec<Value> = n.map(|n| json!({"id": format!("{n}@c.us"), "name": null, "_chat": {}})).collect();
        Reply::json(200, Value::from(chats).to_string())
    };
    server.set_replies([summaries(0..2), summaries(2..3)]);
    let overview = session.chats().query_overview().body_map(|body| {
        body.pagination(waha::types::OverviewPagination { limit: Some(2), offset: None, merge: Some(false) })
    });
    assert_eq!(overview.pages().all().await.unwrap().len(), 3);
    let asked: Vec<_> = server.take_requests().iter().map(|request| request.json()["pagination"].clone()).collect();
    assert_eq!(asked, [0, 2].map(|offset| json!({"limit": 2, "offset": offset, "merge": false})));
}

#[tokio::test]
async fn searches_go_from_cursor_to_cursor() {
    let server = Server::start(Reply::json(200, "[]")).await;
    let session = server.session();
    let page = |ids: &[u32], next: Option<&str>| {
        let channels: Vec<Value> =
            ids.iter().map(|id| json!({"id": format!("{id}@newsletter"), "name": "x"})).collect();
        let page =
            json!({"startCursor": null, "endCursor": next, "hasNextPage": next.is_some(), "hasPreviousPage": false});
        Reply::json(200, json!({"page": page, "channels": channels}).to_string())
    };
    server.set_replies([page(&[1, 2], Some("a")), page(&[3], Some("b")), page(&[4], None)]);
    let found = session.channels().search_by_text().text("news").limit(2).pages().all().await.unwrap();
    assert_eq!(found.len(), 4);
    let cursors: Vec<_> = server.take_requests().iter().map(|request| request.json()["startCursor"].clone()).collect();
    assert_eq!(cursors, [Value::Null, "a".into(), "b".into()]);

    // What leads in a circle comes once.
    server.set_reply(page(&[1], Some("a")));
    assert_eq!(session.channels().search_by_view().pages().all().await.unwrap().len(), 1);
    assert_eq!(server.take_requests().len(), 2);
}
