//! The doubt desk and the conflict desk in plain text.

use serde_json::Value;

use crate::plain::{amount, rows, word};

/// Every doubt, one below the other.
pub fn doubts(doubts: &[Value]) -> String {
    listed(doubts, "Nothing is in doubt.", doubt)
}

/// Every conflict, one below the other.
pub fn conflicts(conflicts: &[Value]) -> String {
    listed(conflicts, "Nothing is in conflict.", conflict)
}

fn listed(all: &[Value], none: &str, one: fn(&Value) -> Vec<String>) -> String {
    if all.is_empty() {
        return none.to_owned();
    }
    all.iter().map(|value| one(value).join("\n")).collect::<Vec<_>>().join("\n\n")
}

fn doubt(doubt: &Value) -> Vec<String> {
    let change = &doubt["change"];
    let mut lines = vec![title(change)];
    for attempt in rows(&change["attempts"]) {
        let status = attempt["http_status"].as_u64().map(|status| format!(" {status}"));
        lines.push(format!(
            "  Sent       {} {} {}: {}{} {}",
            word(&attempt["started_at"]),
            word(&attempt["method"]),
            word(&attempt["path"]),
            attempt["outcome"].as_str().unwrap_or("under way"),
            status.unwrap_or_default(),
            word(&attempt["answer"]),
        ));
        lines.push(format!("             bytes {}", word(&attempt["digest"])));
    }
    if doubt["baseline"].is_object() {
        lines.push(format!("  Before     {}", base(&doubt["baseline"])));
    }
    for reading in rows(&change["readings"]) {
        let (at, now) = (word(&reading["at"]), base(&reading["now"]));
        lines.push(format!("  Read       {at} {now}: {}", word(&reading["why"])));
    }
    lines.push(format!("  Next look  {}", or_none(&doubt["next_look_at"])));
    lines.push(format!("  Asks you   {}", or_none(&doubt["asks_person"]["words"])));
    lines.push(format!("  Customer   {}", word(&doubt["tell_customer"]["words"])));
    lines.extend(decided(doubt));
    lines
}

fn conflict(conflict: &Value) -> Vec<String> {
    let mut lines = vec![title(&conflict["change"])];
    lines.push(format!("  Because    {}", word(&conflict["why"])));
    for field in rows(&conflict["fields"]) {
        let mark = if field["differs"] == true { "*" } else { " " };
        lines.push(format!(
            " {mark}{:16} seen {:16} mine {:16} now {}",
            word(&field["field"]),
            or_none(&field["seen"]),
            or_none(&field["mine"]),
            or_none(&field["now"]),
        ));
    }
    lines.extend(decided(conflict));
    lines
}

fn title(change: &Value) -> String {
    let money = [amount(&change["total"]), amount(&change["refund"])].concat();
    let (id, kind) = (word(&change["change_id"]), word(&change["kind"]));
    format!("Change {id} · {kind} {money} by {}", word(&change["requested_by"]))
}

fn decided(of: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for decision in rows(&of["decisions"]) {
        let effect = match decision["refused"]["words"].as_str() {
            Some(refused) => format!("not possible: {refused}"),
            None => word(&decision["effect"]["words"]),
        };
        lines.push(format!("  {:13} {effect}", word(&decision["outcome"])));
    }
    lines.push(format!("  Evidence   {}", word(&of["change"]["evidence"])));
    lines
}

fn base(base: &Value) -> String {
    let refunded = amount(&base["refunded"]);
    let back = if refunded.is_empty() { refunded } else { format!(", {refunded} returned") };
    format!("{} {}{back}", amount(&base["amount"]), word(&base["state"]))
}

fn or_none(value: &Value) -> String {
    value.as_str().unwrap_or("none").to_owned()
}
