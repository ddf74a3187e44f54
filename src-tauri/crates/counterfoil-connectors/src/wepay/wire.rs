//! The bytes on the wire: fields that go out, requests, and the headers every one carries
//! (section 1).

use counterfoil_core::answer::SendRecord;
use counterfoil_core::capability::WhyNot;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{APP_ID, APP_TOKEN};
use crate::request::{EncodeError, MASK, Method, Shown, Target, WireRequest, percent_encoded};

/// The version whose pages this was written from (section 1); a repetition must carry the same.
const API_VERSION: &str = "3.2";

/// Longest id or reference (sections 2.1 and 2.7).
pub(crate) const MAX_ID_CHARS: usize = 255;

/// The value of one field that goes out.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Field {
    /// `null`.
    Null,
    /// Text.
    Text(String),
    /// A whole number: minor units, seconds, how many.
    Whole(i64),
    /// A value of WePay's own, sent back as it came.
    Raw(Box<RawValue>),
    /// Fields inside.
    Inside(Fields),
    /// A list of objects.
    List(Vec<Fields>),
}

/// Fields in the order they are written, so that the same change always makes the same bytes.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, Field)>);

impl Fields {
    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, field: Field) -> Self {
        self.0.push((name.into(), field));
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(name, Field::Text(text.into()))
    }

    /// Adds a whole number.
    #[must_use]
    pub fn whole(self, name: impl Into<String>, number: i64) -> Self {
        self.with(name, Field::Whole(number))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            map.serialize_entry(name, field)?;
        }
        map.end()
    }
}

/// A path with one id of WePay's in it. Ids are opaque and case-sensitive (section 1): nothing is
/// changed but what could end the path part.
///
/// # Errors
/// An id that cannot be part of a path.
pub(crate) fn path(before: &str, id: &str, after: &str) -> Result<String, WhyNot> {
    let fits = !id.is_empty()
        && id.chars().count() <= MAX_ID_CHARS
        && !id.chars().any(char::is_control)
        && !matches!(id, "." | "..");
    if !fits {
        let why = "WePay's ids have 1 to 255 characters";
        return Err(WhyNot::TextNotCarried { field: "provider_ref", why });
    }
    Ok(format!("{before}{}{after}", percent_encoded(id)))
}

/// A change under its key.
///
/// # Errors
/// A secret is missing.
pub(crate) fn post(
    target: &Target<'_>,
    path: &str,
    body: &Fields,
    key: &str,
) -> Result<WireRequest, EncodeError> {
    let sure = "text keys and plain values always serialise";
    keyed(target, path, serde_json::to_string(body).expect(sure), key)
}

/// See [`crate::Connector::encode_again`]: the same path, key, version and bytes (section 6).
///
/// # Errors
/// [`EncodeError::NotRepeatable`] for a record that no change of ours leaves behind; a missing
/// secret.
pub fn post_again(target: &Target<'_>, record: &SendRecord) -> Result<WireRequest, EncodeError> {
    let (Some(key), Some(body)) = (&record.key, &record.body) else {
        return Err(EncodeError::NotRepeatable);
    };
    if record.method != Method::Post.as_str() || !record.path.starts_with('/') {
        return Err(EncodeError::NotRepeatable);
    }
    keyed(target, &record.path, body.clone(), key)
}

fn keyed(
    target: &Target<'_>,
    path: &str,
    body: String,
    key: &str,
) -> Result<WireRequest, EncodeError> {
    let shown = indented(&body);
    Ok(WireRequest {
        body: body.into_bytes(),
        key: Some(key.to_owned()),
        ..request(target, Method::Post, path, "", Some(key), shown)?
    })
}

/// The same JSON, line by line, with each text and number as it is sent.
fn indented(json: &str) -> String {
    let (mut shown, mut depth) = (String::with_capacity(json.len()), 0_usize);
    let (mut in_text, mut escaped, mut opened) = (false, false, false);
    for c in json.chars() {
        let closes = !in_text && matches!(c, '}' | ']');
        depth = depth.saturating_sub(usize::from(closes));
        if opened != closes {
            shown.push('\n');
            shown.push_str(&"  ".repeat(depth));
        }
        shown.push(c);
        opened = !in_text && matches!(c, '{' | '[' | ',');
        depth += usize::from(!in_text && matches!(c, '{' | '['));
        if !in_text && c == ':' {
            shown.push(' ');
        }
        in_text ^= c == '"' && !escaped;
        escaped = in_text && c == '\\' && !escaped;
    }
    shown
}

/// A reading. `query` begins with its question mark, or is empty.
///
/// # Errors
/// A secret is missing.
pub(crate) fn get(
    target: &Target<'_>,
    path: &str,
    query: &str,
) -> Result<WireRequest, EncodeError> {
    request(target, Method::Get, path, query, None, String::new())
}

fn request(
    target: &Target<'_>,
    method: Method,
    path: &str,
    query: &str,
    key: Option<&str>,
    shown_body: String,
) -> Result<WireRequest, EncodeError> {
    let (app_id, app_token) = (target.secret(APP_ID)?, target.secret(APP_TOKEN)?);
    let url = format!("{}{path}{query}", target.account.base_url);
    let shown_headers = headers(MASK, MASK, key).into_iter();
    Ok(WireRequest {
        method,
        headers: headers(app_id, app_token, key),
        body: Vec::new(),
        key: None,
        shown: Shown {
            url: url.clone(),
            path: path.to_owned(),
            headers: shown_headers.map(|(name, text)| (name.to_owned(), text)).collect(),
            body: shown_body,
        },
        url,
    })
}

/// The key has no effect on a reading (section 1), so none carries it.
fn headers(app_id: &str, app_token: &str, key: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("App-Id", app_id.to_owned()),
        ("App-Token", app_token.to_owned()),
        ("Api-Version", API_VERSION.to_owned()),
        ("Content-Type", "application/json".to_owned()),
        ("Accept", "application/json".to_owned()),
    ];
    headers.extend(key.map(|key| ("Unique-Key", key.to_owned())));
    headers
}
