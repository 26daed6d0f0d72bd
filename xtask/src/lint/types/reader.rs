//! Reads JSON into generated types, and writes it again, as serde does with what the generator derives.
//!
//! The types are not compiled: what their attributes say is followed. A type that the generator did not make (one of the
//! library's own) takes anything.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens as _;
use serde_json::{Map, Value};
use syn::{Attribute, Fields, GenericArgument, Item, PathArguments, Type};

/// The generated types by their names.
pub struct Reader<'a>(BTreeMap<String, &'a Item>);

/// The attributes of serde of a type, a field or a variant: by keyword, with the value if there is one.
struct Serde(BTreeMap<String, String>);

impl Serde {
    fn of(attributes: &[Attribute]) -> Self {
        let mut all = BTreeMap::new();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            // What cannot be parsed is none of the keywords that are looked for.
            let _ = attribute.parse_nested_meta(|meta| {
                let value = match meta.value() {
                    Ok(value) => value.parse::<syn::Lit>().map(|literal| match literal {
                        syn::Lit::Str(text) => text.value(),
                        other => other.to_token_stream().to_string(),
                    })?,
                    Err(_) => String::new(),
                };
                all.insert(meta.path.to_token_stream().to_string(), value);
                Ok(())
            });
        }
        Self(all)
    }

    fn has(&self, keyword: &str) -> bool {
        self.0.contains_key(keyword)
    }

    fn get(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(String::as_str)
    }

    /// Returns the name of a field or variant in JSON.
    fn name(&self, ident: &syn::Ident) -> String {
        let ident = ident.to_string();
        self.get("rename").map_or_else(|| ident.trim_start_matches("r#").to_owned(), str::to_owned)
    }
}

impl<'a> Reader<'a> {
    /// Takes the items of the module of types.
    pub fn of(items: &'a [Item]) -> Self {
        let named = items.iter().filter_map(|item| match item {
            Item::Struct(one) => Some((one.ident.to_string(), item)),
            Item::Enum(one) => Some((one.ident.to_string(), item)),
            Item::Type(one) => Some((one.ident.to_string(), item)),
            _ => None,
        });
        Self(named.collect())
    }

    /// Returns whether there is a generated type of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the generated types that a type consists of, at whatever depth.
    pub fn parts(&self, name: &str) -> BTreeSet<String> {
        fn idents(tokens: proc_macro2::TokenStream, found: &mut Vec<String>) {
            for token in tokens {
                match token {
                    proc_macro2::TokenTree::Ident(ident) => found.push(ident.to_string()),
                    proc_macro2::TokenTree::Group(group) => idents(group.stream(), found),
                    _ => {}
                }
            }
        }
        let (mut parts, mut open) = (BTreeSet::new(), vec![name.to_owned()]);
        while let Some(name) = open.pop() {
            let Some(item) = self.0.get(&name) else { continue };
            let mut named = Vec::new();
            idents(item.to_token_stream(), &mut named);
            named.retain(|part| *part != name && self.knows(part) && parts.insert(part.clone()));
            open.append(&mut named);
        }
        parts
    }

    /// Returns why a type does not hold a sample of its schema: it cannot be read, or is another when it is written.
    pub fn problem(&self, name: &str, sample: &Value) -> Option<String> {
        match self.read_named(name, sample) {
            Err(problem) => Some(format!("the generated type `{name}` does not read {}: {problem}", short(sample))),
            Ok(written) if !keeps(sample, &written) => {
                Some(format!("{} is written as {} by the generated type `{name}`", short(sample), short(&written)))
            }
            Ok(_) => None,
        }
    }

    /// Reads a value into a type, and returns what the type writes.
    fn read_named(&self, name: &str, value: &Value) -> Result<Value, String> {
        match self.0.get(name) {
            Some(Item::Struct(one)) => self.read_fields(&one.fields, &Serde::of(&one.attrs), value, &[]),
            Some(Item::Enum(one)) => self.read_enum(one, value),
            Some(Item::Type(one)) => self.read(&one.ty, value),
            _ => Ok(value.clone()),
        }
    }

    fn read(&self, ty: &Type, value: &Value) -> Result<Value, String> {
        let takes = |is_taken: bool, what: &str| match is_taken {
            true => Ok(value.clone()),
            false => Err(format!("{} is no {what}", short(value))),
        };
        let path = match ty {
            Type::Path(path) => &path.path,
            Type::Tuple(tuple) if tuple.elems.is_empty() => return takes(value.is_null(), "null"),
            Type::Tuple(tuple) => {
                let list = value.as_array().filter(|list| list.len() == tuple.elems.len());
                let list = list.ok_or_else(|| format!("{} is no list of {}", short(value), tuple.elems.len()))?;
                return tuple.elems.iter().zip(list).map(|(ty, value)| self.read(ty, value)).collect();
            }
            Type::Array(array) => return self.read_list(&array.elem, value),
            _ => return Ok(value.clone()),
        };
        let Some(last) = path.segments.last() else { return Ok(value.clone()) };
        let arguments: Vec<&Type> = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments
                .args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let name = last.ident.to_string();
        match (name.as_str(), arguments.as_slice()) {
            ("Option", [_]) if value.is_null() => Ok(Value::Null),
            ("Option" | "Box", [inner]) => self.read(inner, value),
            ("Vec", [inner]) => self.read_list(inner, value),
            ("HashMap" | "BTreeMap" | "IndexMap", [_, inner]) => {
                let object = value.as_object().ok_or_else(|| format!("{} is no object", short(value)))?;
                let read = object.iter().map(|(name, value)| Ok((name.clone(), self.read(inner, value)?)));
                read.collect::<Result<Map<_, _>, String>>().map(Value::from)
            }
            ("Map", _) => takes(value.is_object(), "object"),
            ("String", []) => takes(value.is_string(), "text"),
            ("bool", []) => takes(value.is_boolean(), "boolean"),
            ("f64" | "f32", []) => takes(value.is_number(), "number"),
            ("u8" | "u16" | "u32" | "u64", []) => takes(value.is_u64(), "integer from 0 on"),
            (one, []) if one.starts_with("NonZeroU") => {
                takes(value.as_u64().is_some_and(|n| n > 0), "integer from 1 on")
            }
            ("i8" | "i16" | "i32" | "i64", []) => takes(value.is_i64() || value.is_u64(), "integer"),
            (name, []) if path.segments.iter().all(|segment| segment.ident != "crate") => self.read_named(name, value),
            _ => Ok(value.clone()),
        }
    }

    fn read_list(&self, inner: &Type, value: &Value) -> Result<Value, String> {
        let list = value.as_array().ok_or_else(|| format!("{} is no list", short(value)))?;
        list.iter().map(|element| self.read(inner, element)).collect()
    }

    /// Reads the fields of a struct or variant. `others` are members that belong to what the fields stand in.
    fn read_fields(&self, fields: &Fields, serde: &Serde, value: &Value, others: &[&str]) -> Result<Value, String> {
        let fields = match fields {
            Fields::Unit => return Ok(value.clone()),
            Fields::Unnamed(fields) => {
                return match fields.unnamed.len() {
                    1 => self.read(&fields.unnamed[0].ty, value),
                    count => {
                        let list = value.as_array().filter(|list| list.len() == count);
                        let list = list.ok_or_else(|| format!("{} is no list of {count}", short(value)))?;
                        fields.unnamed.iter().zip(list).map(|(field, value)| self.read(&field.ty, value)).collect()
                    }
                };
            }
            Fields::Named(fields) => fields,
        };
        let object = value.as_object().ok_or_else(|| format!("{} is no object", short(value)))?;
        let mut known: Vec<String> = others.iter().map(|name| (*name).to_owned()).collect();
        let (mut written, mut flattened) = (Map::new(), Vec::new());
        for field in &fields.named {
            let Some(ident) = &field.ident else { continue };
            let own = Serde::of(&field.attrs);
            if own.has("flatten") {
                flattened.push(&field.ty);
                continue;
            }
            let name = own.name(ident);
            match object.get(&name) {
                Some(value) => {
                    let value = self.read(&field.ty, value).map_err(|problem| format!("{name}: {problem}"))?;
                    written.insert(name.clone(), value);
                }
                None if own.has("default") || serde.has("default") || is_option(&field.ty) => {}
                None => return Err(format!("{name} is missing")),
            }
            known.push(name);
        }
        let rest: Map<_, _> = object
            .iter()
            .filter(|(name, _)| !known.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let (true, true, Some(name)) = (serde.has("deny_unknown_fields"), flattened.is_empty(), rest.keys().next()) {
            return Err(format!("{name} is not known"));
        }
        for ty in flattened {
            // An optional part that is absent is no object.
            if let Value::Object(more) = self.read(ty, &Value::from(rest.clone()))? {
                written.extend(more);
            }
        }
        Ok(written.into())
    }

    fn read_enum(&self, one: &syn::ItemEnum, value: &Value) -> Result<Value, String> {
        let serde = Serde::of(&one.attrs);
        if serde.has("untagged") {
            let read = |variant: &syn::Variant| match &variant.fields {
                Fields::Unit => value.is_null().then(|| Value::Null),
                fields => self.read_fields(fields, &serde, value, &[]).ok(),
            };
            let found = one.variants.iter().find_map(read);
            return found.ok_or_else(|| format!("no variant of `{}` takes {}", one.ident, short(value)));
        }
        let named = |name: &str| {
            one.variants
                .iter()
                .find(|variant| Serde::of(&variant.attrs).name(&variant.ident) == name)
                .ok_or_else(|| format!("`{}` has no variant {name}", one.ident))
        };
        if let Some(tag) = serde.get("tag") {
            let name = value[tag].as_str().ok_or_else(|| format!("{tag} is missing"))?;
            let variant = named(name)?;
            let Some(content) = serde.get("content") else {
                let mut written = self.read_fields(&variant.fields, &serde, value, &[tag])?;
                written[tag] = name.into();
                return Ok(written);
            };
            let mut written = value.clone();
            written[content] = self.read_fields(&variant.fields, &serde, &value[content], &[])?;
            return Ok(written);
        }
        match value {
            Value::String(name) => match named(name)?.fields {
                Fields::Unit => Ok(value.clone()),
                _ => Err(format!("{name} has no content")),
            },
            Value::Object(object) if object.len() == 1 => {
                let read = object.iter().map(|(name, value)| {
                    Ok((name.clone(), self.read_fields(&named(name)?.fields, &serde, value, &[])?))
                });
                read.collect::<Result<Map<_, _>, String>>().map(Value::from)
            }
            other => Err(format!("{} is no variant of `{}`", short(other), one.ident)),
        }
    }
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"))
}

/// Returns whether what was written has all that was read; what is null or empty may be absent.
fn keeps(sample: &Value, written: &Value) -> bool {
    let is_nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    };
    match (sample, written) {
        (Value::Object(sample), Value::Object(written)) => sample.iter().all(|(name, value)| match written.get(name) {
            Some(written) => keeps(value, written),
            None => is_nothing(value),
        }),
        (Value::Array(sample), Value::Array(written)) => {
            sample.len() == written.len() && sample.iter().zip(written).all(|(sample, written)| keeps(sample, written))
        }
        (Value::Number(sample), Value::Number(written)) => sample.as_f64() == written.as_f64(),
        (sample, written) => sample == written,
    }
}

/// Returns the beginning of a value as JSON.
fn short(value: &Value) -> String {
    const LENGTH: usize = 120;
    let text = value.to_string();
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
