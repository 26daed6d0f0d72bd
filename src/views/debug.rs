//! `Debug` for the views: fields without a value are left out, and so is the whole answer, which `raw` prints.

use std::fmt::Debug;

use crate::{
    debug::optional,
    ids::{ChatId, GroupId, MessageId},
    types::ParticipantRole,
};

/// A value of a view.
pub(super) trait Shown {
    /// Returns it, if there is something to show.
    fn shown(&self) -> Option<&dyn Debug>;
}

impl<T: Debug> Shown for Option<T> {
    fn shown(&self) -> Option<&dyn Debug> {
        optional(self)
    }
}

impl<T: Debug> Shown for Vec<T> {
    fn shown(&self) -> Option<&dyn Debug> {
        if self.is_empty() { None } else { Some(self) }
    }
}

macro_rules! always_shown {
    ($($name:ty)*) => {$(
        impl Shown for $name {
            fn shown(&self) -> Option<&dyn Debug> {
                Some(self)
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
                let fields = [$((stringify!($field), crate::views::debug::Shown::shown(&self.$field)),)* ("raw", None)];
                crate::debug::fields(f, stringify!($name), &fields)
            }
        }
    };
}

pub(super) use debug_fields;
