//! Slips and reports from the command line: what scripts get, and what a spreadsheet reads.

use std::process::Command;

use crate::till::{Till, text};

/// What Python's own reader of CSV makes of a file: rows of cells as JSON.
fn read_by_python(file: &std::path::Path) -> Vec<Vec<String>> {
    let program = "import csv, json, sys\n\
                   with open(sys.argv[1], newline='', encoding='utf-8') as table:\n    \
                   print(json.dumps(list(csv.reader(table, strict=True))))";
    let read = Command::new("python3").args(["-c", program]).arg(file).output();
    let read = read.expect("python3 is there");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).expect("it printed JSON")
}

#[test]
fn a_day_is_summed_up_for_scripts_and_for_a_spreadsheet_that_computes_nothing() {
    let till = Till::ready().with_auditor();
    for name in ["=1+1 x", "@SUM(A1) x"] {
        let add = till.owner("staff add --role manager").argument(format!("--name={name}"));
        add.env("COUNTERFOIL_NEW_PIN", "730481").exits(0);
        let (payment, _) = till.paid_payment();
        let refund = format!("change refund --payment {payment} --amount 10.00 --reason duplicate");
        let call = till.nobody(&refund).argument(format!("--as={name}"));
        call.env("COUNTERFOIL_PIN", "730481").exits(0);
    }
    let (payment, _) = till.open_payment();
    till.adjust(&payment, "250.00");
    let file = till.beside("day.csv");
    let day = till.auditor(&format!("report day --csv {}", file.display())).exits(0);
    assert_eq!((&day["changes"], &day["what"]), (&3.into(), &"day".into()), "{day}");
    let kinds = day["sums"]["kind"].as_array().expect("a list");
    let kinds: Vec<_> =
        kinds.iter().map(|k| (text(&k["name"]), text(&k["sum"]["minor"]))).collect();
    let kind = |name: &str, minor: &str| (name.to_owned(), minor.to_owned());
    assert_eq!(kinds, [kind("adjust", "-5000"), kind("refund", "2000")]);
    assert!(day.get("paper").is_none() && day.get("csv").is_none(), "{day}");
    for by in ["kind", "person", "approver", "reason", "provider", "state"] {
        let counts = day["sums"][by].as_array().expect("a list").iter();
        let counts: i64 = counts.filter_map(|row| row["count"].as_i64()).sum();
        assert_eq!(counts, 3, "{by}");
    }
    let rows = read_by_python(&file);
    assert_eq!(rows[0], ["by", "name", "currency", "count", "more", "less"]);
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    assert!(rows.iter().any(|row| row[1] == "'=1+1 x"), "{rows:?}");
    till.auditor(&format!("report day --csv {}", file.display())).refuses(7, "store");
    till.cashier("report day").refuses(3, "not_permitted");
    till.auditor("report day --date 2026-02-30").refuses(2, "bad_input");
}

#[test]
fn a_period_is_closed_once_and_shown_again_as_it_was() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let change = till.adjust(&payment, "250.00");
    let reading = till.manager("report x").exits(0);
    let closed = till.manager("report z").exits(0);
    assert_eq!((&closed["number"], &closed["changes"]), (&1.into(), &reading["changes"]));
    assert_eq!(closed["open"][0]["change_id"], change.as_str());
    assert_eq!(till.manager("report show 1").exits(0), closed);
    till.manager("report show 2").refuses(8, "not_found");
    till.cashier("report z").refuses(3, "not_permitted");
    assert_eq!(till.cashier("report handover").exits(0)["open"], closed["open"]);
    let (plain, _) = till.manager("report show 1").plain(0);
    assert!(plain.contains("Z report 1 - closing") && plain.contains(&change), "{plain}");
    let duty = till.manager("report duty").exits(0);
    assert_eq!(duty["findings"], serde_json::json!([]), "{duty}");
}

#[test]
fn a_slip_is_shown_kept_as_a_page_and_printed_only_where_there_is_a_printer() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let change = till.adjust(&payment, "250.00");
    let page = till.beside("slip.html");
    let slip = till.cashier(&format!("slip show {change} --html {}", page.display())).exits(0);
    assert_eq!(slip["code"], format!("CF:{change}"));
    let html = std::fs::read_to_string(&page).expect("the page is there");
    assert!(html.contains("QUEUED, NOT EXECUTED") && html.contains("<svg"), "{html}");
    let (plain, _) = till.cashier(&format!("slip show {change}")).plain(0);
    assert!(plain.contains("QUEUED, NOT EXECUTED"), "{plain}");
    let found = till.cashier(&format!("payment list --query CF:{change}")).exits(0);
    assert_eq!(
        (&found["payments"][0]["payment_id"], &found["scanned"]),
        (&payment.as_str().into(), &change.as_str().into())
    );
    let print = format!("slip print {change}");
    till.cashier(&print).refuses(3, "not_allowed");
    till.owner("settings set slip.printer /etc/passwd").refuses(2, "bad_input");
    till.owner("settings set slip.printer /dev/none").exits(0);
    let away = till.cashier(&print).refuses(7, "printer");
    assert_eq!(away["detail"]["may_have_printed"], "false");
    till.owner("settings set slip.printer /dev/null").exits(0);
    let printed = till.cashier(&print).exits(0);
    assert_eq!((&printed["number"], &printed["copy"]), (&2.into(), &1.into()), "{printed}");
    let (ledger, _) = till.manager("slip list").plain(0);
    assert!(ledger.contains("nothing") && ledger.contains("printed"), "{ledger}");
    till.nobody("audit verify").exits(0);
}
