//! The generated code, and nothing else.
#![allow(missing_docs, unused_imports, dead_code, clippy::all)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
