use counterfoil_connectors::bumper::callback::{CallbackRefused, NestedMode, verify};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::feed::Feed;
use crate::json::{self, Fields};

/// Nesting up to this is read for certain, and nothing deeper than one more.
const DEEPEST: usize = 15;

/// A callback of any bytes. One that was signed by the rule counts and is read as a second reader
/// reads it; the same with a signature that differs in one bit, or with any other header, does
/// not.
pub fn callback(data: &[u8]) {
    let mut feed = Feed::new(data);
    let secret = feed.word(&["\"secret", "", "é&=", "0123456789abcdef"]);
    let header = feed.maybe(Feed::text);
    let bit = feed.byte();
    let body = feed.rest();
    if let Some(header) = header {
        // A body signed by chance would need a forged SHA-256.
        assert!(verify(&secret, &header, body).is_err(), "{header:?} was believed");
    }
    let Some(fields) = json::object_of_bytes(body) else {
        let signature = hex::encode([0; 32]);
        let refused = verify(&secret, &signature, body).err();
        assert_eq!(refused, Some(CallbackRefused::BodyUnreadable));
        return;
    };
    signed(&secret, &fields, body, bit);
}

fn signed(secret: &str, fields: &Fields<'_>, body: &[u8], bit: u8) {
    let deepest = fields.iter().map(|(_, raw)| json::depth(raw)).max().unwrap_or(0);
    // Whether the texts inside of nested values are whole is not looked at here.
    let plain = fields.iter().all(|(_, raw)| json::depth(raw) == 0 || !raw.contains("\\u"));
    let Some(text) = flat_text(fields) else { return };
    let signature = mac(secret, &text);
    let heard = verify(secret, &hex::encode(signature), body);
    if deepest <= DEEPEST && plain {
        let heard = heard.as_ref().expect("a callback signed by the rule counts");
        assert_eq!(heard.mode_matched, NestedMode::Excluded);
    }
    if deepest > DEEPEST + 1 {
        assert_eq!(heard.as_ref().err(), Some(&CallbackRefused::BodyUnreadable));
    }
    if let Ok(heard) = heard {
        let said = |name: &str| {
            let text = json::field(fields, name).and_then(json::text_or_number);
            text.filter(|text| !text.is_empty())
        };
        assert_eq!(heard.event.provider_ref, said("payment_token"));
        assert_eq!(heard.event.provider_status, said("payment_status"));
        assert_eq!(heard.event.amount, said("amount"));
        assert_eq!(heard.event.state.is_some(), said("payment_status").is_some());
    }
    for bit in [bit, bit.wrapping_add(128)] {
        let mut other = signature;
        other[usize::from(bit / 8)] ^= 1 << (bit % 8);
        assert!(verify(secret, &hex::encode(other), body).is_err(), "a flipped bit counted");
    }
}

/// `KEY=value&` for each plain field by upper-case key; none where a text is not whole.
fn flat_text(fields: &Fields<'_>) -> Option<String> {
    let mut pairs = Vec::new();
    for (key, raw) in fields {
        let value = match raw.as_bytes().first()? {
            b'{' | b'[' => continue,
            b'"' => json::said(raw)?,
            b't' => "True".to_owned(),
            b'f' => "False".to_owned(),
            b'n' => "None".to_owned(),
            _ => (*raw).to_owned(),
        };
        pairs.push((key.to_ascii_uppercase(), value));
    }
    pairs.sort();
    Some(pairs.into_iter().map(|(key, value)| format!("{key}={value}&")).collect())
}

/// HMAC-SHA256, as both sides of Bumper's signatures use it.
pub(crate) fn mac(secret: &str, text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}
