use serde_json::Value;

use crate::exit::Exit;

/// What a command found or did.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For scripts.
    pub json: Value,
    /// The same for a person; may have several lines.
    pub plain: String,
    /// How it ended.
    pub exit: Exit,
}

impl Answer {
    /// A command that is done.
    pub fn done(json: Value, plain: impl Into<String>) -> Self {
        Self { json, plain: plain.into(), exit: Exit::Done }
    }
}
