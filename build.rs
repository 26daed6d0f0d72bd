//! Generates the client from `openapi/waha.json`, and from nothing else.

use std::{env, fs, path::Path, process::ExitCode};

use waha_codegen::Options;

const DOCUMENT: &str = "openapi/waha.json";

fn main() -> ExitCode {
    for input in [DOCUMENT, "build.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={DOCUMENT}: {error} (`cargo xtask check` says more)");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), String> {
    let folder = env::var("OUT_DIR").map_err(|_| "cargo sets no OUT_DIR")?;
    let document = fs::read_to_string(DOCUMENT).map_err(|error| format!("cannot be read: {error}"))?;
    let options = Options { json_schema: env::var_os("CARGO_FEATURE_SCHEMARS").is_some() };
    for (name, code) in waha_codegen::generate(&document, options)?.files()? {
        let path = Path::new(&folder).join(name);
        fs::write(&path, code).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(())
}
