//! Typed mocks of every operation, for the tests of a program that uses this crate. Feature `httpmock`.
//!
//! [`MockServerExt`] gives a [`MockServer`](httpmock::MockServer) a method for each operation, by its id: what is
//! expected of the request and what is answered have the types of the API. A mock of an operation is asked for that
//! operation only, whatever other path looks like it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), waha::Error> {
//! use httpmock::MockServer;
//! use waha::{Client, mocks::MockServerExt, types};
//!
//! let server = MockServer::start_async().await;
//! let picture = server.contacts_get_profile_picture(|when, then| {
//!     when.contact_id("11111111111@c.us").refresh(true);
//!     then.success(200, &types::ProfilePicture { profile_picture_url: Some("https://pps.example/1.jpg".into()) });
//! });
//!
//! let session = Client::builder(server.base_url()).build()?.default_session();
//! let answer = session.contact("11111111111@c.us")?.picture().refresh().await?;
//! assert_eq!(answer.profile_picture_url.as_deref(), Some("https://pps.example/1.jpg"));
//! picture.assert();
//! # Ok(())
//! # }
//! ```
//!
//! For tests of how a program behaves over time, with state and faults, there is the stand-in of this repository.

use httpmock::{HttpMockRequest, Then};
use serde::Serialize;

use crate::Operation;

mod generated {
    #![allow(missing_docs)]

    include!(concat!(env!("OUT_DIR"), "/mocks.rs"));
}

pub use generated::{MockServerExt, operations};

/// Whether a request is one of this operation.
fn is_of(request: &HttpMockRequest, operation: &Operation) -> bool {
    Operation::of_request(request.method_str(), request.uri().path()) == Some(operation)
}

/// Answers with a status of this class, such as 4 for 400 to 499.
fn status(then: Then, status: u16, class: u16) -> Then {
    assert_eq!(status / 100, class, "{status} is not a status of {class}00 to {class}99");
    then.status(status)
}

/// Answers with JSON.
fn json<T: Serialize + ?Sized>(then: Then, value: &T) -> Then {
    then.header("content-type", "application/json").json_body_obj(value)
}

/// Whether this value stands in the path, at this place.
fn has_segment(request: &HttpMockRequest, position: usize, value: &str) -> bool {
    let uri = request.uri();
    let segment = uri.path().split('/').skip(1).nth(position);
    segment
        .is_some_and(|segment| percent_encoding::percent_decode_str(segment).decode_utf8().is_ok_and(|it| it == value))
}
