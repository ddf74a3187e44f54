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

    /// A command that is done and has said all there is to say while it went on.
    pub fn said() -> Self {
        Self::done(Value::Null, "")
    }

    /// True where nothing is left to print.
    pub fn is_said(&self) -> bool {
        self.json.is_null()
    }
}
