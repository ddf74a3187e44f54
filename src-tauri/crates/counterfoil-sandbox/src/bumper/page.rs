//! The customer's two pages: agreeing to a higher amount, and paying what was started. Plain HTML
//! without scripts; every value is escaped.

use std::time::Instant;

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::PROVIDER;
use super::book::Done;
use super::money;
use super::payment::{LinkState, Payment};
use super::serve::enter;
use crate::deliver::reply;
use crate::ledger::EffectKind;
use crate::world::{Call, World};

/// The pages need one form and one line of style, nothing from elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

/// Answers `/sign/{link}` and `/pay/{token}`; nothing for any other path.
pub(crate) fn serve(world: &mut World, call: &Call) -> Option<Response> {
    let sign = call.path.strip_prefix("/sign/");
    let pay = call.path.strip_prefix("/pay/");
    let name = sign.or(pay).filter(|name| !name.contains('/'))?;
    let confirmed = match call.method {
        Method::GET => false,
        Method::POST => true,
        _ => {
            return Some(page(StatusCode::METHOD_NOT_ALLOWED, "This page takes no such request."));
        }
    };
    world.arrivals.enter(call.received(PROVIDER));
    Some(if sign.is_some() {
        sign_page(world, name, confirmed)
    } else {
        pay_page(world, name, confirmed)
    })
}

fn sign_page(world: &mut World, name: &str, confirmed: bool) -> Response {
    let now = Instant::now();
    let Some(link) = world.bumper.link(name, now) else {
        return page(StatusCode::NOT_FOUND, "There is no such link.");
    };
    let new = money::two_decimals(link.amount);
    match link.state {
        LinkState::Done => page(StatusCode::OK, "Thank you. The new amount is agreed."),
        LinkState::Superseded => {
            page(StatusCode::GONE, "A newer change has taken the place of this link.")
        }
        LinkState::Expired => page(StatusCode::GONE, "This link has expired."),
        LinkState::Open if confirmed => {
            if let Some(done) = world.bumper.complete_link(name, now) {
                enter(world, &done, None);
            }
            page(StatusCode::OK, "Thank you. The new amount is agreed.")
        }
        LinkState::Open => match world.bumper.payment(&link.token) {
            Some(payment) => ask(payment, &money::two_decimals(payment.amount), &new, "Agree"),
            None => page(StatusCode::NOT_FOUND, "There is no such link."),
        },
    }
}

fn pay_page(world: &mut World, token: &str, confirmed: bool) -> Response {
    let Some(payment) = world.bumper.payment_mut(token) else {
        return page(StatusCode::NOT_FOUND, "There is no such payment.");
    };
    let amount = money::two_decimals(payment.amount);
    if !payment.status.is_open() {
        return page(StatusCode::OK, "There is nothing to pay here any more.");
    }
    if !confirmed {
        return ask(payment, "0.00", &amount, "Pay");
    }
    payment.sign();
    let done = Done {
        kind: Some(EffectKind::CustomerSigned),
        token: token.to_owned(),
        amount: Some(payment.amount),
        invoice_number: None,
        link: None,
    };
    enter(world, &done, None);
    page(StatusCode::OK, "Thank you. The payment is made.")
}

fn ask(payment: &Payment, old: &str, new: &str, button: &str) -> Response {
    let invoice = escape(payment.invoice_number.as_deref().unwrap_or("-"));
    let items: String = payment
        .items
        .iter()
        .map(|item| format!("<li>{} &times; {}</li>", escape(&item.quantity), escape(&item.item)))
        .collect();
    let currency = escape(&payment.currency);
    let body = format!(
        "<p>Invoice {invoice}</p><ul>{items}</ul>\
         <p>Agreed so far: <b>{currency} {}</b><br>New amount: <b>{currency} {}</b></p>\
         <form method=\"post\"><button type=\"submit\">{}</button></form>",
        escape(old),
        escape(new),
        escape(button),
    );
    html(StatusCode::OK, &body)
}

fn page(status: StatusCode, text: &str) -> Response {
    html(status, &format!("<p>{}</p>", escape(text)))
}

fn html(status: StatusCode, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Sandbox payment</title>\
         <style>body{{font:1.1rem sans-serif;max-width:28rem;margin:2rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.6rem 1.4rem}}</style></head><body>\
         <h1>Sandbox payment</h1><p>This is the built-in stand-in. No money moves.</p>\
         {body}</body></html>"
    );
    let mut response = reply(status, "text/html; charset=utf-8", page);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Text made safe for HTML, in elements and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            plain => safe.push(plain),
        }
    }
    safe
}
