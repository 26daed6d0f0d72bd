//! Faults written as JSON, for the control API: the methods of [`Fault`] as members, durations in seconds.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::Value;

use super::{Fault, WebPage};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FaultSpec {
    // Where and how often.
    on: Option<String>,
    on_path: Option<String>,
    on_event: Option<String>,
    times: Option<usize>,
    probability: Option<f64>,
    unless_header: Option<(String, String)>,
    delay: Seconds,
    performed: Option<bool>,
    performed_after: Option<Seconds>,
    ignores_query: Vec<String>,
    forgotten: bool,
    // What is answered.
    rate_limited: Option<Seconds>,
    rate_overlimit: bool,
    exception: Option<String>,
    refused: Option<Refused>,
    bad_gateway: bool,
    web_page: Option<WebPage>,
    respond: Option<Respond>,
    redirect: Option<Redirect>,
    // How it is changed, in this order.
    only_members: Vec<String>,
    half_surrogates: bool,
    invalid_utf8: bool,
    integers_as_text: bool,
    element: Option<(usize, Value)>,
    nested: Option<usize>,
    truncated: Option<usize>,
    prefix: Option<String>,
    suffix: Option<String>,
    empty: bool,
    padded: Option<u64>,
    gzip: bool,
    headers: BTreeMap<String, Option<String>>,
    // What happens to the connection.
    reset_before_answer: bool,
    reset_within_body: Option<usize>,
    reset_at: Option<usize>,
    reset_after_answer: bool,
    cut_short: Option<usize>,
    dripping: Option<(usize, Seconds)>,
    content_length: Option<i64>,
    hang_up: bool,
    second_answer: Option<(String, Seconds)>,
    // What happens to events.
    twice: bool,
    out_of_order: bool,
    lost: bool,
    tampered: bool,
    drop_websockets: bool,
    binary: bool,
    fragmented: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    status: u16,
    message: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Respond {
    status: u16,
    #[serde(default)]
    content_type: String,
    #[serde(default)]
    body: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redirect {
    status: u16,
    location: String,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(try_from = "f64")]
struct Seconds(Duration);

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        let duration = Duration::try_from_secs_f64(seconds);
        duration.map(Self).map_err(|error| format!("{seconds} is no number of seconds: {error}"))
    }
}

impl TryFrom<FaultSpec> for Fault {
    type Error = String;

    fn try_from(spec: FaultSpec) -> Result<Self, String> {
        let mut fault = match (spec.on, spec.on_path, spec.on_event) {
            (None, None, None) => Self::any(),
            (Some(operation), None, None) => Self::on(operation),
            (None, Some(path), None) => Self::on_path(path),
            (None, None, Some(event)) => Self::on_event(&event),
            _ => return Err("only one of `on`, `on_path` and `on_event` can be given".to_owned()),
        };
        if !(0.0..=1.0).contains(&spec.probability.unwrap_or(1.0)) {
            return Err("`probability` must be between 0 and 1".to_owned());
        }
        let mut apply = Apply(&mut fault);
        apply.some(spec.times, Self::times);
        apply.some(spec.probability, Self::probability);
        apply.some(spec.unless_header, |fault, (name, value)| fault.unless_header(name, value));
        apply.some(Some(spec.delay), |fault, Seconds(delay)| fault.delay(delay));
        apply.some(spec.performed, |fault, performed| if performed { fault.performed() } else { fault.unperformed() });
        apply.some(spec.performed_after, |fault, Seconds(delay)| fault.performed_after(delay));
        apply.each(spec.ignores_query, Self::ignores_query);
        apply.when(spec.forgotten, Self::forgotten);

        let answers = [
            apply.some(spec.rate_limited, |fault, Seconds(after)| fault.rate_limited(after)),
            apply.when(spec.rate_overlimit, Self::rate_overlimit),
            apply.some(spec.exception, Self::exception),
            apply.some(spec.refused, |fault, Refused { status, message }| fault.refused(status, message)),
            apply.when(spec.bad_gateway, Self::bad_gateway),
            apply.some(spec.web_page, Self::web_page),
            apply.some(spec.respond, |fault, Respond { status, content_type, body }| {
                fault.respond(status, content_type, body)
            }),
            apply.some(spec.redirect, |fault, Redirect { status, location }| fault.redirect(status, location)),
        ];
        only_one(&answers, "answer")?;

        apply.some(Some(spec.only_members), Self::only_members);
        apply.when(spec.half_surrogates, Self::half_surrogates);
        apply.when(spec.invalid_utf8, Self::invalid_utf8);
        apply.when(spec.integers_as_text, Self::integers_as_text);
        apply.some(spec.element, |fault, (position, element)| fault.element(position, element));
        apply.some(spec.nested, Self::nested);
        apply.some(spec.truncated, Self::truncated);
        apply.some(spec.prefix, Self::prefix);
        apply.some(spec.suffix, Self::suffix);
        apply.when(spec.empty, Self::empty);
        apply.some(spec.padded, Self::padded);
        apply.when(spec.gzip, Self::gzip);
        apply.each(spec.headers, |fault, (name, value)| match value {
            Some(value) => fault.header(name, value),
            None => fault.without_header(name),
        });

        let connections = [
            apply.when(spec.reset_before_answer, Self::reset_before_answer),
            apply.some(spec.reset_within_body, Self::reset_within_body),
            apply.some(spec.reset_at, Self::reset_at),
            apply.when(spec.reset_after_answer, Self::reset_after_answer),
            apply.some(spec.cut_short, Self::cut_short),
            apply.some(spec.dripping, |fault, (bytes, Seconds(every))| fault.dripping(bytes, every)),
            apply.some(spec.content_length, Self::content_length),
            apply.when(spec.hang_up, Self::hang_up),
            apply.some(spec.second_answer, |fault, (body, Seconds(after))| fault.second_answer(body, after)),
        ];
        only_one(&connections, "fault of the connection")?;

        apply.when(spec.twice, Self::twice);
        apply.when(spec.out_of_order, Self::out_of_order);
        apply.when(spec.lost, Self::lost);
        apply.when(spec.tampered, Self::tampered);
        apply.when(spec.drop_websockets, Self::drop_websockets);
        apply.when(spec.binary, Self::binary);
        apply.some(spec.fragmented, Self::fragmented);
        Ok(fault)
    }
}

fn only_one(given: &[bool], what: &str) -> Result<(), String> {
    match given.iter().filter(|given| **given).count() {
        0 | 1 => Ok(()),
        count => Err(format!("only one {what} can be given, not {count}")),
    }
}

/// Calls methods of a fault for what a specification has; each call says whether it did.
struct Apply<'f>(&'f mut Fault);

impl Apply<'_> {
    fn some<T>(&mut self, value: Option<T>, method: impl FnOnce(Fault, T) -> Fault) -> bool {
        let is_some = value.is_some();
        if let Some(value) = value {
            *self.0 = method(self.0.clone(), value);
        }
        is_some
    }

    fn when(&mut self, wanted: bool, method: impl FnOnce(Fault) -> Fault) -> bool {
        self.some(wanted.then_some(()), |fault, ()| method(fault))
    }

    fn each<T>(&mut self, values: impl IntoIterator<Item = T>, method: impl Fn(Fault, T) -> Fault) {
        for value in values {
            self.some(Some(value), &method);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_can_be_written_as_json() {
        let spec = json!({
            "on": "chatting_send_text",
            "times": 2,
            "performed": true,
            "web_page": { "nginx": 502 },
            "headers": { "retry-after": "1.5", "server": null },
            "prefix": "\u{feff}",
            "second_answer": ["{}", 0.5],
        });
        let read: Fault = serde_json::from_value(spec).expect("a fault");
        let built = Fault::on("chatting_send_text").times(2).performed().web_page(WebPage::Nginx(502));
        let built =
            built.only_members([""; 0]).prefix("\u{feff}").header("retry-after", "1.5").without_header("server");
        let built = built.second_answer("{}", Duration::from_millis(500));
        assert_eq!(format!("{read:?}"), format!("{built:?}"));
    }

    #[test]
    fn a_wrong_fault_is_refused_with_the_reason() {
        for (spec, reason) in [
            (json!({ "bad_gatewy": true }), "unknown field `bad_gatewy`"),
            (json!({ "on": "a", "on_path": "/b" }), "only one of `on`"),
            (json!({ "bad_gateway": true, "exception": "x" }), "only one answer can be given, not 2"),
            (json!({ "hang_up": true, "cut_short": 1 }), "only one fault of the connection"),
            (json!({ "delay": -1 }), "no number of seconds"),
            (json!({ "probability": 2 }), "between 0 and 1"),
        ] {
            let error = serde_json::from_value::<Fault>(spec).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
