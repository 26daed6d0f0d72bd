//! A program on `reqwest` as one writes it by hand: with a key, timeouts, checked statuses, and types for what it reads.

use std::{fs, hash::Hash, time::Duration};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{
    Client,
    header::{HeaderMap, HeaderValue},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha512;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::{
    Case, Digest, answers,
    case::Work,
    program::{CONTACT, KEY, SESSION, TEXT, WEBHOOK_KEY},
};

/// The types that a program decodes answers into, and what it uses of them.
pub trait Shapes {
    /// A contact's picture.
    type Picture: DeserializeOwned;
    /// A message that was sent.
    type Sent: DeserializeOwned;
    /// A message of a list.
    type Message: DeserializeOwned;
    /// A contact of a list.
    type Contact: DeserializeOwned;
    /// An event about a message.
    type Event: DeserializeOwned;

    /// Returns what is used of it.
    fn picture(picture: &Self::Picture) -> impl Hash;
    /// Returns what is used of it.
    fn sent(sent: &Self::Sent) -> impl Hash;
    /// Returns what is used of it.
    fn message(message: &Self::Message) -> impl Hash;
    /// Returns what is used of it.
    fn contact(contact: &Self::Contact) -> impl Hash;
    /// Returns what is used of it.
    fn event(event: &Self::Event) -> impl Hash;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendText<'a> {
    session: &'a str,
    chat_id: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendFile<'a> {
    session: &'a str,
    chat_id: &'a str,
    file: File<'a>,
}

#[derive(Serialize)]
struct File<'a> {
    mimetype: &'a str,
    filename: &'a str,
    data: String,
}

/// Does the work of a case.
///
/// # Errors
///
/// A call fails.
pub async fn run<S: Shapes>(url: String, case: Case, file: String) -> anyhow::Result<Digest> {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_static(KEY));
    let client = Client::builder().default_headers(headers);
    let client = client.timeout(Duration::from_secs(60)).connect_timeout(Duration::from_secs(10)).build()?;
    let (client, url) = (&client, url.as_str());
    let mut digest = Digest::default();
    match case.work {
        Work::Picture | Work::Refresh => {
            for _ in 0..case.times {
                digest.add(S::picture(&picture::<S>(client, url, case.work == Work::Refresh).await?));
            }
        }
        Work::Text => {
            let body = SendText { session: SESSION, chat_id: CONTACT, text: TEXT };
            for _ in 0..case.times {
                let request = client.post(format!("{url}/api/sendText")).json(&body);
                digest.add(S::sent(&request.send().await?.error_for_status()?.json().await?));
            }
        }
        Work::Flight => {
            let calls = stream::iter(0..case.times).map(|_| picture::<S>(client, url, false));
            let mut pictures = calls.buffer_unordered(case.size);
            while let Some(picture) = pictures.next().await {
                digest.add(S::picture(&picture?));
            }
        }
        Work::Messages => {
            let limit = case.size.to_string();
            for _ in 0..case.times {
                let request = client.get(format!("{url}/api/{SESSION}/chats/{CONTACT}/messages"));
                let request = request.query(&[("limit", limit.as_str())]);
                let messages: Vec<S::Message> = request.send().await?.error_for_status()?.json().await?;
                messages.iter().for_each(|message| digest.add(S::message(message)));
            }
        }
        Work::Contacts => {
            let limit = case.size.to_string();
            for _ in 0..case.times {
                let request = client.get(format!("{url}/api/contacts/all"));
                let request = request.query(&[("limit", limit.as_str()), ("session", SESSION)]);
                let contacts: Vec<S::Contact> = request.send().await?.error_for_status()?.json().await?;
                contacts.iter().for_each(|contact| digest.add(S::contact(contact)));
            }
        }
        Work::File => {
            for _ in 0..case.times {
                let data = STANDARD.encode(fs::read(&file)?);
                let file = File { mimetype: "application/octet-stream", filename: "file.bin", data };
                let body = SendFile { session: SESSION, chat_id: CONTACT, file };
                let request = client.post(format!("{url}/api/sendFile")).json(&body);
                digest.add(S::sent(&request.send().await?.error_for_status()?.json().await?));
            }
        }
        Work::Batch => {
            let mut calls = stream::iter(0..case.size).map(|item| async move { anyhow::Ok(item) }).buffered(50);
            while let Some(item) = calls.next().await {
                digest.add(item?);
            }
        }
        Work::Events => {
            let url = format!("{}/ws?session={SESSION}&events=message&x-api-key={KEY}", url.replacen("http", "ws", 1));
            for _ in 0..case.times {
                let (mut socket, _) = connect_async(&url).await?;
                let mut heard = 0;
                while heard < case.size {
                    let message = socket.next().await.context("the server has closed the WebSocket")??;
                    if let Message::Text(text) = message {
                        digest.add(S::event(&serde_json::from_str(&text)?));
                        heard += 1;
                    }
                }
            }
        }
        Work::Verify => {
            let mac = Hmac::<Sha512>::new_from_slice(WEBHOOK_KEY.as_bytes())?;
            let signature = signature();
            for _ in 0..case.times {
                let signature = hex(&signature).context("not hexadecimal")?;
                mac.clone().chain_update(answers::EVENT).verify_slice(&signature)?;
                digest.add(S::event(&serde_json::from_str(answers::EVENT)?));
            }
        }
    }
    Ok(digest)
}

async fn picture<S: Shapes>(client: &Client, url: &str, is_refresh: bool) -> anyhow::Result<S::Picture> {
    let request = client.get(format!("{url}/api/contacts/profile-picture"));
    let request = request.query(&[("contactId", CONTACT), ("session", SESSION)]);
    let request = if is_refresh { request.query(&[("refresh", true)]) } else { request };
    Ok(request.send().await?.error_for_status()?.json().await?)
}

/// Returns the signature of [`answers::EVENT`], as the server writes it.
pub fn signature() -> String {
    let mac = Hmac::<Sha512>::new_from_slice(WEBHOOK_KEY.as_bytes()).expect("an HMAC takes a key of any length");
    mac.chain_update(answers::EVENT).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
