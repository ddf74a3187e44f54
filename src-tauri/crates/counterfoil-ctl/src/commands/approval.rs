use counterfoil_api::call::{
    AcceptAnswer, AnswerChallenge, Call, ChallengeText, ChangeRef, ImportKey, Nothing, StaffRef,
};
use counterfoil_api::{Fault, FaultCode};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::{Approval, Key};
use crate::plain::{self, Table, rows, word};
use crate::session::Door;
use crate::typed;

pub fn carry_out(door: &Door<'_>, approval: &Approval) -> Result<Answer, Fault> {
    match approval {
        Approval::Challenge { change } => challenge(door, change),
        Approval::Read { challenge } => {
            let ask = ChallengeText { challenge: challenge.clone() };
            let asked = door.sign_in()?.call(Call::ApprovalRead(ask))?;
            let plain = in_words(&asked);
            Ok(Answer::done(asked, plain))
        }
        Approval::Answer { challenge } => answer(door, challenge),
        Approval::Accept { answer } => {
            let ask = AcceptAnswer { answer: answer.clone() };
            let change = door.sign_in()?.call(Call::ApprovalAccept(ask))?;
            let plain = plain::change(&change);
            Ok(Answer::done(change, plain))
        }
        Approval::Key(key) => keys(door, key),
    }
}

fn challenge(door: &Door<'_>, change: &str) -> Result<Answer, Fault> {
    let ask = ChangeRef { change_id: change.to_owned() };
    let shown = door.sign_in()?.call(Call::ApprovalChallenge(ask))?;
    let (text, code) = (word(&shown["challenge"]), word(&shown["code"]));
    let until = word(&shown["expires_at"]);
    let plain = format!(
        "Give this to the manager's till, until {until}:\n\n{text}\n\nBoth tills show {code}: \
         compare it before anybody gives a PIN."
    );
    Ok(Answer::done(shown, plain))
}

/// Here the person of `--as` is who agrees: they sign in and prove themselves as the approver.
fn answer(door: &Door<'_>, challenge: &str) -> Result<Answer, Fault> {
    let session = door.open()?;
    let words = "say who agrees: --as NAME, with the PIN in COUNTERFOIL_PIN";
    let who = door.acting().ok_or_else(|| Fault::new(FaultCode::SignInNeeded, words))?;
    let pin = typed::pin(door.global)?;
    session.desk.sign_in(&session.seat, who, &pin)?;
    let (staff_id, challenge) = (who.to_owned(), challenge.to_owned());
    let ask = AnswerChallenge { challenge, staff_id, pin };
    let given = session.call(Call::ApprovalAnswer(ask))?;
    let (asked, text) = (in_words(&given["asked"]), word(&given["answer"]));
    let plain = format!(
        "{asked}\n\n{} agrees. Give this to the till that asked:\n\n{text}",
        word(&given["approver"])
    );
    Ok(Answer::done(given, plain))
}

fn in_words(asked: &Value) -> String {
    let words: Vec<String> = rows(&asked["words"]).iter().map(word).collect();
    format!(
        "Code {}: the till that asks shows the same.\n{}",
        word(&asked["code"]),
        words.join("\n")
    )
}

fn keys(door: &Door<'_>, key: &Key) -> Result<Answer, Fault> {
    match key {
        Key::Export { who } => {
            let ask = StaffRef { staff: who.clone() };
            let card = door.sign_in()?.call(Call::ApprovalKeyExport(ask))?;
            let plain = format!(
                "{} ({}), fingerprint {}\n\n{}",
                word(&card["name"]),
                word(&card["role"]),
                word(&card["fingerprint"]),
                word(&card["key"])
            );
            Ok(Answer::done(card, plain))
        }
        Key::Import { key, role, fingerprint } => {
            let (key, role, fingerprint) = (key.clone(), role.clone(), fingerprint.clone());
            let ask = ImportKey { key, role, fingerprint };
            let kept = door.sign_in()?.call(Call::ApprovalKeyImport(ask))?;
            let plain = format!(
                "{} of {} counts as {} here. Fingerprint {}: the other till shows the same.",
                word(&kept["name"]),
                word(&kept["till"]),
                word(&kept["role"]),
                word(&kept["fingerprint"])
            );
            Ok(Answer::done(kept, plain))
        }
        Key::List => list(door),
        Key::Remove { who } => {
            let ask = StaffRef { staff: who.clone() };
            let gone = door.sign_in()?.call(Call::ApprovalKeyRemove(ask))?;
            let plain = format!("Answers of {} no longer count here.", word(&gone["name"]));
            Ok(Answer::done(gone, plain))
        }
    }
}

fn list(door: &Door<'_>) -> Result<Answer, Fault> {
    let keys = door.sign_in_to_read()?.call(Call::ApprovalKeys(Nothing {}))?;
    let mut table = Table::new(&["NAME", "TILL", "ROLE", "FINGERPRINT", "SINCE", "REMOVED"]);
    for key in rows(&keys) {
        let fields = ["name", "till", "role", "fingerprint", "added_at", "removed_at"];
        table.row(fields.map(|field| word(&key[field])));
    }
    Ok(Answer::done(json!({ "keys": keys }), table.to_string()))
}
