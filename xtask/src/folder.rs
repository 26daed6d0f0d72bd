//! The files of the workspace: where they are, reading and writing them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::escape;

/// The workspace.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Returns the workspace that this program was built in.
    pub fn of_workspace() -> Self {
        Self::new(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")))
    }

    /// Returns a folder that is laid out like the workspace.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the path of the workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of `openapi/`.
    pub fn openapi(&self) -> PathBuf {
        self.root.join("openapi")
    }

    /// Returns the path of `openapi/overlay/`.
    pub fn overlays(&self) -> PathBuf {
        self.openapi().join("overlay")
    }

    /// Returns the path of `openapi/waha.json`.
    pub fn document(&self) -> PathBuf {
        self.openapi().join("waha.json")
    }
}

/// Reads a file of `openapi/`.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {}: run `cargo xtask import` first", escape::path(path)))
}

/// Returns whether two paths lead to the same existing file.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Writes all files or none: each is first written beside its place, and then moved there.
pub fn write_all(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", escape::path(folder)))?;
    let mut prepared = Vec::new();
    for (name, text) in files {
        let mut file = tempfile::NamedTempFile::new_in(folder)
            .with_context(|| format!("cannot write to {}", escape::path(folder)))?;
        file.write_all(text.as_bytes()).with_context(|| format!("cannot write {name}"))?;
        prepared.push((folder.join(name), file));
    }
    let before: Vec<_> = prepared.iter().map(|(path, _)| (path.clone(), fs::read(path).ok())).collect();
    for (path, file) in prepared {
        if let Err(error) = persist(&path, file) {
            restore(&before);
            return Err(error);
        }
    }
    Ok(())
}

fn persist(path: &Path, file: tempfile::NamedTempFile) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A temporary file is for its owner alone; these are for everybody.
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map(drop).with_context(|| format!("cannot write {}", escape::path(path)))
}

/// Puts the files back as they were.
fn restore(before: &[(PathBuf, Option<Vec<u8>>)]) {
    for (path, content) in before {
        let result = match content {
            Some(content) => fs::write(path, content),
            None => fs::remove_file(path).or(Ok(())),
        };
        if let Err(error) = result {
            eprintln!("cannot put {} back as it was: {error}", escape::path(path));
        }
    }
}
