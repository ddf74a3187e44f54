//! Everything the provider's pages leave open, as switches named after the assumption they belong
//! to. The defaults are the page's safe defaults; tests turn them to prove that a client stands
//! all of them.

use serde::{Deserialize, Serialize};

/// All switches. In JSON each group is spelt like its assumption, for example
/// `{"A-NOR-07":{"hook_status":418}}`; members left out keep their value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NorceSwitches {
    /// Where editions of the pages differ, and answers they document beside the usual one.
    pub editions: Editions,
    /// How adapters write their patches.
    #[serde(rename = "A-NOR-01")]
    pub patches: Patches,
    /// What a direct call of an adapter's callback does.
    #[serde(rename = "A-NOR-02")]
    pub direct_call: DirectCall,
    /// How long a hook may take.
    #[serde(rename = "A-NOR-03")]
    pub deadline: Deadline,
    /// What a hook refuses with, and what it is told with.
    #[serde(rename = "A-NOR-07")]
    pub refusals: Refusals,
    /// Order management.
    #[serde(rename = "A-NOR-08")]
    pub management: Management,
    /// How attributes are merged.
    #[serde(rename = "A-NOR-09")]
    pub attributes: Attributes,
    /// In which states an order takes changes.
    #[serde(rename = "A-NOR-11")]
    pub editable: Editable,
}

/// Where editions differ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Editions {
    /// A new order is answered with its bare id instead of an object with it.
    pub create_answers_text: bool,
    /// States are printed with a capital, as in the examples.
    pub capital_states: bool,
    /// A change of an order's state is answered with 202 and happens all the same.
    pub state_202: bool,
    /// As `state_202`, but a more recent request took its place: nothing happens.
    pub state_superseded: bool,
    /// Validation errors come inside `{"errors":[…]}`.
    pub errors_wrapped: bool,
    /// A validation completes although a callback did not answer in time.
    pub time_constraint: bool,
}

/// A-NOR-01.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patches {
    /// An amount that is right already is answered with `[]` instead of a patch that sets it again.
    pub unchanged_is_empty: bool,
    /// An amount that is right already is answered with 204 and no body.
    pub unchanged_is_204: bool,
    /// The patch names the payment before the right one.
    pub wrong_place: bool,
    /// The patch is the page's own sample: one object without members.
    pub sample: bool,
    /// The hooks of a new payment listen to its whole list instead of the order's total, so that
    /// they have a say in changes of a payment too.
    pub scope_payments: bool,
}

/// A-NOR-02.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirectCall {
    /// Tokens of shops are not accepted: 401.
    pub forbidden: bool,
    /// The order takes the patch although nobody but the caller asked.
    pub stores: bool,
}

/// A-NOR-03.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deadline {
    /// Milliseconds a hook may take.
    pub hook_ms: u64,
}

impl Default for Deadline {
    fn default() -> Self {
        Self { hook_ms: 5_000 }
    }
}

/// A-NOR-07.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refusals {
    /// Status with which the order service refuses a change that a hook refused.
    pub http_status: u16,
    /// Status every hook of the stand-in's own adapters answers with; their rules when absent.
    pub hook_status: Option<u16>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { http_status: 400, hook_status: None }
    }
}

/// A-NOR-08.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Management {
    /// Status of what the payment's state does not allow.
    pub http_status: u16,
    /// What happens at the payment service shows in the order only after a refresh.
    pub shows_after_refresh: bool,
    /// A refunded payment is called `credited`.
    pub says_credited: bool,
}

impl Default for Management {
    fn default() -> Self {
        Self { http_status: 400, shows_after_refresh: false, says_credited: false }
    }
}

/// A-NOR-09.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// How a patch of the attributes is taken.
    pub merge: Merge,
}

impl Default for Attributes {
    fn default() -> Self {
        Self { merge: Merge::NullDeletes }
    }
}

/// How a patch of the attributes is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// Named keys are set, null takes one away.
    NullDeletes,
    /// Named keys are set, null too.
    NullStays,
    /// The whole object is replaced.
    Replace,
}

/// A-NOR-11.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Editable {
    /// Orders take changes of payments and texts in `checkout` only.
    pub checkout_only: bool,
}

impl Default for Editable {
    fn default() -> Self {
        Self { checkout_only: true }
    }
}
