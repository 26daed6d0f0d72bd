//! Sorting lists and cutting pages out of them.

use std::cmp::Ordering;

use crate::query::Query;

/// What `sortBy`, `sortOrder`, `limit` and `offset` ask for.
#[derive(Debug)]
pub(crate) struct Paging<'q> {
    sort_by: Option<&'q str>,
    descending: bool,
    limit: Option<usize>,
    offset: Option<usize>,
}

impl<'q> Paging<'q> {
    pub(crate) fn of(query: &'q Query) -> Self {
        Self {
            sort_by: query.get("sortBy"),
            descending: query.get("sortOrder") == Some("desc"),
            limit: query.number("limit"),
            offset: query.number("offset"),
        }
    }

    pub(crate) fn or_limit(mut self, limit: usize) -> Self {
        self.limit.get_or_insert(limit);
        self
    }

    /// `compare` is told the field to sort by.
    pub(crate) fn apply<T>(&self, mut rows: Vec<T>, compare: impl Fn(&str, &T, &T) -> Ordering) -> Vec<T> {
        if let Some(field) = self.sort_by {
            rows.sort_by(|a, b| {
                let order = compare(field, a, b);
                if self.descending { order.reverse() } else { order }
            });
        }
        match self.limit {
            // The server looks at the offset only when there is a limit.
            None | Some(0) => rows,
            Some(limit) => rows.into_iter().skip(self.offset.unwrap_or(0)).take(limit).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Vec<u8> {
        let query = Query::of(&format!("/?{query}").parse().expect("an address"));
        Paging::of(&query).apply(vec![2, 3, 1], |_, a, b| a.cmp(b))
    }

    #[test]
    fn rows_are_sorted_before_they_are_cut() {
        assert_eq!(page(""), [2, 3, 1]);
        assert_eq!(page("sortBy=id"), [1, 2, 3]);
        assert_eq!(page("sortBy=id&sortOrder=desc"), [3, 2, 1]);
        assert_eq!(page("sortBy=id&limit=1&offset=1"), [2]);
        assert!(page("limit=2&offset=9").is_empty());
    }

    #[test]
    fn an_offset_alone_does_nothing() {
        assert_eq!(page("offset=1"), [2, 3, 1]);
        assert_eq!(page("limit=0&offset=1"), [2, 3, 1]);
    }

    #[test]
    fn odd_numbers_do_no_harm() {
        assert_eq!(page("limit=-1"), [2, 3, 1]);
        assert_eq!(page("limit=1e300&offset=1"), [3, 1]);
        assert_eq!(page("limit=x"), [2, 3, 1]);
    }
}
