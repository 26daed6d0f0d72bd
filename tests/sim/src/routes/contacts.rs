//! People: who they are, whether they are on WhatsApp, and what they look like.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use serde_json::json;

use super::{Answer, chats::require_store};
use crate::{
    Contact, Engine, checks::Checks, error::Error, extract::Query, ids, paging::Paging, reply, shapes, state::App,
};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/contacts", get(one))
        .route("/api/contacts/all", get(all))
        .route("/api/contacts/check-exists", get(check_exists))
        .route("/api/contacts/profile-picture", get(profile_picture))
}

async fn one(State(app): State<App>, query: Query) -> Answer {
    let mut world = app.world();
    let session = world.working(query.get("session"))?;
    require_store(app.engine, session)?;
    let Some(id) = query.get("contactId") else {
        return Err(Error::type_error("phone", "includes", None));
    };
    let id = ids::canonical(id);
    let nobody = Contact::default();
    let contact = match (world.whatsapp.contact(&id), app.engine) {
        (Some(contact), _) => contact,
        (None, Engine::Gows) => &nobody,
        (None, Engine::Noweb) => return Ok(reply::empty(StatusCode::OK)),
        (None, engine) => {
            let what = format_args!("unknown contacts of the {engine} engine");
            return Err(Error::not_modelled(what));
        }
    };
    Ok(reply::json(StatusCode::OK, &shapes::contact(app.engine, &id, contact)))
}

async fn all(State(app): State<App>, query: Query) -> Answer {
    let mut checks = Checks::default();
    let session = checks.session(&query);
    let paging = Paging::read(&query, &mut checks, &["id", "name"]);
    checks.finish()?;

    let mut world = app.world();
    require_store(app.engine, world.working(Some(session))?)?;
    let rows = world.whatsapp.contacts().collect();
    let rows = paging.apply(rows, |field, (a_id, a), (b_id, b)| match field {
        "name" => a.name.cmp(&b.name),
        _ => a_id.cmp(b_id),
    });
    let shape = |(id, contact)| shapes::contact(app.engine, id, contact);
    Ok(reply::json(StatusCode::OK, &rows.into_iter().map(shape).collect()))
}

async fn check_exists(State(app): State<App>, query: Query) -> Answer {
    let mut world = app.world();
    let now = app.clock.now();
    let session = world.working(query.get("session"))?;
    session.activity = Some(now);
    let Some(phone) = query.get("phone") else {
        let method = if app.engine == Engine::Gows { "replace" } else { "split" };
        return Err(Error::type_error("request.phone", method, None));
    };
    let id = ids::canonical(&phone.replace('+', ""));
    let exists = world.whatsapp.contact(&id).is_some();
    let id = exists.then_some(id);
    let body = match (app.engine, id) {
        (Engine::Gows, id) => json!({ "numberExists": exists, "chatId": id, "pn": id }),
        (_, Some(id)) => json!({ "numberExists": true, "chatId": id }),
        (_, None) => json!({ "numberExists": false }),
    };
    Ok(reply::json(StatusCode::OK, &body))
}

async fn profile_picture(State(app): State<App>, query: Query) -> Answer {
    let mut checks = Checks::default();
    let refresh = checks.boolean(&query, "refresh");
    let id = checks.string(&query, "contactId");
    let session = checks.session(&query);
    checks.finish()?;
    let url = app.world().picture(session, id, refresh, app.clock.now())?;
    Ok(reply::json(StatusCode::OK, &json!({ "profilePictureURL": url })))
}
