//! Printing: one JSON value or plain text on stdout, errors for a person on stderr.

use std::io::{self, ErrorKind, Write};

use clap::error::ErrorKind as Refusal;
use counterfoil_api::Fault;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::exit::Exit;

/// Prints what a command came to and says how the program ends.
pub fn print(outcome: &Result<Answer, Fault>, as_json: bool) -> Exit {
    match outcome {
        Ok(answer) if answer.is_said() => answer.exit,
        Ok(answer) if as_json => to_stdout(&answer.json.to_string(), answer.exit),
        Ok(answer) => to_stdout(&harmless(&answer.plain), answer.exit),
        Err(fault) if as_json => to_stdout(&error_json(fault).to_string(), Exit::of(fault)),
        Err(fault) => {
            to_stderr(&harmless(&fault.message));
            Exit::of(fault)
        }
    }
}

/// Prints why the arguments were refused, or the help or version that was asked for.
pub fn usage(refusal: &clap::Error, as_json: bool) -> Exit {
    let text = refusal.render().to_string();
    let text = text.trim_end();
    let asked_for = match refusal.kind() {
        Refusal::DisplayHelp => Some("help"),
        Refusal::DisplayVersion => Some("version"),
        _ => None,
    };
    match (asked_for, as_json) {
        (Some("version"), true) => {
            to_stdout(&json!({ "version": env!("CARGO_PKG_VERSION") }).to_string(), Exit::Done)
        }
        (Some(what), true) => to_stdout(&json!({ what: text }).to_string(), Exit::Done),
        (Some(_), false) => to_stdout(text, Exit::Done),
        (None, true) => {
            let error = json!({ "code": "bad_input", "message": text, "detail": {} });
            to_stdout(&json!({ "error": error }).to_string(), Exit::Usage)
        }
        (None, false) => {
            to_stderr(text);
            Exit::Usage
        }
    }
}

/// A value for whoever started the program, while the command goes on. True where it was printed.
pub fn meanwhile(value: &Value) -> bool {
    to_stdout(&value.to_string(), Exit::Done) == Exit::Done
}

/// A word for the person in front, while the command goes on.
pub fn progress(text: &str) {
    to_stderr(text);
}

/// The `{"error": …}` of a fault.
pub fn error_json(fault: &Fault) -> Value {
    let detail = fault.detail.iter().map(|(key, text)| (key.clone(), detail_value(key, text)));
    json!({ "error": {
        "code": fault.code,
        "message": fault.message,
        "detail": detail.collect::<serde_json::Map<_, _>>(),
        "retry": fault.retry,
        "money": fault.money,
    } })
}

/// Facts are texts, but a place in the trail is a number, as everywhere else.
fn detail_value(key: &str, text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if key == "entry" => number.into(),
        Ok(_) | Err(_) => text.into(),
    }
}

/// What a provider or a colleague wrote must not steer the terminal.
fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(shown).collect()
}

/// Whoever reads may have gone (`| head`): that is no failure of the command. Anything else is,
/// since the caller would take a part for the whole.
fn to_stdout(text: &str, exit: Exit) -> Exit {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => exit,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit,
        Err(error) => {
            to_stderr(&format!("the command was carried out, but not printed: {error}"));
            Exit::Unusable
        }
    }
}

fn to_stderr(text: &str) {
    // There is nowhere left to complain to.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use counterfoil_api::FaultCode;

    use super::*;

    #[test]
    fn an_error_names_its_code_and_gives_a_place_in_the_trail_as_a_number() {
        let fault = Fault::new(FaultCode::AuditBroken, "broken").with("entry", 7).with("who", 7);
        let error = &error_json(&fault)["error"];
        assert_eq!(error["code"], "audit_broken");
        assert_eq!(error["detail"], json!({ "entry": 7, "who": "7" }));
    }

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{9b}d"), "a\u{fffd}[2Jb\nc\u{fffd}d");
    }
}
