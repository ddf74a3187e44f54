//! Refusals in the envelope of the Errors page. Two messages are the provider's own; the others
//! are made up.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub status: StatusCode,
    kind: &'static str,
    message: String,
    errors: Value,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, message: &str) -> Self {
        Self { status, kind, message: message.to_owned(), errors: Value::Null }
    }

    /// 400 about the whole request.
    pub(crate) fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// 400 about one field.
    pub(crate) fn field(field: &str, message: &str) -> Self {
        Self { errors: json!({field: [message]}), ..Self::bad("Validation Failed") }
    }

    /// 404.
    pub(crate) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", "Payment not found")
    }

    /// 401, in the words of the vendor's own test.
    pub(crate) fn unknown_key() -> Self {
        let message = "Invalid authorization credentials";
        Self::new(StatusCode::UNAUTHORIZED, "authentication_error", message)
    }

    /// The key is known and may not do this.
    pub(crate) fn weak_key(status: StatusCode) -> Self {
        Self::new(status, "authentication_error", "Insufficient credentials")
    }

    /// 405: the merchant may not take live payments.
    pub(crate) fn not_live() -> Self {
        let message = "Entity not activated for live";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "account_inactive_error", message)
    }

    pub(crate) fn body(&self) -> Value {
        json!({"type": self.kind, "message": self.message, "errors": self.errors})
    }
}
