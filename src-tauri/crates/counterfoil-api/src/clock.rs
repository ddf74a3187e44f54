//! What a person is told about the clocks.

use counterfoil_core::clock::ClockWarning;
use serde::Serialize;

use crate::desk::Desk;
use crate::view::{ClockCode, ClockWarningView};

/// What `doctor` says about the clocks.
#[derive(Debug, Clone, Serialize)]
pub struct ClockHealth {
    /// The time the till goes by. RFC 3339, UTC.
    pub trusted: String,
    /// What the computer's clock reads. RFC 3339, UTC.
    pub wall: String,
    /// By how many milliseconds the computer's clock is ahead of the till's time.
    pub differs_ms: i64,
    /// By how many milliseconds the provider that differs most is ahead of the till's time; null
    /// while none was seen to differ by more than a minute.
    pub provider_differs_ms: Option<i64>,
    /// What a person should know; null while the clocks agree.
    pub warning: Option<ClockWarningView>,
}

impl Desk {
    pub(crate) fn clock_warning(&self) -> Option<ClockWarningView> {
        self.runtime.clock_facts().warning.map(warning_view)
    }

    pub(crate) fn clock_health(&self) -> ClockHealth {
        let facts = self.runtime.clock_facts();
        ClockHealth {
            trusted: facts.trusted.to_rfc3339(),
            wall: facts.wall.to_rfc3339(),
            differs_ms: facts.differs_ms,
            provider_differs_ms: facts.provider_differs_ms,
            warning: facts.warning.map(warning_view),
        }
    }
}

fn warning_view(warning: ClockWarning) -> ClockWarningView {
    let code = match warning {
        ClockWarning::SetBack(_) => ClockCode::SetBack,
        ClockWarning::SetForward(_) => ClockCode::SetForward,
        ClockWarning::ProviderDiffers(_) => ClockCode::ProviderDiffers,
        ClockWarning::Ahead(_) => ClockCode::Ahead,
    };
    ClockWarningView { code, by_ms: warning.by_ms().saturating_abs() }
}
