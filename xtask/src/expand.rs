//! `cargo xtask expand`: the generated code, formatted for people.

use anyhow::{Result, anyhow};

use crate::{check, folder::Folder};

/// Arguments of `expand`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// One of the generated files (`client`, `enums`, `types`, `builders`, `operations`, `resources`, `handles`, `mocks`), instead of all.
    file: Option<String>,
}

/// The text of one generated file, or of all.
pub fn run(arguments: &Arguments, folder: &Folder) -> Result<String> {
    let document = check::read(&folder.openapi().join("waha.json"))?;
    let generated = waha_codegen::generate(&document, waha_codegen::Options::default())
        .map_err(|error| anyhow!("openapi/waha.json: {error}"))?;
    let files = generated.files().map_err(|error| anyhow!("openapi/waha.json: {error}"))?;
    let name = |file: &str| file.trim_end_matches(".rs").to_owned();
    let mut text = String::new();
    for (file, code) in &files {
        if arguments.file.as_ref().is_some_and(|wanted| name(wanted) != name(file)) {
            continue;
        }
        text.push_str(&format!("// {file}\n{code}\n"));
    }
    if text.is_empty() {
        let names: Vec<_> = files.iter().map(|(file, _)| name(file)).collect();
        return Err(anyhow!("there is no such file; there are {}", names.join(", ")));
    }
    Ok(text)
}
