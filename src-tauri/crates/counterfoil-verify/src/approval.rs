//! Approvals: where an entry holds a seal, its signature must fit the statement it holds, and its
//! key must be the one that the trail gave to who signed. The statement is described in
//! `docs/approvals.md`.

use std::collections::BTreeMap;

use crate::head;
use crate::json::{self, Json};

/// The entries that may hold a seal.
const APPROVED: &str = "change.approved";
/// The entries that tell whose key is whose: of people here, and of people of other tills.
const KEY_TOLD: [&str; 2] = ["staff.key_made", "approval.key_imported"];
/// The entry after which a key of another till counts no more.
const KEY_REMOVED: &str = "approval.key_removed";
/// The form of the statement that is signed.
const FORM: &str = "counterfoil-approval-1";

/// Most people with a key: a file that tells of more would only fill the memory.
const MOST_PEOPLE: usize = 100_000;

/// Whose key is whose, as far as the trail has told.
#[derive(Debug, Clone, Default)]
pub struct Signers {
    keys: BTreeMap<String, String>,
}

impl Signers {
    /// Takes the next entry. True where it holds a seal that fits, false where it holds none.
    pub fn take(&mut self, body: &Json) -> Result<bool, &'static str> {
        match body.text("what") {
            Some(APPROVED) => self.check(body),
            Some(KEY_REMOVED) => {
                self.keys.remove(body.text("about").unwrap_or_default());
                Ok(false)
            }
            Some(what) if KEY_TOLD.contains(&what) => self.learn(body).map(|()| false),
            Some(_) | None => Ok(false),
        }
    }

    fn learn(&mut self, body: &Json) -> Result<(), &'static str> {
        let key = body.get("facts").and_then(|facts| facts.text("public_key"));
        let key = key.filter(|key| head::bytes::<32>(key).is_some());
        let (Some(key), Some(of)) = (key, body.text("about")) else {
            return Err("it tells of a person's key and does not name it");
        };
        if self.keys.len() == MOST_PEOPLE {
            return Err("it tells of the key of one person too many");
        }
        self.keys.insert(of.to_owned(), key.to_owned());
        Ok(())
    }

    fn check(&self, body: &Json) -> Result<bool, &'static str> {
        let Some(facts) = body.get("facts") else { return Ok(false) };
        let seal = match facts.get("seal") {
            None | Some(Json::Null) => return Ok(false),
            Some(seal) => seal,
        };
        let (Some(key), Some(signature), Some(statement)) =
            (seal.text("public_key"), seal.text("signature"), facts.text("statement"))
        else {
            return Err("its approval has no key, no signature or no statement");
        };
        if !head::is_signed(key, statement.as_bytes(), signature) {
            return Err("the signature of its approval does not fit the statement");
        }
        if self.keys.get(body.text("who").unwrap_or_default()).is_none_or(|known| known != key) {
            return Err(
                "its approval is signed with a key that the trail does not give who signed",
            );
        }
        is_of(body, seal, statement)
    }
}

fn is_of(body: &Json, seal: &Json, statement: &str) -> Result<bool, &'static str> {
    let stated = json::read(statement).map_err(|_| "its statement is not in the canonical form")?;
    let fits = stated.text("form") == Some(FORM)
        && stated.text("change") == body.text("about")
        && stated.text("approver") == body.text("who")
        && stated.text("nonce") == seal.text("nonce");
    if fits { Ok(true) } else { Err("its statement is of another approval") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../docs/approvals.md");

    /// The statement, the key and the signature of the page's example.
    fn example() -> (String, String, String) {
        let block = PAGE.split_once("```json\n").expect("the page has an example").1;
        let (statement, rest) = block.split_once("\n```").expect("which ends");
        let quoted = |words: &str| {
            let behind = rest.split_once(words).expect("the page says it").1;
            let text = behind.split_once('`').expect("between quotes").1;
            text.split_once('`').expect("between quotes").0.to_owned()
        };
        (statement.to_owned(), quoted("With the key of the example,"), quoted("the signature is"))
    }

    fn entry(what: &str, who: &str, about: &str, facts: &str) -> Json {
        let text =
            format!(r#"{{"about":"{about}","facts":{facts},"what":"{what}","who":"{who}"}}"#);
        json::read(&text).expect("canonical")
    }

    fn quoted(text: &str) -> String {
        format!("\"{}\"", text.replace('"', "\\\""))
    }

    fn approved(about: &str, who: &str, nonce: &str, told: &(String, String, String)) -> Json {
        let (statement, key, signature) = told;
        let seal =
            format!(r#"{{"nonce":"{nonce}","public_key":"{key}","signature":"{signature}"}}"#);
        let facts = format!(r#"{{"seal":{seal},"statement":{}}}"#, quoted(statement));
        entry(APPROVED, who, about, &facts)
    }

    fn knowing(who: &str, key: &str) -> Signers {
        let mut signers = Signers::default();
        let told = entry(KEY_TOLD[0], who, who, &format!(r#"{{"public_key":"{key}"}}"#));
        assert_eq!(signers.take(&told), Ok(false));
        signers
    }

    #[test]
    fn the_example_of_the_page_fits_and_a_change_of_any_part_does_not() {
        let told = example();
        let mut signers = knowing("bob", &told.1);
        assert_eq!(signers.take(&approved("c1", "bob", "n1", &told)), Ok(true));
        for (about, who, nonce) in [("c2", "bob", "n1"), ("c1", "ann", "n1"), ("c1", "bob", "n2")] {
            let other = approved(about, who, nonce, &told);
            assert!(signers.take(&other).is_err(), "{about} {who} {nonce}");
        }
    }

    #[test]
    fn every_changed_letter_of_statement_key_and_signature_is_found() {
        let told = example();
        let other = |text: &str, at: usize| {
            let mut letters: Vec<char> = text.chars().collect();
            letters[at] = if letters[at] == '1' { '2' } else { '1' };
            letters.into_iter().collect::<String>()
        };
        let mut signers = knowing("bob", &told.1);
        let mut tried = 0;
        for at in 0..told.0.len() {
            // Quotes and backslashes hold the entry together.
            if !told.0[at..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
                continue;
            }
            let edited = (other(&told.0, at), told.1.clone(), told.2.clone());
            assert!(signers.take(&approved("c1", "bob", "n1", &edited)).is_err(), "{}", edited.0);
            tried += 1;
        }
        for at in 0..told.2.len() {
            let edited = (told.0.clone(), told.1.clone(), other(&told.2, at));
            assert!(signers.take(&approved("c1", "bob", "n1", &edited)).is_err(), "{}", edited.2);
            tried += 1;
        }
        for at in 0..told.1.len() {
            let edited = (told.0.clone(), other(&told.1, at), told.2.clone());
            assert!(signers.take(&approved("c1", "bob", "n1", &edited)).is_err(), "{}", edited.1);
            tried += 1;
        }
        assert!(tried > 500, "{tried}");
    }

    #[test]
    fn a_key_counts_only_for_whom_the_trail_gave_it_to_and_only_after() {
        let told = example();
        let yes = approved("c1", "bob", "n1", &told);
        assert!(Signers::default().take(&yes).is_err(), "nobody has this key");
        assert!(knowing("ann", &told.1).take(&yes).is_err(), "it is somebody else's");
        let mut signers = knowing("bob", &told.1);
        assert_eq!(signers.take(&yes), Ok(true));
        let newer = format!(r#"{{"public_key":"{}"}}"#, "1".repeat(64));
        assert_eq!(signers.take(&entry(KEY_TOLD[0], "olive", "bob", &newer)), Ok(false));
        assert!(signers.take(&yes).is_err(), "bob has another key by then");
        let mut signers = Signers::default();
        let key = format!(r#"{{"public_key":"{}"}}"#, told.1);
        assert_eq!(signers.take(&entry(KEY_TOLD[1], "olive", "bob", &key)), Ok(false));
        assert_eq!(signers.take(&yes), Ok(true), "a person of another till");
        assert_eq!(signers.take(&entry(KEY_REMOVED, "olive", "bob", "{}")), Ok(false));
        assert!(signers.take(&yes).is_err(), "taken out again");
    }
}
