//! The stand-in as a program.

use std::{env, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    ExitCode::from(waha_sim::program::run("waha-sim", env::args_os().skip(1)).await)
}
