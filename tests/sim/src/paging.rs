//! Sorting lists and cutting pages out of them.

use std::cmp::Ordering;

use crate::{checks::Checks, extract::Query};

#[derive(Debug)]
pub(crate) struct Paging<'q> {
    sort_by: Option<&'q str>,
    descending: bool,
    limit: Option<usize>,
    offset: Option<usize>,
}

impl<'q> Paging<'q> {
    pub(crate) fn read(query: &'q Query, checks: &mut Checks, fields: &[&str]) -> Self {
        Self {
            sort_by: checks.one_of(query, "sortBy", fields),
            // The one parameter which the server does not check.
            descending: query.get("sortOrder") == Some("desc"),
            limit: checks.number(query, "limit"),
            offset: checks.number(query, "offset"),
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

    fn page(query: &str) -> Result<Vec<u8>, crate::error::Error> {
        let query = Query::of(&format!("/?{query}").parse().expect("an address"));
        let mut checks = Checks::default();
        let paging = Paging::read(&query, &mut checks, &["id"]);
        checks.finish()?;
        Ok(paging.apply(vec![2, 3, 1], |_, a, b| a.cmp(b)))
    }

    #[test]
    fn rows_are_sorted_before_they_are_cut() {
        assert_eq!(page("").unwrap(), [2, 3, 1]);
        assert_eq!(page("sortBy=id").unwrap(), [1, 2, 3]);
        assert_eq!(page("sortBy=id&sortOrder=desc").unwrap(), [3, 2, 1]);
        assert_eq!(page("sortBy=id&limit=1&offset=1").unwrap(), [2]);
        assert!(page("limit=2&offset=9").unwrap().is_empty());
    }

    #[test]
    fn an_offset_alone_does_nothing() {
        assert_eq!(page("offset=1").unwrap(), [2, 3, 1]);
        assert_eq!(page("limit=0&offset=1").unwrap(), [2, 3, 1]);
    }

    #[test]
    fn odd_numbers_are_taken_or_refused_but_never_a_panic() {
        assert_eq!(page("limit=-1").unwrap(), [2, 3, 1]);
        assert_eq!(page("limit=1e300&offset=1").unwrap(), [3, 1]);
        for query in ["limit=x", "offset=NaN", "limit=inf", "sortBy=age"] {
            page(query).expect_err(query);
        }
    }
}
