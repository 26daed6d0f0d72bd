//! Paths.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Rule, parameters};
use crate::document::{object_at, path_shape};

pub(in crate::rules) const EQUIVALENT_PATHS: Rule = Rule {
    name: "equivalent-paths",
    purpose: "paths that differ only in the names of their values become one path, spelt as for `GET`",
    apply: |doc, _| {
        let Some(Value::Object(paths)) = doc.get_mut("paths") else {
            return 0;
        };
        let mut kept: Vec<String> = Vec::new();
        let mut count = 0;
        let (reading, others): (Vec<_>, Vec<_>) = paths.iter().partition(|(_, item)| item.get("get").is_some());
        let spellings: Vec<_> = reading.into_iter().chain(others).map(|(path, _)| path.clone()).collect();
        for path in spellings {
            let Some(first) = kept.iter().find(|first| path_shape(first) == path_shape(&path)).cloned() else {
                kept.push(path);
                continue;
            };
            let Some(Value::Object(second)) = paths.shift_remove(&path) else {
                continue;
            };
            let names: BTreeMap<_, _> =
                path.split('/').zip(first.split('/')).map(|(old, new)| (bare(old), bare(new))).collect();
            let kept_item = object_at(&mut paths[&first], &[]);
            let mut rest = Map::new();
            for (method, mut operation) in second {
                if kept_item.contains_key(&method) {
                    rest.insert(method, operation);
                    continue;
                }
                for parameter in operation.as_object_mut().into_iter().flat_map(parameters) {
                    let new = parameter["name"].as_str().and_then(|name| names.get(name)).copied();
                    if let Some(new) = new.filter(|_| parameter["in"] == "path") {
                        parameter["name"] = json!(new);
                    }
                }
                kept_item.insert(method, operation);
                count += 1;
            }
            // A method that both have stays where it is: the lint of paths tells people.
            if !rest.is_empty() {
                paths.insert(path, Value::Object(rest));
            }
        }
        count
    },
};

/// Returns a segment of a path without its braces.
fn bare(segment: &str) -> &str {
    segment.trim_matches(['{', '}'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::run;

    #[test]
    fn equivalent_paths() {
        let operation = |name: &str| json!({ "parameters": [{ "in": "path", "name": name }] });
        let doc = run(
            &EQUIVALENT_PATHS,
            json!({ "paths": {
            "/x/{chatId}": { "put": operation("chatId") },
            "/x/{id}": { "get": operation("id") },
            "/x/{id}/y": { "get": operation("id") },
        } }),
            1,
        );
        assert_eq!(
            doc["paths"],
            json!({
                "/x/{id}": { "get": operation("id"), "put": operation("id") },
                "/x/{id}/y": { "get": operation("id") },
            })
        );
    }

    #[test]
    fn equivalent_paths_keep_every_operation() {
        let operation =
            |names: [&str; 2]| json!({ "parameters": names.map(|name| json!({ "in": "path", "name": name })) });
        let doc = json!({ "paths": {
            "/x/{a}/{b}": { "get": operation(["a", "b"]), "put": {} },
            "/x/{b}/{a}": { "put": { "deprecated": true }, "post": operation(["b", "a"]) },
        } });
        let doc = run(&EQUIVALENT_PATHS, doc, 1);
        assert_eq!(
            doc["paths"],
            json!({
                "/x/{a}/{b}": { "get": operation(["a", "b"]), "put": {}, "post": operation(["a", "b"]) },
                "/x/{b}/{a}": { "put": { "deprecated": true } },
            })
        );
    }
}
