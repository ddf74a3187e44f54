//! What exactly would be sent, without sending it or telling anybody.

use counterfoil_connectors::{Ask, Secrets, Target, WireRequest};
use counterfoil_core::account::Account;
use counterfoil_core::approval::Level;
use counterfoil_core::payment::Base;
use counterfoil_runtime::read_secrets;
use counterfoil_store::table::meta;

use crate::call;
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::input::Asked;
use crate::judging::{self, Asker};
use crate::ruling;
use crate::view::{HeaderView, PreviewAnswer, PreviewView};
use crate::{Fault, FaultCode};

/// Stands for the idempotency key, which is the id that the change gets when it is stored.
const KEY_TO_COME: &str = "(the id of the change)";

impl Desk {
    pub(crate) fn change_preview(
        &self,
        at: &Admitted<'_>,
        ask: &call::Ask,
    ) -> Result<PreviewAnswer, Fault> {
        let asked = self.asked(ask)?;
        let asker = Asker { person: at.asker()?, now: self.runtime.now() };
        let judged = self.read(|connection| judging::judge(connection, &asker, &asked))??;
        let base = asked.payment.as_ref().map(|payment| Base::of(&payment.facts));
        let request = self.would_send(&asked, base.as_ref())?;
        let connector = counterfoil_connectors::of(asked.account.provider);
        let effect = connector.effect_in_words(&asked.account, &asked.command, base.as_ref());
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
            needs_approval: judged.verdict.level != Level::Allowed,
            approval_because: ruling::because(&judged.verdict),
            warnings: judged.warnings,
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
