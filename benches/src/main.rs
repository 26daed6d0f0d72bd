//! Runs the comparison, and prints the tables of `BENCHMARKS.md`.
//!
//! | command | what it does |
//! |---|---|
//! | `cargo run --release -p waha-benches` | everything but the cold builds; writes the plots |
//! | `cargo run --release -p waha-benches -- quick` | instructions only, judged: for the CI |
//! | `cargo run --release -p waha-benches -- builds` | cold builds of an app, and the size of its program |

mod growth;
mod judge;
mod programs;
mod weight;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let programs = programs::Programs::start()?;
            judge::instructions(&programs)?;
            judge::time_and_memory(&programs)?;
            growth::measure(&programs)
        }
        ["quick"] => judge::instructions(&programs::Programs::start()?),
        ["builds"] => weight::measure(),
        _ => bail!("usage: waha-benches [quick|builds]"),
    }
}
