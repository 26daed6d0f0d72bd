//! The table of operations: what the exchange and the errors know about a call.

use proc_macro2::TokenStream;
use quote::quote;

use crate::operation::{Answer, Operation, Since};

/// `OPERATIONS`, sorted by id.
pub fn generate(operations: &[Operation]) -> TokenStream {
    let mut sorted: Vec<_> = operations.iter().collect();
    sorted.sort_by_key(|operation| &operation.id);
    let count = sorted.len();
    let constants = sorted.iter().enumerate().map(|(index, operation)| {
        let constant = operation.constant();
        let doc = format!("{}: {}.", operation.summary, operation.doc_label());
        quote! {
            #[doc = #doc]
            pub const #constant: &'static Self = &OPERATIONS[#index];
        }
    });
    let entries = sorted.iter().map(|operation| {
        let Operation { id, method, path, resource, deprecated, repeatable, handles_file, .. } = operation;
        let answer = match operation.answer {
            Answer::Nothing => quote!(Nothing),
            Answer::Json => quote!(Json),
            Answer::Text => quote!(Text),
            Answer::Bytes => quote!(Bytes),
        };
        let accept = match &operation.accept {
            Some(accept) => quote!(Some(#accept)),
            None => quote!(None),
        };
        let since = match &operation.since {
            Some(Since { release, or_older }) => quote!(Some(Since { release: #release, or_older: #or_older })),
            None => quote!(None),
        };
        let sent = places(&operation.secrets_sent);
        let received = places(&operation.secrets_received);
        quote! {
            Operation {
                id: #id,
                method: #method,
                path: #path,
                resource: #resource,
                since: #since,
                deprecated: #deprecated,
                repeatable: #repeatable,
                answer: Answer::#answer,
                handles_file: #handles_file,
                accept: #accept,
                secrets: Secrets { sent: #sent, received: #received },
            }
        }
    });
    quote! {
        static OPERATIONS: [Operation; #count] = [#(#entries),*];

        /// A constant for each operation of the document.
        impl Operation {
            #(#constants)*
        }
    }
}

/// A list of places in JSON.
fn places(places: &[Vec<String>]) -> TokenStream {
    let places = places.iter().map(|steps| quote!(&[#(#steps),*]));
    quote!(&[#(#places),*])
}
