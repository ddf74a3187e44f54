//! A JSON object as received, each value kept as its exact text, so that no number ever passes
//! through a float and nothing is lost that nobody asked about.

use std::collections::BTreeMap;

use counterfoil_core::money::{Currency, Money};
use serde_json::value::RawValue;

/// A JSON object as received: each value is kept as its exact text. Of two equal keys the later
/// counts; order and further keys do not matter.
#[derive(Debug, Clone, Default)]
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

    /// Reads one whole JSON list of objects; none for anything else.
    #[must_use]
    pub fn read_list(bytes: &[u8]) -> Option<Vec<Self>> {
        let entries: Vec<Box<RawValue>> = serde_json::from_slice(bytes).ok()?;
        entries.iter().map(|raw| Self::read(raw.get().as_bytes())).collect()
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

    /// A list of objects inside; none where it is missing, null or something else.
    #[must_use]
    pub fn objects(&self, field: &str) -> Option<Vec<Self>> {
        self.raw(field).and_then(|raw| Self::read_list(raw.as_bytes()))
    }

    /// The entries of a list inside, each as its exact JSON; none where it is missing, null or
    /// something else.
    #[must_use]
    pub fn entries(&self, field: &str) -> Option<Vec<String>> {
        let entries: Vec<Box<RawValue>> = serde_json::from_str(self.raw(field)?).ok()?;
        Some(entries.iter().map(|raw| raw.get().to_owned()).collect())
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

    /// A whole number. Missing and null are none.
    ///
    /// # Errors
    /// [`Unreadable`] for anything but a JSON number written with digits alone: a text that looks
    /// like one, decimals and exponents are none, `10.0` included.
    pub fn whole(&self, field: &'static str) -> Result<Option<i64>, Unreadable> {
        match self.raw(field) {
            None | Some("null") => Ok(None),
            Some(raw) => raw.parse().map(Some).map_err(|_| Unreadable { field }),
        }
    }

    /// An amount written as a whole number of minor units. Missing and null are none.
    ///
    /// # Errors
    /// As [`Object::whole`]; also for less than nothing and for more than money can be here.
    pub fn minor(
        &self,
        field: &'static str,
        currency: Currency,
    ) -> Result<Option<Money>, Unreadable> {
        let Some(minor) = self.whole(field)?.filter(|minor| *minor != 0) else {
            return Ok(self.whole(field)?.map(|_| Money::zero(currency)));
        };
        match Money::from_minor(minor, currency) {
            Ok(money) if money.is_positive() => Ok(Some(money)),
            Ok(_) | Err(_) => Err(Unreadable { field }),
        }
    }

    /// An amount written in major units, as a number or a text. Missing, null and empty are none.
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

    /// The keys and the exact JSON of each value, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), raw.get()))
    }

    /// The exact JSON of a value.
    #[must_use]
    pub fn raw(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(|raw| raw.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        Object::read(text.as_bytes()).expect("an object")
    }

    #[test]
    fn a_whole_number_is_digits_alone_and_nothing_that_looks_like_them() {
        let check = |value: &str, expected: Option<Option<i64>>| {
            let read = object(&format!("{{\"n\":{value}}}")).whole("n").ok();
            assert_eq!(read, expected, "{value}");
        };
        check("1000", Some(Some(1000)));
        check("0", Some(Some(0)));
        check("-1", Some(Some(-1)));
        check("null", Some(None));
        for other in ["10.0", "1e3", "\"1000\"", "true", "[1]", "{}", "99999999999999999999"] {
            check(other, None);
        }
        assert_eq!(object("{}").whole("n"), Ok(None));
    }

    #[test]
    fn minor_units_are_money_of_the_currency_and_never_less_than_nothing() {
        let check = |value: &str, code: &str, expected: Option<Option<&str>>| {
            let currency = Currency::parse(code).expect("a currency");
            let read = object(&format!("{{\"n\":{value}}}")).minor("n", currency).ok();
            let shown = read.map(|money| money.map(|money| money.to_string()));
            assert_eq!(shown, expected.map(|text| text.map(str::to_owned)), "{value} {code}");
        };
        check("1000", "USD", Some(Some("USD 10.00")));
        check("1000", "JPY", Some(Some("JPY 1000")));
        check("1000", "KWD", Some(Some("KWD 1.000")));
        check("0", "USD", Some(Some("USD 0.00")));
        check("null", "USD", Some(None));
        check("-1", "USD", None);
        check("1000000000001", "USD", None);
        check("\"1000\"", "USD", None);
    }

    #[test]
    fn lists_keep_each_entry_or_are_none_at_all() {
        let read = |text: &str| object(text).objects("list").map(|list| list.len());
        assert_eq!(read("{\"list\":[{},{\"a\":1}]}"), Some(2));
        assert_eq!(read("{\"list\":[]}"), Some(0));
        for other in ["null", "{}", "[1]", "[{},null]", "\"[]\""] {
            assert_eq!(read(&format!("{{\"list\":{other}}}")), None, "{other}");
        }
        let entries = object("{\"list\":[ 1.50, \"a\" ]}").entries("list");
        assert_eq!(entries, Some(vec!["1.50".to_owned(), "\"a\"".to_owned()]));
    }
}
