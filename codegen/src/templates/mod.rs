//! What people touch, written out as templates: each shows what the generated code looks like.

pub mod bodies;
pub mod builders;
pub mod events;
pub mod handles;
pub mod mocks;
pub mod once;
pub mod open_enums;
pub mod operation_table;
pub mod resources;
mod setter;
pub mod words;

pub use setter::qualified;
