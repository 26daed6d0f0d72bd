//! The builders of all operations. A call is set up by the methods of its builder, and sent by awaiting it or by `send`.

include!(concat!(env!("OUT_DIR"), "/builders.rs"));
