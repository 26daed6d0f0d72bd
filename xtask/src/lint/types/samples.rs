//! Samples of a schema: few, and each kind of value that it describes among them.

use serde_json::{Map, Value, json};

use super::referred;
use crate::document::is_of;

/// How deep a sample goes before members that are optional are left out.
const DEPTH: usize = 4;
/// How deep a schema is followed at all: one that needs itself has no sample.
const MAX_DEPTH: usize = 24;
/// Samples of one schema.
const MOST: usize = 24;

/// Makes samples of the schemas of a document.
pub struct Samples<'d> {
    /// The document.
    pub document: &'d Value,
    /// Whether a schema that is referred to is taken to have a value, so that its faults are its own.
    pub trusts_references: bool,
}

impl Samples<'_> {
    /// Returns samples of a schema, without null; none if there is no value of it.
    pub fn of(&self, schema: &Value) -> Vec<Value> {
        let mut samples = self.at(schema, 0);
        samples.retain(|sample| !sample.is_null());
        samples
    }

    fn at(&self, schema: &Value, depth: usize) -> Vec<Value> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let mut samples = self.values(schema, depth);
        if let Some(kind) = schema["type"].as_str() {
            samples = samples.into_iter().filter_map(|sample| of_type(kind, sample)).collect();
        }
        if schema["nullable"] == true {
            samples.push(Value::Null);
        }
        samples.truncate(MOST);
        samples
    }

    fn values(&self, schema: &Value, depth: usize) -> Vec<Value> {
        if let Some(target) = referred(self.document, schema) {
            let samples = self.at(target, depth + 1);
            return if samples.is_empty() && self.trusts_references { vec![json!("anything")] } else { samples };
        }
        for keyword in ["enum", "x-extensible-enum"] {
            if let Some(values) = schema[keyword].as_array() {
                return values.clone();
            }
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = schema[keyword].as_array() {
                return branches.iter().flat_map(|branch| self.at(branch, depth + 1)).collect();
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.of_all(schema, parts, depth);
        }
        match schema["type"].as_str() {
            Some("string") => vec![self.text(schema)],
            Some("integer") => vec![json!(number(schema) as i64)],
            Some("number") => vec![json!(number(schema))],
            Some("boolean") => vec![json!(true)],
            Some("array") => self.list(schema, depth),
            Some("object") => self.object(schema, depth),
            _ => vec![json!("anything")],
        }
    }

    /// Returns samples of a schema that consists of parts; of parts that are no objects, those that all of them allow.
    fn of_all(&self, schema: &Value, parts: &[Value], depth: usize) -> Vec<Value> {
        let mut merged: Map<String, Value> = Map::new();
        let mut scalars: Option<Vec<Value>> = None;
        let mut own = schema.clone();
        if let Value::Object(own) = &mut own {
            own.shift_remove("allOf");
        }
        let is_object = own["properties"].is_object();
        for part in parts.iter().chain(is_object.then_some(&own)) {
            let samples = self.at(part, depth + 1);
            match samples.first() {
                None => return Vec::new(),
                Some(Value::Object(_)) => merged.extend(samples.into_iter().rev().filter_map(as_object).flatten()),
                Some(_) if scalars.is_none() => scalars = Some(samples),
                Some(_) => {}
            }
        }
        scalars.unwrap_or_else(|| vec![merged.into()])
    }

    fn list(&self, schema: &Value, depth: usize) -> Vec<Value> {
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        let elements = self.at(&schema["items"], depth + 1);
        let long = |element: &Value| Value::from(vec![element.clone(); least.clamp(1, 64)]);
        let lists = elements.iter().filter(|element| !element.is_null()).map(long);
        lists.chain((least == 0).then(|| json!([]))).collect()
    }

    /// Returns the object with all members, the one with those alone that it needs, and for each further sample of a member
    /// the object with that.
    fn object(&self, schema: &Value, depth: usize) -> Vec<Value> {
        let is_required =
            |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let (mut whole, mut least) = (Map::new(), Map::new());
        let mut variants: Vec<(String, Value)> = Vec::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if depth > DEPTH && !is_required(name) {
                continue;
            }
            let mut samples = self.at(property, depth + 1).into_iter();
            let Some(first) = samples.next() else {
                if is_required(name) {
                    return Vec::new();
                }
                continue;
            };
            if is_required(name) {
                least.insert(name.clone(), first.clone());
            }
            whole.insert(name.clone(), first);
            variants.extend(samples.map(|sample| (name.clone(), sample)));
        }
        let others = &schema["additionalProperties"];
        if others.is_object()
            && let Some(other) = self.at(others, depth + 1).into_iter().next()
        {
            whole.insert("member".to_owned(), other);
        }
        let with = |(name, sample): (String, Value)| {
            let mut object = whole.clone();
            object.insert(name, sample);
            Value::from(object)
        };
        let further: Vec<Value> = variants.into_iter().map(with).collect();
        [whole.clone().into(), least.into()].into_iter().chain(further).collect()
    }

    fn text(&self, schema: &Value) -> Value {
        let least = schema["minLength"].as_u64().unwrap_or(0).min(1 << 16) as usize;
        match schema["format"].as_str() {
            Some("date-time") => json!("2026-01-02T03:04:05Z"),
            Some("date") => json!("2026-01-02"),
            Some("uuid") => json!("00000000-0000-4000-8000-000000000000"),
            Some("ipv4" | "ip") => json!("127.0.0.1"),
            Some("ipv6") => json!("::1"),
            _ => json!("a".repeat(least.max(1))),
        }
    }
}

/// Returns a sample if it is of a type; a whole number is an integer.
fn of_type(kind: &str, sample: Value) -> Option<Value> {
    let whole = sample.as_f64().filter(|number| kind == "integer" && sample.is_f64() && number.fract() == 0.0);
    let sample = whole.map_or(sample, |number| json!(number as i64));
    (sample.is_null() || is_of(kind, &sample)).then_some(sample)
}

fn as_object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Returns a number within the bounds of a schema.
fn number(schema: &Value) -> f64 {
    let of = |keyword: &str| schema[keyword].as_f64();
    let (least, most) = (of("minimum").unwrap_or(0.0), of("maximum").unwrap_or(f64::MAX));
    let step = of("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let number = (least / step).ceil() * step;
    let is_excluded = schema["exclusiveMinimum"] == true && number <= least;
    (if is_excluded { number + step } else { number }).min(most)
}
