//! Values of a schema, made up.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::document::schema_name;

/// How deep a value goes before what is optional is left out.
const DEPTH: usize = 12;

/// Makes values of the schemas of one document.
pub struct Sampler<'a> {
    pub document: &'a Value,
    pub rng: &'a mut Rng,
    /// Whether the server makes the value: it may add what is not declared.
    pub is_server: bool,
}

impl Sampler<'_> {
    /// A value of a schema; nothing where the schema refers to itself without end.
    pub fn value(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        if depth > 3 * DEPTH {
            return None;
        }
        if schema["nullable"] == true && self.rng.u8(..4) == 0 {
            return Some(Value::Null);
        }
        if let Some(name) = schema["$ref"].as_str().and_then(schema_name) {
            let document = self.document;
            return self.value(&document["components"]["schemas"][name], depth + 1);
        }
        // A part that says nothing leaves it to the type.
        if let Some(all) = schema["allOf"].as_array().filter(|all| schema.get("type").is_none() || all[0] != json!({}))
        {
            return self.of_all(all, depth);
        }
        if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            let choice = &choices[self.rng.usize(..choices.len())];
            return self.value(choice, depth + 1);
        }
        if let Some(values) = schema["enum"].as_array() {
            return Some(values[self.rng.usize(..values.len())].clone());
        }
        if let Some(values) = schema["x-extensible-enum"].as_array() {
            // Whoever makes it may know values that are not listed.
            let new = [json!("NEVER_SEEN"), json!("N"), json!("never seen: a word")];
            let all = if self.rng.u8(..4) == 0 { &new[..] } else { values.as_slice() };
            return Some(all[self.rng.usize(..all.len())].clone());
        }
        Some(match schema["type"].as_str() {
            Some("string") => self.text(schema),
            Some("integer") if self.is_large(schema) => json!(1_i64 << 40),
            Some("integer") => json!(self.number(schema).trunc() as i64),
            Some("number") => json!(self.number(schema)),
            Some("boolean") => json!(self.rng.bool()),
            Some("array") => {
                let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
                let most = schema["maxItems"].as_u64().map_or(least + 2, |most| most as usize);
                let count = self.rng.usize(least..=most.max(least));
                let mut items: Vec<Value> =
                    (0..count).map(|_| self.value(&schema["items"], depth + 1)).collect::<Option<_>>()?;
                if count > 1 && schema["uniqueItems"] != true && self.rng.u8(..4) == 0 {
                    items[1] = items[0].clone();
                }
                return Some(items.into());
            }
            Some("object") => return self.object(schema, depth).map(Value::Object),
            _ => [json!(1.5), json!("open"), json!({"a": [1, {"b": null}]}), json!([true]), json!(false)]
                [self.rng.usize(..5)]
            .clone(),
        })
    }

    fn of_all(&mut self, all: &[Value], depth: usize) -> Option<Value> {
        let mut merged = Map::new();
        for part in all {
            match self.value(part, depth + 1)? {
                Value::Object(members) => merged.extend(members),
                other => return Some(other),
            }
        }
        Some(Value::Object(merged))
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Option<Map<String, Value>> {
        let mut members = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_required =
                schema["required"].as_array().is_some_and(|required| required.iter().any(|other| other == name));
            // What is write-only never comes.
            let is_left_out = self.is_server && property["writeOnly"] == true;
            if is_left_out || !is_required && (depth > DEPTH || self.rng.u8(..4) == 0) {
                continue;
            }
            match self.value(property, depth + 1) {
                // The client leaves out what is optional and null.
                Some(Value::Null) if !self.is_server && !is_required => {}
                Some(value) => drop(members.insert(name.clone(), value)),
                None if is_required => return None,
                None => {}
            }
        }
        let others = &schema["additionalProperties"];
        if others.is_object() {
            for name in ["one", "two"] {
                if depth <= DEPTH && self.rng.bool() {
                    members.insert(name.to_owned(), self.value(others, depth + 1)?);
                }
            }
        } else if self.is_server && *others != false && self.rng.u8(..4) == 0 {
            members.insert("neverSeen".to_owned(), json!({"a": 1}));
        }
        Some(members)
    }

    /// Whether to make an integer that needs more than 32 bits, where it may have them.
    fn is_large(&mut self, schema: &Value) -> bool {
        let is_bound = ["maximum", "multipleOf"].iter().any(|keyword| schema.get(*keyword).is_some());
        !is_bound && schema["format"] != "int32" && self.rng.u8(..4) == 0
    }

    fn number(&mut self, schema: &Value) -> f64 {
        let of = |keyword: &str| schema[keyword].as_f64();
        let least = of("minimum").unwrap_or_else(|| of("maximum").map_or(-1000.0, |most| most.min(0.0) - 10.0));
        let most = of("maximum").unwrap_or(least + 2000.0);
        // In quarters, which survive being printed and read.
        let number = match self.rng.u8(..4) {
            0 => least,
            _ => ((least + self.rng.f64() * (most - least)) * 4.0).round() / 4.0,
        };
        number.clamp(least, most.max(least))
    }

    fn text(&mut self, schema: &Value) -> Value {
        let least = schema["minLength"].as_u64().unwrap_or(0) as usize;
        let most = schema["maxLength"].as_u64().map_or(usize::MAX, |most| most as usize);
        let texts = ["", "text", "11111111111@c.us", "default", "Session_1", "true", "x", "#ff9485"];
        let text = texts[self.rng.usize(..texts.len())];
        let text: String =
            text.chars().chain(std::iter::repeat_n('x', least.saturating_sub(text.len()))).take(most).collect();
        json!(text)
    }
}
