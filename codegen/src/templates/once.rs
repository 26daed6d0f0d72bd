//! `once`, on the builders of messages whose id the caller may choose.

use proc_macro2::TokenStream;
use quote::quote;

use crate::operation::Operation;

/// The method `once`, and what it needs to know of the builder.
pub fn generate(operations: &[Operation]) -> TokenStream {
    let messages = operations.iter().filter_map(|operation| Some((operation, operation.message_id()?)));
    let messages = messages.map(|(operation, id)| {
        let (builder, set_id) = (operation.builder(), Operation::body_setter(id));
        quote! {
            impl builder::#builder {
                /// Sends the message once, also if the answer is lost: the client then finds out what has become of it.
                /// Awaited: `SentMessage`.
                ///
                /// An `id` that was set before is the message's id; otherwise one is made. See
                /// [`Once`](crate::handles::Once).
                pub fn once(self) -> crate::handles::Once<Self> {
                    crate::handles::Once::new(self)
                }
            }

            impl crate::handles::SendOnce for builder::#builder {}

            impl crate::handles::Sendable for builder::#builder {
                fn unsent(&self) -> ::std::result::Result<crate::http::Unsent, crate::Error> {
                    builder::#builder::unsent(self)
                }

                fn with_id(self, id: &str) -> Self {
                    self.#set_id(id)
                }
            }
        }
    });
    messages.collect()
}
