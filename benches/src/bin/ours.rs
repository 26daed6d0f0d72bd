//! With `waha`, with its options as they are by default.

use std::time::Duration;

use anyhow::Context;
use futures_util::{StreamExt, stream};
use waha::{
    Batching, Client, Media, RefreshLimits, RequestOptions,
    events::{Event, Payload, Verifier},
};
use waha_benches::{
    Case, Digest, answers,
    by_hand::signature,
    case::Work,
    program::{self, CONTACT, KEY, SESSION, TEXT, WEBHOOK_KEY},
};

fn main() -> anyhow::Result<()> {
    program::run(run)
}

async fn run(url: String, case: Case, file: String) -> anyhow::Result<Digest> {
    // Without this, the limiter of refreshes would do what it is for.
    let refreshes = RefreshLimits::new().per_session(1_000_000, Duration::from_millis(1)).per_id(Duration::ZERO);
    let options = RequestOptions::new().refreshes(refreshes);
    let client = Client::builder(url).api_key(KEY).options(options).build()?;
    let session = client.session(SESSION)?;
    let contact = session.contact(CONTACT)?;
    let chat = session.chat(CONTACT)?;
    let limit = i64::try_from(case.size)?;
    let mut digest = Digest::default();
    match case.work {
        Work::Picture => {
            for _ in 0..case.times {
                digest.add(contact.picture().await?.profile_picture_url.as_deref());
            }
        }
        Work::Refresh => {
            for _ in 0..case.times {
                digest.add(contact.picture().refresh().await?.profile_picture_url.as_deref());
            }
        }
        Work::Text => {
            for _ in 0..case.times {
                digest.add(chat.send_text(TEXT).await?.id.as_ref().map_or("", |id| id.as_str()));
            }
        }
        Work::Flight => {
            let calls = stream::iter(0..case.times).map(|_| async { contact.picture().await });
            let mut pictures = calls.buffer_unordered(case.size);
            while let Some(picture) = pictures.next().await {
                digest.add(picture?.profile_picture_url.as_deref());
            }
        }
        Work::Messages => {
            for _ in 0..case.times {
                let messages = chat.list_messages().limit(limit).await?;
                messages.iter().for_each(|message| {
                    digest.add((message.id().as_str(), message.timestamp(), message.text(), message.is_from_me()));
                });
            }
        }
        Work::Contacts => {
            for _ in 0..case.times {
                let contacts = session.contacts().list().limit(limit).await?;
                contacts.iter().for_each(|contact| {
                    digest.add((contact.id.as_str(), contact.name.as_deref(), contact.push_name.as_deref()));
                });
            }
        }
        Work::File => {
            for _ in 0..case.times {
                let sent = chat.send_file(Media::path(&file)).await?;
                digest.add(sent.id.as_ref().map_or("", |id| id.as_str()));
            }
        }
        Work::Batch => {
            let batch = session.batch(0..case.size).batching(Batching::new(50, Duration::ZERO));
            let mut results = batch.run(|_, item| async move { anyhow::Ok(item) });
            while let Some(item) = results.next().await {
                digest.add(item?);
            }
        }
        Work::Events => {
            for _ in 0..case.times {
                let mut events = session.events().only(["message"]).connect().await?;
                for _ in 0..case.size {
                    add_event(&mut digest, &events.next_event().await?.context("the stream has ended")?);
                }
            }
        }
        Work::Verify => {
            let verifier = Verifier::new(WEBHOOK_KEY).tolerance(None);
            let headers = [
                ("x-webhook-hmac", signature()),
                ("x-webhook-hmac-algorithm", "sha512".to_owned()),
                ("x-webhook-timestamp", "1790000780123".to_owned()),
            ];
            for _ in 0..case.times {
                let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
                add_event(&mut digest, &verifier.verify(answers::EVENT, headers)?);
            }
        }
    }
    Ok(digest)
}

fn add_event(digest: &mut Digest, event: &Event) {
    if let Payload::Message(message) = &event.payload {
        digest.add((event.id.as_deref(), message.id.as_str(), message.body.as_deref()));
    }
}
