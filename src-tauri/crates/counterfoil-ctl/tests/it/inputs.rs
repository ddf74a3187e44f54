use counterfoil_sandbox::{NewPayment, PaymentStatus};

use crate::till::{Till, payment};

#[test]
fn amounts_are_read_exactly_or_not_at_all() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    for (typed, pence) in [
        ("350", Some("35000")),
        ("350.5", Some("35050")),
        ("350.05", Some("35005")),
        ("0350.00", None),
        ("350.005", None),
        ("1,000", None),
        ("1 000", None),
        ("-5", None),
        ("+350", None),
        ("1e3", None),
        ("", None),
        (" 350", None),
        ("350.", None),
        (".5", None),
        ("0", None),
        ("0.00", None),
        ("٣٥٠", None),
        ("NaN", None),
        ("0x10", None),
        ("£350", None),
        ("99999999999999999999999999", None),
    ] {
        let ask = |flag: &str| {
            let call = till.cashier(&format!("change adjust --payment {payment} --preview"));
            call.argument(format!("{flag}{typed}"))
        };
        match pence {
            Some(pence) => {
                let shown = till.cashier(&format!("change adjust --payment {payment}"));
                let stored = shown.argument(format!("--total={typed}")).exits(0);
                assert_eq!(stored["total"]["minor"], pence, "{typed}");
            }
            None if typed == "0350.00" => {
                // A leading zero says the same amount; either reading is exact.
                ask("--total=").outcome();
            }
            None => {
                ask("--total=").refuses(2, "bad_amount");
            }
        }
    }
    let spaced = till.cashier(&format!("change adjust --payment {payment} --total -5"));
    spaced.refuses(2, "bad_amount");
}

#[test]
fn a_text_that_holds_a_card_number_is_refused_wherever_it_is_typed() {
    let till = Till::ready();
    let (payment, _) = till.paid_payment();
    let card = "'card 4111 1111 1111 1111 of hers'";
    for line in [
        format!("change refund --payment {payment} --amount 5.00 --reason other --note {card}"),
        format!("change relabel --payment {payment} --invoice {card}"),
        format!("change adjust --payment {payment} --total 350.00 --invoice {card}"),
        format!("payment start --account B --amount 300.00 --currency GBP --reference {card}"),
    ] {
        let error = till.cashier(&line).refuses(3, "card_number");
        assert!(!error.to_string().contains("4111"), "{error}");
    }
    let add = format!("staff add --role cashier --name {card}");
    till.owner(&add).env("COUNTERFOIL_NEW_PIN", "150263").refuses(3, "card_number");
    assert_eq!(till.cashier("change list").exits(0)["changes"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_does_not_exist_exits_8() {
    let till = Till::ready();
    for line in [
        "payment track --account B --ref 0123456789abcdef0123456789abcdef",
        "payment track --account Nowhere --ref x",
        "payment show 01a1fe5d-df27-7f3b-9579-b9d7718531ce",
        "payment show nonsense",
        "payment show B/nonsense",
        "payment show Nowhere/nonsense",
        "payment refresh B/nonsense",
        "change show 01a1fe5d-df27-7f3b-9579-b9d7718531ce",
        "change show nonsense",
        "change withdraw nonsense",
        "change retry nonsense",
        "change adjust --payment nonsense --total 350.00",
        "payment start --account Nowhere --amount 300.00 --currency GBP",
        "change list --payment nonsense",
    ] {
        till.cashier(line).refuses(8, "not_found");
    }
    for line in ["change approve nonsense", "change reject nonsense", "change rebase nonsense"] {
        till.manager(line).refuses(8, "not_found");
    }
    for line in ["account test Nowhere", "account remove Nowhere"] {
        till.owner(line).refuses(8, "not_found");
    }
}

#[test]
fn a_rule_of_the_provider_is_held_before_anything_is_stored() {
    let till = Till::ready();
    // Where the customer pays now, the pages leave open whether the limits hold.
    let (open, _) = till.tracked(NewPayment {
        payment_type: Some("paylater".to_owned()),
        ..payment(PaymentStatus::Pending)
    });
    let (paid, _) = till.paid_payment();
    for (line, code) in [
        (format!("change adjust --payment {open} --total 59.99"), "out_of_range"),
        (format!("change adjust --payment {open} --total 3000.01"), "out_of_range"),
        (
            format!("change refund --payment {paid} --amount 300.01 --reason other --note n"),
            "over_refundable",
        ),
        (format!("change refund --payment {open} --reason duplicate"), "not_allowed"),
        (format!("change cancel --payment {paid}"), "not_allowed"),
        (format!("change capture --payment {open}"), "not_allowed"),
        (format!("change void --payment {open}"), "not_allowed"),
        (format!("change relabel --payment {open}"), "not_allowed"),
    ] {
        till.cashier(&line).refuses(3, code);
        till.cashier(&format!("{line} --preview")).refuses(3, code);
    }
    let list = till.cashier("change list --state open").exits(0);
    assert_eq!(list["changes"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_command_that_cannot_be_read_exits_2() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let (paid, _) = till.paid_payment();
    for line in [
        String::new(),
        "nonsense".to_owned(),
        "change".to_owned(),
        "sync".to_owned(),
        "sync --until-idle --watch".to_owned(),
        "sync --until-idle --deadline 30".to_owned(),
        "sync --until-idle --deadline -1s".to_owned(),
        "payment start --account B --amount 300.00".to_owned(),
        "payment start --account B --amount 300.00 --currency POUNDS".to_owned(),
        format!("change adjust --payment {payment}"),
        format!("change adjust --payment {payment} --total 350.00 --item Tyre:2"),
        format!("change adjust --payment {payment} --total 350.00 --item Tyre:two:150.00"),
        format!("change adjust --payment {payment} --total 350.00 --item Tyre:2:1,50"),
        format!("change relabel --payment {payment} --metadata nothing"),
        format!("change refund --payment {paid} --amount 5.00"),
        format!("change refund --payment {paid} --amount 5.00 --reason whim"),
        format!("change refund --payment {paid} --amount 5.00 --reason other"),
        "change resolve x --outcome perhaps --reason r --with Casey".to_owned(),
        "change list --state nonsense".to_owned(),
        "payment track --account B --ref ''".to_owned(),
        "payment show".to_owned(),
        "reconcile".to_owned(),
        "doctor --bundle x".to_owned(),
    ] {
        let (exit, error) = till.cashier(&line).outcome();
        assert_eq!(exit, 2, "{line}: {error:?}");
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_refused_and_never_a_panic() {
    use std::os::unix::ffi::OsStringExt;
    let till = Till::ready();
    let nonsense = || std::ffi::OsString::from_vec(vec![b'a', 0xff, 0xfe]);
    till.cashier("payment show").argument(nonsense()).refuses(2, "bad_input");
    till.nobody("").argument(nonsense()).refuses(2, "bad_input");
    till.nobody("payment list --as Casey")
        .env("COUNTERFOIL_PIN", nonsense())
        .refuses(3, "wrong_pin");
    till.cashier("doctor").env("COUNTERFOIL_VAULT", nonsense()).refuses(7, "keyring");
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    let till = Till::ready();
    let elsewhere = till.beside("elsewhere");
    let before = format!("--data-dir {} --as Casey payment list", elsewhere.display());
    till.nobody(&before).env("COUNTERFOIL_PIN", "150263").refuses(7, "first_run");
    let after = format!("payment list --as Casey --data-dir {}", elsewhere.display());
    till.nobody(&after).env("COUNTERFOIL_PIN", "150263").refuses(7, "first_run");
    let between = till.nobody("payment --as Casey list --json --json");
    between.env("COUNTERFOIL_PIN", "150263").exits(0);
}

#[test]
fn what_a_provider_wrote_cannot_steer_the_terminal() {
    let till = Till::ready();
    let (payment, _) = till.tracked(NewPayment {
        amount: "300.00".to_owned(),
        invoice_number: Some("INV\u{1b}[2J1".to_owned()),
        ..NewPayment::default()
    });
    let (shown, _) = till.cashier(&format!("payment show {payment}")).plain(0);
    assert!(!shown.contains('\u{1b}') && shown.contains("INV"), "{shown:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let till = Till::ready();
    let call = till.cashier("settings get");
    let mut child = call.command().spawn().expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), stderr.as_ref()), (Some(0), ""));
}
