//! What a value contains: encoded texts, elements of tuples, members by pattern.

use serde_json::{Map, Value, json};

/// Respells the content of a text: text in base64 has the format `byte`, bytes have the format `binary`. Other encodings
/// and media types say nothing that the type of a text depends on, and are removed.
pub fn encoded_text(schema: &mut Map<String, Value>) -> bool {
    // A property may have the name of a keyword: its schema is no text.
    let is_keyword = |value: &Value| value.is_string();
    let mut take = |keyword: &str| {
        schema.get(keyword).filter(|value| is_keyword(value))?;
        schema.shift_remove(keyword).and_then(|value| value.as_str().map(str::to_ascii_lowercase))
    };
    let (encoding, media_type) = (take("contentEncoding"), take("contentMediaType"));
    let format = match (encoding.as_deref(), media_type.as_deref()) {
        (None, None) => return false,
        (Some("base64" | "base64url"), _) => Some("byte"),
        (None, Some("application/octet-stream")) => Some("binary"),
        _ => None,
    };
    schema.shift_remove("contentSchema");
    let is_text = schema.get("type").is_none_or(|kind| kind == "string");
    if let Some(format) = format.filter(|_| is_text) {
        schema.entry("type").or_insert_with(|| "string".into());
        schema.entry("format").or_insert_with(|| format.into());
    }
    true
}

/// Respells a tuple as a list whose elements are any of those of the tuple.
pub fn tuple(schema: &mut Map<String, Value>) -> bool {
    let Some(Value::Array(elements)) = schema.get("prefixItems").cloned() else { return false };
    schema.shift_remove("prefixItems");
    let mut kinds: Vec<Value> = Vec::new();
    let length = elements.len() as u64;
    let is_closed = schema.get("maxItems").and_then(Value::as_u64).is_some_and(|most| most <= length);
    let others = match schema.shift_remove("items") {
        Some(Value::Bool(false)) => {
            schema.entry("maxItems").or_insert_with(|| length.into());
            None
        }
        _ if is_closed => None,
        Some(items @ Value::Object(_)) => Some(items),
        _ => Some(json!({})),
    };
    for element in elements.into_iter().chain(others) {
        let element = if element.is_object() { element } else { json!({}) };
        if !kinds.contains(&element) {
            kinds.push(element);
        }
    }
    // Whatever may be anything is no choice.
    let items = match kinds.len() {
        _ if kinds.contains(&json!({})) => json!({}),
        0 => json!({}),
        1 => kinds.swap_remove(0),
        _ => json!({ "anyOf": kinds }),
    };
    schema.insert("items".into(), items);
    schema.entry("type").or_insert_with(|| "array".into());
    true
}

/// Respells members whose names match a pattern as further members of that type, if no others are allowed or declared.
pub fn members_by_pattern(schema: &mut Map<String, Value>) -> bool {
    let Some(Value::Object(patterns)) = schema.get("patternProperties") else { return false };
    let mut kinds = patterns.values();
    let (Some(kind), true) = (kinds.next(), schema.get("additionalProperties").is_none_or(|others| others == false))
    else {
        return false;
    };
    if !kind.is_object() || schema.contains_key("properties") || !kinds.all(|other| other == kind) {
        return false;
    }
    let kind = kind.clone();
    schema.shift_remove("patternProperties");
    schema.insert("additionalProperties".into(), kind);
    schema.entry("type").or_insert_with(|| "object".into());
    true
}

#[cfg(test)]
mod tests {
    use super::{super::testing::respelt, *};

    #[test]
    fn encoded_text_has_a_format() {
        let text = |more: Value| {
            let mut schema = json!({"type": "string"});
            schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            schema
        };
        for (from, to) in [
            (json!({"contentEncoding": "base64", "contentMediaType": "image/png"}), json!({"format": "byte"})),
            (json!({"contentMediaType": "application/octet-stream"}), json!({"format": "binary"})),
            (json!({"contentMediaType": "application/json", "contentSchema": {"type": "object"}}), json!({})),
            (json!({"contentEncoding": "quoted-printable"}), json!({})),
        ] {
            respelt(encoded_text, text(from), text(to));
        }
        respelt(
            encoded_text,
            json!({"contentEncoding": {"type": "string"}}),
            json!({"contentEncoding": {"type": "string"}}),
        );
    }

    #[test]
    fn a_tuple_is_a_list() {
        let (text, number) = (json!({"type": "string"}), json!({"type": "number"}));
        for (from, to) in [
            (
                json!({"type": "array", "prefixItems": [number, number], "items": false}),
                json!({"type": "array", "maxItems": 2, "items": number}),
            ),
            (
                json!({"type": "array", "prefixItems": [text, number], "minItems": 2, "maxItems": 2}),
                json!({"type": "array", "minItems": 2, "maxItems": 2, "items": {"anyOf": [text, number]}}),
            ),
            (
                json!({"prefixItems": [text], "items": number}),
                json!({"type": "array", "items": {"anyOf": [text, number]}}),
            ),
            (json!({"type": "array", "prefixItems": [text]}), json!({"type": "array", "items": {}})),
        ] {
            respelt(tuple, from, to);
        }
    }

    #[test]
    fn members_by_one_pattern_are_a_map() {
        let of = |kind: &str| json!({"type": kind});
        respelt(
            members_by_pattern,
            json!({"type": "object", "patternProperties": {"^a": of("string")}, "additionalProperties": false}),
            json!({"type": "object", "additionalProperties": of("string")}),
        );
        let several = json!({"patternProperties": {"^a": of("string"), "^b": of("integer")}});
        respelt(members_by_pattern, several.clone(), several);
    }
}
