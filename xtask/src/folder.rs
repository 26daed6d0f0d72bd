//! Where the project's files are.

use std::path::{Path, PathBuf};

/// The workspace.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The workspace that this program was built in.
    pub fn of_workspace() -> Self {
        Self::new(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")))
    }

    /// A folder that is laid out like the workspace.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The workspace's root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `openapi/`.
    pub fn openapi(&self) -> PathBuf {
        self.root.join("openapi")
    }

    /// `openapi/overlay/`.
    pub fn overlays(&self) -> PathBuf {
        self.openapi().join("overlay")
    }
}
