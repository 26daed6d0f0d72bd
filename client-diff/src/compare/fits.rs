//! Finds whether every value that one side makes is taken by the other.
//!
//! A rule judges a difference by its kind. That is not enough where several differences add up to none: a choice within a
//! choice, a list of values within a type that takes them all.

use std::collections::HashSet;

use serde_json::Value;

use super::{texts, values::width};
use crate::{
    literal,
    rules::Carrier,
    shape::{self, Document, Notes, Others, Shape, Spot},
};

/// Who makes a value, and who takes it.
pub(super) struct Fit<'d, 'a> {
    maker: &'d Document<'a>,
    taker: &'d Document<'a>,
    /// Whether the client makes it, and the server takes it.
    is_request: bool,
    /// Whether it is a parameter, which is sent as text.
    is_text: bool,
    /// Pairs of places that are being compared: what leads back to one of them fits, unless something else does not.
    open: HashSet<(String, String)>,
    /// How many choices lead into each other.
    depth: usize,
}

/// Choices that lead into each other more often than this lead in a circle, which says nothing new.
const MAX_DEPTH: usize = 12;

/// Returns whether every value of a schema of one document fits a schema of the other: `base` is the client's, `head` the
/// server's.
pub(super) fn fits<'a>(
    carrier: Carrier,
    is_text: bool,
    [base, head]: [&Document<'a>; 2],
    [client, server]: [&Spot<'a>; 2],
    is_null_taken: bool,
) -> bool {
    let is_request = carrier == Carrier::Request;
    let (maker, taker, from, to) = if is_request { (base, head, client, server) } else { (head, base, server, client) };
    Fit { maker, taker, is_request, is_text, open: HashSet::new(), depth: 0 }.schema(from, to, is_null_taken)
}

/// Returns whether all members that a client makes fit what a server declares for the members that it does not name.
pub(super) fn members_fit_others<'a>([client, server]: [&Document<'a>; 2], [made, taken]: &[Spot<'a>; 2]) -> bool {
    let (_, from) = shape::read(client, made.clone()).whole(client);
    let (_, to) = shape::read(server, taken.clone()).whole(server);
    let Others::Of(others) = &to.others else { return false };
    let mut fit =
        Fit { maker: client, taker: server, is_request: true, is_text: false, open: HashSet::new(), depth: 0 };
    let fit_others = match &from.others {
        // The client makes the members that are declared, and no others.
        Others::Any => !from.properties.is_empty(),
        Others::Of(made) => fit.schema(made, others, false),
        Others::None => true,
    };
    fit_others && from.properties.iter().all(|(name, made)| fit.schema(made, others, !from.required.contains(name)))
}

impl<'a> Fit<'_, 'a> {
    /// Compares two places. `is_null_taken` says that null is no matter: it is not made, or read as if nothing were there.
    fn schema(&mut self, maker: &Spot<'a>, taker: &Spot<'a>, is_null_taken: bool) -> bool {
        if !self.open.insert((maker.pointer.clone(), taker.pointer.clone())) {
            return true;
        }
        let (made, from) = shape::read(self.maker, maker.clone()).whole(self.maker);
        let (taken, to) = shape::read(self.taker, taker.clone()).whole(self.taker);
        self.whole(&made, &from, &taken, &to, is_null_taken)
    }

    fn whole(
        &mut self,
        made: &Notes<'a>,
        from: &Shape<'a>,
        taken: &Notes<'a>,
        to: &Shape<'a>,
        is_null_taken: bool,
    ) -> bool {
        let taker = self.taker;
        let is_open = |branch: &Spot<'a>| shape::read(taker, branch.clone()).whole(taker).1.is_open(taker);
        if to.is_open(taker) || to.choices.iter().any(is_open) {
            return true;
        }
        let taker = self.taker;
        let takes_null = self.is_lenient_map(to)
            || taken.nullable
            || to.choices.iter().any(|branch| shape::is_nullable(taker, branch.clone()));
        if made.nullable && !takes_null && !is_null_taken && !self.is_text {
            return false;
        }
        if from.is_open(self.maker)
            || from.unknown != to.unknown
            || !from.dangling.is_empty()
            || !to.dangling.is_empty()
        {
            return false;
        }
        if from.choice.is_some() || to.choice.is_some() {
            if self.depth > MAX_DEPTH {
                return true;
            }
            self.depth += 1;
            let fits = self.choices(from, taken, to, is_null_taken);
            self.depth -= 1;
            return fits;
        }
        if from.types.len() > 1 {
            return from.types.iter().all(|kind| self.types(&of_type(from, kind), to));
        }
        self.types(from, to)
    }

    /// Compares where one of two schemas is a choice: whatever is made, some branch has to take.
    fn choices(&mut self, from: &Shape<'a>, taken: &Notes<'a>, to: &Shape<'a>, is_null_taken: bool) -> bool {
        let (maker, taker) = (self.maker, self.taker);
        if from.choice.is_some() {
            return from.choices.iter().all(|branch| {
                let (notes, branch) = shape::read(maker, branch.clone()).whole(maker);
                self.whole(&notes, &branch, taken, to, is_null_taken)
            });
        }
        let mut each_type: Vec<Shape<'a>> = from.types.iter().map(|kind| of_type(from, kind)).collect();
        if each_type.is_empty() {
            each_type.push(from.clone());
        }
        each_type.iter().all(|one| {
            to.choices.iter().any(|branch| {
                let (_, branch) = shape::read(taker, branch.clone()).whole(taker);
                self.whole(&Notes::default(), one, &Notes::default(), &branch, true)
            })
        })
    }

    /// Compares what is of one type.
    fn types(&mut self, from: &Shape<'a>, to: &Shape<'a>) -> bool {
        let Some(kind) = from.types.iter().next().copied() else { return false };
        let kind = if kind == "number" && lists_integers(from) { "integer" } else { kind };
        self.is_of_type(from, kind, to)
            && self.values(from, to)
            && self.bounds(from, kind, to)
            && (kind != "object" || self.objects(from, to))
            && (kind != "array" || self.items(from, to))
    }

    fn is_of_type(&self, from: &Shape<'a>, kind: &str, to: &Shape<'a>) -> bool {
        let is = |wanted: &str| to.types.contains(wanted);
        let is_number = is("number") || is("integer") && kind == "integer";
        let is_same = to.types.is_empty() || is(kind) || is_number && kind == "integer";
        // Everything has a text, and a listed value may be that of a number.
        let has_text = self.is_text && is("string") && !["array", "object"].contains(&kind);
        let means = |value: &&Value| match value.as_str() {
            Some("true" | "false") => is("boolean"),
            Some(text) => is("number") && text.parse::<f64>().is_ok() || is("integer") && text.parse::<i64>().is_ok(),
            None => false,
        };
        let is_listed = self.is_text
            && !from.is_extensible
            && from.values.as_ref().is_some_and(|values| !values.is_empty() && values.values().all(means));
        if !is_same && !has_text && !is_listed {
            return false;
        }
        match kind {
            "integer" | "number" if is_same => lists_integers(from) || width(from.format) <= width(to.format),
            "string" if !self.is_request && self.taker.client.checks_strings => {
                let is_checked = |format: &str| ["uuid", "date", "date-time", "ip", "ipv4", "ipv6"].contains(&format);
                from.format == to.format || !to.format.is_some_and(is_checked)
            }
            _ => true,
        }
    }

    fn values(&self, from: &Shape<'a>, to: &Shape<'a>) -> bool {
        let Some(taken) = &to.values else { return true };
        let client = self.taker.client;
        let are_strings = taken.values().all(|value| value.is_string());
        let is_constant = taken.len() == 1;
        if to.is_extensible
            || !self.is_request && are_strings && (client.open_enums || is_constant && client.open_constants)
        {
            return true;
        }
        let text = |value: &Value| if self.is_text { literal::plain(value) } else { literal::text(value) };
        let has = |value: &&Value| taken.values().any(|other| text(other) == text(value));
        !from.is_extensible && from.values.as_ref().is_some_and(|values| values.values().all(has))
    }

    fn bounds(&self, from: &Shape<'a>, kind: &str, to: &Shape<'a>) -> bool {
        // A client does not judge what it reads, but for what its types cannot hold.
        if !self.is_request && !self.taker.client.checks_strings {
            return true;
        }
        let holds = |bound: &str, limit: f64| {
            if let Some(values) = &from.values {
                return !from.is_extensible && values.values().all(|value| is_within(value, bound, limit));
            }
            let of = |name: &str| from.bounds.get(name).copied();
            match bound {
                "minimum" => of("minimum").or_else(|| of("exclusiveMinimum")).is_some_and(|least| least >= limit),
                "maximum" => of("maximum").or_else(|| of("exclusiveMaximum")).is_some_and(|most| most <= limit),
                "exclusiveMinimum" => {
                    of("minimum").is_some_and(|least| least > limit) || of(bound).is_some_and(|least| least >= limit)
                }
                "exclusiveMaximum" => {
                    of("maximum").is_some_and(|most| most < limit) || of(bound).is_some_and(|most| most <= limit)
                }
                "multipleOf" => of(bound)
                    .map_or(limit <= 1.0 && from.types.contains("integer") && 1.0 % limit == 0.0, |step| {
                        step % limit == 0.0
                    }),
                bound if bound.starts_with("min") => of(bound).is_some_and(|least| least >= limit),
                bound => of(bound).is_some_and(|most| most <= limit),
            }
        };
        let is_of_string = |bound: &str| ["minLength", "maxLength", "pattern"].contains(&bound);
        // What is a string, or is taken as the text that it is sent as.
        let is_taken_as_text = kind == "string" || self.is_text && !to.types.is_empty() && !to.types.contains(kind);
        if is_taken_as_text && !texts::fit(from, kind, to) {
            return false;
        }
        let others = |bound: &&str| self.is_request && !is_of_string(bound) && (self.is_text || is_about(bound, kind));
        to.bounds.iter().filter(|(bound, _)| others(bound)).all(|(bound, limit)| holds(bound, *limit))
            && to.patterns.iter().filter(|(keyword, _)| others(keyword)).all(|(keyword, pattern)| {
                let is_same = |(other, known): (&&str, &&Value)| {
                    other == keyword || keyword.ends_with("pattern") && known == pattern
                };
                from.patterns.iter().any(is_same) || from.bounds.get("maxItems").is_some_and(|most| *most <= 1.0)
            })
    }

    fn objects(&mut self, from: &Shape<'a>, to: &Shape<'a>) -> bool {
        // A request does not contain what is read-only, and an answer does not contain what is write-only.
        let access = usize::from(!self.is_request);
        let note = |document: &Document<'a>, spot: &Spot<'a>| shape::read(document, spot.clone()).whole(document).0;
        for name in &to.required {
            let taken = to.properties.get(name).map(|spot| note(self.taker, spot));
            if taken.as_ref().is_some_and(|taken| if self.is_request { taken.access[0] } else { taken.nullable }) {
                continue;
            }
            let made = from.properties.get(name).map(|spot| note(self.maker, spot));
            let is_made =
                from.required.contains(name) && (self.is_request || made.is_none_or(|made| !made.access[access]));
            if !is_made {
                return false;
            }
        }
        for (name, made) in &from.properties {
            if !self.is_request && note(self.maker, made).access[1] {
                continue;
            }
            let fits = match (to.properties.get(name), &to.others) {
                (Some(taken), _) => {
                    // A client leaves out what is optional and null, and reads what is absent and what is null alike.
                    let is_optional =
                        if self.is_request { !from.required.contains(name) } else { !to.required.contains(name) };
                    let (_, shape) = shape::read(self.taker, taken.clone()).whole(self.taker);
                    let is_collection = shape.types.contains("array") || !matches!(shape.others, Others::Any);
                    let is_null_taken =
                        is_optional && (self.is_request || self.taker.client.optional_is_nullable || !is_collection);
                    self.schema(made, taken, is_null_taken)
                }
                (None, Others::Any) => true,
                (None, Others::Of(others)) => self.schema(made, others, false),
                (None, Others::None) => false,
            };
            if !fits {
                return false;
            }
        }
        match (&from.others, &to.others) {
            (_, Others::Any) | (Others::None, _) => true,
            // The client makes the members that are declared, and no others.
            (Others::Any, _) if self.is_request => !from.properties.is_empty(),
            (Others::Any, Others::Of(_) | Others::None) | (Others::Of(_), Others::None) => false,
            (Others::Of(made), Others::Of(taken)) => self.schema(made, taken, false),
        }
    }

    /// Returns whether a client reads null as an empty map.
    fn is_lenient_map(&self, to: &Shape<'a>) -> bool {
        let is_integer = |values: &Spot<'a>| values.value["type"] == "integer";
        let Others::Of(values) = &to.others else { return false };
        !self.is_request
            && self.taker.client.null_is_empty_integer_map
            && to.properties.is_empty()
            && is_integer(values)
    }

    fn items(&mut self, from: &Shape<'a>, to: &Shape<'a>) -> bool {
        match (&from.items, &to.items) {
            (_, None) => true,
            (Some(made), Some(taken)) => self.schema(made, taken, false),
            (None, Some(_)) => false,
        }
    }
}

/// Returns whether only listed values are made, and each is an integer.
fn lists_integers(from: &Shape<'_>) -> bool {
    let values = from.values.as_ref().filter(|values| !from.is_extensible && !values.is_empty());
    values.is_some_and(|values| values.values().all(|value| value.is_i64()))
}

/// Returns whether a bound says something about values of a type.
fn is_about(bound: &str, kind: &str) -> bool {
    match bound {
        "minItems" | "maxItems" | "uniqueItems" => kind == "array",
        "minProperties" | "maxProperties" => kind == "object",
        _ => !["array", "object"].contains(&kind),
    }
}

/// Returns what a schema of several types says of one of them.
fn of_type<'a>(shape: &Shape<'a>, kind: &'a str) -> Shape<'a> {
    let values = shape.values.as_ref().map(|values| {
        let is_of = |value: &Value| literal::type_of(value) == kind || kind == "number" && value.is_number();
        values.iter().filter(|(_, value)| is_of(value)).map(|(text, value)| (text.clone(), *value)).collect()
    });
    Shape { types: [kind].into(), values, ..shape.clone() }
}

/// Returns whether a listed value keeps within a bound.
fn is_within(value: &Value, bound: &str, limit: f64) -> bool {
    let length = value.as_str().map(|text| text.chars().count() as f64);
    match (bound, value.as_f64(), length) {
        ("minLength", _, Some(length)) => length >= limit,
        ("maxLength", _, Some(length)) => length <= limit,
        ("minimum", Some(number), _) => number >= limit,
        ("maximum", Some(number), _) => number <= limit,
        ("exclusiveMinimum", Some(number), _) => number > limit,
        ("exclusiveMaximum", Some(number), _) => number < limit,
        ("multipleOf", Some(number), _) => number % limit == 0.0,
        // A bound of another type says nothing.
        _ => true,
    }
}
