use serde::Serialize;
use serde_json::Value;

use crate::call::{Call, Nothing};
use crate::desk::Desk;
use crate::seat::Seat;
use crate::{Fault, FaultCode};

impl Desk {
    /// Answers one call of the screen. Blocks: never call it on an async thread.
    ///
    /// # Errors
    /// The fault, safe to show.
    pub fn call(&self, seat: &Seat, call: Call) -> Result<Value, Fault> {
        // Another program on this till may have put the time right.
        self.runtime.refresh_clock();
        match call {
            Call::DeskShow(_) => json(self.desk_view(seat)),
            Call::DeskSetUp(ask) => json(self.set_up(&ask)),
            Call::SessionPeople(_) => json(self.session_people()),
            Call::SessionSignIn(ask) => {
                self.sign_in(seat, &ask.staff_id, &ask.pin)?;
                json(self.desk_view(seat))
            }
            Call::SessionSignOut(_) => {
                seat.stand_up();
                json(self.desk_view(seat))
            }
            Call::SessionTouch(_) => {
                seat.touch(self.runtime.counter());
                json(Ok(Nothing {}))
            }
            Call::LineSet(ask) => {
                self.line_set(seat, ask)?;
                json(self.desk_view(seat))
            }
            Call::PaymentList(ask) => json(self.payment_list(seat, &ask)),
            Call::PaymentShow(ask) => json(self.payment_show(seat, &ask)),
            Call::PaymentTrack(ask) => json(self.payment_track(seat, &ask)),
            Call::PaymentRefresh(ask) => json(self.payment_refresh(seat, &ask)),
            Call::ChangePreview(ask) => json(self.change_preview(seat, &ask)),
            Call::ChangeAsk(ask) => json(self.change_ask(seat, &ask)),
            Call::ChangeListed(ask) => json(self.change_list(seat, &ask)),
            Call::ChangeShow(ask) => json(self.change_show(seat, &ask)),
            Call::ChangeApprove(ask) => json(self.change_approve(seat, &ask)),
            Call::ChangeReject(ask) => json(self.change_reject(seat, &ask)),
            Call::ChangeWithdraw(ask) => json(self.change_withdraw(seat, &ask)),
            Call::ChangeRetry(ask) => json(self.change_retry(seat, &ask)),
            Call::ChangeResolve(ask) => json(self.change_resolve(seat, &ask)),
            Call::ChangeRebase(ask) => json(self.change_rebase(seat, &ask)),
            Call::ChangeDrop(ask) => json(self.change_drop(seat, &ask)),
            Call::DoubtListed(_) => json(self.doubt_list(seat)),
            Call::ConflictListed(_) => json(self.conflict_list(seat)),
            Call::ChangeQr(ask) => json(self.change_qr(seat, &ask)),
            Call::ProviderList(_) => json(self.provider_list(seat)),
            Call::AccountList(_) => json(self.account_list(seat)),
            Call::AccountAdd(ask) => json(self.account_add(seat, &ask)),
            Call::AccountRotate(ask) => json(self.account_rotate(seat, &ask)),
            Call::AccountTested(ask) => json(self.account_test(seat, &ask)),
            Call::AccountRemove(ask) => json(self.account_remove(seat, &ask).map(|()| Nothing {})),
            Call::StaffList(_) => json(self.staff_list(seat)),
            Call::StaffAdd(ask) => json(self.staff_add(seat, &ask)),
            Call::SettingsList(_) => json(self.settings_list(seat)),
            Call::SettingsSet(ask) => json(self.settings_set(seat, &ask)),
            Call::AuditVerify(_) => json(self.audit_verify()),
            Call::ReconcileRun(ask) => json(self.reconcile_run(seat, &ask)),
            Call::ReconcileProgress(_) => json(self.reconcile_progress(seat)),
            Call::ReconcileStop(_) => json(self.reconcile_stop(seat)),
            Call::ReconcileListed(ask) => json(self.reconcile_list(seat, &ask)),
            Call::ReconcileResolve(ask) => json(self.reconcile_resolve(seat, &ask)),
        }
    }

    /// Reads a call as a screen sends it and answers it.
    ///
    /// # Errors
    /// The fault, safe to show; [`FaultCode::BadInput`] when it is no call of the table.
    pub fn call_json(&self, seat: &Seat, call: Value) -> Result<Value, Fault> {
        let call: Call = serde_json::from_value(call).map_err(|error| {
            Fault::new(FaultCode::BadInput, format!("this is no call of the table: {error}"))
        })?;
        self.call(seat, call)
    }
}

fn json<T: Serialize>(outcome: Result<T, Fault>) -> Result<Value, Fault> {
    serde_json::to_value(outcome?)
        .map_err(|error| Fault::new(FaultCode::Store, format!("the answer has no JSON: {error}")))
}
