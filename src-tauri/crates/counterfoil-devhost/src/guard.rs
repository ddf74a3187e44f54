//! Who may ask, and what the browser is told to forbid. A page of another site, open in the same
//! browser, can send requests to loopback, and can name this address as its own through a name
//! that it points here: both are turned away.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The window's policy, with `'self'` in the place of its inner channel.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Names under which a browser on this machine may reach a loopback address.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Sent by browsers only: how far the asking page is from this address.
const DISTANCE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Turns away what was not asked by a page of this address, and puts the policy on every answer.
pub(crate) async fn watch(
    State(address): State<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let mut answer = if is_ours(request.headers(), address.port()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this address is for pages of its own only\n").into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // A screen that was built again is seen at the next reload.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn is_ours(headers: &HeaderMap, port: u16) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or(""));
    let Some(host) = text(HOST) else {
        return false;
    };
    let by_a_known_name = NAMES.iter().any(|name| host == format!("{name}:{port}"));
    let by_a_page_of_ours = text(ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    // "none" is a person who typed the address.
    let near = text(DISTANCE).is_none_or(|site| site == "same-origin" || site == "none");
    by_a_known_name && by_a_page_of_ours && near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_very_address_are_answered() {
        let check = |host: &str, origin: Option<&str>, site: Option<&str>, expected: bool| {
            let mut headers = HeaderMap::new();
            let value = |text: &str| HeaderValue::from_str(text).expect("a header's value");
            headers.insert(HOST, value(host));
            origin.map(|origin| headers.insert(ORIGIN, value(origin)));
            site.map(|site| headers.insert(DISTANCE, value(site)));
            assert_eq!(is_ours(&headers, 4000), expected, "{host} {origin:?} {site:?}");
        };
        check("127.0.0.1:4000", None, None, true);
        check("localhost:4000", Some("http://localhost:4000"), Some("same-origin"), true);
        check("[::1]:4000", Some("http://[::1]:4000"), None, true);
        check("127.0.0.1:4000", None, Some("none"), true);
        check("127.0.0.1:4001", None, None, false);
        check("127.0.0.1", None, None, false);
        check("evil.example:4000", None, None, false);
        check("evil.example:4000", Some("http://evil.example:4000"), None, false);
        check("127.0.0.1:4000", Some("http://evil.example"), None, false);
        check("127.0.0.1:4000", Some("http://127.0.0.1:9999"), Some("same-site"), false);
        check("127.0.0.1:4000", Some("null"), None, false);
        check("127.0.0.1:4000", Some("http://localhost:4000"), None, false);
        check("127.0.0.1:4000", None, Some("cross-site"), false);
        check("127.0.0.1:4000", None, Some("same-site"), false);
    }

    #[test]
    fn a_request_without_a_host_is_turned_away() {
        assert!(!is_ours(&HeaderMap::new(), 4000));
    }
}
