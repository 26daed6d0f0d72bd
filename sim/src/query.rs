//! The query, read as the server's framework reads it.

use axum::http::Uri;

/// The parameters in the query, in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of_path(path_and_query: &str) -> Self {
        path_and_query.parse().as_ref().map(Self::of).unwrap_or_default()
    }

    pub(crate) fn of(uri: &Uri) -> Self {
        let pairs = axum::extract::Query::try_from_uri(uri);
        pairs.map(|axum::extract::Query(pairs)| Self(pairs)).unwrap_or_default()
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Keeps the parameters whose names are wanted.
    pub(crate) fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| is_wanted(name));
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of a repeated parameter.
    pub(crate) fn all<'q>(&'q self, name: &str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The values of a parameter that is repeated, or holds a list with commas.
    pub(crate) fn list<'q>(&'q self, name: &str) -> Vec<&'q str> {
        self.all(name).flat_map(|value| value.split(',')).filter(|value| !value.is_empty()).collect()
    }

    /// A parameter that is false when it is left out.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.optional_flag(name).unwrap_or(false)
    }

    pub(crate) fn optional_flag(&self, name: &str) -> Option<bool> {
        self.get(name).map(|value| matches!(value, "true" | "True" | "1"))
    }

    /// A parameter that counts something, where it is one.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        let number = number(self.get(name)?)?;
        // The cast cuts off fractions and negative numbers.
        Some(number as usize)
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// A number as JavaScript reads it: nothing is zero, and there is no infinity that would pass a check.
pub(crate) fn number(text: &str) -> Option<f64> {
    match text.trim() {
        "" => Some(0.0),
        digits => digits.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}
