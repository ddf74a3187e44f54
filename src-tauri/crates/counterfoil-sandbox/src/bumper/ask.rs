//! What a request asks for, read from the received parameters. Everything here is judged on the
//! raw values as they arrived; the signature has been checked before.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::money;
use super::payment::SeededItem;
use super::switches::BumperSwitches;

/// The provider's page of refunds prints this text; it is the only concrete one there is.
pub(crate) const BAD_TOKEN: &str = "Token or preapproval token provided is Invalid.";

/// Why a request is refused; the text is shown to the client. All texts but [`BAD_TOKEN`] are made
/// up (A-BUM-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub String);

pub(crate) fn refuse<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(message.into()))
}

/// A start command.
#[derive(Debug, Clone)]
pub(crate) struct StartAsk {
    pub amount: Decimal,
    pub currency: Option<String>,
    pub order_reference: Option<String>,
    pub invoice_number: Option<String>,
    pub user_email: Option<String>,
    pub items: Vec<SeededItem>,
    pub additional_data: Option<Map<String, Value>>,
}

/// An update or a refund: the pages give both the same signed members.
#[derive(Debug, Clone)]
pub(crate) struct ChangeAsk {
    pub amount: Decimal,
    pub invoice_number: Option<String>,
    pub items: Option<Vec<SeededItem>>,
    pub new_api_key: Option<String>,
}

/// The received parameters and the switches they are judged by.
pub(crate) struct Reader<'a> {
    pub parameters: &'a Map<String, Value>,
    pub switches: &'a BumperSwitches,
}

impl Reader<'_> {
    /// Start Payment page, PayInStore: amount, items and the product type are required.
    pub(crate) fn start(&self) -> Result<StartAsk, Refusal> {
        let amount = self.amount()?;
        if self.text("preferred_product_type")?.as_deref() != Some("paypad") {
            return refuse("preferred_product_type must be paypad.");
        }
        let Some(items) = self.items(amount)? else {
            return refuse("product_description is required.");
        };
        Ok(StartAsk {
            amount,
            items,
            currency: self.currency()?,
            order_reference: self.label("order_reference")?,
            invoice_number: self.label("invoice_number")?,
            user_email: self.text("user_email")?,
            additional_data: self.additional_data()?,
        })
    }

    /// Update and Refund pages: amount and token are required, the invoice number is not.
    pub(crate) fn change(&self) -> Result<ChangeAsk, Refusal> {
        let amount = self.amount()?;
        Ok(ChangeAsk {
            amount,
            invoice_number: self.label("invoice_number")?,
            items: self.items(amount)?,
            new_api_key: self.text("new_api_key")?,
        })
    }

    /// The amount, a text with a positive decimal.
    pub(crate) fn amount(&self) -> Result<Decimal, Refusal> {
        let text = match self.parameters.get("amount") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) if self.switches.amounts.numbers_allowed => {
                number.to_string()
            }
            None => return refuse("amount is required."),
            Some(_) => return refuse("amount must be a string."),
        };
        let Some(amount) = money::parse(&text) else {
            return refuse("amount must be a positive decimal with at most two places.");
        };
        if self.switches.amounts.two_decimals_required && !money::has_two_decimals(&text) {
            return refuse("amount must have two decimal places.");
        }
        Ok(amount)
    }

    /// A text member; absent, null and empty are the same.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.parameters.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => refuse(format!("{name} must be a string.")),
        }
    }

    /// An invoice number or reference (A-BUM-10).
    fn label(&self, name: &str) -> Result<Option<String>, Refusal> {
        let text = self.text(name)?;
        let max = self.switches.texts.max_chars;
        match &text {
            Some(label) if label.chars().count() > max => {
                refuse(format!("{name} must have at most {max} characters."))
            }
            Some(label) if label.chars().any(char::is_control) => {
                refuse(format!("{name} holds a control character."))
            }
            Some(_) | None => Ok(text),
        }
    }

    fn currency(&self) -> Result<Option<String>, Refusal> {
        let currency = self.text("currency")?;
        match &currency {
            Some(code) if !self.switches.types.currencies.contains(code) => {
                refuse(format!("currency {code} is not supported."))
            }
            Some(_) | None => Ok(currency),
        }
    }

    fn additional_data(&self) -> Result<Option<Map<String, Value>>, Refusal> {
        match self.parameters.get("additional_data") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members.clone())),
            Some(_) => refuse("additional_data must be an object."),
        }
    }

    fn items(&self, amount: Decimal) -> Result<Option<Vec<SeededItem>>, Refusal> {
        let list = match self.parameters.get("product_description") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(_) => return refuse("product_description must be a list of items."),
        };
        let items: Option<Vec<SeededItem>> = list.iter().map(item).collect();
        let Some(items) = items else {
            return refuse("product_description needs item, quantity and price as strings.");
        };
        if self.switches.texts.items_must_add_up && sum(&items) != Some(amount) {
            return refuse("product_description does not add up to amount.");
        }
        Ok(Some(items))
    }
}

fn item(value: &Value) -> Option<SeededItem> {
    let text = |name| Some(value.get(name)?.as_str()?.to_owned());
    Some(SeededItem { item: text("item")?, quantity: text("quantity")?, price: text("price")? })
}

fn sum(items: &[SeededItem]) -> Option<Decimal> {
    items.iter().try_fold(Decimal::ZERO, |total, item| {
        let quantity: Decimal = item.quantity.parse().ok()?;
        total.checked_add(quantity.checked_mul(item.price.parse().ok()?)?)
    })
}
