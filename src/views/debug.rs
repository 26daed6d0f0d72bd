//! `Debug` of the views: what there is, without what there is not and without the whole answer, which `raw` prints.

use std::fmt::{Debug, DebugStruct};

use crate::{
    ids::{ChatId, GroupId, MessageId},
    types::ParticipantRole,
};

/// A value of a view.
pub(super) trait Shown {
    /// Adds it, if there is something to show.
    fn show(&self, name: &str, to: &mut DebugStruct<'_, '_>);
}

impl<T: Debug> Shown for Option<T> {
    fn show(&self, name: &str, to: &mut DebugStruct<'_, '_>) {
        if let Some(value) = self {
            to.field(name, value);
        }
    }
}

impl<T: Debug> Shown for Vec<T> {
    fn show(&self, name: &str, to: &mut DebugStruct<'_, '_>) {
        if !self.is_empty() {
            to.field(name, self);
        }
    }
}

macro_rules! always_shown {
    ($($name:ty)*) => {$(
        impl Shown for $name {
            fn show(&self, name: &str, to: &mut DebugStruct<'_, '_>) {
                to.field(name, self);
            }
        }
    )*};
}

always_shown!(bool ChatId GroupId MessageId ParticipantRole);

/// Implements `Debug` with these fields.
macro_rules! debug_fields {
    ($name:ident: $($field:ident)*) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(crate::views::debug::Shown::show(&self.$field, stringify!($field), &mut shown);)*
                shown.finish_non_exhaustive()
            }
        }
    };
}

pub(super) use debug_fields;
