//! With the client that progenitor generates by itself, and a `reqwest` client that is set up by hand.

use std::{fs, time::Duration};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use reqwest::header::{HeaderMap, HeaderValue};
use waha_benches::{
    Case, Digest,
    case::Work,
    program::{self, CONTACT, KEY, SESSION, TEXT},
};

use self::generated::{
    Client,
    types::{BinaryFile, InputFile, Json, ProfilePicture},
};

#[allow(dead_code, unused_imports, clippy::all, missing_docs, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/plain.rs"));
}

fn main() -> anyhow::Result<()> {
    program::run(run)
}

async fn run(url: String, case: Case, file: String) -> anyhow::Result<Digest> {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_static(KEY));
    let client = reqwest::Client::builder().default_headers(headers);
    let client = client.timeout(Duration::from_secs(60)).connect_timeout(Duration::from_secs(10)).build()?;
    let client = Client::new_with_client(&url, client);
    let limit = u64::try_from(case.size)?;
    let mut digest = Digest::default();
    match case.work {
        Work::Picture | Work::Refresh => {
            for _ in 0..case.times {
                let picture = picture(&client, case.work == Work::Refresh).await?;
                digest.add(picture.profile_picture_url.as_deref());
            }
        }
        Work::Text => {
            for _ in 0..case.times {
                let call = client.chatting_send_text();
                let call = call.body_map(|body| body.session(SESSION).chat_id(CONTACT).text(TEXT));
                let sent = call.send().await?;
                digest.add(sent_id(&sent)?);
            }
        }
        Work::Flight => {
            let calls = stream::iter(0..case.times).map(|_| picture(&client, false));
            let mut pictures = calls.buffer_unordered(case.size);
            while let Some(picture) = pictures.next().await {
                digest.add(picture?.profile_picture_url.as_deref());
            }
        }
        Work::Messages => {
            for _ in 0..case.times {
                let call = client.chats_list_messages().session(SESSION).chat_id(CONTACT).limit(limit);
                call.send().await?.iter().for_each(|message| {
                    digest.add((message.id.as_str(), message.timestamp, message.body.as_deref(), message.from_me));
                });
            }
        }
        Work::Contacts => {
            for _ in 0..case.times {
                let contacts = client.contacts_list().session(SESSION).limit(limit).send().await?;
                for contact in contacts.as_array().context("no list")? {
                    let id = contact["id"].as_str().context("no id")?;
                    digest.add((id, contact["name"].as_str(), contact["pushname"].as_str()));
                }
            }
        }
        Work::File => {
            for _ in 0..case.times {
                let file = BinaryFile {
                    data: STANDARD.encode(fs::read(&file)?),
                    filename: Some("file.bin".to_owned()),
                    mimetype: Some("application/octet-stream".to_owned()),
                };
                let call = client.chatting_send_file();
                let call = call.body_map(|body| body.session(SESSION).chat_id(CONTACT).file(InputFile::from(file)));
                let sent = call.send().await?;
                digest.add(sent_id(&sent)?);
            }
        }
        Work::Batch | Work::Events | Work::Verify => bail!("progenitor generates nothing for that"),
    }
    Ok(digest)
}

async fn picture(client: &Client, is_refresh: bool) -> anyhow::Result<ProfilePicture> {
    let mut call = client.contacts_get_profile_picture().session(SESSION).contact_id(CONTACT);
    if is_refresh {
        call = call.refresh(true);
    }
    Ok(call.send().await?.into_inner())
}

fn sent_id(sent: &Json) -> anyhow::Result<&str> {
    sent["id"]["_serialized"].as_str().context("no id")
}
