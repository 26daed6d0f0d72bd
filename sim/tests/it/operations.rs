use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Map, Value};

use super::*;

/// Every operation of the document: its name, its method, and its path with the parameters filled in.
fn operations() -> Vec<(String, Method, String)> {
    let document: Value = serde_json::from_str(include_str!("../../../openapi/waha.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let path = path.replace("{session}", "default").replace(['{', '}'], "");
        let methods = methods.as_object().unwrap().iter();
        let of_method = |(method, operation): (&String, &Value)| {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            (id, method.to_uppercase().parse().unwrap(), path.clone())
        };
        methods.map(of_method).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn every_operation_answers_on_every_engine() {
    let operations = operations();
    assert_eq!(operations.len(), 192);
    for engine in ENGINES {
        let server = server(engine).await;
        for (id, method, path) in &operations {
            let request = request(&server, method.clone(), path).query(&[("session", "default")]);
            let body = (*method != Method::GET).then(|| request.try_clone()).flatten().map(|it| it.json(&Map::new()));
            let message = Answered::from(body.unwrap_or(request)).await.body();
            assert!(!message.contains("does not model"), "{id} on {engine}: {message}");
        }
        let asked: BTreeSet<_> = server.requests().into_iter().filter_map(|request| request.operation).collect();
        assert_eq!(asked.len(), 192, "{engine}");
    }
}
