//! What is never an argument, because arguments are seen by others on the machine: PINs from the
//! environment or stdin, secrets from stdin.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Read, stdin};

use counterfoil_api::{Fault, FaultCode};
use serde_json::Value;

use crate::arguments::Global;
use crate::output;

/// The environment variable of the PIN of `--as`.
const PIN: &str = "COUNTERFOIL_PIN";
/// That of a new person's PIN.
const NEW_PIN: &str = "COUNTERFOIL_NEW_PIN";
/// That of the PIN of `--with`.
const SECOND_PIN: &str = "COUNTERFOIL_SECOND_PIN";

/// Longer than any PIN with its line end, so that a wrong file on stdin is not read whole.
const LONGEST_PIN_LINE: u64 = 256;

/// Far more than the secrets of any provider take.
const LONGEST_SECRETS: u64 = 64 * 1024;

/// The PIN of the person in `--as`: the first line of stdin with `--pin-stdin`, else from the
/// environment.
pub fn pin(global: &Global) -> Result<String, Fault> {
    if global.pin_stdin {
        return line_of_stdin();
    }
    from_environment(PIN).ok_or_else(|| {
        let words = format!("set {PIN} to the PIN, or give --pin-stdin and the PIN on stdin");
        Fault::new(FaultCode::SignInNeeded, words)
    })
}

/// The PIN of somebody new.
pub fn new_pin() -> Result<String, Fault> {
    from_environment(NEW_PIN).ok_or_else(|| {
        Fault::new(FaultCode::BadInput, format!("set {NEW_PIN} to the new person's PIN"))
    })
}

/// The PIN of the second person.
pub fn second_pin() -> Result<String, Fault> {
    from_environment(SECOND_PIN).ok_or_else(|| {
        Fault::new(FaultCode::SignInNeeded, format!("set {SECOND_PIN} to the second person's PIN"))
    })
}

fn from_environment(name: &str) -> Option<String> {
    // What is not text cannot be a PIN either way and is counted as a wrong one.
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn line_of_stdin() -> Result<String, Fault> {
    let mut line = Vec::new();
    stdin().lock().take(LONGEST_PIN_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// The secrets of an account: one JSON object of texts, what is left of stdin. Nothing of it is
/// ever repeated, not in an error either.
pub fn secrets() -> Result<BTreeMap<String, String>, Fault> {
    if stdin().is_terminal() {
        output::progress("Type the secrets as one JSON object, then end with ctrl-d:");
    }
    let mut bytes = Vec::new();
    stdin().lock().take(LONGEST_SECRETS + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= LONGEST_SECRETS);
    fits.then(|| secrets_of(&bytes)).flatten().ok_or_else(|| {
        let words = "give the secrets on stdin as one JSON object of texts, such as \
                     {\"api_key\":\"…\",\"secret\":\"…\"}. What came is not shown here, and \
                     nothing was stored.";
        Fault::new(FaultCode::BadInput, words).with("field", "secrets")
    })
}

fn secrets_of(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    let object: serde_json::Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let text = |(name, value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    };
    object.into_iter().map(text).collect()
}

fn unreadable(error: std::io::Error) -> Fault {
    Fault::new(FaultCode::BadInput, format!("stdin cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_one_object_of_texts_and_are_never_trimmed() {
        let read = |text: &str| secrets_of(text.as_bytes());
        let kept = read(" {\"secret\": \" \\\"x \"}\n").expect("an object of texts");
        assert_eq!(kept.get("secret").map(String::as_str), Some(" \"x "));
        assert_eq!(read("{}"), Some(BTreeMap::new()));
        for refused in ["", "[]", "\"x\"", "{\"a\":1}", "{\"a\":null}", "{\"a\":\"b\"} x", "{"] {
            assert_eq!(read(refused), None, "{refused}");
        }
        assert_eq!(secrets_of(b"{\"a\":\"\xff\"}"), None);
    }
}
