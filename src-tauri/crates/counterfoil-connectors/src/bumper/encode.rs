//! A command becomes a request (section 2). Signed at the moment it is made; what is shown is
//! made beside it, without secrets.

use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Command;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, Item};

use super::sign::{self, signature, signing_string};
use super::wire::{Field, Fields, WireItem, amount_text};
use super::{API_KEY, SECRET};
use crate::request::{EncodeError, MASK, Method, Shown, Target, WireRequest, percent_encoded};

/// Paths as the pages print them; the slash at the end is part of them (section 1).
const APPLY: &str = "/v2/apply/";
const UPDATE: &str = "/v2/update/";
const CANCELLATION: &str = "/v2/cancellation/";
const REFUND: &str = "/v2/refund/";
const STATUS: &str = "/v2/status/";
const PRODUCTS: &str = "/v2/products/";

/// Text of the one line of a start that came without lines and without an invoice number:
/// `product_description` is required (section 2.5).
const LINE_WITHOUT_NAME: &str = "Payment";

/// What the probe asks products for: the amount of the page's own example (section 2.6).
const PROBE_AMOUNT: &str = "300.00";

/// Masked in a body that is shown.
const MASKED_IN_BODY: [&str; 2] = ["api_key", "signature"];

/// Masked in an address that is shown: these three together can cancel the payment (section 1,
/// redaction).
const MASKED_IN_QUERY: [&str; 3] = ["api_key", "token", "signature"];

/// See [`crate::Connector::encode`]. An adjustment is `POST /v2/update/` with the new total (2.1),
/// a relabelling the same with the amount of the reading right before (section 7: it would
/// otherwise undo a newer amount), a cancellation 2.3, a refund 2.4, a start 2.5.
///
/// # Errors
/// [`EncodeError`].
pub fn encode(
    target: &Target<'_>,
    command: &Command,
    provider_ref: Option<&str>,
    baseline: Option<&Base>,
) -> Result<WireRequest, EncodeError> {
    let token = || token(provider_ref);
    match command {
        Command::Start { total, invoice, reference, email, items } => {
            let lines = start_lines(*total, invoice.as_deref(), items);
            let fields = Fields::default()
                .text("amount", amount(*total)?)
                .text("currency", total.currency().code())
                .text_if("order_reference", carried("reference", reference.as_ref())?)
                .text_if("invoice_number", carried("invoice", invoice.as_ref())?)
                .text_if("user_email", carried("email", email.as_ref())?)
                .text("preferred_product_type", "paypad")
                .items(wire_items(&lines)?);
            post(target, APPLY, fields)
        }
        Command::Adjust { total, invoice, items } => {
            let fields = update(*total, token()?, invoice.as_ref())?.items(wire_items(items)?);
            post(target, UPDATE, fields)
        }
        Command::Relabel { invoice, .. } => {
            let present = baseline.ok_or(EncodeError::BaselineMissing)?.amount;
            post(target, UPDATE, update(present, token()?, invoice.as_ref())?)
        }
        Command::Refund { amount: back, .. } => {
            let fields = Fields::default().text("amount", amount(*back)?).text("token", token()?);
            post(target, REFUND, fields)
        }
        Command::Cancel { .. } => {
            post(target, CANCELLATION, Fields::default().text("token", token()?))
        }
        Command::Capture { .. } | Command::Void => Err(WhyNot::NotOffered.into()),
    }
}

/// See [`crate::Connector::encode_read`]: `GET /v2/status/` (2.2).
///
/// # Errors
/// [`EncodeError`].
pub fn encode_read(target: &Target<'_>, provider_ref: &str) -> Result<WireRequest, EncodeError> {
    get(target, STATUS, Fields::default().text("token", token(Some(provider_ref))?))
}

/// See [`crate::Connector::encode_probe`]: `GET /v2/products/` (2.6), signed by the general rule,
/// changes nothing and needs no payment.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_probe(target: &Target<'_>) -> Result<WireRequest, EncodeError> {
    get(target, PRODUCTS, Fields::default().text("amount", PROBE_AMOUNT))
}

fn update(total: Money, token: &str, invoice: Option<&String>) -> Result<Fields, EncodeError> {
    Ok(Fields::default()
        .text("amount", amount(total)?)
        .text("token", token)
        .text_if("invoice_number", carried("invoice", invoice)?))
}

/// The lines of a start: those given, or one that says what the money is for.
fn start_lines(total: Money, invoice: Option<&str>, items: &[Item]) -> Vec<Item> {
    if !items.is_empty() {
        return items.to_vec();
    }
    let item = invoice.unwrap_or(LINE_WITHOUT_NAME).to_owned();
    vec![Item { item, quantity: 1, price: total }]
}

fn wire_items(items: &[Item]) -> Result<Vec<WireItem>, EncodeError> {
    items
        .iter()
        .map(|line| {
            sign::plain("item", &line.item)?;
            Ok(WireItem {
                item: line.item.clone(),
                quantity: line.quantity.to_string(),
                price: amount(line.price)?,
            })
        })
        .collect()
}

/// Money as text, or why it has none.
pub(crate) fn amount(money: Money) -> Result<String, WhyNot> {
    let why = "Bumper takes two decimals, and this amount has more";
    amount_text(money).ok_or(WhyNot::TextNotCarried { field: "amount", why })
}

fn carried<'a>(name: &'static str, text: Option<&'a String>) -> Result<Option<&'a str>, WhyNot> {
    let Some(text) = text else { return Ok(None) };
    sign::carried(name, text)?;
    Ok(Some(text))
}

/// The token is opaque and of any length (section 1), but it is signed like any text.
fn token(provider_ref: Option<&str>) -> Result<&str, EncodeError> {
    let token = provider_ref.ok_or(EncodeError::ReferenceMissing)?;
    sign::signable("provider_ref", token)?;
    Ok(token)
}

fn post(target: &Target<'_>, path: &str, fields: Fields) -> Result<WireRequest, EncodeError> {
    let fields = signed(target, fields)?;
    let url = format!("{}{path}", target.account.base_url);
    let shown = fields.masked(&MASKED_IN_BODY, MASK);
    Ok(WireRequest {
        method: Method::Post,
        body: serde_json::to_vec(&fields).expect("text keys and plain values always serialise"),
        shown: Shown {
            url: url.clone(),
            path: path.to_owned(),
            headers: shown_headers(),
            body: serde_json::to_string_pretty(&shown)
                .expect("text keys and plain values always serialise"),
        },
        url,
        headers: headers().to_vec(),
        key: None,
    })
}

fn get(target: &Target<'_>, path: &str, fields: Fields) -> Result<WireRequest, EncodeError> {
    let fields = signed(target, fields)?;
    let base = &target.account.base_url;
    let address = |query: String| format!("{base}{path}?{query}");
    Ok(WireRequest {
        method: Method::Get,
        url: address(query(&fields, percent_encoded)),
        headers: headers().to_vec(),
        body: Vec::new(),
        key: None,
        shown: Shown {
            url: address(query(&fields.masked(&MASKED_IN_QUERY, MASK), str::to_owned)),
            path: path.to_owned(),
            headers: shown_headers(),
            body: String::new(),
        },
    })
}

/// Adds the two fields every request carries; the signature covers the exact texts beside it.
fn signed(target: &Target<'_>, fields: Fields) -> Result<Fields, EncodeError> {
    let api_key = target.secret(API_KEY)?;
    let secret = target.secret(SECRET)?;
    let signature = signature(secret, &signing_string(fields.iter()));
    Ok(fields.text("api_key", api_key).text("signature", signature))
}

fn query(fields: &Fields, written: fn(&str) -> String) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .filter_map(|(name, field)| match field {
            Field::Text(text) => Some(format!("{name}={}", written(text))),
            Field::Flag(_) | Field::Items(_) => None,
        })
        .collect();
    pairs.join("&")
}

/// Both starred on the PayInStore pages, for the reading too (section 1, 2.2).
fn headers() -> [(&'static str, String); 2] {
    let json = || "application/json".to_owned();
    [("Content-Type", json()), ("Accept", json())]
}

fn shown_headers() -> Vec<(String, String)> {
    headers().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
