//! Generates the client from `openapi/waha.json`, and from nothing else.

use std::{env, fs, path::Path, process::ExitCode};

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
    let generated = waha_codegen::generate(&document)?;
    let mocks = match env::var_os("CARGO_FEATURE_HTTPMOCK") {
        Some(_) => Some(waha_codegen::generate_mocks(&document)?),
        None => None,
    };
    for (name, code) in generated.files().into_iter().chain(mocks.map(|mocks| ("mocks.rs", mocks))) {
        let path = Path::new(&folder).join(name);
        fs::write(&path, code.to_string()).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(())
}
