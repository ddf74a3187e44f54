//! What all journeys have in common: a payment is tracked and shown, a change is previewed, asked
//! for, approved where it takes two, sent and held against the ledger; a refusal moves nothing.

use std::cell::RefCell;

use counterfoil_sandbox::{Effect, EffectKind};
use serde_json::{Value, json};

use crate::makings;
use crate::till::{Till, text};

/// One journey through one provider.
pub struct Walk {
    pub till: Till,
    provider: &'static str,
    /// The changes that were applied.
    applied: RefCell<Vec<String>>,
}

/// Whether the digest of a preview is that of the sending.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Preview {
    /// It is.
    IsSent,
    /// The request is built from a reading right before it: a preview shows only what changes.
    ShowsWhatChanges,
    /// The request names the change, which a preview does not have.
    NamesNoChange,
}

impl Walk {
    /// Begins with an account `A` at this provider.
    pub fn begin(provider: &'static str, further: &str) -> Self {
        let till = makings::till(provider, further);
        Self { till, provider, applied: RefCell::default() }
    }

    /// Brings a payment onto the till, where it is shown and listed alike.
    pub fn track(&self, account: &str, provider_ref: &str) -> String {
        let track = format!("payment track --account {account} --ref {provider_ref}");
        let tracked = self.till.cashier(&track).exits(0);
        let id = text(&tracked["payment_id"]);
        assert_eq!(tracked["provider"], self.provider);
        assert_eq!(tracked["provider_ref"], provider_ref);
        let shown = self.show(&format!("{account}/{provider_ref}"));
        let listed = self.till.cashier("payment list --limit 1").exits(0);
        for same in [&shown, &listed["payments"][0]] {
            assert_eq!(same["payment_id"], id.as_str());
            assert_eq!(same["allowed"], tracked["allowed"]);
        }
        id
    }

    pub fn show(&self, payment: &str) -> Value {
        self.till.cashier(&format!("payment show {payment}")).exits(0)
    }

    /// What may be asked for, each kind with why not.
    pub fn offers(&self, payment: &str, expected: &[(&str, Option<&str>)]) {
        let shown = self.show(payment);
        let rows = shown["allowed"].as_array().expect("a list");
        let offers: Vec<_> =
            rows.iter().map(|row| (text(&row["kind"]), row["code"].as_str())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(kind, code)| ((*kind).to_owned(), *code)).collect();
        assert_eq!(offers, expected, "{shown}");
        for row in rows {
            assert_eq!(row["allowed"], row["code"].is_null(), "{row}");
            assert_eq!(row["why"].is_null(), row["code"].is_null(), "{row}");
        }
    }

    /// A field of the payment as read again right now.
    pub fn reads(&self, payment: &str, fields: &[(&str, Value)]) {
        let read = self.till.cashier(&format!("payment refresh {payment}")).exits(0);
        for (pointer, expected) in fields {
            assert_eq!(read.pointer(pointer), Some(expected), "{pointer} of {read}");
        }
    }

    /// Shows what would be sent; stores nothing and calls nobody.
    fn preview(&self, ask: &str) -> Value {
        let before = self.till.sandbox.received_requests().len();
        let shown = self.till.cashier(&format!("{ask} --preview")).exits(0);
        assert_eq!(shown["allowed"], true, "{shown}");
        assert_eq!(self.till.sandbox.received_requests().len(), before, "it calls nobody");
        let preview = &shown["preview"];
        for part in ["method", "url", "digest", "effect"] {
            assert!(!text(&preview[part]).is_empty(), "{part} of {shown}");
        }
        preview.clone()
    }

    /// Asks as the cashier; where it takes two people, the manager approves.
    fn asked(&self, ask: &str) -> String {
        let call = self.till.cashier(ask);
        if !ask.starts_with("change refund") {
            let asked = call.exits(0);
            assert_eq!(asked["state"], "queued", "{asked}");
            return text(&asked["change_id"]);
        }
        let asked = call.exits(6);
        assert_eq!(asked["state"], "awaiting_approval", "{asked}");
        let change = text(&asked["change_id"]);
        let approve = format!("change approve {change}");
        self.till.cashier(&approve).refuses(3, "not_permitted");
        assert_eq!(self.till.manager(&approve).exits(0)["state"], "queued");
        change
    }

    /// Sends what waits.
    pub fn sync(&self, exit: i32) -> Value {
        self.till.cashier("sync --until-idle --deadline 10s").exits(exit)
    }

    /// A change of each step of its way; answers the one effect it had.
    pub fn applies(&self, ask: &str, preview: Preview) -> Effect {
        let shown = self.preview(ask);
        let before = self.effects().len();
        let change = self.asked(ask);
        assert_eq!(self.effects().len(), before, "asking sends nothing");
        let report = self.sync(0);
        assert_eq!((&report["applied"], &report["attempts"]), (&1.into(), &1.into()), "{report}");
        self.settled(&change, before, (preview == Preview::IsSent).then_some(&shown["digest"]))
    }

    /// The change is applied, by the one effect that was not there before.
    pub fn settled(&self, change: &str, before: usize, digest: Option<&Value>) -> Effect {
        let change = self.till.cashier(&format!("change show {change}")).exits(0);
        assert_eq!(change["state"], "applied", "{change}");
        let attempts = change["attempts"].as_array().expect("a list");
        assert_eq!(attempts.len(), 1, "{change}");
        let effects = self.effects().split_off(before);
        let [effect] = effects.as_slice() else { panic!("one effect, not {effects:?}") };
        assert_eq!(Some(text(&attempts[0]["digest"])), effect.request_digest, "what arrived");
        if let Some(digest) = digest {
            assert_eq!(&attempts[0]["digest"], digest, "what was shown was sent");
        }
        assert_eq!(effect.provider, self.provider);
        self.applied.borrow_mut().push(text(&change["change_id"]));
        effect.clone()
    }

    /// Refused when it is asked for: nobody is called. That nothing is stored shows at the end.
    pub fn refused(&self, ask: &str, why: &str) -> Value {
        let before = self.till.sandbox.received_requests().len();
        let error = self.till.manager(ask).exits(3)["error"].clone();
        assert_eq!(error["detail"]["why"], why, "{ask}: {error}");
        assert_eq!(self.till.sandbox.received_requests().len(), before, "{ask}");
        error
    }

    /// What took effect at the provider by a command, in order.
    pub fn effects(&self) -> Vec<Effect> {
        let by_command = |kind| !matches!(kind, EffectKind::Control | EffectKind::CustomerSigned);
        self.till.sandbox.ledger().into_iter().filter(|effect| by_command(effect.kind)).collect()
    }

    /// Nothing is left to do, and till, ledger and trail agree. Secrets are looked for when the
    /// till goes.
    pub fn ends(self) {
        assert_eq!(self.sync(0)["attempts"], 0, "what is final is not touched again");
        let applied = self.applied.borrow();
        let listed = self.till.cashier("change list").exits(0);
        let known = listed["changes"].as_array().expect("a list").iter().rev();
        let known: Vec<_> = known.map(|change| text(&change["change_id"])).collect();
        assert_eq!(known, *applied, "every change was applied, and nothing else was stored");
        assert_eq!(self.effects().len(), applied.len(), "one effect for each");
        let trail = self.till.nobody("audit verify").exits(0);
        assert_eq!(trail["ok"], true, "{trail}");
        let doctor = self.till.nobody("doctor").exits(0);
        assert!(!doctor.to_string().contains("paused\":\""), "{doctor}");
    }
}

/// Money as the program prints it.
pub fn money(text: &str, currency: &str) -> Value {
    json!({ "minor": text.replace('.', ""), "currency": currency, "text": text })
}
