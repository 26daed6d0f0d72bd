//! Channels: the account's own, those that it follows, and the directory of all.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};

use super::{Answer, Handler, profile};
use crate::{
    Channel, Engine,
    call::Call,
    error::Error,
    ids,
    refusal::Refusal,
    reply, sample, shapes,
    state::{
        World,
        channel::Role,
        directory::{Page, Search},
    },
};

const DEFAULT_PREVIEW: usize = 10;
const DEFAULT_PAGE: usize = 50;

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("channels_list", list),
        ("channels_create", create),
        ("channels_get", get),
        ("channels_delete", delete),
        ("channels_preview_messages", preview),
        ("channels_follow", |call| change(call, Channel::follow)),
        ("channels_unfollow", |call| change(call, Channel::unfollow)),
        ("channels_mute", |call| change(call, |channel| channel.is_muted = true)),
        ("channels_unmute", |call| change(call, |channel| channel.is_muted = false)),
        ("channels_search_by_text", search_by_text),
        ("channels_search_by_view", search_by_view),
        ("channels_list_search_views", |_| Ok(choices("value", &VIEWS))),
        ("channels_list_search_categories", |_| Ok(choices("value", &CATEGORIES))),
        ("channels_list_search_countries", countries),
    ]
}

const VIEWS: [(&str, &str); 4] =
    [("RECOMMENDED", "Recommended"), ("TRENDING", "Trending"), ("POPULAR", "Popular"), ("NEW", "New")];

const CATEGORIES: [(&str, &str); 7] = [
    ("BUSINESS", "Business"),
    ("ENTERTAINMENT", "Entertainment"),
    ("LIFESTYLE", "Lifestyle"),
    ("NEWS", "News & Information"),
    ("ORGANIZATIONS", "Organizations"),
    ("PEOPLE", "People"),
    ("SPORTS", "Sports"),
];

/// The server has many more.
const COUNTRIES: [(&str, &str); 6] = [
    ("BR", "Brazil"),
    ("DE", "Germany"),
    ("GB", "United Kingdom"),
    ("IN", "India"),
    ("NL", "Netherlands"),
    ("US", "United States"),
];

fn list(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let role = call.query.get("role");
    let channels = world.whatsapp.channels.iter();
    let own = channels.filter(|channel| channel.role.is_some_and(|own| role.is_none_or(|role| role == own.as_str())));
    let body: Vec<_> = own.map(|channel| shapes::channel::listed(call.engine(), channel)).collect();
    Ok(reply::json(StatusCode::OK, &body.into()))
}

fn create(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    call.only(&[Engine::Wpp, Engine::Noweb, Engine::Gows])?;
    let mut channel = Channel::default().name(call.text("name")).owned();
    if let Some(description) = call.optional_text("description") {
        channel = channel.description(description);
    }
    let mut ids = (1..).map(|number: u64| format!("120363{number:012}@newsletter"));
    let id = ids.find(|id| world.whatsapp.channel(id).is_none()).unwrap_or_default();
    let invite = world.whatsapp.next_invite();
    channel.found(&id, call.now() / 1000, invite, String::new);
    // The picture comes later than the answer.
    let body = shapes::channel::details(call.engine(), &channel);
    if call.body.get("picture").is_some_and(Value::is_object) {
        channel.picture = Some(profile::sent_picture(&call.body["picture"], &mut world)?);
    }
    world.whatsapp.channels.push(channel);
    Ok(reply::json(StatusCode::CREATED, &body))
}

fn get(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let (id, engine) = (call.path("id"), call.engine());
    let is_id = ids::is_channel(id);
    let channel = world.whatsapp.channel(id).filter(|_| is_id || engine != Engine::Wpp);
    let channel = channel.ok_or_else(|| Refusal::NOT_FOUND.on(engine))?;
    let mut body = shapes::channel::details(engine, channel);
    if !is_id && let Some(members) = body.as_object_mut() {
        match engine {
            Engine::Noweb => drop(members.remove("subscribersCount")),
            Engine::Webjs => drop(members.insert("subscribersCount".into(), Value::Null)),
            Engine::Wpp | Engine::Gows => {}
        }
    }
    Ok(reply::json(StatusCode::OK, &body))
}

fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    call.only(&[Engine::Wpp, Engine::Noweb])?;
    if named(call, &mut world)?.role != Some(Role::Owner) {
        return Err(Refusal::FORBIDDEN.on(call.engine()));
    }
    world.whatsapp.channels.retain(|channel| !channel.is_called(call.path("id")));
    Ok(reply::empty(StatusCode::OK))
}

/// The newest first.
fn preview(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let engine = call.engine();
    let limit = call.query.number("limit").unwrap_or(DEFAULT_PREVIEW);
    let channel = named(call, &mut world)?;
    // In a browser, what was deleted is not there at all.
    let posts = channel.posts.iter().rev().filter(|post| post.text.is_some() || !engine.has_browser()).take(limit);
    let body: Vec<_> = posts.map(|post| shapes::channel::preview(engine, channel, post)).collect();
    Ok(reply::json(StatusCode::OK, &body.into()))
}

/// Something that is done to a channel and that has no result worth reading.
fn change(call: &Call, apply: impl FnOnce(&mut Channel)) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    call.only(&[Engine::Wpp, Engine::Noweb, Engine::Gows])?;
    apply(named(call, &mut world)?);
    Ok(match call.engine() {
        Engine::Gows => reply::json(StatusCode::CREATED, &json!({})),
        _ => reply::empty(StatusCode::CREATED),
    })
}

fn search_by_text(call: &Call) -> Answer {
    let search = Search { text: call.text("text"), categories: strings(call, "categories"), countries: Vec::new() };
    page(call, &search)
}

/// What a view shows and in which order is WhatsApp's secret: here it is the whole directory.
fn search_by_view(call: &Call) -> Answer {
    call.active(&mut call.world())?;
    call.only(&[Engine::Webjs, Engine::Noweb, Engine::Gows])?;
    let countries = match strings(call, "countries") {
        none if none.is_empty() => vec!["US"],
        countries => countries,
    };
    page(call, &Search { text: "", categories: strings(call, "categories"), countries })
}

fn page(call: &Call, search: &Search<'_>) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let limit = call.body.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
    let found = world.whatsapp.channels.iter().filter(|channel| search.finds(channel));
    let page = Page::of(found, call.text("startCursor"), limit.unwrap_or(DEFAULT_PAGE));
    Ok(reply::json(StatusCode::OK, &shapes::channel::page(call.engine(), &page)))
}

fn countries(_: &Call) -> Answer {
    let mut answer = choices("code", &COUNTRIES);
    sample::mark(&mut answer);
    Ok(answer)
}

fn choices(name: &str, choices: &[(&str, &str)]) -> Response {
    let body: Vec<_> = choices.iter().map(|(value, label)| json!({ name: value, "name": label })).collect();
    reply::json(StatusCode::OK, &body.into())
}

/// The channel of the call, whether the account follows it or not.
fn named<'w>(call: &Call, world: &'w mut World) -> Result<&'w mut Channel, Error> {
    world.whatsapp.channel(call.path("id")).ok_or_else(|| Refusal::NOT_FOUND.on(call.engine()))
}

fn strings<'c>(call: &'c Call, name: &str) -> Vec<&'c str> {
    let values = call.body.get(name).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).collect()
}
