//! Compares `waha` with programs that somebody would write by hand for the same work.
//!
//! `cargo run --release -p waha-benches` runs everything: see `BENCHMARKS.md`. The programs of `src/bin/` each do the work of
//! one [`Case`] against the server of [`server`], and print an [`Outcome`]; the driver, `src/main.rs`, runs them as child
//! processes, compares what they found, and judges what it cost.

pub mod answers;
pub mod by_hand;
pub mod case;
pub mod outcome;
pub mod program;
pub mod server;

pub use case::Case;
pub use outcome::{Digest, Outcome};
