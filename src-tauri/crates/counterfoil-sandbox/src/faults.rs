//! The switchboard of faults: which command is disturbed, how, how often. It decides only; the
//! disturbing itself is done by `deliver` (on the wire) and by each provider (inside its answers).

use serde::{Deserialize, Serialize};

use crate::chance::Chance;

/// A command of a provider, by the name the control interface uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Create a payment.
    Start,
    /// Read a payment.
    Status,
    /// Change amount or invoice number.
    Update,
    /// End an unpaid payment.
    Cancel,
    /// Return money.
    Refund,
    /// Read the products.
    Products,
    /// Take held money.
    Capture,
    /// End an authorisation.
    Void,
    /// Change texts only.
    Relabel,
    /// Read many payments.
    List,
    /// Have the provider look at its own payment service again.
    Refresh,
    /// A call to a payment's adapter about a proposed order, whoever makes it.
    Hook,
}

/// How a command is disturbed. "Applied" means: it takes its effect in the stand-in's book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is closed before anything is applied.
    DropBeforeApply,
    /// Applied, then the connection is closed without a byte of an answer.
    ApplyThenDrop,
    /// No answer ever comes; applied unless `applied` is false.
    Hang,
    /// The right answer comes late, by `ms`; applied before the wait.
    DelayMs,
    /// A gateway's HTML page with 502; not applied unless `applied` is true.
    #[serde(rename = "html_502")]
    Html502,
    /// Applied, then 500 with a body that says `success:false`.
    #[serde(rename = "error_500_after_apply")]
    Error500AfterApply,
    /// 200 without a body; applied unless `applied` is false.
    #[serde(rename = "empty_200")]
    Empty200,
    /// Applied; the answer is complete HTTP, its JSON stops half way.
    TruncatedJson,
    /// Applied; half of the announced bytes arrive, then the connection closes.
    CutAnswer,
    /// Applied; valid JSON of `bytes` bytes (50 MB when not given).
    HugeBody,
    /// Applied; the answer names a status nobody has documented (`value`). Status and cancel only.
    UnknownStatusValue,
    /// Applied; the answer holds keys nobody has documented.
    ExtraKeys,
    /// Applied; the link of a signed increase is left out. Counts only where there is a link.
    RedirectUrlMissing,
    /// Applied; the answer speaks of another token or amount.
    WrongEcho,
    /// A definite no for now: another request changes the same payment. Not applied.
    ResourceConflict,
    /// 302 to another address; not applied unless `applied` is true.
    #[serde(rename = "redirect_302")]
    Redirect302,
    /// 429 with `Retry-After: retry_after` (seconds, 1); not applied unless `applied` is true.
    #[serde(rename = "http_429")]
    Http429,
    /// 200 with text that is not JSON; applied unless `applied` is false.
    #[serde(rename = "not_json_200")]
    NotJson200,
    /// Applied; JSON without the `success` member.
    SuccessMissing,
    /// Applied; `success` is a text, not a boolean.
    SuccessAsText,
    /// Applied; the answer lacks a comma, as printed on the provider's update page.
    MissingComma,
}

impl FaultKind {
    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DropBeforeApply => "drop_before_apply",
            Self::ApplyThenDrop => "apply_then_drop",
            Self::Hang => "hang",
            Self::DelayMs => "delay_ms",
            Self::Html502 => "html_502",
            Self::Error500AfterApply => "error_500_after_apply",
            Self::Empty200 => "empty_200",
            Self::TruncatedJson => "truncated_json",
            Self::CutAnswer => "cut_answer",
            Self::HugeBody => "huge_body",
            Self::UnknownStatusValue => "unknown_status_value",
            Self::ExtraKeys => "extra_keys",
            Self::RedirectUrlMissing => "redirect_url_missing",
            Self::WrongEcho => "wrong_echo",
            Self::ResourceConflict => "resource_conflict",
            Self::Redirect302 => "redirect_302",
            Self::Http429 => "http_429",
            Self::NotJson200 => "not_json_200",
            Self::SuccessMissing => "success_missing",
            Self::SuccessAsText => "success_as_text",
            Self::MissingComma => "missing_comma",
        }
    }

    const fn suits(self, command: Command) -> bool {
        match self {
            Self::UnknownStatusValue => matches!(command, Command::Status | Command::Cancel),
            Self::RedirectUrlMissing => false, // drawn on its own, once a link is known to exist
            Self::DropBeforeApply
            | Self::ApplyThenDrop
            | Self::Hang
            | Self::DelayMs
            | Self::Html502
            | Self::Error500AfterApply
            | Self::Empty200
            | Self::TruncatedJson
            | Self::CutAnswer
            | Self::HugeBody
            | Self::ExtraKeys
            | Self::WrongEcho
            | Self::ResourceConflict
            | Self::Redirect302
            | Self::Http429
            | Self::NotJson200
            | Self::SuccessMissing
            | Self::SuccessAsText
            | Self::MissingComma => true,
        }
    }
}

/// One fault on the switchboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The disturbed command; every command when absent.
    #[serde(default)]
    pub command: Option<Command>,
    /// How.
    pub fault: FaultKind,
    /// How many matching requests pass undisturbed first.
    #[serde(default)]
    pub after: u32,
    /// How many requests are disturbed; without end when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// In how many of 1000 matching requests it strikes, drawn from the sandbox's seed.
    #[serde(default = "every_time")]
    pub per_mille: u16,
    /// Whether the command takes effect, for the kinds that leave it open.
    #[serde(default)]
    pub applied: Option<bool>,
    /// Milliseconds of `delay_ms`.
    #[serde(default)]
    pub ms: Option<u64>,
    /// Seconds of `http_429`.
    #[serde(default)]
    pub retry_after: Option<u64>,
    /// Size of `huge_body`.
    #[serde(default)]
    pub bytes: Option<usize>,
    /// Text of `unknown_status_value`.
    #[serde(default)]
    pub value: Option<String>,
}

const fn every_time() -> u16 {
    1000
}

impl FaultRule {
    /// A fault on one command, every time.
    #[must_use]
    pub const fn on(command: Command, fault: FaultKind) -> Self {
        Self {
            command: Some(command),
            fault,
            after: 0,
            times: None,
            per_mille: every_time(),
            applied: None,
            ms: None,
            retry_after: None,
            bytes: None,
            value: None,
        }
    }

    /// A fault on every command, every time.
    #[must_use]
    pub const fn everywhere(fault: FaultKind) -> Self {
        let mut rule = Self::on(Command::Start, fault);
        rule.command = None;
        rule
    }

    /// The next `times` matching requests only.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// The next matching request only.
    #[must_use]
    pub const fn once(self) -> Self {
        self.times(1)
    }

    /// Lets the first `after` matching requests pass.
    #[must_use]
    pub const fn after(mut self, after: u32) -> Self {
        self.after = after;
        self
    }

    /// Strikes in this many of 1000 matching requests.
    #[must_use]
    pub const fn per_mille(mut self, per_mille: u16) -> Self {
        self.per_mille = per_mille;
        self
    }

    /// Whether the command takes effect, for the kinds that leave it open.
    #[must_use]
    pub const fn applied(mut self, applied: bool) -> Self {
        self.applied = Some(applied);
        self
    }

    /// Milliseconds of `delay_ms`.
    #[must_use]
    pub const fn ms(mut self, ms: u64) -> Self {
        self.ms = Some(ms);
        self
    }

    /// Whether the command takes effect under this fault.
    #[must_use]
    pub fn applies(&self) -> bool {
        match self.fault {
            FaultKind::DropBeforeApply | FaultKind::ResourceConflict => false,
            FaultKind::Html502 | FaultKind::Redirect302 | FaultKind::Http429 => {
                self.applied.unwrap_or(false)
            }
            FaultKind::Hang | FaultKind::Empty200 | FaultKind::NotJson200 => {
                self.applied.unwrap_or(true)
            }
            FaultKind::ApplyThenDrop
            | FaultKind::DelayMs
            | FaultKind::Error500AfterApply
            | FaultKind::TruncatedJson
            | FaultKind::CutAnswer
            | FaultKind::HugeBody
            | FaultKind::UnknownStatusValue
            | FaultKind::ExtraKeys
            | FaultKind::RedirectUrlMissing
            | FaultKind::WrongEcho
            | FaultKind::SuccessMissing
            | FaultKind::SuccessAsText
            | FaultKind::MissingComma => true,
        }
    }

    fn concerns(&self, command: Command) -> bool {
        self.command.is_none_or(|only| only == command) && self.times != Some(0)
    }

    /// Counts one matching request and says whether the fault strikes it.
    fn strikes(&mut self, chance: &mut Chance) -> bool {
        if self.after > 0 {
            self.after -= 1;
            return false;
        }
        if !chance.happens(self.per_mille) {
            return false;
        }
        self.times = self.times.map(|left| left.saturating_sub(1));
        true
    }
}

/// What was drawn for one request: delays add up, of the other kinds the first one strikes.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    pub delay_ms: u64,
    pub rule: Option<FaultRule>,
}

impl Drawn {
    /// The name for the list of received requests.
    pub(crate) fn name(&self) -> Option<String> {
        let named = self.rule.as_ref().map(|rule| rule.fault.as_str());
        named.or((self.delay_ms > 0).then_some("delay_ms")).map(str::to_owned)
    }
}

/// The faults that are switched on.
#[derive(Debug, Default)]
pub(crate) struct Switchboard {
    rules: Vec<FaultRule>,
}

impl Switchboard {
    pub(crate) fn set(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn list(&self) -> Vec<FaultRule> {
        self.rules.clone()
    }

    /// Draws for one request and counts it.
    pub(crate) fn draw(&mut self, command: Command, chance: &mut Chance) -> Drawn {
        let mut drawn = Drawn::default();
        for rule in &mut self.rules {
            if !rule.concerns(command) || !rule.fault.suits(command) {
                continue;
            }
            if rule.fault == FaultKind::DelayMs {
                if rule.strikes(chance) {
                    drawn.delay_ms = drawn.delay_ms.saturating_add(rule.ms.unwrap_or(0));
                }
            } else if drawn.rule.is_none() && rule.strikes(chance) {
                drawn.rule = Some(rule.clone());
            }
        }
        self.forget_spent();
        drawn
    }

    /// Whether the link of this answer, which has one, is to be left out.
    pub(crate) fn draw_missing_link(&mut self, command: Command, chance: &mut Chance) -> bool {
        let struck = self.rules.iter_mut().any(|rule| {
            rule.fault == FaultKind::RedirectUrlMissing
                && rule.concerns(command)
                && rule.strikes(chance)
        });
        self.forget_spent();
        struck
    }

    fn forget_spent(&mut self) {
        self.rules.retain(|rule| rule.times != Some(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(board: &mut Switchboard, commands: &[Command]) -> Vec<Option<FaultKind>> {
        let mut chance = Chance::new(1);
        commands
            .iter()
            .map(|command| board.draw(*command, &mut chance).rule.map(|rule| rule.fault))
            .collect()
    }

    #[test]
    fn a_fault_strikes_its_command_only_as_often_as_asked_and_after_the_wait() {
        let mut board = Switchboard::default();
        board.set(FaultRule::on(Command::Refund, FaultKind::ApplyThenDrop).after(1).times(2));
        let commands = [Command::Refund, Command::Update, Command::Refund, Command::Refund];
        let drop = Some(FaultKind::ApplyThenDrop);
        assert_eq!(struck(&mut board, &commands), [None, None, drop, drop]);
        assert_eq!(struck(&mut board, &commands), [None; 4]);
        assert!(board.list().is_empty());
    }

    #[test]
    fn delays_add_up_beside_another_fault() {
        let mut board = Switchboard::default();
        board.set(FaultRule::everywhere(FaultKind::DelayMs).ms(20));
        board.set(FaultRule::everywhere(FaultKind::Hang));
        board.set(FaultRule::everywhere(FaultKind::DelayMs).ms(5));
        let drawn = board.draw(Command::Status, &mut Chance::new(1));
        assert_eq!((drawn.delay_ms, drawn.rule.map(|r| r.fault)), (25, Some(FaultKind::Hang)));
    }

    #[test]
    fn a_rule_reads_as_flat_json_and_unknown_members_are_refused() {
        let rule: FaultRule =
            serde_json::from_str(r#"{"command":"refund","fault":"html_502","times":1}"#)
                .expect("a documented rule");
        assert_eq!(rule, FaultRule::on(Command::Refund, FaultKind::Html502).once());
        assert!(serde_json::from_str::<FaultRule>(r#"{"fault":"hang","tims":1}"#).is_err());
    }

    #[test]
    fn the_name_of_every_kind_is_its_json_name() {
        for name in ["drop_before_apply", "html_502", "error_500_after_apply", "http_429"] {
            let kind: FaultKind = serde_json::from_value(name.into()).expect("a documented fault");
            assert_eq!(kind.as_str(), name);
        }
    }
}
