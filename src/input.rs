//! The values of a request, before it is sent: converted when they are set, and complained about when it is sent.

use std::fmt::Display;

/// Why a request cannot be sent: the values that could not be converted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems(Vec<(&'static str, String)>);

impl Problems {
    /// Returns the value, or remembers why there is none. What was said of an earlier value of that name is forgotten.
    pub(crate) fn take<T>(&mut self, name: &'static str, value: Result<T, String>) -> Option<T> {
        self.0.retain(|(other, _)| *other != name);
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.push((name, format!("{name} cannot be sent: {error}")));
                None
            }
        }
    }

    /// Builds a body, or remembers why it cannot be built.
    pub(crate) fn body<T>(&mut self, builder: impl TryInto<T, Error: Display>) -> Option<T> {
        match builder.try_into() {
            Ok(body) => Some(body),
            // Where the body as a whole could not be converted, that is the reason and not what it lacks.
            Err(_) if self.0.iter().any(|(name, _)| *name == "body") => None,
            Err(error) => {
                self.0.push(("", error.to_string()));
                None
            }
        }
    }

    /// Returns the value, or remembers that it is missing.
    pub(crate) fn require<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.0.iter().all(|(other, _)| *other != name) {
            self.0.push((name, format!("{name} is missing")));
        }
        value
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all that is wrong, and which of the required values are missing.
    pub(crate) fn text(&self, required: &[(&'static str, bool)]) -> String {
        let said = |name: &str| self.0.iter().any(|(other, _)| *other == name);
        let missing = required.iter().filter(|(name, is_missing)| *is_missing && !said(name));
        let missing = missing.map(|(name, _)| format!("{name} is missing"));
        let problems = self.0.iter().map(|(_, problem)| problem.clone());
        missing.chain(problems).collect::<Vec<_>>().join("; ")
    }
}

/// Converts a value.
pub(crate) fn value<T>(value: impl TryInto<T, Error: Display>) -> Result<T, String> {
    value.try_into().map_err(|error| error.to_string())
}

/// Values of a request as people have them: one, or several.
///
/// Whatever takes several values of a type `T` takes `impl OneOrMany<T, K>`: a `T` or what becomes one, such as a text, or
/// anything that yields those: an array, a `Vec`, a slice, an iterator, an `Option`. It is implemented for all of them, and
/// is not to be implemented. `K` tells the implementations apart, and the compiler infers it: it is `T` for one value, and
/// `Vec<T>` for several.
///
/// ```no_run
/// # async fn run(group: waha::Group) -> Result<(), waha::Error> {
/// group.add("11111111111@c.us").await?;
/// group.add(["11111111111@c.us", "22222222222@c.us"]).await?;
/// let ids: Vec<waha::ContactId> = vec!["11111111111@c.us".parse()?];
/// group.promote(&ids[0]).await?;
/// group.promote(&ids).await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is no `{T}`, does not become one, and yields none")]
pub trait OneOrMany<T, K> {
    /// Converts them.
    ///
    /// # Errors
    ///
    /// Why one of them cannot be converted.
    fn into_values(self) -> Result<Vec<T>, String>;
}

impl<T, V: TryInto<T, Error: Display>> OneOrMany<T, T> for V {
    fn into_values(self) -> Result<Vec<T>, String> {
        value(self).map(|value| vec![value])
    }
}

impl<T, I: IntoIterator<Item: TryInto<T, Error: Display>>> OneOrMany<T, Vec<T>> for I {
    fn into_values(self) -> Result<Vec<T>, String> {
        self.into_iter().map(value).collect()
    }
}

/// Converts the items of a list.
pub(crate) fn values<T, K>(values: impl OneOrMany<T, K>) -> Result<Vec<T>, String> {
    values.into_values()
}

/// Checks an id, and returns it as the type `U` that the request has for it.
pub(crate) fn id<T, U>(id: impl TryInto<T, Error: Display>) -> Result<U, String>
where
    String: From<T>,
    U: TryFrom<String, Error: Display>,
{
    value(id).map(String::from).and_then(value)
}

/// Checks the ids of a list.
pub(crate) fn ids<T, U, K>(ids: impl OneOrMany<T, K>) -> Result<Vec<U>, String>
where
    String: From<T>,
    U: TryFrom<String, Error: Display>,
{
    ids.into_values()?.into_iter().map(id::<T, U>).collect()
}

/// A part of a request that has ids in it: one that was built as a whole is checked as the setters of its builder check.
pub(crate) trait CheckIds: Sized {
    /// Checks the ids, and puts each in its canonical form.
    ///
    /// # Errors
    ///
    /// The name of the property, and why its value is not an id.
    fn check_ids(self) -> Result<Self, String>;
}

impl<T: CheckIds> CheckIds for Vec<T> {
    fn check_ids(self) -> Result<Self, String> {
        self.into_iter().map(T::check_ids).collect()
    }
}
