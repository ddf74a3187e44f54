//! The bytes on the wire: fields that go out and JSON that comes in. Wire names are spelt as
//! Bumper spells them, here and nowhere else.

use std::collections::BTreeMap;

use counterfoil_core::money::{Currency, Money};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Largest number of decimals Bumper's amounts have (section 6).
const WIRE_DECIMALS: usize = 2;

/// The value of one field that goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Field {
    /// Text, signed exactly as it stands in the JSON.
    Text(String),
    /// A JSON boolean, signed as `True` or `False`.
    Flag(bool),
    /// `product_description`, never signed.
    Items(Vec<WireItem>),
}

/// A line of `product_description`: all three are texts (section 2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WireItem {
    /// What it is.
    pub item: String,
    /// How many.
    pub quantity: String,
    /// Price of one, major units with two decimals.
    pub price: String,
}

/// The fields of one request in the order they are written, so that the same command always
/// makes the same bytes. No `Debug`: once signed they hold the key and the signature.
#[derive(Clone, Default)]
pub struct Fields(Vec<(&'static str, Field)>);

impl Fields {
    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Field::Text(text.into()))
    }

    /// Adds a text where there is one; the key is left out otherwise (section 3).
    #[must_use]
    pub fn text_if(self, name: &'static str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Adds `product_description` where there are lines.
    #[must_use]
    pub fn items(self, lines: Vec<WireItem>) -> Self {
        if lines.is_empty() { self } else { self.with("product_description", Field::Items(lines)) }
    }

    fn with(mut self, name: &'static str, field: Field) -> Self {
        self.0.push((name, field));
        self
    }

    /// The fields in writing order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Field)> {
        self.0.iter().map(|(name, field)| (*name, field))
    }

    /// The same with other texts for some names, for showing.
    pub(crate) fn masked(&self, names: &[&str], mask: &str) -> Self {
        let hide = |(name, field): &(&'static str, Field)| {
            let hidden = names.contains(name).then(|| Field::Text(mask.to_owned()));
            (*name, hidden.unwrap_or_else(|| field.clone()))
        };
        Self(self.0.iter().map(hide).collect())
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

/// Money as Bumper writes it: major units, a dot, exactly two decimals (section 6, A-BUM-09).
/// None where two decimals cannot say it exactly (a third decimal that is not zero).
#[must_use]
pub fn amount_text(money: Money) -> Option<String> {
    let text = money.to_decimal_text();
    let Some((whole, fraction)) = text.split_once('.') else {
        return Some(format!("{text}.00"));
    };
    let (kept, extra) = fraction.split_at_checked(WIRE_DECIMALS)?;
    extra.bytes().all(|digit| digit == b'0').then(|| format!("{whole}.{kept}"))
}

/// A JSON object as received: each value is kept as its exact text. Of two equal keys the later
/// counts; order and further keys do not matter.
#[derive(Debug, Default)]
pub struct Object(BTreeMap<String, Box<RawValue>>);

/// A value that is not what the reference page says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// The field.
    pub field: &'static str,
}

impl Object {
    /// Reads one whole JSON object; none for anything else, half a document included.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }

    /// True where the key is there, whatever it holds.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// True where the key is there and holds null.
    #[must_use]
    pub fn is_null(&self, field: &str) -> bool {
        self.raw(field) == Some("null")
    }

    /// A JSON boolean; text that looks like one is none.
    #[must_use]
    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.raw(field)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// An object inside; none where it is missing, null or something else.
    #[must_use]
    pub fn object(&self, field: &str) -> Option<Self> {
        self.raw(field).and_then(|raw| Self::read(raw.as_bytes()))
    }

    /// A text, or a number as its exact text. Missing, null and empty are none.
    ///
    /// # Errors
    /// [`Unreadable`] for a boolean, a list or an object.
    pub fn text(&self, field: &'static str) -> Result<Option<String>, Unreadable> {
        let Some(raw) = self.raw(field) else {
            return Ok(None);
        };
        let text = match raw.bytes().next() {
            Some(b'n') => return Ok(None),
            Some(b'"') => serde_json::from_str(raw).map_err(|_| Unreadable { field })?,
            Some(b'-' | b'0'..=b'9') => raw.to_owned(),
            Some(_) | None => return Err(Unreadable { field }),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// An amount in major units (section 6). Missing, null and empty are none.
    ///
    /// # Errors
    /// [`Unreadable`] for what is not an exact amount of this currency.
    pub fn money(
        &self,
        field: &'static str,
        currency: Currency,
    ) -> Result<Option<Money>, Unreadable> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        Money::parse_from_provider(&text, currency).map(Some).map_err(|_| Unreadable { field })
    }

    fn raw(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(|raw| raw.get())
    }
}
