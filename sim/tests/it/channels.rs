use serde_json::{Value, json};
use waha_sim::{Engine, Server};

use super::*;

const NEWS: &str = "11@newsletter";
const CHANNELS: &str = "/api/default/channels";

async fn with_channels(engine: Engine) -> Server {
    let builder = Server::builder().engine(engine).session("default");
    let builder = builder.channel(NEWS, |news| {
        news.name("Harbour news").subscribers(7).invite_code("NEWS").post("One").deleted_post().post("Two").views(3)
    });
    let builder = builder.channel("12@newsletter", |own| own.name("Own").owned().category("SPORTS"));
    builder.channel("13@newsletter", |far| far.name("Harbour far").country("NL")).start().await.unwrap()
}

#[tokio::test]
async fn channels_are_followed_and_listed_by_role() {
    for engine in [Engine::Wpp, Engine::Noweb, Engine::Gows] {
        let server = with_channels(engine).await;
        let ids = async |query: &str| {
            let rows = get(&server, &format!("{CHANNELS}{query}")).await.json(200);
            rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids("").await, ["12@newsletter"]);
        let follow = post(&server, &format!("{CHANNELS}/{NEWS}/follow"), json!({})).await;
        if engine == Engine::Gows {
            assert_eq!(follow.json(201), json!({}));
        } else {
            follow.empty(201);
        }
        assert_eq!(ids("").await, [NEWS, "12@newsletter"]);
        assert_eq!(ids("?role=SUBSCRIBER").await, [NEWS]);
        let news = get(&server, &format!("{CHANNELS}/{NEWS}")).await.json(200);
        assert_eq!((&news["role"], &news["subscribersCount"]), (&json!("SUBSCRIBER"), &json!(8)));
        assert_eq!(post(&server, &format!("{CHANNELS}/{NEWS}/unfollow"), json!({})).await.status, 201);
        assert_eq!(ids("").await, ["12@newsletter"]);
        post(&server, &format!("{CHANNELS}/99@newsletter/follow"), json!({})).await.json(500);
    }
}

#[tokio::test]
async fn some_engines_can_do_less() {
    let webjs = with_channels(Engine::Webjs).await;
    post(&webjs, CHANNELS, json!({ "name": "New" })).await.json(501);
    post(&webjs, &format!("{CHANNELS}/{NEWS}/follow"), json!({})).await.json(501);
    for engine in [Engine::Webjs, Engine::Gows] {
        delete(&with_channels(engine).await, &format!("{CHANNELS}/12@newsletter")).await.json(501);
    }
    let wpp = with_channels(Engine::Wpp).await;
    get(&wpp, &format!("{CHANNELS}/NEWS")).await.json(500);
    post(&wpp, &format!("{CHANNELS}/search/by-view"), json!({})).await.json(501);
    delete(&wpp, &format!("{CHANNELS}/{NEWS}")).await.json(500);
    delete(&wpp, &format!("{CHANNELS}/12@newsletter")).await.empty(200);
    get(&wpp, &format!("{CHANNELS}/12@newsletter")).await.json(500);
}

#[tokio::test]
async fn a_channel_is_found_by_its_invite() {
    let server = with_channels(Engine::Gows).await;
    for name in ["NEWS", "https:%2F%2Fwww.whatsapp.com%2Fchannel%2FNEWS"] {
        assert_eq!(get(&server, &format!("{CHANNELS}/{name}")).await.json(200)["id"], NEWS);
    }
}

#[tokio::test]
async fn a_search_goes_page_by_page() {
    let server = with_channels(Engine::Noweb).await;
    let search = async |path: &str, body: Value| {
        let found = post(&server, &format!("{CHANNELS}/search/{path}"), body).await.json(200);
        let names = found["channels"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), found["page"].clone())
    };
    let (first, page) = search("by-text", json!({ "text": "HARBOUR", "limit": 1 })).await;
    assert_eq!((first, &page["hasNextPage"]), (vec![NEWS.to_owned()], &json!(true)));
    let (second, page) =
        search("by-text", json!({ "text": "harbour", "limit": 1, "startCursor": page["endCursor"] })).await;
    assert_eq!(second, ["13@newsletter"]);
    assert_eq!(
        (&page["hasNextPage"], &page["hasPreviousPage"], &page["endCursor"]),
        (&json!(false), &json!(true), &Value::Null)
    );
    assert_eq!(search("by-view", json!({})).await.0, [NEWS, "12@newsletter"]);
    assert_eq!(search("by-view", json!({ "countries": ["NL"] })).await.0.len(), 3);
    assert_eq!(search("by-view", json!({ "categories": ["SPORTS"] })).await.0, ["12@newsletter"]);
}

#[tokio::test]
async fn posts_are_previewed_the_newest_first() {
    for engine in ENGINES {
        let server = with_channels(engine).await;
        let path = format!("{CHANNELS}/{NEWS}/messages/preview");
        let posts = get(&server, &path).await.json(200);
        let texts: Vec<_> = posts.as_array().unwrap().iter().map(|it| it["message"]["body"].as_str()).collect();
        match engine {
            Engine::Webjs | Engine::Wpp => assert_eq!(texts, [Some("Two"), Some("One")]),
            _ => assert_eq!(texts, [Some("Two"), None, Some("One")]),
        }
        assert_eq!(get(&server, &format!("{path}?limit=1")).await.json(200).as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_choices_of_a_search_need_no_session_that_works() {
    let server = Server::builder().session_in("default", waha_sim::SessionStatus::Stopped).start().await.unwrap();
    for list in ["views", "countries", "categories"] {
        assert!(!get(&server, &format!("{CHANNELS}/search/{list}")).await.json(200).as_array().unwrap().is_empty());
    }
}
