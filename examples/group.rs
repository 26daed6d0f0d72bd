//! Administers a group: creates it, sets it up, adds people and says who could not be added, and invites the others.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server, where Bob lets nobody add him to groups. With it (and
//! `WAHA_API_KEY` and `WAHA_SESSION`, where they are needed) it talks to yours, and adds the numbers in `WAHA_TO`, with a
//! comma between them.
//!
//! ```text
//! $ cargo run --example group
//! created Hikers (120363000000000001@g.us)
//! 22222222222@c.us: refused (403)
//! 33333333333@c.us: done
//! member 10000000001@c.us (superadmin)
//! member 11111111111@c.us (admin)
//! member 33333333333@c.us (participant)
//! ```

use std::{env, error::Error};

use waha::{Client, Session};

async fn hikers(session: &Session, people: &[String]) -> Result<(), waha::Error> {
    let created = session.create_group("Hikers", &people[..1]).await?;
    let group = session.group(&created.id)?;
    println!("created {created}");
    group.describe("Every second Sunday").await?;
    group.lock().await?; // admins alone change the name, the description and the picture

    let link = group.invite_link().await?;
    for outcome in group.add(&people[1..]).await? {
        println!("{outcome}");
        if !outcome.success {
            session.send_text(&outcome.id, format!("Join us: {link}")).await?;
        }
    }
    group.promote(&people[..1]).await?;
    for member in group.members().await? {
        println!("member {member}");
    }
    group.send_text("Welcome!").mentions(["all"]).await?;

    group.kick(&people[..1]).await?;
    group.leave().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let people: Vec<_> = env::var("WAHA_TO")?.split(',').map(str::to_owned).collect();
        return Ok(hikers(&Client::from_env()?.default_session(), &people).await?);
    }
    let people = ["11111111111@c.us", "22222222222@c.us", "33333333333@c.us"].map(str::to_owned);
    let server = waha_sim::Server::builder()
        .session("default")
        .contact(&*people[0], |ada| ada.name("Ada"))
        .contact(&*people[1], |bob| bob.name("Bob").refuses_groups())
        .contact(&*people[2], |eve| eve.name("Eve"));
    let server = server.start().await?;
    Ok(hikers(&Client::builder(server.url()).build()?.default_session(), &people).await?)
}
