//! Walking an OpenAPI document, and the names of the variants that its enums give.

pub use openapi_document::*;

pub use crate::templates::open_enums::variant;
