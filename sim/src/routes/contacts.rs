//! People: who they are, whether they are on WhatsApp, and what they look like.

use axum::http::StatusCode;
use serde_json::json;

use super::{Answer, Handler, chats::require_store};
use crate::{Engine, call::Call, ids, paging::Paging, reply, sample, shapes, state::World};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("contacts_get", |call| get(call, call.query.get("contactId").unwrap_or_default())),
        ("contacts_get_by_id", |call| get(call, call.path("id"))),
        ("contacts_list", list),
        ("contacts_update", update),
        ("contacts_check_exists", check_exists),
        ("chatting_check_number_status", check_exists),
        ("contacts_get_about", about),
        ("contacts_get_profile_picture", profile_picture),
        ("contacts_block", |call| block(call, true)),
        ("contacts_unblock", |call| block(call, false)),
    ]
}

fn get(call: &Call, id: &str) -> Answer {
    let mut world = call.world();
    require_store(call.engine(), call.working(&mut world)?)?;
    let id = ids::canonical(id);
    let is_known = world.whatsapp.contact(&id).is_some() || world.whatsapp.name_of(&id).is_some();
    match (is_known, call.engine()) {
        (false, Engine::Noweb | Engine::Wpp) => Ok(reply::empty(StatusCode::OK)),
        (_, engine) => {
            let mut answer = reply::json(StatusCode::OK, &shapes::contact(engine, &id, &world.whatsapp));
            // What becomes of strangers in this browser is not known.
            if !is_known && engine == Engine::Webjs {
                sample::mark(&mut answer);
            }
            Ok(answer)
        }
    }
}

fn list(call: &Call) -> Answer {
    let mut world = call.world();
    require_store(call.engine(), call.working(&mut world)?)?;
    let whatsapp = &world.whatsapp;
    let rows = whatsapp.known().into_iter().collect();
    let rows = Paging::of(&call.query).apply(rows, |field, a: &&str, b: &&str| match field {
        "name" => whatsapp.name_of(a).cmp(&whatsapp.name_of(b)),
        _ => a.cmp(b),
    });
    let body: Vec<_> = rows.into_iter().map(|id| shapes::contact(call.engine(), id, whatsapp)).collect();
    Ok(reply::json(StatusCode::OK, &body.into()))
}

/// Gives somebody another name in the address book, be they on WhatsApp or not.
fn update(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Noweb, Engine::Gows])?;
    let id = world.whatsapp.resolve(call.path("id"));
    let name = format!("{} {}", call.text("firstName"), call.text("lastName"));
    world.whatsapp.account.names.insert(id, name.trim().to_owned());
    Ok(reply::json(StatusCode::OK, &json!({ "success": true })))
}

fn check_exists(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let phone = call.query.get("phone").unwrap_or_default();
    let id = world.whatsapp.resolve(&phone.replace('+', ""));
    let contact = world.whatsapp.contact(&id);
    let body = match (call.engine(), contact) {
        (Engine::Gows, Some(contact)) => {
            let chat = contact.lid.as_ref().unwrap_or(&id);
            json!({ "numberExists": true, "chatId": chat, "pn": id })
        }
        (Engine::Gows, None) => json!({ "numberExists": false, "chatId": null }),
        (_, Some(_)) => json!({ "numberExists": true, "chatId": id }),
        (_, None) => json!({ "numberExists": false }),
    };
    Ok(reply::json(StatusCode::OK, &body))
}

fn about(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp])?;
    let contact = world.whatsapp.contact(call.query.get("contactId").unwrap_or_default());
    let about = contact.and_then(|contact| contact.about.as_ref());
    Ok(reply::json(StatusCode::OK, &json!({ "about": about })))
}

fn profile_picture(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let id = call.query.get("contactId").unwrap_or_default();
    let url = world.picture(call.session_name().unwrap_or_default(), id, call.query.flag("refresh"))?;
    Ok(reply::json(StatusCode::OK, &json!({ "profilePictureURL": url })))
}

fn block(call: &Call, is_blocked: bool) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp])?;
    let World { whatsapp, .. } = &mut *world;
    let id = whatsapp.resolve(call.text("contactId"));
    match is_blocked {
        true => whatsapp.account.blocked.insert(id),
        false => whatsapp.account.blocked.remove(&id),
    };
    Ok(reply::empty(StatusCode::CREATED))
}
