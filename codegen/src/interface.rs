//! Reads the interface of the code that progenitor generated: the parameters of its functions and the fields of its types.
//!
//! Only signatures and declarations are read. No function body is looked at, and none is changed.

use std::collections::BTreeMap;

use syn::{
    Expr, ExprLit, Fields, File, FnArg, GenericArgument, Ident, ImplItem, ImplItemFn, Item, Lit, Meta, Pat,
    PathArguments, ReturnType, Type,
};

/// The interface of a generated client.
pub struct Interface {
    /// The functions of `Client`, by operation id.
    pub functions: BTreeMap<String, Function>,
    /// The structs with named fields of the module `types`, by name.
    pub structs: BTreeMap<String, Vec<Field>>,
    /// What the variants of the enums of the module `types` hold, by the enums' names.
    pub enums: BTreeMap<String, Vec<Type>>,
}

/// The function that sends an operation's request.
pub struct Function {
    /// Its parameters in their order, without `self`.
    pub parameters: Vec<Parameter>,
    /// `T` of the `ResponseValue<T>` that it returns.
    pub answer: Type,
}

/// A parameter of a function.
pub struct Parameter {
    pub name: Ident,
    /// The owned type of its value, such as `String` for `Option<&'a str>`.
    pub ty: Type,
    pub is_optional: bool,
    /// Whether the function takes a reference to the value.
    pub is_reference: bool,
}

/// A field of a struct.
pub struct Field {
    pub name: Ident,
    /// The name of the property in JSON.
    pub property: String,
    /// The type of its value, such as `String` for `Option<String>`.
    pub ty: Type,
    pub is_optional: bool,
}

impl Interface {
    /// Reads a generated file.
    pub fn read(file: &File) -> Result<Self, String> {
        let methods = file.items.iter().filter_map(inherent_methods_of_client).flatten();
        let functions = methods.filter(|method| method.sig.asyncness.is_some());
        let functions = functions.map(|method| Ok((method.sig.ident.to_string(), Function::read(method)?)));
        let functions = functions.collect::<Result<_, String>>()?;
        let structs = types(file)?.iter().filter_map(|item| match item {
            Item::Struct(item) => match &item.fields {
                Fields::Named(fields) => {
                    Some((item.ident.to_string(), fields.named.iter().filter_map(Field::read).collect()))
                }
                _ => None,
            },
            _ => None,
        });
        let enums = types(file)?.iter().filter_map(|item| match item {
            Item::Enum(item) => {
                let held = item.variants.iter().flat_map(|variant| variant.fields.iter().map(|field| field.ty.clone()));
                Some((item.ident.to_string(), held.collect()))
            }
            _ => None,
        });
        Ok(Self { functions, structs: structs.collect(), enums: enums.collect() })
    }

    /// The function of an operation.
    pub fn function(&self, operation_id: &str) -> Result<&Function, String> {
        let function = self.functions.get(operation_id);
        function.ok_or_else(|| format!("progenitor generated no function `{operation_id}`"))
    }
}

/// The items of the module `types`.
pub fn types(file: &File) -> Result<&[Item], String> {
    let modules = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    modules.map(|(_, items)| items.as_slice()).next().ok_or_else(|| "progenitor generated no module `types`".to_owned())
}

/// As [`types`], to change them.
pub fn types_mut(file: &mut File) -> Result<&mut Vec<Item>, String> {
    let modules = file.items.iter_mut().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let mut items = modules.map(|(_, items)| items);
    items.next().ok_or_else(|| "progenitor generated no module `types`".to_owned())
}

fn inherent_methods_of_client(item: &Item) -> Option<impl Iterator<Item = &ImplItemFn>> {
    let Item::Impl(item) = item else { return None };
    let is_of_client = item.trait_.is_none() && last_segment(&item.self_ty).is_some_and(|name| name == "Client");
    is_of_client.then(|| {
        item.items.iter().filter_map(|item| match item {
            ImplItem::Fn(method) => Some(method),
            _ => None,
        })
    })
}

impl Function {
    fn read(method: &ImplItemFn) -> Result<Self, String> {
        let unexpected =
            |what: &str| format!("the {what} of the generated function `{}` is unexpected", method.sig.ident);
        let parameters = method.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(input) => Some(Parameter::read(input).ok_or_else(|| unexpected("parameter list"))),
            FnArg::Receiver(_) => None,
        });
        let parameters = parameters.collect::<Result<_, _>>()?;
        let ReturnType::Type(_, output) = &method.sig.output else { return Err(unexpected("return type")) };
        // `Result<ResponseValue<T>, Error<E>>`
        let answer = first_argument(output).and_then(first_argument);
        Ok(Self { parameters, answer: answer.ok_or_else(|| unexpected("return type"))?.clone() })
    }
}

impl Parameter {
    fn read(input: &syn::PatType) -> Option<Self> {
        let Pat::Ident(pattern) = &*input.pat else { return None };
        let (is_optional, inner) = match first_argument(&input.ty) {
            Some(inner) if is_named(&input.ty, "Option") => (true, inner),
            _ => (false, &*input.ty),
        };
        let (is_reference, ty) = match inner {
            Type::Reference(reference) => (true, owned(&reference.elem)),
            other => (false, other.clone()),
        };
        Some(Self { name: pattern.ident.clone(), ty, is_optional, is_reference })
    }
}

/// The owned form of what a reference refers to.
fn owned(ty: &Type) -> Type {
    if is_named(ty, "str") { syn::parse_quote!(::std::string::String) } else { ty.clone() }
}

impl Field {
    /// Reads a named field.
    pub fn read(field: &syn::Field) -> Option<Self> {
        let name = field.ident.clone()?;
        let (is_optional, ty) = match first_argument(&field.ty) {
            Some(inner) if is_named(&field.ty, "Option") => (true, inner.clone()),
            _ => (false, field.ty.clone()),
        };
        let property = renamed(&field.attrs).unwrap_or_else(|| name.to_string().trim_start_matches("r#").to_owned());
        Some(Self { name, property, ty, is_optional })
    }
}

/// `x` of `#[serde(rename = "x")]`.
fn renamed(attributes: &[syn::Attribute]) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let items = attribute.parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated);
        for item in items.into_iter().flatten() {
            if let Meta::NameValue(pair) = item
                && pair.path.is_ident("rename")
                && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = pair.value
            {
                found = Some(text.value());
            }
        }
    }
    found
}

/// Whether the last segment of a path type has this name.
pub fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|ident| ident == name)
}

/// The last segment of a path type.
pub fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// `T` of `Path<T, ..>`.
pub fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
