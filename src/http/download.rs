//! Downloads of files: from the server, and from wherever it says that a file is.

use std::{fmt, future::IntoFuture};

use futures_util::future::BoxFuture;
use http::Method;
use reqwest::Request;

use super::{answer::Answer, call::Call, redirect::Redirects};
use crate::{
    Client, Download,
    address::{self, FileAddress},
    error::{Error, ErrorKind},
    operation::DOWNLOAD,
};

const OWN_ADDRESS: &str = "the address is the server's own idea of where it is (its setting `WAHA_BASE_URL`); \
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
///
/// ```no_run
/// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
/// let file = client.download("/api/files/default/AAAA.jpg").await?;
/// let same = client.download("http://localhost:3000/api/files/default/AAAA.jpg").from_base_url().await?;
/// # Ok(())
/// # }
/// ```
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
    /// - The URL is invalid or not HTTP(S); or it is on the server and not that of a file there: the client follows no
    ///   address that could make the server do something else ([`ErrorKind::InvalidRequest`]).
    /// - There is no such file ([`ErrorKind::NotFound`]): the server keeps one for 180 s by default.
    /// - The key does not open it ([`ErrorKind::Unauthorized`], [`ErrorKind::Forbidden`]).
    /// - As for any call: see [`Error`].
    pub async fn send(self) -> Result<Download, Error> {
        let address = FileAddress::read(&self.url, self.client.base_url(), self.from_base_url);
        let FileAddress { url, is_file, is_ours } = address.map_err(|why| {
            Error::new(ErrorKind::InvalidRequest, format!("the URL to download {why}")).with_operation(&DOWNLOAD)
        })?;
        let request = Request::new(Method::GET, url);
        let exchange = Call::new(self.client, &DOWNLOAD).begin_written(request, Redirects::to_a_file())?;
        let result = exchange.await.and_then(Answer::download);
        result.map_err(|error| match error.kind() {
            ErrorKind::NotFound if is_file => error.with_hint(GONE),
            ErrorKind::Connection | ErrorKind::Timeout if is_file && !is_ours => error.with_hint(OWN_ADDRESS),
            ErrorKind::Unauthorized | ErrorKind::Forbidden if !is_ours => error.with_hint(OTHER_ORIGIN),
            _ => error,
        })
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
            .field("url", &address::shown(&self.url))
            .field("from_base_url", &self.from_base_url)
            .finish()
    }
}
