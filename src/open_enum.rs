//! Open enums: enums that also accept values that this release does not know, and their common traits.

/// Implements the common traits of an open enum, given its `KNOWN`, `as_str` and `From<&str>`.
macro_rules! impls {
    ($name:ident, $description:literal) => {
        impl ::std::convert::From<::std::string::String> for $name {
            fn from(value: ::std::string::String) -> Self {
                match Self::from(value.as_str()) {
                    Self::Unknown(_) => Self::Unknown(value),
                    known => known,
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> {
                Ok(Self::from(value))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::cmp::PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl ::std::cmp::PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                <::std::string::String as ::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                crate::open_enum::schema($description, Self::KNOWN.iter().map(Self::as_str))
            }
        }
    };
}

pub(crate) use impls;

include!(concat!(env!("OUT_DIR"), "/enums.rs"));

/// Returns the schema of an open enum: any string, with the known values as examples.
#[cfg(feature = "schemars")]
fn schema<'a>(description: &str, known: impl IntoIterator<Item = &'a str>) -> schemars::Schema {
    let known: Vec<_> = known.into_iter().collect();
    let names = known.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    schemars::json_schema!({
        "type": "string",
        "description": format!("{description}\n\nKnown values, not exhaustive: {names}.").trim(),
        "examples": known,
    })
}
