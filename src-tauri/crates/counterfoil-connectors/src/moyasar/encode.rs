//! A command becomes a request (section 2). The key stands in a header alone; what is shown is
//! made beside it, without the key.

use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Command;
use serde::Serialize;

use super::SECRET_KEY;
use super::texts::{check_description, outgoing};
use super::wire::{AmountBody, TextsBody, WholeBody, basic};
use crate::connector::Ask;
use crate::request::{EncodeError, MASK, Method, Shown, Target, WireRequest, percent_encoded};

/// Where payments live, below the base URL that ends with `/v1`.
const PAYMENTS: &str = "/payments";

/// Longest id taken into a path, characters: a uuid has 36.
const MAX_ID_CHARS: usize = 64;

/// See [`crate::Connector::encode`]: `PUT /payments/:id` (2.1) and the three commands of 2.3. Money
/// moves only after a reading that its proof can be held against (section 6). `Idempotency-Key`
/// is never sent: Moyasar knows none, and one would only look like protection.
///
/// # Errors
/// [`EncodeError`].
pub fn encode(target: &Target<'_>, ask: &Ask<'_>) -> Result<WireRequest, EncodeError> {
    let path = |tail: &str| {
        let id = id(ask.provider_ref.ok_or(EncodeError::ReferenceMissing)?)?;
        Ok::<_, EncodeError>(format!("{PAYMENTS}/{id}{tail}"))
    };
    let baseline = ask.baseline.ok_or(EncodeError::BaselineMissing);
    match ask.command {
        Command::Relabel { .. } => update(target, ask, &path("")?),
        Command::Refund { amount, .. } => {
            baseline?;
            send(target, Method::Post, &path("/refund")?, &AmountBody::of(*amount)?)
        }
        Command::Capture { amount: Some(part), at: None } => {
            baseline?;
            send(target, Method::Post, &path("/capture")?, &AmountBody::of(*part)?)
        }
        Command::Capture { amount: None, at: None } => {
            baseline?;
            send(target, Method::Post, &path("/capture")?, &WholeBody {})
        }
        Command::Void => {
            baseline?;
            bare(target, Method::Post, &path("/void")?, &[])
        }
        Command::Capture { at: Some(_), .. }
        | Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Cancel { .. } => Err(WhyNot::NotOffered.into()),
    }
}

/// Metadata is built from the reading right before, and goes out whole (A-MOY-02).
fn update(target: &Target<'_>, ask: &Ask<'_>, path: &str) -> Result<WireRequest, EncodeError> {
    let Command::Relabel { description, metadata: set, .. } = ask.command else {
        return Err(WhyNot::NotOffered.into());
    };
    if let Some(text) = description {
        check_description(text)?;
    }
    let mut metadata = None;
    if !set.is_empty() {
        let present = &ask.baseline.ok_or(EncodeError::BaselineMissing)?.details;
        metadata = Some(outgoing(present, set)?);
    }
    if description.is_none() && metadata.is_none() {
        return Err(WhyNot::NothingChanges.into());
    }
    let body = TextsBody { description: description.as_deref(), metadata };
    send(target, Method::Put, path, &body)
}

/// See [`crate::Connector::encode_read`]: `GET /payments/:id` (2.2).
///
/// # Errors
/// [`EncodeError`].
pub fn encode_read(target: &Target<'_>, provider_ref: &str) -> Result<WireRequest, EncodeError> {
    bare(target, Method::Get, &format!("{PAYMENTS}/{}", id(provider_ref)?), &[])
}

/// See [`crate::Connector::encode_probe`]: the first page of the list (2.2), which a `pk_` key may
/// not read.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_probe(target: &Target<'_>) -> Result<WireRequest, EncodeError> {
    list(target, &[("page".to_owned(), "1".to_owned())])
}

/// A page of payments (2.2) with these filters.
///
/// # Errors
/// [`EncodeError`].
pub(crate) fn list(
    target: &Target<'_>,
    query: &[(String, String)],
) -> Result<WireRequest, EncodeError> {
    bare(target, Method::Get, PAYMENTS, query)
}

/// Ids are uuids (section 2.1) and opaque; what could lead to another path is none.
fn id(provider_ref: &str) -> Result<&str, WhyNot> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let fits = (1..=MAX_ID_CHARS).contains(&provider_ref.len());
    if fits && provider_ref.bytes().all(plain) {
        return Ok(provider_ref);
    }
    let why = "a Moyasar id is a uuid such as 760878ec-d1d3-5f72-9056-191683f55872";
    Err(WhyNot::TextNotCarried { field: "provider_ref", why })
}

fn send(
    target: &Target<'_>,
    method: Method,
    path: &str,
    body: &impl Serialize,
) -> Result<WireRequest, EncodeError> {
    let mut request = bare(target, method, path, &[])?;
    request.body = serde_json::to_vec(body).expect("text keys and plain values always serialise");
    request.shown.body =
        serde_json::to_string_pretty(body).expect("text keys and plain values always serialise");
    let (name, json) = ("Content-Type", "application/json".to_owned());
    request.headers.push((name, json.clone()));
    request.shown.headers.push((name.to_owned(), json));
    Ok(request)
}

/// A request without a body.
fn bare(
    target: &Target<'_>,
    method: Method,
    path: &str,
    query: &[(String, String)],
) -> Result<WireRequest, EncodeError> {
    let authorization = basic(target.secret(SECRET_KEY)?);
    let url = format!("{}{path}{}", target.account.base_url, written(query));
    let (name, json) = ("Accept", "application/json".to_owned());
    Ok(WireRequest {
        method,
        headers: vec![("Authorization", authorization), (name, json.clone())],
        body: Vec::new(),
        key: None,
        shown: Shown {
            url: url.clone(),
            path: path.to_owned(),
            headers: vec![
                ("Authorization".to_owned(), format!("Basic {MASK}")),
                (name.to_owned(), json),
            ],
            body: String::new(),
        },
        url,
    })
}

/// Names and values to the letter: the keys of metadata tell upper from lower case (2.2).
fn written(query: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| {
        format!("{}={}", percent_encoded(name), percent_encoded(value))
    };
    let pairs: Vec<String> = query.iter().map(pair).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
