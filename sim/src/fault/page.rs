//! Pages of proxies, which arrive instead of WAHA's answers.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Deserialize;

use crate::reply;

/// An HTML page of what stands between a client and WAHA, for [`Fault::web_page`](crate::Fault::web_page).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebPage {
    /// nginx's own page for a status, such as 404 for a path that it does not know, or 502 when it cannot reach WAHA.
    Nginx(u16),
    /// Cloudflare's own page for a status, such as 524 when WAHA takes longer than 100 seconds.
    Cloudflare(u16),
    /// A log-in page with status 200, as a single sign-on answers in place of everything behind it.
    Login,
}

impl WebPage {
    pub(crate) fn answer(self) -> Response {
        match self {
            Self::Nginx(status) => {
                let title = title(status);
                let page = format!(
                    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
                     <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
                );
                html(status, "text/html", "nginx", page)
            }
            Self::Cloudflare(status) => {
                let reason = title(status);
                let page = format!(
                    "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<title>waha.example.com | {reason}</title>\n\
                     <meta charset=\"UTF-8\" />\n</head>\n<body>\n<h1>Error code {status}</h1>\n\
                     <p>Cloudflare Ray ID: 8c3f2a1b4d5e6f70</p>\n</body>\n</html>\n"
                );
                let mut answer = html(status, "text/html; charset=UTF-8", "cloudflare", page);
                let ray = HeaderValue::from_static("8c3f2a1b4d5e6f70-FRA");
                answer.headers_mut().insert(HeaderName::from_static("cf-ray"), ray);
                answer
            }
            Self::Login => {
                let page = "<!DOCTYPE html>\n<html>\n<head><title>Sign in</title></head>\n<body>\n\
                            <form method=\"post\" action=\"/login\">\n<input name=\"user\">\n\
                            <input name=\"password\" type=\"password\">\n<button>Sign in</button>\n</form>\n\
                            </body>\n</html>\n";
                html(200, "text/html; charset=utf-8", "proxy", page.to_owned())
            }
        }
    }
}

/// The status and its name, as titles of pages have it.
fn title(status: u16) -> String {
    let reason = match status {
        520 => "Web server is returning an unknown error",
        521 => "Web server is down",
        522 => "Connection timed out",
        523 => "Origin is unreachable",
        524 => "A timeout occurred",
        525 => "SSL handshake failed",
        526 => "Invalid SSL certificate",
        530 => "Origin DNS error",
        status => StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason()).unwrap_or("Unknown"),
    };
    match status {
        520.. => format!("{status}: {reason}"),
        _ => format!("{status} {reason}"),
    }
}

fn html(status: u16, content_type: &str, server: &'static str, page: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut answer = reply::bytes(status, content_type, page);
    answer.headers_mut().insert(header::SERVER, HeaderValue::from_static(server));
    answer
}
