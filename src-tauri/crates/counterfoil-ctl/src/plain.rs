//! Plain text for a person: tables, sheets and sentences from the view models' JSON.

use std::fmt;

use serde_json::Value;

/// A table with one space-padded column for each heading.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with its headings.
    pub fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.len() == 1 {
            return f.write_str("None.");
        }
        let widths: Vec<_> = (0..self.rows[0].len()).map(|column| self.width(column)).collect();
        for (place, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&widths);
            let line: String = cells.map(|(cell, width)| format!("{cell:width$}  ")).collect();
            let end = if place + 1 == self.rows.len() { "" } else { "\n" };
            write!(f, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The rows of a JSON list; none where it is no list.
pub fn rows(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text; empty where there is none.
pub fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `350.00 GBP`; empty where there is none.
pub fn amount(money: &Value) -> String {
    match (money["text"].as_str(), money["currency"].as_str()) {
        (Some(text), Some(currency)) => format!("{text} {currency}"),
        _ => String::new(),
    }
}

/// One payment.
pub fn payment(payment: &Value) -> String {
    let state = format!("{} ({})", word(&payment["state"]), word(&payment["provider_status"]));
    let mut sheet = Sheet::titled(&format!("Payment {}", word(&payment["payment_id"])));
    sheet.line("Account", &word(&payment["account"]));
    sheet.line("Provider's ref", &word(&payment["provider_ref"]));
    sheet.line("Customer", &word(&payment["customer"]));
    sheet.line("Invoice", &word(&payment["invoice_number"]));
    sheet.line("Reference", &word(&payment["reference"]));
    sheet.line("State", &state);
    sheet.line("Amount", &amount(&payment["amount"]));
    sheet.line("Refunded", &amount(&payment["refunded"]));
    sheet.line("Minimum", &amount(&payment["minimum"]));
    sheet.line("Maximum", &amount(&payment["maximum"]));
    sheet.line("Read at", &word(&payment["fetched_at"]));
    for offer in rows(&payment["allowed"]) {
        let answer = if offer["allowed"] == true {
            "yes".to_owned()
        } else {
            format!("no: {}", word(&offer["why"]))
        };
        sheet.line(&format!("May {}", word(&offer["kind"])), &answer);
    }
    sheet.text
}

/// One change.
pub fn change(change: &Value) -> String {
    let title = format!("Change {} · {}", word(&change["change_id"]), word(&change["kind"]));
    let mut sheet = Sheet::titled(&title);
    sheet.line("State", &word(&change["state"]));
    sheet.line("", &word(&change["explanation"]));
    sheet.line("Payment", &word(&change["payment_id"]));
    sheet.line("Account", &word(&change["account"]));
    sheet.line("New total", &amount(&change["total"]));
    sheet.line("Refund", &amount(&change["refund"]));
    sheet.line("Was", &amount(&change["base"]["amount"]));
    sheet.line("Provider has", &amount(&change["provider_now"]["amount"]));
    sheet.line("Reason", &word(&change["reason"]));
    sheet.line("Note", &word(&change["note"]));
    sheet.line("Asked by", &word(&change["requested_by"]));
    sheet.line("Approved by", &names(&change["approved_by"]));
    sheet.line("Customer signs", &word(&change["redirect_url"]));
    sheet.line("Next try", &word(&change["next_attempt_at"]));
    for attempt in rows(&change["attempts"]) {
        let outcome = attempt["outcome"].as_str().unwrap_or("under way");
        sheet.line("Attempt", &format!("{}  {outcome}", word(&attempt["started_at"])));
    }
    for reading in rows(&change["readings"]) {
        sheet.line("Read", &format!("{}  {}", word(&reading["at"]), word(&reading["why"])));
    }
    sheet.line("Replaced by", &word(&change["superseded_by"]));
    sheet.line("Evidence", &word(&change["evidence"]));
    sheet.text
}

/// Many changes.
pub fn changes(changes: &[Value]) -> String {
    let mut table = Table::new(&["ID", "KIND", "STATE", "AMOUNT", "ASKED BY", "ASKED AT"]);
    for change in changes {
        let total = amount(&change["total"]);
        table.row([
            word(&change["change_id"]),
            word(&change["kind"]),
            word(&change["state"]),
            if total.is_empty() { amount(&change["refund"]) } else { total },
            word(&change["requested_by"]),
            word(&change["created_at"]),
        ]);
    }
    table.to_string()
}

/// What a list could not show; empty where it shows everything.
pub fn unreadable(list: &Value) -> String {
    let line = |bad: &Value| {
        let row = word(&bad["row"]);
        let name = if row.is_empty() { "a row".to_owned() } else { row };
        format!("\nNot readable: {} {name}: {}", word(&bad["table"]), word(&bad["what"]))
    };
    rows(&list["unreadable"]).iter().map(line).collect()
}

/// What would be sent.
pub fn preview(answer: &Value) -> String {
    let preview = &answer["preview"];
    let mut lines = vec![
        word(&preview["effect"]),
        String::new(),
        format!("{} {}", word(&preview["method"]), word(&preview["url"])),
    ];
    for header in rows(&preview["headers"]) {
        lines.push(format!("{}: {}", word(&header["name"]), word(&header["value"])));
    }
    lines.extend([String::new(), word(&preview["body"]), String::new()]);
    lines.push(format!("SHA-256 of the exact bytes: {}", word(&preview["digest"])));
    for warning in rows(&answer["warnings"]) {
        lines.push(format!("Note: {}.", word(&warning["words"])));
    }
    if answer["needs_approval"] == true {
        lines.push("A second person would have to approve it.".to_owned());
    }
    lines.push("Nothing was stored or sent.".to_owned());
    lines.join("\n")
}

fn names(list: &Value) -> String {
    rows(list).iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Named lines, one below the other; what is empty is left out.
struct Sheet {
    text: String,
}

impl Sheet {
    fn titled(title: &str) -> Self {
        Self { text: title.to_owned() }
    }

    fn line(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.text.push_str(&format!("\n  {name:15} {value}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_pads_by_characters_and_says_when_it_is_empty() {
        let mut table = Table::new(&["NAME", "N"]);
        assert_eq!(table.to_string(), "None.");
        table.row(["Zoë Ämter".to_owned(), "1".to_owned()]);
        assert_eq!(table.to_string(), "NAME       N\nZoë Ämter  1");
    }

    #[test]
    fn money_is_shown_with_its_currency_and_absent_money_not_at_all() {
        assert_eq!(amount(&json!({ "text": "350.00", "currency": "GBP" })), "350.00 GBP");
        assert_eq!(amount(&Value::Null), "");
        assert!(!payment(&json!({ "payment_id": "p" })).contains("Refunded"));
    }
}
