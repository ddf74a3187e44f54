//! The state machine as tables: which command does what in which state.

use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use crate::bumper::ask::{BAD_TOKEN, ChangeAsk, Refusal};
use crate::bumper::book::{Book, Done};
use crate::bumper::money;
use crate::bumper::payment::{LinkState, Payment, PaymentStatus};
use crate::bumper::switches::{AmountChanges, CancelOncePaid, RefundCap};
use crate::chance::Chance;

const TOKEN: &str = "t";

/// A payment in each state that can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    InProgress,
    Signed,
    Settled,
    Failed,
    Cancelled,
    Error,
}

use State::{Cancelled, Error, Failed, InProgress, Pending, Settled, Signed};

const ALL: [State; 7] = [Pending, InProgress, Signed, Settled, Failed, Cancelled, Error];

struct Table {
    book: Book,
    chance: Chance,
    now: Instant,
    key: String,
}

impl Table {
    /// One payment of 300.00 in the given state.
    fn with(state: State) -> Self {
        let mut book = Book::new("http://127.0.0.1:1/bumper".into());
        let key = book.accounts.first().expect("a dealership").api_key.to_owned();
        let (status, signed) = match state {
            Pending => (PaymentStatus::Pending, false),
            InProgress => (PaymentStatus::InProgress, false),
            Signed | Settled => (PaymentStatus::Completed, true),
            Failed => (PaymentStatus::Failed, false),
            Cancelled => (PaymentStatus::Cancelled, false),
            Error => (PaymentStatus::Error, false),
        };
        let amount = Decimal::new(30_000, 2);
        book.add(Payment {
            token: TOKEN.into(),
            api_key: key.clone(),
            status,
            signed,
            settled: state == Settled,
            amount,
            paid: if signed { amount } else { Decimal::ZERO },
            refunded: Decimal::ZERO,
            refund_digests: Vec::new(),
            invoice_number: Some("INV-1".into()),
            order_reference: None,
            user_email: None,
            currency: "GBP".into(),
            items: Vec::new(),
            additional_data: None,
            payment_type: "paynow".into(),
            number: 1,
            customer: None,
        });
        Self { book, chance: Chance::new(1), now: Instant::now(), key }
    }

    fn update(&mut self, amount: &str) -> Result<Done, Refusal> {
        let ask = ask(amount, None);
        self.book.update(&self.key, TOKEN, ask, &mut self.chance, self.now)
    }

    fn refund(&mut self, amount: &str) -> Result<Done, Refusal> {
        self.book.refund(&self.key, TOKEN, ask(amount, None), "digest")
    }

    fn cancel(&mut self) -> Result<Done, Refusal> {
        self.book.cancel(&self.key, TOKEN)
    }

    fn payment(&self) -> &Payment {
        self.book.payment(TOKEN).expect("the payment of the table")
    }

    fn amount(&self) -> String {
        money::two_decimals(self.payment().amount)
    }

    fn refunded(&self) -> String {
        money::two_decimals(self.payment().refunded)
    }
}

fn ask(amount: &str, invoice_number: Option<&str>) -> ChangeAsk {
    ChangeAsk {
        amount: money::parse(amount).expect("an amount"),
        invoice_number: invoice_number.map(str::to_owned),
        items: None,
        new_api_key: None,
    }
}

#[test]
fn an_update_follows_the_cases_of_the_update_page() {
    // state, asked amount, taken?, link?, amount after
    for (state, asked, taken, link, after) in [
        (Pending, "350.00", true, false, "350.00"),
        (Pending, "250.00", true, false, "250.00"),
        (Pending, "300.00", true, false, "300.00"),
        (InProgress, "350.00", true, false, "350.00"),
        (Signed, "250.00", true, false, "250.00"),
        (Signed, "300", true, false, "300.00"),
        (Signed, "350.00", true, true, "300.00"),
        (Settled, "350.00", true, true, "300.00"),
        (Settled, "250.00", true, false, "250.00"),
        (Pending, "59.99", false, false, "300.00"),
        (Pending, "60.00", true, false, "60.00"),
        (Pending, "3000.00", true, false, "3000.00"),
        (Pending, "3000.01", false, false, "300.00"),
        (Signed, "3000.01", false, false, "300.00"),
        (Failed, "350.00", false, false, "300.00"),
        (Cancelled, "250.00", false, false, "300.00"),
        (Error, "300.00", false, false, "300.00"),
    ] {
        let mut table = Table::with(state);
        let outcome = table.update(asked);
        let case = format!("{state:?} {asked}");
        assert_eq!(outcome.is_ok(), taken, "{case}");
        assert_eq!(outcome.is_ok_and(|done| done.link.is_some()), link, "{case}");
        assert_eq!(table.amount(), after, "{case}");
    }
}

#[test]
fn an_update_sets_the_invoice_number_only_when_it_names_one() {
    let mut table = Table::with(Pending);
    table.update("300.00").expect("taken");
    assert_eq!(table.payment().invoice_number.as_deref(), Some("INV-1"));
    let ask = ask("300.00", Some("INV-2"));
    table.book.update(&table.key, TOKEN, ask, &mut table.chance, table.now).expect("taken");
    assert_eq!(table.payment().invoice_number.as_deref(), Some("INV-2"));
}

#[test]
fn a_signed_increase_takes_effect_when_the_customer_agrees_and_once() {
    let mut table = Table::with(Signed);
    let link = table.update("350.00").expect("taken").link.expect("a link");
    assert_eq!((table.amount(), table.payment().paid), ("300.00".into(), Decimal::from(300)));
    assert!(table.book.complete_link(&link, table.now).is_some());
    assert_eq!((table.amount(), table.payment().paid), ("350.00".into(), Decimal::from(350)));
    assert!(table.book.complete_link(&link, table.now).is_none());
}

#[test]
fn a_newer_update_takes_the_place_of_an_older_link() {
    for newer in ["360.00", "290.00"] {
        let mut table = Table::with(Signed);
        let old = table.update("350.00").expect("taken").link.expect("a link");
        table.update(newer).expect("taken");
        let state = table.book.link(&old, table.now).expect("known").state;
        assert_eq!(state, LinkState::Superseded, "{newer}");
        assert!(table.book.complete_link(&old, table.now).is_none(), "{newer}");
        assert_ne!(table.amount(), "350.00");
    }
}

#[test]
fn a_refused_update_leaves_an_open_link_alone() {
    let mut table = Table::with(Signed);
    let link = table.update("350.00").expect("taken").link.expect("a link");
    table.update("9999.00").expect_err("above the maximum");
    assert!(table.book.complete_link(&link, table.now).is_some());
}

#[test]
fn the_switches_of_a_signed_increase_turn() {
    let mut table = Table::with(Signed);
    table.book.switches.signed_increase.newer_update_ends_link = false;
    table.book.switches.signed_increase.link_lives_ms = Some(1_000);
    let first = table.update("350.00").expect("taken").link.expect("a link");
    table.update("360.00").expect("taken");
    let late = table.now + Duration::from_secs(1);
    assert_eq!(table.book.link(&first, late).map(|l| l.state), Some(LinkState::Expired));
    assert!(table.book.complete_link(&first, late).is_none());
    assert!(table.book.complete_link(&first, table.now).is_some());

    let mut table = Table::with(Signed);
    table.book.switches.signed_increase.amount_changes = AmountChanges::AtOnce;
    table.update("350.00").expect("taken");
    assert_eq!(table.amount(), "350.00");
}

#[test]
fn a_cancel_ends_only_what_is_not_paid() {
    for state in ALL {
        let mut table = Table::with(state);
        let open = matches!(state, Pending | InProgress);
        assert_eq!(table.cancel().is_ok(), open, "{state:?}");
        let cancelled = table.payment().status == PaymentStatus::Cancelled;
        assert_eq!(cancelled, open || state == Cancelled, "{state:?}");
    }
}

#[test]
fn a_second_cancel_and_a_cancel_once_paid_follow_their_switches() {
    let mut table = Table::with(Pending);
    assert!(table.cancel().expect("taken").kind.is_some());
    table.cancel().expect_err("refused by default");
    table.book.switches.ended.second_cancel_succeeds = true;
    assert_eq!(table.cancel().expect("taken").kind, None, "no second effect");

    let mut table = Table::with(Signed);
    table.book.switches.cancel_once_paid = CancelOncePaid::CancelAndReturn;
    table.refund("100.00").expect("taken");
    assert_eq!(table.cancel().expect("taken").amount, Some(Decimal::from(200)));
}

#[test]
fn a_refund_needs_a_paid_payment_and_keeps_to_the_cap() {
    for state in ALL {
        let mut table = Table::with(state);
        let paid = matches!(state, Signed | Settled);
        assert_eq!(table.refund("50.00").is_ok(), paid, "{state:?}");
        assert_eq!(table.refunded(), if paid { "50.00" } else { "0.00" }, "{state:?}");
        assert_eq!(table.amount(), "300.00", "status tells nothing: {state:?}");
    }
    let mut table = Table::with(Signed);
    table.refund("200.00").expect("taken");
    table.refund("100.01").expect_err("above what is left");
    table.refund("100.00").expect("exactly what is left");
    table.refund("0.01").expect_err("nothing left");
    assert_eq!(table.refunded(), "300.00");
}

#[test]
fn the_cap_per_request_lets_a_doubled_refund_through_and_shows_it() {
    let mut table = Table::with(Signed);
    table.book.switches.refunds.refund_cap = RefundCap::PerRequest;
    table.refund("300.00").expect("taken");
    table.refund("300.00").expect("taken again");
    table.refund("300.01").expect_err("above what was paid");
    assert_eq!(table.refunded(), "600.00");
}

#[test]
fn the_other_switches_of_refunds_turn() {
    let mut table = Table::with(Signed);
    table.book.switches.refunds.partial = false;
    table.refund("50.00").expect_err("only the whole");
    table.book.switches.refunds.partial = true;
    table.book.switches.refunds.lowers_amount = true;
    table.refund("50.00").expect("taken");
    assert_eq!(table.amount(), "250.00");
    table.book.switches.repeats.refuse_same_body = true;
    table.refund("50.00").expect_err("the same body");

    let mut table = Table::with(Signed);
    table.book.payment_mut(TOKEN).expect("known").payment_type = "paylater".into();
    table.refund("50.00").expect_err("PayLater has no refund");
    table.book.switches.refunds.paylater = true;
    table.refund("50.00").expect("taken");
}

#[test]
fn a_signed_decrease_returns_money_only_by_switch() {
    for (returns, paid) in [(false, 300), (true, 250)] {
        let mut table = Table::with(Signed);
        table.book.switches.signed_decrease.returns_money = returns;
        table.update("250.00").expect("taken");
        assert_eq!(table.payment().paid, Decimal::from(paid));
    }
}

#[test]
fn a_payment_moves_to_another_dealership_only_by_switch() {
    let mut table = Table::with(Pending);
    let other = table.book.accounts.get(1).expect("a second one").api_key.to_owned();
    let ask = ChangeAsk { new_api_key: Some(other.clone()), ..ask("300.00", None) };
    let now = table.now;
    let update = |table: &mut Table, ask| {
        table.book.update(&table.key.clone(), TOKEN, ask, &mut Chance::new(1), now)
    };
    update(&mut table, ask.clone()).expect_err("PayByLink only");
    table.book.switches.new_api_key.allowed = true;
    update(&mut table, ask).expect("moved");
    assert_eq!(table.payment().api_key, other);
    assert_eq!(table.update("310.00"), Err(Refusal(BAD_TOKEN.into())));
}

#[test]
fn updates_after_the_end_and_after_settling_follow_their_switches() {
    let mut table = Table::with(Failed);
    table.book.switches.ended.update_succeeds = true;
    table.update("250.00").expect("taken");
    let mut table = Table::with(Settled);
    table.book.switches.after_settled.refuse_update = true;
    table.update("250.00").expect_err("settled");
}

#[test]
fn the_limit_of_requests_counts_one_second_per_dealership() {
    let mut table = Table::with(Pending);
    table.book.switches.rate.max_per_second = Some(2);
    let (now, key) = (table.now, table.key.clone());
    let later = now + Duration::from_secs(1);
    for (api_key, at, passes) in [
        (key.as_str(), now, true),
        (key.as_str(), now, true),
        (key.as_str(), now, false),
        ("another", now, true),
        (key.as_str(), later, true),
    ] {
        assert_eq!(table.book.within_rate(api_key, at), passes);
    }
}
