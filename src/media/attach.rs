//! The files of a request, which are kept apart from its JSON until it is sent. The JSON has a marker for each.

use std::{collections::hash_map::RandomState, hash::BuildHasher, mem, sync::LazyLock};

use super::{
    Content, Media,
    upload::{Location, OpenedMedia},
};
use crate::error::Error;

/// A part of a request that may hold files.
pub(crate) trait TakeFiles {
    /// Moves the files to `files`, and leaves a marker in place of each.
    fn take_files(&mut self, files: &mut Files);
}

/// The files of a request, in the order of its JSON.
#[derive(Default)]
pub(crate) struct Files(Vec<AttachedFile>);

/// A file of a request.
pub(crate) struct AttachedFile {
    /// The marker in the JSON, including its quotes.
    pub(crate) marker: String,
    media: Media,
}

impl Files {
    fn attach(&mut self, media: &mut Media) {
        // The number is random, so that no other text of a request equals a marker.
        static NUMBER: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
        let marker = format!("attach://{:016x}-{}", *NUMBER, self.0.len());
        let quoted = format!("\"{marker}\"");
        let media = mem::replace(media, Media::attached(marker));
        self.0.push(AttachedFile { marker: quoted, media });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &AttachedFile> {
        self.0.iter()
    }

    /// Returns whether any file is part of the request, rather than downloaded by the server.
    pub(crate) fn have_content(&self) -> bool {
        self.0.iter().any(|file| matches!(file.media.location, Location::Local(_)))
    }

    /// Returns whether any file can no longer be read.
    pub(crate) fn are_spent(&self) -> bool {
        self.0.iter().any(|file| file.media.is_spent())
    }
}

impl AttachedFile {
    /// Opens the file at its beginning.
    pub(crate) async fn open(&self) -> Result<OpenedMedia, Error> {
        self.media.open().await
    }
}

impl TakeFiles for Media {
    fn take_files(&mut self, files: &mut Files) {
        files.attach(self);
    }
}

impl TakeFiles for Content {
    fn take_files(&mut self, files: &mut Files) {
        files.attach(&mut self.0);
    }
}

impl<T: TakeFiles> TakeFiles for Option<T> {
    fn take_files(&mut self, files: &mut Files) {
        self.iter_mut().for_each(|part| part.take_files(files));
    }
}

impl<T: TakeFiles> TakeFiles for Vec<T> {
    fn take_files(&mut self, files: &mut Files) {
        self.iter_mut().for_each(|part| part.take_files(files));
    }
}
