//! Typed mocks for `httpmock`: what progenitor generates, made to be true for all operations.
//!
//! - A request belongs to an operation by the client's own rule and not by a pattern: `/api/sessions/start` is none of
//!   `/api/sessions/{session}`, and an id is no regular expression.
//! - A list in the query is its values, one by one.
//! - An answer of bytes is given as bytes, with its media type.

use heck::ToSnakeCase;
use quote::{ToTokens, quote};
use syn::{
    Attribute, File, FnArg, ImplItem, ImplItemFn, Item, ItemImpl, LitStr, TraitItem, Type, parse_quote, visit::Visit,
};

use super::operation::Operation;

/// Changes the generated file in place.
pub fn polish(file: &mut File, operations: &[Operation]) -> Result<(), String> {
    for item in &mut file.items {
        match item {
            Item::Mod(module) => {
                module.attrs.push(doc("What a mock expects (`…When`) and answers (`…Then`), for each operation."));
                let items = &mut module.content.get_or_insert_default().1;
                items.iter_mut().try_for_each(|item| polish_item(item, operations))?;
            }
            Item::Trait(item) => {
                for operation in operations {
                    let method = item.items.iter_mut().find_map(|item| match item {
                        TraitItem::Fn(method) if method.sig.ident == operation.id => Some(method),
                        _ => None,
                    });
                    let method = method.ok_or_else(|| format!("there is no mock of {}", operation.id))?;
                    method.attrs.push(doc(&format!("{}: `{}`", operation.summary, operation.label())));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn doc(text: &str) -> Attribute {
    parse_quote!(#[doc = #text])
}

fn polish_item(item: &mut Item, operations: &[Operation]) -> Result<(), String> {
    let name = match item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Impl(item) => item.self_ty.to_token_stream().to_string(),
        _ => return Ok(()),
    };
    let of = |suffix: &str| {
        let builder = name.strip_suffix(suffix)?;
        operations.iter().find(|operation| operation.builder() == builder)
    };
    match (item, of("When"), of("Then")) {
        (Item::Struct(item), Some(it), _) => item.attrs.push(doc(&format!("Requests of `{}`.", it.label()))),
        (Item::Struct(item), _, Some(it)) => item.attrs.push(doc(&format!("Answers of `{}`.", it.label()))),
        (Item::Impl(item), Some(operation), _) => {
            methods(item).try_for_each(|method| expectation(method, operation))?
        }
        (Item::Impl(item), _, Some(operation)) => methods(item).for_each(|method| answer(method, operation)),
        _ => return Err(format!("the generator made `{name}`, which belongs to no operation")),
    }
    Ok(())
}

fn methods(item: &mut ItemImpl) -> impl Iterator<Item = &mut ImplItemFn> {
    item.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}

/// A method of a `When`.
fn expectation(method: &mut ImplItemFn, operation: &Operation) -> Result<(), String> {
    let Operation { id, path, .. } = operation;
    let name = method.sig.ident.to_string();
    let body = method.block.to_token_stream().to_string();
    if name == "new" {
        method.attrs.push(doc("Expects a request of this operation."));
        method.block = parse_quote!({ Self(inner.is_true(|request| crate::mocks::is_of(request, #id))) });
    } else if name == "into_inner" {
        method.attrs.push(doc("For whatever else the request should be."));
    } else if body.contains("path_matches") {
        let mut segments = path.split('/').skip(1);
        let is_named = |segment: &str| {
            let parameter = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
            parameter.is_some_and(|parameter| parameter.to_snake_case() == name.trim_end_matches('_'))
        };
        let Some(position) = segments.position(is_named) else {
            return Err(format!("the path of {id} has no `{name}`"));
        };
        let ident = &method.sig.ident;
        *method = parse_quote! {
            pub fn #ident(self, value: impl ::std::fmt::Display) -> Self {
                let value = value.to_string();
                Self(self.0.is_true(move |request| crate::mocks::has_segment(request, #position, &value)))
            }
        };
        method.attrs.push(doc("Expects this value in the path."));
    } else if body.contains("query_param") {
        method.attrs.push(doc("Expects this parameter; `None` stands for none of that name."));
        let mut literals = Literals::default();
        literals.visit_block(&method.block);
        let is_list = method.sig.to_token_stream().to_string().contains("Vec <");
        if let Some(parameter) = literals.0.first().filter(|_| is_list) {
            let each = quote!(value.iter().fold(self.0, |when, item| when.query_param(#parameter, item.to_string())));
            method.block = if body.contains("value . into ()") {
                parse_quote!({
                    match value.into() {
                        Some(value) => Self(#each),
                        None => Self(self.0.query_param_missing(#parameter)),
                    }
                })
            } else {
                parse_quote!({ Self(#each) })
            };
        }
    } else {
        method.attrs.push(doc("Expects exactly this body."));
    }
    Ok(())
}

#[derive(Default)]
struct Literals(Vec<LitStr>);

impl<'ast> Visit<'ast> for Literals {
    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        self.0.push(literal.clone());
    }
}

/// A method of a `Then`.
fn answer(method: &mut ImplItemFn, operation: &Operation) {
    match method.sig.ident.to_string().as_str() {
        "new" => {
            method.attrs.push(doc("Answers of this operation."));
            return;
        }
        "into_inner" => {
            method.attrs.push(doc("For whatever else the answer should be."));
            return;
        }
        "success" => method.attrs.push(doc("Answers with a success, such as 200 or 201.")),
        "client_error" => method.attrs.push(doc("Answers with an error of 400 to 499.")),
        _ => method.attrs.push(doc("Answers with an error of 500 to 599.")),
    }
    method.attrs.push(doc("\n# Panics\n\nThe status is of another class."));
    let media_type = operation.media_type.as_deref().unwrap_or("application/octet-stream");
    for argument in &mut method.sig.inputs {
        let FnArg::Typed(argument) = argument else { continue };
        match &*argument.ty {
            ty if ty.to_token_stream().to_string().replace(' ', "") == "::serde_json::Value" => {
                *argument.ty = parse_quote!(impl ::std::convert::AsRef<[u8]>);
                replace_calls(&mut method.block, &|call| match call.method.to_string().as_str() {
                    "json_body" => call.method = parse_quote!(body),
                    "header" => call.args = parse_quote!("content-type", #media_type),
                    _ => {}
                });
            }
            Type::Reference(_) => {}
            _ => replace_calls(&mut method.block, &|call| {
                if call.method == "json_body_obj" {
                    call.args = parse_quote!(&value);
                }
            }),
        }
    }
}

fn replace_calls(block: &mut syn::Block, change: &dyn Fn(&mut syn::ExprMethodCall)) {
    struct Calls<'a>(&'a dyn Fn(&mut syn::ExprMethodCall));
    impl syn::visit_mut::VisitMut for Calls<'_> {
        fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
            (self.0)(call);
            syn::visit_mut::visit_expr_method_call_mut(self, call);
        }
    }
    syn::visit_mut::VisitMut::visit_block_mut(&mut Calls(change), block);
}
