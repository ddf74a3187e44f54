use std::sync::{Mutex, PoisonError};

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::{Permission, Role};
use counterfoil_store::table::staff::{self, StaffRow};

use crate::desk::Desk;
use crate::{Fault, FaultCode};

/// Minutes without a key or touch after which a seat locks (targets R13: at most fifteen).
pub const IDLE_LOCK_MINUTES: u32 = 10;

/// One place where somebody sits: a window, a browser, a command. Holds who is signed in.
#[derive(Debug, Default)]
pub struct Seat {
    signed_in: Mutex<Option<SignedIn>>,
}

#[derive(Debug, Clone)]
struct SignedIn {
    staff_id: StaffId,
    /// By `Runtime::counter`: putting the time right signs nobody out.
    touched_at: Moment,
}

impl Seat {
    /// An empty seat.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn sit_down(&self, staff_id: StaffId, now: Moment) {
        *self.lock() = Some(SignedIn { staff_id, touched_at: now });
    }

    pub(crate) fn stand_up(&self) {
        *self.lock() = None;
    }

    /// Somebody is at it: the idle lock starts again, unless it has run out.
    pub(crate) fn touch(&self, now: Moment) {
        let mut signed_in = self.lock();
        match signed_in.as_mut() {
            Some(somebody) if !is_idle(somebody, now) => somebody.touched_at = now,
            Some(_) => *signed_in = None,
            None => {}
        }
    }

    /// Who is signed in; none after the idle lock has run out.
    pub(crate) fn person(&self, now: Moment) -> Option<StaffId> {
        let mut signed_in = self.lock();
        if signed_in.as_ref().is_some_and(|somebody| is_idle(somebody, now)) {
            *signed_in = None;
        }
        signed_in.as_ref().map(|somebody| somebody.staff_id.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SignedIn>> {
        self.signed_in.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_idle(somebody: &SignedIn, now: Moment) -> bool {
    now.millis_since(somebody.touched_at) > i64::from(IDLE_LOCK_MINUTES) * 60_000
}

impl Desk {
    /// The person at this seat, who must be allowed to do this.
    pub(crate) fn allow(&self, seat: &Seat, permission: Permission) -> Result<StaffRow, Fault> {
        let person = self.signed_in(seat)?;
        if person.role.may(permission) {
            return Ok(person);
        }
        let who: Vec<_> = Role::ALL.iter().filter(|role| role.may(permission)).collect();
        let who: Vec<_> = who.into_iter().map(|role| role.word()).collect();
        let words =
            format!("a {} may not do this; these may: {}", person.role.word(), who.join(", "));
        Err(Fault::new(FaultCode::NotPermitted, words)
            .with("role", person.role.word())
            .with("permission", permission.word()))
    }

    /// The person at this seat.
    pub(crate) fn signed_in(&self, seat: &Seat) -> Result<StaffRow, Fault> {
        let nobody = || {
            Fault::new(
                FaultCode::SignInNeeded,
                "sign in first: name a person with their PIN (--as NAME and COUNTERFOIL_PIN on \
                 the command line)",
            )
        };
        let staff_id = seat.person(self.runtime.counter()).ok_or_else(nobody)?;
        self.read(|connection| staff::find(connection, staff_id.as_str()))?.ok_or_else(nobody)
    }
}
