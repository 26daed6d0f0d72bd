//! Reduces generated code to its signatures, before it is parsed: the bodies of functions are most of it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Functions whose bodies say what has to be set before a request is sent.
const KEPT: [&str; 2] = ["new", "default"];

/// Empties the bodies of all functions but those that build something.
pub fn of(code: TokenStream) -> TokenStream {
    let mut name: Option<String> = None;
    let mut is_named = false;
    code.into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) => {
                if is_named {
                    name = Some(ident.to_string());
                }
                is_named = ident == "fn";
                TokenTree::Ident(ident)
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let body = match name.take() {
                    Some(name) if !KEPT.contains(&name.as_str()) => TokenStream::new(),
                    Some(_) => return TokenTree::Group(group),
                    None => of(group.stream()),
                };
                TokenTree::Group(Group::new(Delimiter::Brace, body))
            }
            TokenTree::Punct(end) => {
                // A function of a trait may have no body.
                if end.as_char() == ';' {
                    name = None;
                }
                TokenTree::Punct(end)
            }
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn bodies_are_emptied_and_signatures_stay() {
        let code = of(quote! {
            pub mod types {
                pub struct X { pub a: fn(i64) -> bool }
                impl X { pub fn a(&self) -> i64 { let b = { 1 }; b } pub fn new() -> Self { Self { a: Err("a") } } }
                pub trait T { fn b(&self) -> i64; fn c(&self) -> i64 { 2 } }
                pub enum E { A { b: i64 } }
            }
        });
        let expected = quote! {
            pub mod types {
                pub struct X { pub a: fn(i64) -> bool }
                impl X { pub fn a(&self) -> i64 {} pub fn new() -> Self { Self { a: Err("a") } } }
                pub trait T { fn b(&self) -> i64; fn c(&self) -> i64 {} }
                pub enum E { A { b: i64 } }
            }
        };
        assert_eq!(code.to_string(), expected.to_string());
    }
}
