//! Typed mocks of every operation, for tests of programs that use this crate. Requires the feature `httpmock`.
//!
//! [`MockServerExt`] adds to [`MockServer`](httpmock::MockServer) a method for each operation, named by its id. The
//! expected request and the answer have the types of the API. A mock matches requests for its operation only, even if
//! the path also fits another operation.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), waha::Error> {
//! use httpmock::MockServer;
//! use waha::{Client, Json, mocks::MockServerExt};
//!
//! // Read from JSON, so that a property which WAHA adds breaks no test.
//! let answer: Json = r#"{"profilePictureURL": "https://pps.example/1.jpg"}"#.parse().expect("JSON");
//! let answer = answer.parse().expect("an answer");
//! let server = MockServer::start_async().await;
//! let picture = server.contacts_get_profile_picture(|when, then| {
//!     when.contact_id("11111111111@c.us").refresh(true);
//!     then.success(200, &answer);
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
//! For tests that need state or faults, use the stand-in server in this repository, `waha-sim`.

use httpmock::{HttpMockRequest, Then};
use serde::Serialize;

use crate::Operation;

mod generated {
    #![allow(missing_docs)]

    include!(concat!(env!("OUT_DIR"), "/mocks.rs"));
}

pub use generated::{MockServerExt, operations};

/// Returns whether a request is for this operation.
fn is_of(request: &HttpMockRequest, operation: &Operation) -> bool {
    Operation::of_request(request.method_str(), request.uri().path()) == Some(operation)
}

/// Answers with a status. Panics unless it is of this class, such as 4 for 400 to 499.
fn status(then: Then, status: u16, class: u16) -> Then {
    assert_eq!(status / 100, class, "{status} is not a status of {class}00 to {class}99");
    then.status(status)
}

/// Answers with a JSON body.
fn json<T: Serialize + ?Sized>(then: Then, value: &T) -> Then {
    then.header("content-type", "application/json").json_body_obj(value)
}

/// Returns whether the segment of the path at this position is this value, percent-encoded.
fn has_segment(request: &HttpMockRequest, position: usize, value: &str) -> bool {
    let uri = request.uri();
    let segment = uri.path().split('/').skip(1).nth(position);
    segment
        .is_some_and(|segment| percent_encoding::percent_decode_str(segment).decode_utf8().is_ok_and(|it| it == value))
}
