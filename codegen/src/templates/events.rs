//! The payloads of events: an enum with a variant for each event of the document.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use syn::{Ident, Type, parse_quote};

use super::{open_enums::variant, qualified};
use crate::{
    document::schema_name,
    interface::{Field, Interface, is_named, last_segment},
    rustdoc,
};

/// The variants that every document has.
const OWN_VARIANTS: [&str; 2] = ["Unknown", "Undecodable"];

/// An event of the document.
struct Event<'a> {
    name: &'a str,
    variant: Ident,
    description: String,
    payload: Type,
}

/// The enum `Payload`, and how one is read.
pub fn generate(document: &Value, interface: &Interface) -> Result<TokenStream, String> {
    let events = read(document, interface)?;
    let names: Vec<_> = events.iter().map(|event| event.name).collect();
    let variants: Vec<_> = events.iter().map(|event| &event.variant).collect();
    let timestamps = events.iter().filter_map(|event| event.timestamp(interface));
    let groups = events.iter().filter_map(|event| event.group_id(interface));
    let docs = events.iter().map(|event| format!("{}: {}", rustdoc::code(event.name), event.description));
    // Open JSON is as small as a box.
    let held = events.iter().map(|event| match &event.payload {
        json if is_named(json, "Json") => quote!(#json),
        payload => quote!(::std::boxed::Box<#payload>),
    });
    Ok(quote! {
        /// What happened: the payload of an [`Event`](crate::Event), with a variant for each kind of event.
        ///
        /// A later release may send other events, which are [`Unknown`](Self::Unknown), and engines may differ from what
        /// the document says of an event, which is [`Undecodable`](Self::Undecodable) then. Both hold the payload as it
        /// was received.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Payload {
            #(#[doc = #docs] #variants(#held),)*
            /// An event that this release does not know.
            Unknown {
                /// The name of the event.
                event: types::EventName,
                /// The payload, as received.
                payload: Json,
            },
            /// An event whose payload is not what the document says of it.
            Undecodable {
                /// The name of the event.
                event: types::EventName,
                /// The payload, as received; `null` where there is none.
                payload: Json,
                /// Where the payload differs, and how; of [`ErrorKind::Decode`](crate::ErrorKind::Decode).
                error: ::std::sync::Arc<Error>,
            },
        }

        impl Payload {
            /// Returns the name of the event, such as `message.ack`.
            pub fn name(&self) -> types::EventName {
                match self {
                    #(Self::#variants(_) => types::EventName::from(#names),)*
                    Self::Unknown { event, .. } | Self::Undecodable { event, .. } => event.clone(),
                }
            }

            /// Returns the payload's member `timestamp`, in seconds or milliseconds since 1970.
            pub(super) fn timestamp(&self) -> ::std::option::Option<f64> {
                match self {
                    #(#timestamps)*
                    _ => None,
                }
            }

            /// Returns the id of the payload's member `group`.
            pub(super) fn group_id(&self) -> ::std::option::Option<&str> {
                match self {
                    #(#groups)*
                    _ => None,
                }
            }

            /// Reads the payload of the event with this name.
            pub(super) fn read<'de, D: Deserializer<'de>>(event: &str, deserializer: D) -> ::std::result::Result<Self, D::Error> {
                match event {
                    #(#names => Deserialize::deserialize(deserializer).map(Self::#variants),)*
                    unknown => {
                        let payload = Json::deserialize(deserializer)?;
                        Ok(Self::Unknown { event: unknown.into(), payload })
                    }
                }
            }
        }
    })
}

impl Event<'_> {
    /// The field of the payload that holds this property.
    fn field<'a>(&self, interface: &'a Interface, property: &str) -> Option<&'a Field> {
        field(interface, &self.payload, property)
    }

    /// The arm that returns the payload's time as a number, if it has one.
    fn timestamp(&self, interface: &Interface) -> Option<TokenStream> {
        let Self { variant, .. } = self;
        let Field { name, ty, is_optional, .. } = self.field(interface, "timestamp")?;
        let time = match (ty, is_optional) {
            (ty, true) if is_named(ty, "f64") => quote!(payload.#name),
            (ty, false) if is_named(ty, "f64") => quote!(Some(payload.#name)),
            (ty, true) if is_named(ty, "i64") => quote!(payload.#name.map(|number| number as f64)),
            (ty, false) if is_named(ty, "i64") => quote!(Some(payload.#name as f64)),
            _ => return None,
        };
        Some(quote!(Self::#variant(payload) => #time,))
    }

    /// The arm that returns the id of the payload's group, if it has one.
    fn group_id(&self, interface: &Interface) -> Option<TokenStream> {
        let Self { variant, .. } = self;
        let group = self.field(interface, "group").filter(|group| !group.is_optional)?;
        let id = field(interface, &group.ty, "id").filter(|id| !id.is_optional && is_named(&id.ty, "String"))?;
        let (group, id) = (&group.name, &id.name);
        Some(quote!(Self::#variant(payload) => Some(&payload.#group.#id),))
    }
}

/// The field of a struct that holds this property.
fn field<'a>(interface: &'a Interface, ty: &Type, property: &str) -> Option<&'a Field> {
    let fields = interface.structs.get(&last_segment(ty)?.to_string())?;
    fields.iter().find(|field| field.property == property)
}

/// The events of the document, in its order.
fn read<'a>(document: &'a Value, interface: &Interface) -> Result<Vec<Event<'a>>, String> {
    let mut taken: BTreeSet<_> = OWN_VARIANTS.into_iter().map(str::to_owned).collect();
    let events = document["x-webhooks"].as_object().into_iter().flatten();
    let events = events.map(|(name, item)| {
        let envelope = &item["post"]["requestBody"]["content"]["application/json"]["schema"];
        let envelope = envelope["$ref"].as_str().and_then(schema_name).unwrap_or_default();
        let schema = &document["components"]["schemas"][envelope];
        let fields = interface.structs.get(&envelope.to_upper_camel_case()).into_iter().flatten();
        let payload =
            fields.filter(|field| field.property == "payload").map(|field| qualified(&field.ty, "types")).next();
        let variant = variant(name);
        if !taken.insert(variant.to_string()) {
            return Err(format!("the event `{name}` would have the variant `{variant}`, which another has already"));
        }
        Ok(Event {
            name,
            variant,
            description: rustdoc::text(schema["description"].as_str().unwrap_or("Not described yet.")),
            // What the document does not describe is handed on as it is.
            payload: payload.unwrap_or_else(|| parse_quote!(Json)),
        })
    });
    events.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(events: Value) -> Value {
        let envelope = |name: &str| {
            json!({ "post": { "requestBody": { "content": { "application/json": {
            "schema": { "$ref": format!("#/components/schemas/{name}") } } } } } })
        };
        let events: serde_json::Map<_, _> = events
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, schema)| (name.clone(), envelope(schema.as_str().unwrap())))
            .collect();
        let object = |payload: Value| {
            json!({ "type": "object", "description": "Text.", "required": ["payload"],
            "properties": { "payload": payload } })
        };
        json!({
            "openapi": "3.0.3", "info": { "title": "T", "version": "1" }, "paths": {}, "x-webhooks": events,
            "components": { "schemas": {
                "Json": { "description": "Any JSON." },
                "Thing": { "type": "object", "required": ["group"], "properties": {
                    "group": { "$ref": "#/components/schemas/Group" },
                    "timestamp": { "type": "integer", "format": "int64" } } },
                "Group": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } },
                "WebhookThing": object(json!({ "allOf": [{ "$ref": "#/components/schemas/Thing" }] })),
                "WebhookAny": object(json!({ "allOf": [{ "$ref": "#/components/schemas/Json" }] })),
                "WebhookBare": { "type": "object" },
            } },
        })
    }

    fn generated(events: Value) -> Result<String, String> {
        let document = document(events);
        let generated = crate::generate(&document.to_string(), crate::Options::default())?;
        Ok(generated.events.to_string())
    }

    #[test]
    fn every_event_has_a_variant_with_the_type_of_its_payload() {
        let code = generated(json!({ "thing.v2.made": "WebhookThing", "any": "WebhookAny", "bare": "WebhookBare" }));
        let code = code.unwrap();
        for expected in
            ["ThingV2Made (:: std :: boxed :: Box < types :: Thing >)", "Any (crate :: Json)", "Bare (Json)"]
        {
            assert!(code.contains(expected), "{expected}: {code}");
        }
    }

    #[test]
    fn the_time_and_the_group_of_a_payload_are_found_by_their_names() {
        let code = generated(json!({ "thing": "WebhookThing", "any": "WebhookAny" })).unwrap();
        for expected in [
            "Self :: Thing (payload) => payload . timestamp . map (| number | number as f64) ,",
            "Self :: Thing (payload) => Some (& payload . group . id) ,",
        ] {
            assert!(code.contains(expected), "{expected}: {code}");
        }
        assert!(!code.contains("Self :: Any (payload)"), "{code}");
    }

    #[test]
    fn events_whose_variants_would_be_the_same_are_refused() {
        for events in
            [json!({ "a.b": "WebhookThing", "a_b": "WebhookThing" }), json!({ "undecodable": "WebhookThing" })]
        {
            let error = generated(events).unwrap_err();
            assert!(error.contains("which another has already"), "{error}");
        }
    }

    #[test]
    fn a_document_without_events_has_payloads_that_are_unknown() {
        let code = generated(json!({})).unwrap();
        assert!(code.contains("Unknown"), "{code}");
    }
}
