//! A body in one media type: of a request, an answer or an event.

use super::{Here, Place, Walk};
use crate::{
    model::Direction,
    rules::Carrier,
    shape::{Spot, TEXTS},
};

impl<'a> Walk<'a> {
    /// Compares what two documents declare about a body in one media type.
    pub(super) fn body(&mut self, node: usize, key: &str, carrier: Carrier, contents: [&Spot<'a>; 2]) {
        self.about_body(node, key, carrier, contents);
        let schemas = contents.map(|content| content.member("schema"));
        self.schema_of_body(node, &format!("{key}/schema"), carrier, schemas);
    }

    /// Compares what is said about a body beside its schema.
    pub(super) fn about_body(&mut self, node: usize, key: &str, carrier: Carrier, [base, head]: [&Spot<'a>; 2]) {
        let direction = if carrier == Carrier::Request { Direction::Request } else { Direction::Response };
        let place = Place::both(&base.pointer, &head.pointer, key);
        self.texts(Some(node), &place, base.value, head.value, &TEXTS);
        self.rest(Some(node), direction, &place, base.value, head.value, &[&["schema"][..], &TEXTS].concat());
    }

    /// Compares the schemas of a body.
    pub(super) fn schema_of_body(&mut self, node: usize, key: &str, carrier: Carrier, [base, head]: [Spot<'a>; 2]) {
        let place = Place::both(&base.pointer, &head.pointer, key);
        self.schema(&Here::at(place, [&base, &head], node, carrier), base, head);
    }
}
