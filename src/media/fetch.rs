use std::{fmt, future::IntoFuture};

use futures_util::future::BoxFuture;
use http::{Method, header::LOCATION};
use progenitor_client::{ByteStream, ClientInfo, Error as Failure, ResponseValue};
use reqwest::{Request, Response};
use url::Url;

use super::{Download, shown};
use crate::{
    Client,
    error::{Error, ErrorKind},
    http::call::{self, Target},
    http::hooks::API_KEY,
    http::retry,
    operation::DOWNLOAD,
    types::ErrorBody,
};

/// How many redirects to other addresses are followed.
const MAX_REDIRECTS: usize = 5;

/// Where the server has its files: in its own store, and passed on from S3.
const FILES: [&str; 2] = ["/api/files/", "/api/s3/"];

const OWN_ADDRESS: &str = "the address is what the server takes for its own, by its setting `WAHA_BASE_URL`: \
                           `from_base_url` asks where this client reaches the server";
const OTHER_ORIGIN: &str = "the key goes to the origin of the base URL only; if this is another address of the same \
                            server, `from_base_url` asks where this client reaches it";
const GONE: &str = "the server keeps a file for 180 s, unless its setting `WHATSAPP_FILES_LIFETIME` says otherwise";

impl Client {
    /// Begins to download a file: that of a message (`media.url`), a profile picture, or any other.
    ///
    /// A URL that begins with a slash is the server's. The key is sent to the origin of the base URL and nowhere else,
    /// across redirects too; any other server sees a plain `GET`.
    ///
    /// The server makes the URLs of its files with what it takes for its own address, such as
    /// `http://localhost:3000/api/files/default/AAAA.jpg`. Where that is not how this client reaches it,
    /// [`from_base_url`](DownloadFile::from_base_url) puts that right.
    ///
    /// ```no_run
    /// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
    /// let url = "http://localhost:3000/api/files/default/AAAA.jpg";
    /// let size = client.download(url).from_base_url().await?.save("cat.jpg").await?;
    /// println!("{size} bytes");
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(&self, url: impl Into<String>) -> DownloadFile {
        DownloadFile { client: self.clone(), url: url.into(), from_base_url: false }
    }
}

/// Downloads a file: what [`Client::download`] gives. Awaited, it sends the request.
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct DownloadFile {
    client: Client,
    url: String,
    from_base_url: bool,
}

impl DownloadFile {
    /// Takes the file from the client's base URL, whatever address the server gave for itself: what stands before
    /// `/api/files/` or `/api/s3/` is replaced.
    pub fn from_base_url(mut self) -> Self {
        self.from_base_url = true;
        self
    }

    /// Sends the request; the same as awaiting. The options of the client hold as for any operation that answers with
    /// bytes: [`RequestOptions::timeout`](crate::RequestOptions::timeout) until the file begins to come,
    /// [`RequestOptions::idle_timeout`](crate::RequestOptions::idle_timeout) from then on, and retries in between.
    ///
    /// # Errors
    ///
    /// - The URL is none, or none of HTTP; or it is that of no file of the server, for which
    ///   [`from_base_url`](Self::from_base_url) asks ([`ErrorKind::InvalidRequest`]).
    /// - There is no such file ([`ErrorKind::NotFound`]): the server keeps one for 180 s by default.
    /// - The key does not open it ([`ErrorKind::Unauthorized`], [`ErrorKind::Forbidden`]).
    /// - As for any call: see [`Error`].
    pub async fn send(self) -> Result<Download, Error> {
        let base = self.client.base_url().clone();
        let address = self.address(&base).map_err(|error| error.with_operation(&DOWNLOAD))?;
        let is_ours = address.origin() == base.origin();
        let is_file = FILES.iter().any(|folder| address.path().contains(folder));
        let result =
            call::make(self.client, Target::Operation(&DOWNLOAD), |client| fetch(client, address), call::failure).await;
        result.map(|answer| Download::new(Some(&DOWNLOAD), answer)).map_err(|error| match error.kind() {
            ErrorKind::NotFound if is_file => error.with_hint(GONE),
            ErrorKind::Connection | ErrorKind::Timeout if is_file && !is_ours => error.with_hint(OWN_ADDRESS),
            ErrorKind::Unauthorized | ErrorKind::Forbidden if !is_ours => error.with_hint(OTHER_ORIGIN),
            _ => error,
        })
    }

    /// Where the file is.
    fn address(&self, base: &Url) -> Result<Url, Error> {
        let refuse = |why: &str| Error::new(ErrorKind::InvalidRequest, format!("the URL to download {why}"));
        let at_base = |path: &str| {
            let address = format!("{}{path}", base.as_str().trim_end_matches('/'));
            Url::parse(&address).map_err(|error| refuse(&format!("cannot be read: {error}")))
        };
        let url = self.url.trim();
        if self.from_base_url {
            let start = FILES.iter().filter_map(|folder| url.find(folder)).min();
            let start =
                start.ok_or_else(|| refuse("is that of no file of the server, which has `/api/files/` in it"))?;
            return at_base(&url[start..]);
        }
        if url.starts_with('/') {
            return at_base(url);
        }
        match Url::parse(url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            Ok(url) => Err(refuse(&format!("begins with {}: and not with http:// or https://", url.scheme()))),
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                Err(refuse("has no scheme: write https:// before it, or a slash if it is a path of the server"))
            }
            Err(error) => Err(refuse(&format!("cannot be read: {error}"))),
        }
    }
}

impl IntoFuture for DownloadFile {
    type Output = Result<Download, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for DownloadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadFile")
            .field("client", &self.client)
            .field("url", &shown(&self.url))
            .field("from_base_url", &self.from_base_url)
            .finish()
    }
}

/// Follows the file to where it is. (The connections follow only what stays on the server and is safe for any request.)
async fn fetch(client: Client, mut address: Url) -> Result<ResponseValue<ByteStream>, Failure<ErrorBody>> {
    let mut redirects = 0;
    let is_ours = |address: &Url| address.origin() == client.base_url().origin();
    loop {
        let mut request = Request::new(Method::GET, address.clone());
        if let Some(key) = client.inner().api_key.as_ref().filter(|_| is_ours(&address)) {
            request.headers_mut().insert(API_KEY, key.clone());
        }
        let response = retry::execute(&client, request, Some(DOWNLOAD)).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(ResponseValue::stream(response));
        }
        if status.is_client_error() || status.is_server_error() {
            return Err(Failure::ErrorResponse(ResponseValue::from_response(response).await?));
        }
        match target(&response).filter(|_| redirects < MAX_REDIRECTS) {
            // Somebody else could have the server do something: the GET of /api/sendText sends a message.
            Some(target) if is_ours(&target) && !is_ours(&address) => {
                return Err(Failure::UnexpectedResponse(response));
            }
            Some(target) => address = target,
            None => return Err(Failure::UnexpectedResponse(response)),
        }
        redirects += 1;
    }
}

/// Where an answer says that the file is.
fn target(response: &Response) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = response.url().join(location).ok()?;
    (response.status().is_redirection() && matches!(target.scheme(), "http" | "https")).then_some(target)
}
