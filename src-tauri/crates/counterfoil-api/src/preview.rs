//! What exactly would be sent, without sending it or telling anybody.

use counterfoil_connectors::{Ask, Secrets, Target, WireRequest};
use counterfoil_core::account::Account;
use counterfoil_core::payment::Base;
use counterfoil_core::staff::Permission;
use counterfoil_runtime::read_secrets;
use counterfoil_store::table::meta;

use crate::call;
use crate::desk::Desk;
use crate::input::Asked;
use crate::judging::{self, Asker};
use crate::seat::Seat;
use crate::view::{HeaderView, PreviewAnswer, PreviewView};
use crate::{Fault, FaultCode};

/// Stands for the idempotency key, which is the id that the change gets when it is stored.
const KEY_TO_COME: &str = "(the id of the change)";

impl Desk {
    pub(crate) fn change_preview(
        &self,
        seat: &Seat,
        ask: &call::Ask,
    ) -> Result<PreviewAnswer, Fault> {
        let person = self.allow(seat, Permission::Ask)?;
        let asked = self.asked(ask)?;
        let asker = Asker { person, now: self.runtime.now() };
        let warnings = self.read(|connection| judging::judge(connection, &asker, &asked))??;
        let base = asked.payment.as_ref().map(|payment| Base::of(&payment.facts));
        let request = self.would_send(&asked, base.as_ref())?;
        let connector = counterfoil_connectors::of(asked.account.provider);
        let effect = connector.effect_in_words(&asked.account, &asked.command, base.as_ref());
        let role = asker.person.role;
        let needs_approval = self.read(|connection| {
            judging::needs_approval(connection, role, &asked.command, base.as_ref())
        })?;
        let digest = request.digest();
        let headers = request.shown.headers.into_iter();
        Ok(PreviewAnswer {
            preview: PreviewView {
                method: request.method.as_str().to_owned(),
                url: request.shown.url,
                headers: headers.map(|(name, value)| HeaderView { name, value }).collect(),
                body: request.shown.body,
                digest,
                effect,
            },
            allowed: true,
            needs_approval,
            warnings,
        })
    }

    fn would_send(&self, asked: &Asked, base: Option<&Base>) -> Result<WireRequest, Fault> {
        let secrets = self.secrets(&asked.account)?;
        let target = Target { account: &asked.account, secrets: &secrets };
        let preview = Ask {
            command: &asked.command,
            provider_ref: asked.payment.as_ref().map(|p| p.facts.provider_ref.as_str()),
            baseline: base,
            key: KEY_TO_COME,
            look: None,
        };
        counterfoil_connectors::of(asked.account.provider)
            .encode(&target, &preview)
            .map_err(|error| Fault::new(FaultCode::NotAllowed, error.to_string()))
    }

    fn secrets(&self, account: &Account) -> Result<Secrets, Fault> {
        let till = self.read(meta::till_id)?;
        let till = till.ok_or_else(|| Fault::new(FaultCode::FirstRun, "set up the store first"))?;
        read_secrets(self.runtime.vault(), &till, account).map_err(crate::payments::keyring)
    }
}
