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
async fn a_list_ends_at_a_short_page() {
    let server = Server::start(chats(0..0)).await;
    let session = server.session();
    server.set_replies([chats(1..4), chats(4..7), chats(7..8)]);
    let all = session.chats().list().limit(3).pages().all().await.unwrap();
    assert_eq!(all.len(), 7);
    assert_eq!(asked(&server), pairs(&[("3", "0"), ("3", "3"), ("3", "6")]));

    // The last page is full: one more request, whose empty page is not returned.
    server.set_replies([chats(1..4), chats(0..0)]);
    let pages: Vec<_> = session.chats().list().limit(3).offset(10).pages().try_collect().await.unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(asked(&server), pairs(&[("3", "10"), ("3", "13")]));

    // A short first page may be caused by a limit of the server.
    server.set_replies([chats(1..4), chats(0..0)]);
    assert_eq!(session.chats().list().pages().all().await.unwrap().len(), 3);
    assert_eq!(asked(&server), pairs(&[("100", "0"), ("100", "3")]));
}

/// The items, and what the error says that follows them, if any.
async fn drain<T: Send + 'static>(mut pages: waha::Pages<T>) -> (usize, Option<String>) {
    let mut count = 0;
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => count += page.len(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Other, "{error}");
                assert!(pages.next().await.is_none(), "an error is the end");
                return (count, Some(error.message().to_owned()));
            }
        }
    }
    (count, None)
}

#[tokio::test]
async fn a_server_that_ignores_offset_is_an_error_and_not_a_complete_list() {
    let server = Server::start(chats(1..4)).await;
    let session = server.session();
    let (count, error) = drain(session.chats().list().limit(3).pages()).await;
    assert_eq!(count, 3);
    let error = error.expect("an error after the items");
    assert!(error.starts_with("the list is cut short") && error.contains("`offset`"), "{error}");
    assert_eq!(asked(&server).len(), 2);
    assert!(session.chats().list().limit(3).pages().all().await.is_err());

    // The same if the server changes the order.
    let shuffled = Reply::json(200, r#"[{"id": "3@c.us"}, {"id": "1@c.us"}, {"id": "2@c.us"}]"#);
    server.set_replies([Reply::json(200, r#"[{"id": "1@c.us"}, {"id": "2@c.us"}, {"id": "3@c.us"}]"#), shuffled]);
    assert_eq!(drain(session.chats().list().limit(3).pages()).await.0, 3);

    // A repeated page that is longer or shorter than the limit is the whole list.
    server.set_reply(chats(1..4));
    for limit in [1, 2, 4, 100] {
        assert_eq!(drain(session.chats().list().limit(limit).pages()).await, (3, None), "{limit}");
    }
}

#[tokio::test]
async fn a_server_with_a_limit_of_its_own_gives_the_whole_list() {
    // Shorter pages than asked for, and longer ones.
    for limit in [100, 2] {
        for (last, requests) in [(20..24, 3), (20..20, 3)] {
            let server = Server::start(chats(0..0)).await;
            let all = last.end as usize;
            server.set_replies([chats(0..10), chats(10..20), chats(last)]);
            assert_eq!(drain(server.session().chats().list().limit(limit).pages()).await, (all, None), "{limit}");
            let limit = limit.to_string();
            let expected: Vec<_> = ["0", "10", "20"].map(|offset| (limit.clone(), offset.to_owned())).into();
            assert_eq!(asked(&server), expected[..requests]);
        }
    }
}

#[tokio::test]
async fn a_list_that_shifts_by_a_whole_page_goes_on() {
    let server = Server::start(chats(0..0)).await;
    server.set_replies([chats(3..6), chats(0..3), chats(3..6), chats(6..9), chats(9..10)]);
    assert_eq!(drain(server.session().chats().list().limit(3).pages()).await, (10, None));

    // The number of such pages is limited.
    let pages = (0..30).map(|number| if number % 2 == 0 { chats(0..3) } else { chats(3..6) });
    server.set_replies(pages);
    let (count, error) = drain(server.session().chats().list().limit(3).pages()).await;
    assert!(error.is_some_and(|error| error.contains("nothing new")));
    assert_eq!(count, 6);
}

#[tokio::test]
async fn items_without_an_id_are_distinguished() {
    let server = Server::start(Reply::json(200, "[]")).await;
    let page = |numbers: [u32; 2]| {
        let items = numbers.map(|number| json!({"lid": format!("{number}@lid"), "pn": null}));
        Reply::json(200, json!(items).to_string())
    };
    server.set_replies([page([1, 2]), page([3, 4]), Reply::json(200, "[]")]);
    assert_eq!(drain(server.session().lids().list().limit(2).pages()).await, (4, None));
}

#[tokio::test]
async fn a_page_of_null_is_not_the_end_of_a_list() {
    let server = Server::start(chats(0..0)).await;
    for null in [Reply::json(200, "null"), Reply::json(200, "")] {
        server.set_replies([chats(1..4), null]);
        let mut pages = server.session().chats().list().limit(3).pages();
        assert_eq!(pages.next().await.unwrap().unwrap().len(), 3);
        assert_eq!(pages.next().await.unwrap().unwrap_err().kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn an_item_that_moves_to_the_next_page_comes_once() {
    let server = Server::start(chats(0..0)).await;
    server.set_replies([chats(1..4), chats(3..6), chats(6..7)]);
    let items: Vec<_> = server.session().chats().list().limit(3).pages().items().try_collect().await.unwrap();
    let ids: Vec<_> = items.iter().map(|chat| chat.id.as_str().trim_start_matches('0')).collect();
    assert_eq!(ids, ["1@c.us", "2@c.us", "3@c.us", "4@c.us", "5@c.us", "6@c.us"]);
}

#[tokio::test]
async fn pages_are_requested_only_when_they_are_needed() {
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
async fn an_error_ends_a_list() {
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
async fn typed_lists_and_lists_requested_by_a_body_are_paged() {
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
async fn searches_follow_their_cursors_and_refuse_broken_ones() {
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

    // A cursor that repeats is an error and not the end of the list.
    server.set_reply(page(&[1], Some("a")));
    let (count, error) = drain(session.channels().search_by_view().pages()).await;
    assert_eq!((count, server.take_requests().len()), (1, 2));
    assert!(error.is_some_and(|error| error.contains("circle")));
    server.set_replies([page(&[1], Some("a")), page(&[2], Some("b")), page(&[3], Some("a"))]);
    assert_eq!(drain(session.channels().search_by_view().pages()).await.0, 3);
    assert_eq!(server.take_requests().len(), 3);

    // So is a page without a new item.
    server.set_replies([page(&[1], Some("a")), page(&[], Some("b")), page(&[1], Some("c")), page(&[2], None)]);
    assert_eq!(drain(session.channels().search_by_view().pages()).await, (2, None));
    server.set_replies((0..30).map(|number| page(&[1], Some(&number.to_string()))));
    let (count, error) = drain(session.channels().search_by_view().pages()).await;
    assert!(error.is_some_and(|error| error.contains("nothing new")));
    assert_eq!(count, 1);

    // So is a page that announces more and has no cursor.
    for cursor in [json!(null), json!("")] {
        let info = json!({"startCursor": null, "endCursor": cursor, "hasNextPage": true, "hasPreviousPage": false});
        let channels = json!([{"id": "1@newsletter", "name": "x"}]);
        server.set_reply(Reply::json(200, json!({"page": info, "channels": channels}).to_string()));
        let (count, error) = drain(session.channels().search_by_view().pages()).await;
        assert!(error.is_some_and(|error| error.contains("gives no cursor")));
        assert_eq!(count, 1);
    }
}
