use std::collections::BTreeSet;

use counterfoil_core::change::Change;
use counterfoil_core::id::{AccountId, ChangeId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::Setting;
use counterfoil_store::StoreError;
use counterfoil_store::table::{
    account, audit_entry, change, clock, meta, outbox, payment, setting, staff,
};
use rusqlite::Connection;

use crate::damage::{Damage, Touched};
use crate::events::reads_back;
use crate::feed::Feed;
use crate::shop::{CHANGES, PAYMENTS, Shop, with_shop};

/// What names the table, and the row where it can, whatever stands in the columns.
const NAMES: [&str; 16] = [
    "account::all",
    "account::find",
    "account::get",
    "staff::all",
    "staff::find",
    "change::get",
    "change::list",
    "payment::get",
    "payment::by_ref",
    "payment::newest_of",
    "meta::till_id",
    "meta::epoch",
    "setting::get",
    "outbox::plan",
    "outbox::reasons",
    "audit_entry::head",
];

/// How far off a plan may be, in milliseconds.
const LONGEST_MS: i64 = 60_000;

/// A real database with any value in any column, with rows taken away and rows doubled. Whatever
/// is asked of it is answered, or refused with an error that says that rows are damaged and, where
/// the columns have kept their types, in which table; an event is told as it is stored or not at
/// all; a change or payment that nobody touched is what it was.
pub fn rows(data: &[u8]) {
    let mut feed = Feed::new(data);
    let strict = feed.flag();
    with_shop(strict, |shop| {
        shop.connection.execute_batch("SAVEPOINT input").expect("memory takes savepoints");
        let mut touched = Touched::default();
        for _ in 0..=feed.below(4) {
            Damage::read(&mut feed, shop).apply(&shop.connection, &mut touched);
        }
        let reader = Reader { connection: &shop.connection, strict };
        reader.small_tables();
        // What reads none of the damaged tables tells what it told before.
        if touched.any_of(&["audit_entry"]) {
            reader.trail();
        }
        if touched.any_of(&["change", "change_event", "outbox", "personal"]) {
            reader.changes(shop, &touched);
        }
        if touched.any_of(&["payment"]) {
            reader.payments(shop, &touched);
        }
        let undo = "ROLLBACK TO input; RELEASE input";
        shop.connection.execute_batch(undo).expect("memory rolls back");
    });
}

struct Reader<'a> {
    connection: &'a Connection,
    strict: bool,
}

impl Reader<'_> {
    /// What may be said about a damaged database.
    fn judge<T>(&self, what: &str, answer: Result<T, StoreError>) -> Option<T> {
        let error = match answer {
            Ok(told) => return Some(told),
            Err(error) => error,
        };
        let gone = matches!(error, StoreError::Missing(_) | StoreError::Broken(_));
        let named = matches!(error, StoreError::Damaged { .. } | StoreError::BadRow { .. });
        assert!(gone || error.is_damage(), "{what}: {error:?}");
        assert!(gone || named || !self.strict || !NAMES.contains(&what), "{what}: {error:?}");
        None
    }

    fn small_tables(&self) {
        let at = Moment::from_millis(50);
        let acc = AccountId::parse("acc").expect("plain letters");
        let on = self.connection;
        self.judge("account::all", account::all(on));
        self.judge("account::find", account::find(on, "shop"));
        self.judge("account::get", account::get(on, &acc));
        self.judge("account::unreachable_since", account::unreachable_since(on, &acc));
        self.judge("staff::all", staff::all(on));
        self.judge("staff::find", staff::find(on, "alice"));
        self.judge("meta::till_id", meta::till_id(on));
        self.judge("meta::epoch", meta::epoch(on));
        self.judge("clock::mark", clock::mark(on));
        for each in Setting::ALL {
            self.judge("setting::get", setting::get(on, each));
        }
        self.judge("outbox::due", outbox::due(on, &acc, at, LONGEST_MS, 10));
        self.judge("outbox::next_due", outbox::next_due(on, &acc, at));
        self.judge("outbox::next_move", outbox::next_move(on, &acc, at));
        self.judge("outbox::reasons", outbox::reasons(on));
        self.judge("outbox::depth", outbox::depth(on));
        self.judge("change::open_by_state", change::open_by_state(on));
    }

    fn trail(&self) {
        let on = self.connection;
        self.judge("clock::newest_moment", clock::newest_moment(on));
        self.judge("audit_entry::head", audit_entry::head(on));
        self.judge("audit_entry::verify", audit_entry::verify(on));
        self.judge("audit_entry::retried_after", audit_entry::retried_after(on, 0));
    }

    fn changes(&self, shop: &Shop, touched: &Touched) {
        let on = self.connection;
        let filter = change::Filter { limit: 50, ..change::Filter::default() };
        let listed = self.judge("change::list", change::list(on, &filter));
        let listed: BTreeSet<String> = listed
            .map(|listed| listed.rows.iter().map(|row| row.change_id.to_string()).collect())
            .unwrap_or_default();
        for (id, before) in CHANGES.iter().zip(&shop.changes) {
            let id = ChangeId::parse(id).expect("plain letters");
            self.judge("change::state", change::state(on, &id));
            self.judge("change::account_of", change::account_of(on, &id));
            self.judge("change::count_events", change::count_events(on, &id));
            self.judge("outbox::plan", outbox::plan(on, &id));
            let now = self.judge("change::get", change::get(on, &id));
            if touched.leaves_change(id.as_str()) {
                assert_eq!(now.as_ref(), Some(before), "an untouched change is another");
                assert!(listed.contains(id.as_str()), "{id} is hidden by the damage of another");
            }
            self.told_as_stored(&id, now.as_ref());
        }
        for id in PAYMENTS {
            let id = PaymentId::parse(id).expect("plain letters");
            self.judge("change::of_payment", change::of_payment(on, &id));
        }
    }

    /// What the log says of each event is what its row says.
    fn told_as_stored(&self, id: &ChangeId, folded: Option<&Change>) {
        let Some(log) = self.judge("change::log", change::log(self.connection, id)) else {
            assert!(folded.is_none(), "{id} was folded from a log that cannot be read");
            return;
        };
        let sql = "SELECT body FROM change_event WHERE change_id = ?1 ORDER BY place";
        let mut statement = self.connection.prepare_cached(sql).expect("the table is there");
        let rows = statement.query_map([id.as_str()], |row| row.get::<_, String>(0));
        let bodies: Vec<String> =
            rows.expect("it is asked").map(|body| body.expect("the log was read")).collect();
        assert_eq!(bodies.len(), log.len());
        self.is_whole(id, log.len(), folded);
        for (body, recorded) in bodies.iter().zip(&log) {
            reads_back(body, &recorded.event);
        }
    }

    /// A log has no gap, and its change ends where its row says.
    fn is_whole(&self, id: &ChangeId, events: usize, folded: Option<&Change>) {
        let sql = "SELECT (SELECT CAST(state AS BLOB) FROM change WHERE change_id = ?1),
                   group_concat(place ORDER BY place) FROM change_event WHERE change_id = ?1";
        let mut statement = self.connection.prepare_cached(sql).expect("the tables are there");
        let (state, places): (Option<Vec<u8>>, Option<String>) = statement
            .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("its places are numbers");
        let whole: Vec<String> = (1..=events).map(|place| place.to_string()).collect();
        assert_eq!(places.unwrap_or_default(), whole.join(","), "events of {id} are missing");
        if let Some(folded) = folded {
            let told = Some(folded.state.word().as_bytes());
            assert_eq!(state.as_deref(), told, "the end of {id} is missing");
        }
    }

    fn payments(&self, shop: &Shop, touched: &Touched) {
        let on = self.connection;
        let acc = AccountId::parse("acc").expect("plain letters");
        let pages = [Vec::new(), vec!["inv".to_owned()]];
        for words in pages {
            let page = payment::Page { words, limit: 50, ..payment::Page::default() };
            self.judge("payment::page", payment::page(on, &page));
        }
        self.judge("payment::newest_of", payment::newest_of(on, &acc));
        self.judge("payment::by_ref", payment::by_ref(on, &acc, "ref-p1"));
        self.judge("payment::count", payment::count(on));
        self.judge("payment::last_read", payment::last_read(on, &acc));
        for (id, before) in PAYMENTS.iter().zip(&shop.payments) {
            let id = PaymentId::parse(id).expect("plain letters");
            let now = self.judge("payment::get", payment::get(on, &id));
            if touched.leaves_payment(id.as_str()) {
                assert_eq!(now.as_ref(), Some(before), "an untouched payment is another");
            }
        }
    }
}
