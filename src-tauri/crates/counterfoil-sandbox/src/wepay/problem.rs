//! Refusals in the envelope of the Errors page. Codes that the pages print are spelt as there;
//! reason codes of refusals they do not describe are made up, and so are all texts.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// Where a refusal says the fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Body,
    Path,
    Query,
    Header,
}

impl At {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "HTTP_REQUEST_BODY",
            Self::Path => "HTTP_REQUEST_PATH",
            Self::Query => "HTTP_REQUEST_QUERY_STRING",
            Self::Header => "HTTP_REQUEST_HEADER",
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    detail: Option<(At, String, &'static str)>,
}

impl Problem {
    /// 400 INVALID_PARAMS about one thing.
    pub(crate) fn invalid(
        at: At,
        target: &str,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "INVALID_PARAMS",
            message: message.into(),
            detail: Some((at, target.to_owned(), reason)),
        }
    }

    /// A member of the body.
    pub(crate) fn body(target: &str, message: impl Into<String>) -> Self {
        Self::invalid(At::Body, target, "PARAM_INVALID", message)
    }

    /// What the payment's state does not allow.
    pub(crate) fn state(message: impl Into<String>) -> Self {
        Self::invalid(At::Path, "id", "STATE_NOT_ALLOWED", message)
    }

    /// A code without details.
    pub(crate) fn bare(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None }
    }

    /// Bad credentials.
    pub(crate) fn not_authorized() -> Self {
        let message = "The application is not authorised.";
        Self::bare(StatusCode::FORBIDDEN, "NOT_AUTHORIZED", message)
    }

    /// Too many requests.
    pub(crate) fn throttled(status: StatusCode) -> Self {
        let reason = "APPLICATION_REQUEST_THROTTLE_EXCEEDED";
        Self {
            status,
            code: "THROTTLE_EXCEEDED",
            message: "Too many requests.".to_owned(),
            detail: Some((At::Path, String::new(), reason)),
        }
    }

    /// The first request under this key is still being worked on.
    pub(crate) fn key_in_use() -> Self {
        let reason = "CONCURRENT_UNIQUE_KEY_REQUEST_IS_PROCESSING";
        let message = "A request with this key is still being processed.";
        Self::invalid(At::Header, "Unique-Key", reason, message)
    }

    /// The members of the answer.
    pub(crate) fn json(&self) -> Value {
        let details: Vec<Value> = self
            .detail
            .iter()
            .map(|(at, target, reason)| {
                let target: Vec<&String> =
                    std::iter::once(target).filter(|t| !t.is_empty()).collect();
                json!({
                    "message": self.message,
                    "reason_code": reason,
                    "target": target,
                    "target_type": at.as_str(),
                })
            })
            .collect();
        json!({"error_code": self.code, "error_message": self.message, "details": details})
    }
}
