use std::sync::{Mutex, PoisonError};

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::Setting;
use counterfoil_store::table::setting;
use counterfoil_store::table::staff::{self, StaffRow};

use crate::Fault;
use crate::call::{Nothing, SignIn};
use crate::desk::Desk;
use crate::dispatch::{Admitted, nobody};
use crate::people::PinCheck;
use crate::view::DeskView;

/// Minutes without a key or touch after which a seat locks where the setting cannot be read; the
/// setting itself takes fifteen at most (targets R13).
const IDLE_LOCK_MINUTES: u32 = 10;

/// One place where somebody sits: a window, a browser, a command. Holds who is signed in.
#[derive(Debug, Default)]
pub struct Seat {
    signed_in: Mutex<Option<SignedIn>>,
}

#[derive(Debug, Clone)]
struct SignedIn {
    staff_id: StaffId,
    /// How far their PIN could be checked.
    check: PinCheck,
    /// By `Runtime::counter`: putting the time right signs nobody out.
    touched_at: Moment,
}

impl Seat {
    /// An empty seat.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn sit_down(&self, staff_id: StaffId, check: PinCheck, now: Moment) {
        *self.lock() = Some(SignedIn { staff_id, check, touched_at: now });
    }

    pub(crate) fn stand_up(&self) {
        *self.lock() = None;
    }

    /// Somebody is at it: the idle lock of so many minutes starts again, unless it has run out.
    pub(crate) fn touch(&self, now: Moment, minutes: u32) {
        let mut signed_in = self.lock();
        match signed_in.as_mut() {
            Some(somebody) if !is_idle(somebody, now, minutes) => somebody.touched_at = now,
            Some(_) => *signed_in = None,
            None => {}
        }
    }

    /// Who is signed in; none after the idle lock of so many minutes has run out.
    pub(crate) fn person(&self, now: Moment, minutes: u32) -> Option<StaffId> {
        let mut signed_in = self.lock();
        if signed_in.as_ref().is_some_and(|somebody| is_idle(somebody, now, minutes)) {
            *signed_in = None;
        }
        signed_in.as_ref().map(|somebody| somebody.staff_id.clone())
    }

    /// How far the PIN of whoever is signed in could be checked; in short where nobody is.
    pub(crate) fn check(&self) -> PinCheck {
        self.lock().as_ref().map_or(PinCheck::Closed, |somebody| somebody.check)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SignedIn>> {
        self.signed_in.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_idle(somebody: &SignedIn, now: Moment, minutes: u32) -> bool {
    now.millis_since(somebody.touched_at) > i64::from(minutes) * 60_000
}

impl Desk {
    pub(crate) fn session_sign_in(
        &self,
        at: &Admitted<'_>,
        ask: &SignIn,
    ) -> Result<DeskView, Fault> {
        self.sign_in(at.seat, &ask.staff_id, &ask.pin)?;
        self.desk_view(at.seat)
    }

    pub(crate) fn session_sign_out(
        &self,
        at: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<DeskView, Fault> {
        self.sign_out(at.seat)?;
        self.runtime.keep_head_soon();
        self.desk_view(at.seat)
    }

    pub(crate) fn session_touch(&self, at: &Admitted<'_>, _: &Nothing) -> Result<Nothing, Fault> {
        at.seat.touch(self.runtime.counter(), self.idle_minutes());
        Ok(Nothing {})
    }

    /// The person at this seat.
    pub(crate) fn signed_in(&self, seat: &Seat) -> Result<StaffRow, Fault> {
        let now = self.runtime.counter();
        let staff_id = seat.person(now, self.idle_minutes()).ok_or_else(nobody)?;
        let row = self.read(|connection| staff::find(connection, staff_id.as_str()))?;
        row.filter(StaffRow::is_here).ok_or_else(nobody)
    }

    /// Minutes without a key or touch after which a seat locks.
    pub(crate) fn idle_minutes(&self) -> u32 {
        let minutes = self.read(|connection| setting::get(connection, Setting::LockIdleMinutes));
        minutes.ok().and_then(|text| text.parse().ok()).unwrap_or(IDLE_LOCK_MINUTES)
    }
}
