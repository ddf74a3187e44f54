//! The bytes on the wire: fields that go out. Wire names are spelt as Bumper spells them.

use counterfoil_core::money::Money;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

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
