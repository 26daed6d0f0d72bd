//! What a builder gives when it is awaited, and when it goes through a list page by page.
//!
//! - Awaited, it gives the value alone: the answer, or the view of it that the document names (`x-view`).
//! - Where the list has `limit` and `offset`, or a cursor, `pages` goes through all of it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Item, Type, parse_quote};

use super::{
    operation::{Answer, Operation, Paging},
    polish::{first_argument, is_named},
};

/// The items that follow a builder. `answer` is what `send` gives, within its `ResponseValue`.
pub fn awaited(operation: &Operation, answer: &Type) -> Result<Vec<Item>, String> {
    let builder = operation.builder();
    let id = &operation.id;
    let view = operation.view.as_deref().map(view).transpose().map_err(|error| format!("x-view of {id}: {error}"))?;
    let output = view.as_ref().unwrap_or(answer);
    let value = match view {
        Some(_) => quote!({
            let client = self.client.clone();
            crate::views::of_answer(self.send().await?, #id, &client.redactor())
        }),
        None if operation.answer == Answer::Bytes => quote!(self.send().await),
        None => quote!(Ok(self.send().await?.into_inner())),
    };
    let mut found: Vec<Item> = vec![parse_quote! {
        impl ::std::future::IntoFuture for #builder {
            type Output = ::std::result::Result<#output, crate::Error>;
            type IntoFuture = ::futures_util::future::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(async move { #value })
            }
        }
    }];
    let pages = operation.paging.as_ref().and_then(|paging| pages(paging, output, view.is_some()));
    if let Some((item, pages)) = pages {
        found.push(parse_quote! {
            impl #builder {
                /// Goes through the list page by page, from `offset` on or from the beginning, with `limit` items a page
                /// or 100. See [`Pages`](crate::Pages).
                pub fn pages(self) -> crate::Pages<#item> {
                    #pages
                }
            }
        });
    }
    Ok(found)
}

/// A view, by its name: `SentMessage`, `Option<ContactSummary>`, `Vec<ChatEntry>`.
fn view(text: &str) -> syn::Result<Type> {
    let mut ty: Type = syn::parse_str(text)?;
    let mut innermost = &mut ty;
    while first_argument(innermost).is_some() {
        innermost = first_argument_mut(innermost).ok_or_else(|| syn::Error::new_spanned(text, "it is no type"))?;
    }
    *innermost = parse_quote!(crate::views::#innermost);
    Ok(ty)
}

fn first_argument_mut(ty: &mut Type) -> Option<&mut Type> {
    let Type::Path(path) = ty else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &mut path.path.segments.last_mut()?.arguments else {
        return None;
    };
    arguments.args.iter_mut().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The type of an item, and how the pages are got.
fn pages(paging: &Paging, output: &Type, is_view: bool) -> Option<(TokenStream, TokenStream)> {
    let list = first_argument(output).filter(|_| is_named(output, "Vec"));
    let raw = if is_view { quote!(|item| crate::paging::identity(&item.raw)) } else { quote!(crate::paging::identity) };
    match paging {
        Paging::Offset => {
            let pages = quote! {
                crate::paging::by_offset(
                    self.limit.clone(),
                    self.offset.clone(),
                    move |limit, offset| ::std::future::IntoFuture::into_future(self.clone().limit(limit).offset(offset)),
                    #raw,
                )
            };
            list.map(|item| (quote!(#item), pages))
        }
        Paging::OffsetIn { request, property } => {
            let (request, property) = (format_ident!("{request}"), format_ident!("{property}"));
            let pages = quote! {
                let body = self.body.clone().and_then(|body| types::#request::try_from(body).map_err(|e| e.to_string()));
                let asked = |number: fn(&types::#request) -> Option<i64>| body.as_ref().map(number).map_err(Clone::clone);
                crate::paging::by_offset(
                    asked(|body| body.#property.limit),
                    asked(|body| body.#property.offset),
                    move |limit, offset| {
                        let body = body.clone().map(|mut body| {
                            body.#property.limit = Some(limit);
                            body.#property.offset = Some(offset);
                            body.into()
                        });
                        ::std::future::IntoFuture::into_future(Self { body, ..self.clone() })
                    },
                    #raw,
                )
            };
            list.map(|item| (quote!(#item), pages))
        }
        Paging::Cursor { items, item } => {
            let (items, item) = (format_ident!("{items}"), format_ident!("{item}"));
            let pages = quote! {
                let page = move |cursor| {
                    let request = match cursor {
                        Some(cursor) => self.clone().start_cursor::<String>(cursor),
                        None => self.clone(),
                    };
                    async move {
                        let answer = request.await?;
                        let has_next = answer.page.has_next_page;
                        Ok((answer.#items, answer.page.end_cursor.filter(|_| has_next)))
                    }
                };
                crate::paging::by_cursor(page, crate::paging::identity)
            };
            Some((quote!(types::#item), pages))
        }
    }
}
