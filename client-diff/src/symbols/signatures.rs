//! Generated code as tokens: cut into items, which are reduced to what other code sees of them before they are parsed.
//!
//! Bodies of functions and attributes are most of the code, and a syntax tree of all of it would need several times the memory of
//! its tokens.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Attributes that change what other code may do.
const KEPT_ATTRIBUTES: [&str; 3] = ["derive", "deprecated", "non_exhaustive"];
/// Functions whose bodies say what has to be set before a request is sent.
const INITIAL: [&str; 2] = ["new", "default"];
/// What may stand before the keyword of an item.
const MODIFIERS: [&str; 4] = ["pub", "unsafe", "async", "extern"];
/// Items that end with a semicolon, even after a block.
const STATEMENTS: [&str; 4] = ["use", "const", "static", "type"];

/// Which bodies of functions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// None.
    None,
    /// Those of functions that make a builder.
    Initial,
}

/// The tokens of one item.
#[derive(Debug)]
pub struct Item(Vec<TokenTree>);

/// Cuts code into its items.
pub fn items(code: TokenStream) -> impl Iterator<Item = Item> {
    let mut tokens = code.into_iter();
    std::iter::from_fn(move || {
        let mut item = Vec::new();
        let mut ends_with_block = None;
        for token in tokens.by_ref() {
            let is_end = match &token {
                TokenTree::Ident(word) if word == "fn" => {
                    ends_with_block = Some(true);
                    false
                }
                TokenTree::Ident(word) if ends_with_block.is_none() && !MODIFIERS.iter().any(|other| word == other) => {
                    ends_with_block = Some(!STATEMENTS.iter().any(|other| word == other));
                    false
                }
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && ends_with_block == Some(true),
                TokenTree::Punct(end) => end.as_char() == ';',
                _ => false,
            };
            item.push(token);
            if is_end {
                break;
            }
        }
        (!item.is_empty()).then_some(Item(item))
    })
}

impl Item {
    /// Returns the name and the content of a module, and any other item as it is.
    pub fn into_module(mut self) -> Result<(String, TokenStream), Self> {
        let words = self.0.iter().filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        });
        let mut words = words.skip_while(|word| *word == "pub");
        let name = words.next().filter(|word| *word == "mod").and_then(|_| Some(words.next()?.to_string()));
        match (name, self.0.pop()) {
            (Some(name), Some(TokenTree::Group(content))) => Ok((name, into_stream(content))),
            (_, last) => {
                self.0.extend(last);
                Err(self)
            }
        }
    }

    /// Parses the item without what other code does not see.
    ///
    /// # Errors
    ///
    /// It is no item.
    pub fn parse(self, bodies: Bodies) -> syn::Result<syn::Item> {
        let is_read = |name: String| bodies == Bodies::Initial && name == "Default";
        let is_emptied = self.implemented_trait().is_some_and(|name| !is_read(name));
        let mut tokens = self.0;
        if is_emptied {
            empty_block(&mut tokens);
        }
        syn::parse2(reduced(tokens, bodies))
    }

    /// Returns the name of the trait, if the item implements one.
    pub fn implemented_trait(&self) -> Option<String> {
        let (mut is_impl, mut last) = (false, None);
        for (i, token) in self.0.iter().enumerate() {
            let TokenTree::Ident(word) = token else { continue };
            // `for<'a>` is a part of a bound.
            let is_bound = matches!(self.0.get(i + 1), Some(TokenTree::Punct(next)) if next.as_char() == '<');
            if word == "for" && is_impl && !is_bound {
                return last.map(|name: &proc_macro2::Ident| name.to_string());
            }
            is_impl |= word == "impl";
            last = Some(word);
        }
        None
    }
}

/// Returns the tokens of a group. Those of the group itself are not copied if there are no others that use them.
fn into_stream(group: Group) -> TokenStream {
    let stream = group.stream();
    drop(group);
    stream
}

fn empty_block(tokens: &mut [TokenTree]) {
    if let Some(TokenTree::Group(last)) = tokens.last_mut() {
        *last = Group::new(last.delimiter(), TokenStream::new());
    }
}

/// Empties the bodies of functions, and takes out attributes.
fn reduced(tokens: impl IntoIterator<Item = TokenTree>, bodies: Bodies) -> TokenStream {
    let mut kept = Vec::new();
    let mut name: Option<String> = None;
    let mut is_named = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) => {
                if is_named {
                    name = Some(ident.to_string());
                }
                is_named = ident == "fn";
                kept.push(TokenTree::Ident(ident));
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let is_initial = |name: &str| bodies == Bodies::Initial && INITIAL.contains(&name);
                let body = match name.take() {
                    Some(name) if is_initial(&name) => {
                        kept.push(TokenTree::Group(group));
                        continue;
                    }
                    Some(_) => TokenStream::new(),
                    None => reduced(into_stream(group), bodies),
                };
                kept.push(TokenTree::Group(Group::new(Delimiter::Brace, body)));
            }
            TokenTree::Punct(mark) => {
                // A function of a trait may have no body.
                if mark.as_char() == ';' {
                    name = None;
                }
                let is_dropped =
                    mark.as_char() == '#' && matches!(tokens.peek(), Some(TokenTree::Group(group)) if !is_kept(group));
                if is_dropped {
                    tokens.next();
                } else {
                    kept.push(TokenTree::Punct(mark));
                }
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

/// Returns whether an attribute is kept.
fn is_kept(attribute: &Group) -> bool {
    match attribute.stream().into_iter().next() {
        Some(TokenTree::Ident(name)) => KEPT_ATTRIBUTES.iter().any(|kept| name == kept),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens as _, quote};

    use super::*;

    fn parsed(code: TokenStream, bodies: Bodies) -> String {
        let items = items(code).map(|item| item.parse(bodies).unwrap().to_token_stream());
        items.collect::<TokenStream>().to_string()
    }

    #[test]
    fn code_is_cut_into_items() {
        let code = quote! {
            pub use a::{b, c};
            #[doc = "x"]
            pub struct X(pub String);
            pub(crate) const fn f() -> i64 { 1 }
            const _: () = { fn g() {} };
            impl<F> T for X where F: for<'a> Fn(&'a str) { fn h() {} }
            pub mod m { pub struct Y { a: i64 } }
            m! { a; b }
            m!(a);
            type Z = i64;
        };
        let starts: Vec<String> = items(code).map(|item| item.0[0].to_string()).collect();
        assert_eq!(starts, ["pub", "#", "pub", "const", "impl", "pub", "m", "m", "type"]);
    }

    #[test]
    fn modules_are_opened() {
        let code = quote! { #[allow(x)] pub mod m { struct Y; } mod n; struct X {} };
        let mut items = items(code).map(Item::into_module);
        let (name, content) = items.next().unwrap().unwrap();
        assert_eq!((name.as_str(), content.to_string()), ("m", quote! { struct Y; }.to_string()));
        assert!(items.next().unwrap().is_err());
        let other = items.next().unwrap().unwrap_err();
        assert_eq!(other.0.len(), 3);
    }

    #[test]
    fn bodies_and_attributes_go_and_signatures_stay() {
        let code = quote! {
            #[doc = "x"]
            #[derive(Clone)]
            pub struct X { #[serde(default)] pub a: fn(i64) -> bool, #[deprecated] pub b: i64 }
            impl X { #[doc = "x"] pub fn a(&self) -> i64 { let b = { 1 }; b } pub fn new() -> Self { Self { a: Err("a") } } }
            pub trait T { fn b(&self) -> i64; fn c(&self) -> i64 { 2 } }
            impl T for X { type Output = i64; fn b(&self) -> i64 { 1 } }
            pub enum E { A { #[serde(rename = "b")] b: i64 } }
        };
        let expected = quote! {
            #[derive(Clone)]
            pub struct X { pub a: fn(i64) -> bool, #[deprecated] pub b: i64 }
            impl X { pub fn a(&self) -> i64 {} pub fn new() -> Self {} }
            pub trait T { fn b(&self) -> i64; fn c(&self) -> i64 {} }
            impl T for X {}
            pub enum E { A { b: i64 } }
        };
        assert_eq!(parsed(code, Bodies::None), expected.to_string());
    }

    #[test]
    fn bodies_that_make_a_builder_stay_where_they_are_read() {
        let code = quote! {
            impl X { pub fn a(&self) -> i64 { 1 } pub fn new() -> Self { Self { a: Err("a") } } }
            impl ::std::default::Default for X { fn default() -> Self { Self { a: Err("a") } } }
            impl Clone for X { fn clone(&self) -> Self { Self { a: 1 } } }
        };
        let expected = quote! {
            impl X { pub fn a(&self) -> i64 {} pub fn new() -> Self { Self { a: Err("a") } } }
            impl ::std::default::Default for X { fn default() -> Self { Self { a: Err("a") } } }
            impl Clone for X {}
        };
        assert_eq!(parsed(code, Bodies::Initial), expected.to_string());
    }
}
