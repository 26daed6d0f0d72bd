//! Texts, with and without a preview of a link.

use axum::http::StatusCode;
use serde_json::Value;

use super::{deliver, files::image_bytes};
use crate::{
    Engine,
    call::Call,
    error::Error,
    reply,
    routes::Answer,
    shapes,
    state::{
        message::{Content, Preview, Text},
        messages::{self, Outgoing},
    },
};

pub(super) fn text(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    deliver(call, &mut world, Content::text(call.text("text")))
}

/// Everything in the query, and so the status of a GET.
pub(super) fn text_by_query(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let parameter = |name| call.query.get(name).unwrap_or_default();
    let outgoing = Outgoing::new(parameter("phone"), Content::text(parameter("text")));
    let message = messages::send(&mut world, parameter("session"), outgoing);
    Ok(reply::json(StatusCode::OK, &shapes::message::sent(call.engine(), &message)))
}

/// The older way to send a link: its title above its address.
pub(super) fn link_preview(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Noweb])?;
    deliver(call, &mut world, Content::text(format!("{}\n{}", call.text("title"), call.text("url"))))
}

pub(super) fn link_custom_preview(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Gows, Engine::Noweb])?;
    let preview = call.body.get("preview").unwrap_or(&Value::Null);
    let member = |name: &str| preview[name].as_str().unwrap_or_default().to_owned();
    let (text, url) = (call.text("text").to_owned(), member("url"));
    if !text.contains(&url) {
        return Err(Error::exception("Error", "The text has to contain the url of the preview"));
    }
    let image = preview.get("image").filter(|image| image.is_object()).map(image_bytes).transpose()?;
    let (title, description) = (member("title"), member("description"));
    let preview = Some(Preview { url, title, description, image });
    deliver(call, &mut world, Content::Text(Text { text, preview, background: None, font: None }))
}

/// A colour such as `#38b42f`, and nothing shines through.
pub(in crate::routes) fn argb(color: &str) -> Option<u32> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    Some(0xFF00_0000 | u32::from_str_radix(digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_six_digits() {
        assert_eq!(argb("#01E6aa"), Some(0xFF01_E6AA));
        for wrong in ["", "#", "01e6aa", "#01e6a", "#01e6ag", "#+1e6aa1", "#ä1e6a"] {
            assert_eq!(argb(wrong), None, "{wrong}");
        }
    }
}
