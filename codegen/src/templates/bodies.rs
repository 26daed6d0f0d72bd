//! The builders of request bodies: `types::builder`.
//!
//! Every object that is part of a request has one, so that a body can be built by name and is checked as a whole. Answers
//! need none.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type, visit::Visit};

use super::{qualified, setter::Setter};
use crate::{
    debug,
    interface::{Field, Interface},
    operation::Input,
};

/// A struct that is part of a request.
pub struct Body<'a> {
    pub name: &'a str,
    pub fields: &'a [Field],
    /// Whether there is a file in it, at any depth.
    pub has_files: bool,
    /// Whether there is an id in it that is checked, at any depth.
    pub has_ids: bool,
    /// Those of its fields that are, or hold, structs with ids.
    fields_with_ids: BTreeSet<&'a str>,
    /// What the document says about its properties, by their names in the document.
    inputs: BTreeMap<&'a str, &'a Input>,
}

/// Every struct that is part of a request, by its name.
pub fn read<'a>(interface: &'a Interface, properties: &'a BTreeMap<String, Vec<Input>>) -> BTreeMap<&'a str, Body<'a>> {
    let mut names = BTreeSet::new();
    for function in interface.functions.values() {
        for parameter in &function.parameters {
            collect(interface, &parameter.ty, &mut names);
        }
    }
    let with_files = holders(interface, &names, |_, field| type_names(&field.ty).iter().any(|name| is_file(name)));
    let with_ids = holders(interface, &names, |name, field| {
        let mut inputs = properties.get(name).into_iter().flatten();
        inputs.any(|input| input.property == field.property && input.id.is_some())
    });
    let bodies = names.into_iter().filter_map(|name| {
        let (name, fields) = interface.structs.get_key_value(name)?;
        let inputs = properties.get(name).into_iter().flatten();
        let inputs = inputs.map(|input| (input.property.as_str(), input)).collect();
        let holds_ids = |field: &&Field| type_names(&field.ty).iter().any(|name| with_ids.contains(name.as_str()));
        let fields_with_ids = fields.iter().filter(holds_ids).map(|field| field.property.as_str()).collect();
        let (has_files, has_ids) = (with_files.contains(name.as_str()), with_ids.contains(name.as_str()));
        Some((name.as_str(), Body { name, fields, has_files, has_ids, fields_with_ids, inputs }))
    });
    bodies.collect()
}

/// The structs that a type consists of.
fn collect<'a>(interface: &'a Interface, ty: &Type, names: &mut BTreeSet<&'a str>) {
    for name in type_names(ty) {
        interface.enums.get(&name).into_iter().flatten().for_each(|held| collect(interface, held, names));
        let Some((name, fields)) = interface.structs.get_key_value(&name) else { continue };
        if names.insert(name) {
            fields.iter().for_each(|field| collect(interface, &field.ty, names));
        }
    }
}

/// The structs of `names` with a field for which `is_sought` holds, and those that hold one of them.
fn holders<'a>(
    interface: &'a Interface,
    names: &BTreeSet<&'a str>,
    is_sought: impl Fn(&str, &Field) -> bool,
) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    loop {
        let holds = |ty: &Type| type_names(ty).iter().any(|name| found.contains(name.as_str()));
        let more: Vec<&str> = names
            .iter()
            .filter(|name| !found.contains(*name))
            .filter(|name| interface.structs[**name].iter().any(|field| is_sought(name, field) || holds(&field.ty)))
            .copied()
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Whether this is one of the types of `waha` that stand for a file.
fn is_file(name: &str) -> bool {
    matches!(name, "Media" | "Content")
}

/// Whether a type is, or holds, a file.
pub fn holds_files(bodies: &BTreeMap<&str, Body<'_>>, ty: &Type) -> bool {
    type_names(ty).iter().any(|name| is_file(name) || bodies.get(name.as_str()).is_some_and(|body| body.has_files))
}

/// The last segments of all paths in a type.
fn type_names(ty: &Type) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            self.0.extend(path.segments.last().map(|segment| segment.ident.to_string()));
            syn::visit::visit_path(self, path);
        }
    }
    let mut names = Names(Vec::new());
    names.visit_type(ty);
    names.0
}

impl Body<'_> {
    /// The setters of its builder, one for each field.
    pub fn setters(&self) -> Vec<Setter> {
        let setters = self.fields.iter().map(|field| {
            let property = field.property.as_str();
            Setter::new(field.name.clone(), &field.ty, self.inputs.get(property).copied())
                .with_ids(self.fields_with_ids.contains(property))
        });
        setters.collect()
    }

    /// The names of the fields that `Debug` may not show.
    fn secrets(&self) -> Vec<&Ident> {
        let is_secret = |field: &&Field| self.inputs.get(field.property.as_str()).is_some_and(|input| input.is_secret);
        self.fields.iter().filter(is_secret).map(|field| &field.name).collect()
    }
}

/// The module `types::builder`, and what belongs to its builders.
pub fn generate(interface: &Interface, bodies: &BTreeMap<&str, Body<'_>>) -> TokenStream {
    let choices = interface.enums.iter().flat_map(|(name, held)| choices(name, held, bodies));
    let builders = bodies.values().map(builder);
    let functions = bodies.values().map(|body| {
        let name = format_ident!("{}", body.name);
        quote! {
            impl #name {
                /// Begins to build a value by its properties.
                pub fn builder() -> builder::#name {
                    ::std::default::Default::default()
                }
            }
        }
    });
    let files = bodies.values().filter(|body| body.has_files).map(|body| {
        let name = format_ident!("{}", body.name);
        let fields = body.fields.iter().filter(|field| holds_files(bodies, &field.ty)).map(|field| &field.name);
        quote! {
            impl crate::media::TakeFiles for #name {
                fn take_files(&mut self, files: &mut crate::media::Files) {
                    #(crate::media::TakeFiles::take_files(&mut self.#fields, files);)*
                }
            }
        }
    });
    let checks = bodies.values().filter(|body| body.has_ids).map(|body| {
        let name = format_ident!("{}", body.name);
        let fields = body.setters().into_iter().zip(body.fields).map(|(setter, field)| {
            let (name, property) = (&field.name, &field.property);
            let checked = |value| {
                let check = setter.check(value)?;
                Some(quote!(#check.map_err(|error| ::std::format!("{}: {error}", #property))))
            };
            match (field.is_optional, checked(&quote!(value)), checked(&quote!(self.#name))) {
                (true, Some(check), _) => quote!(#name: self.#name.map(|value| #check).transpose()?),
                (false, _, Some(check)) => quote!(#name: #check?),
                _ => quote!(#name: self.#name),
            }
        });
        quote! {
            impl crate::input::CheckIds for #name {
                fn check_ids(self) -> ::std::result::Result<Self, ::std::string::String> {
                    ::std::result::Result::Ok(Self { #(#fields,)* })
                }
            }
        }
    });
    let conversions = bodies.values().filter(|body| is_id_alone(body)).map(|body| {
        let name = format_ident!("{}", body.name);
        if let Some(id) = body.setters().first().and_then(|setter| setter.id()) {
            return quote!(crate::ids::wrapped!(#name, crate::#id););
        }
        quote! {
            /// Made from the id alone.
            impl<T: ::std::convert::Into<::std::string::String>> ::std::convert::From<T> for #name {
                fn from(id: T) -> Self {
                    Self { id: id.into() }
                }
            }
        }
    });
    quote! {
        #(#functions)*
        #(#files)*
        #(#checks)*
        #(#conversions)*
        #(#choices)*

        /// Builders of what requests consist of, from `builder` of each type.
        pub mod builder {
            #(#builders)*
        }
    }
}

/// The conversions into an enum from the builders of what its variants hold.
fn choices<'a>(
    name: &'a str,
    held: &'a [Type],
    bodies: &'a BTreeMap<&str, Body<'_>>,
) -> impl Iterator<Item = TokenStream> {
    let names: BTreeSet<_> =
        held.iter().flat_map(type_names).filter(|held| bodies.contains_key(held.as_str())).collect();
    names.into_iter().map(move |held| {
        let (name, held) = (format_ident!("{name}"), format_ident!("{held}"));
        quote! {
            impl ::std::convert::TryFrom<builder::#held> for #name {
                type Error = error::ConversionError;

                fn try_from(value: builder::#held) -> ::std::result::Result<Self, Self::Error> {
                    #held::try_from(value).map(Self::from)
                }
            }
        }
    })
}

/// Whether a struct is nothing but an id.
fn is_id_alone(body: &Body<'_>) -> bool {
    match body.fields {
        [only] => only.name == "id" && !only.is_optional && crate::interface::is_named(&only.ty, "String"),
        _ => false,
    }
}

/// An implementation of `Debug` for the builder of one struct, whose fields are all optional.
fn debug_of(name: &Ident, fields: &[&Ident], secrets: &[&Ident]) -> TokenStream {
    let problems = format_ident!("problems");
    let fields = fields.iter().map(|name| debug::Field { name, is_secret: secrets.contains(name), is_optional: true });
    debug::of_struct(name, fields.chain([debug::Field { name: &problems, is_secret: false, is_optional: false }]))
}

/// The builder of one struct.
fn builder(body: &Body<'_>) -> TokenStream {
    let name = format_ident!("{}", body.name);
    let doc = format!("Builds a [`{}`](super::{}).", body.name, body.name);
    let fields: Vec<_> = body.fields.iter().map(|field| &field.name).collect();
    let types = body.fields.iter().map(|field| qualified(&field.ty, "super"));
    let setters: Vec<_> = body.setters().iter().map(|setter| setter.with_types(|ty| qualified(ty, "super"))).collect();
    let required: Vec<_> = body.fields.iter().filter(|field| !field.is_optional).map(|field| &field.name).collect();
    let required_names = required.iter().map(|name| name.to_string().trim_end_matches('_').to_owned());
    let optional = body.fields.iter().filter(|field| field.is_optional).map(|field| &field.name);
    // Ids of a value that was built as a whole are checked here, as the setters check them.
    let has_ids = body.has_ids.then(|| quote!(let mut problems = crate::input::Problems::default();));
    let problems = if body.has_ids { quote!(problems) } else { quote!(problems: ::std::default::Default::default()) };
    let present = setters.iter().zip(body.fields).map(|(setter, field)| {
        let name = &field.name;
        let text = name.to_string().trim_end_matches('_').to_owned();
        match (field.is_optional, setter.check(&quote!(value)), setter.check(&quote!(value.#name))) {
            (true, Some(check), _) => quote!(value.#name.and_then(|value| problems.take(#text, #check))),
            (false, _, Some(check)) => quote!(problems.take(#text, #check)),
            (true, None, _) => quote!(value.#name),
            (false, _, None) => quote!(::std::option::Option::Some(value.#name)),
        }
    });
    let setters = setters.iter().zip(&fields).map(|(setter, field)| setter.field_method(field));
    let debug = debug_of(&name, &fields, &body.secrets());
    quote! {
        #[doc = #doc]
        #[derive(Clone, Default)]
        #[must_use = "a builder makes nothing before it is given to a call or converted"]
        pub struct #name {
            #(pub(crate) #fields: ::std::option::Option<#types>,)*
            problems: crate::input::Problems,
        }

        #debug

        impl #name {
            #(#setters)*
        }

        impl ::std::convert::TryFrom<#name> for super::#name {
            type Error = super::error::ConversionError;

            fn try_from(value: #name) -> ::std::result::Result<Self, Self::Error> {
                let problems = value.problems;
                match (#(value.#required,)*) {
                    (#(::std::option::Option::Some(#required),)*) if problems.is_empty() => {
                        ::std::result::Result::Ok(Self { #(#required,)* #(#optional: value.#optional,)* })
                    }
                    (#(#required,)*) => {
                        let missing = [#((#required_names, #required.is_none()),)*];
                        ::std::result::Result::Err(problems.text(&missing).into())
                    }
                }
            }
        }

        impl ::std::convert::From<super::#name> for #name {
            fn from(value: super::#name) -> Self {
                #has_ids
                Self { #(#fields: #present,)* #problems }
            }
        }
    }
}
