//! Looks after many sessions on several servers: lists them all, restarts those that have failed, and sends through one that
//! works.
//!
//! Without `WAHA_SERVERS` it talks to two stand-ins for servers. With it, a list of addresses with a comma between them (and
//! `WAHA_API_KEY`, if all have the same one), it talks to yours, and sends nothing.
//!
//! ```text
//! $ cargo run --example sessions
//! north/sales: WORKING
//! north/support: FAILED
//! north/support: restarted, STARTING
//! south/sales: SCAN_QR_CODE
//! gone: sessions_list: no connection to the server at http://localhost:1 (…)
//! sales: sent true_11111111111@c.us_3EB0A932A25A24E3239E56
//! ```

use std::{env, error::Error};

use futures_util::future::join_all;
use waha::{Client, Session, types::SessionStatus};

/// Returns the sessions that work, of all servers.
async fn look_after(servers: &[(String, Client)]) -> Vec<Session> {
    // A client is cheap to clone and keeps its connections: make one for each server, once.
    let lists = servers.iter().map(|(_, client)| async { client.sessions().list().all(true).await });
    let lists = join_all(lists).await;
    let mut working = Vec::new();
    for ((name, client), list) in servers.iter().zip(lists) {
        let list = match list {
            Ok(list) => list,
            Err(error) => {
                println!("{name}: {error}");
                continue;
            }
        };
        for info in list {
            println!("{name}/{}: {}", info.name, info.status);
            let session = match client.session(info.name) {
                Ok(session) => session,
                Err(error) => {
                    println!("{name}: {error}");
                    continue;
                }
            };
            match info.status {
                SessionStatus::Working => working.push(session),
                SessionStatus::Failed => match session.restart().await {
                    Ok(info) => println!("{name}/{}: restarted, {}", info.name, info.status),
                    Err(error) => println!("{name}: {error}"),
                },
                _ => {}
            }
        }
    }
    working
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(addresses) = env::var("WAHA_SERVERS") {
        let key = env::var("WAHA_API_KEY").unwrap_or_default();
        let servers: Result<Vec<_>, waha::Error> = addresses
            .split(',')
            .map(|address| Ok((address.to_owned(), Client::builder(address).api_key(&key).build()?)))
            .collect();
        println!("{} sessions work", look_after(&servers?).await.len());
        return Ok(());
    }
    let north = waha_sim::Server::builder().session("sales").session_in("support", waha_sim::SessionStatus::Failed);
    let south = waha_sim::Server::builder().session_in("sales", waha_sim::SessionStatus::ScanQrCode).api_key("secret");
    let (north, south) = (north.person("11111111111@c.us", |ada| ada).start().await?, south.start().await?);
    let servers = [
        ("north".to_owned(), Client::builder(north.url()).build()?),
        ("south".to_owned(), Client::builder(south.url()).api_key("secret").build()?),
        ("gone".to_owned(), Client::builder("http://localhost:1").build()?),
    ];
    let working = look_after(&servers).await;
    if let Some(session) = working.first() {
        println!("{}: sent {}", session.name(), session.send_text("+1 111 111 1111", "hi").await?);
    }
    Ok(())
}
