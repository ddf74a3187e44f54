//! What follows what in a file: one header, entries in their order with heads right behind the
//! entry they are of, one end. Line by line, so that a file of any length needs little memory.

use sha2::{Digest, Sha256};

use crate::Against;
use crate::approval::Signers;
use crate::entry::{self, Entry, GENESIS};
use crate::head;
use crate::json::{self, Json};
use crate::lines::LONGEST_LINE;

/// The form of a file.
const FORM: &str = "counterfoil-trail-1";
/// The form of its end.
const END_FORM: &str = "counterfoil-trail-end-1";
/// What an entry says that tells of a new key of the till.
const KEY_MADE: &str = "till.key_made";
/// Most keys a till may have had; one is usual.
const MOST_KEYS: usize = 1_000;

/// The first place at which a file is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The line, from 1.
    pub line: u64,
    /// The first bad entry: the one that is wrong or whose head is, else the one that is missing
    /// here; none for the first line, and for an end that does not fit whole entries.
    pub entry: Option<i64>,
    /// What is wrong, in words.
    pub why: String,
}

/// What a whole file shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries.
    pub entries: i64,
    /// Hash of the newest.
    pub head: String,
    /// The till.
    pub till: String,
    /// The newest entry under a signature of the till.
    pub signed_to: Option<i64>,
    /// The key of that signature, 64 hex digits.
    pub key: Option<String>,
    /// How many heads.
    pub heads: u64,
    /// True where the till signed the end of the file too.
    pub end_signed: bool,
    /// How many approvals' signatures were checked.
    pub approvals: u64,
    /// The entry with the hash that was asked about.
    pub head_at: Option<i64>,
}

/// A file, as far as it was read.
#[derive(Debug, Clone)]
pub struct Check {
    against: Against,
    line: u64,
    digest: Sha256,
    place: Place,
    till: String,
    schema_key: Option<String>,
    entries: i64,
    hash: String,
    heads: u64,
    head_here: bool,
    signed: Option<(i64, String)>,
    keys: Vec<String>,
    signers: Signers,
    approvals: u64,
    head_at: Option<i64>,
    end_signed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Entries,
    Ended,
}

impl Check {
    /// Before the first line.
    #[must_use]
    pub fn new(against: &Against) -> Self {
        Self {
            against: against.clone(),
            line: 0,
            digest: Sha256::new(),
            place: Place::First,
            till: String::new(),
            schema_key: None,
            entries: 0,
            hash: GENESIS.to_owned(),
            heads: 0,
            head_here: false,
            signed: None,
            keys: Vec::new(),
            signers: Signers::default(),
            approvals: 0,
            head_at: None,
            end_signed: false,
        }
    }

    /// Takes the next line, without its line feed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, line: &[u8]) -> Result<(), Found> {
        self.line += 1;
        let Ok(text) = str::from_utf8(line) else {
            return Err(self.here("the line is not UTF-8"));
        };
        if text.ends_with('\r') {
            return Err(self.here("the line ends with CR and LF: something rewrote the file"));
        }
        let told = json::read(text).map_err(|no| {
            self.here(format!("the line is not canonical JSON: {} (byte {})", no.why, no.at))
        })?;
        let before = self.digest.clone();
        self.digest.update(line);
        self.digest.update(b"\n");
        match self.place {
            Place::First => self.first(&told),
            Place::Entries if told.has_exactly(&["body", "hash", "seq"]) => self.entry(&told),
            Place::Entries if told.has_exactly(&["head", "public_key", "signature"]) => {
                self.head(&told)
            }
            Place::Entries if told.has_exactly(&["end", "signature"]) => {
                let digest = hex::encode(before.finalize());
                self.end(&told, &digest)
            }
            Place::Entries => Err(self.here("the line is no entry, no head and no end")),
            Place::Ended => Err(self.here("something follows the end")),
        }
    }

    /// The file ended within a line.
    #[must_use]
    pub fn cut_off(&mut self) -> Found {
        self.line += 1;
        self.here("the file ends in the middle of a line: its tail is cut off")
    }

    /// A line has no end in sight.
    #[must_use]
    pub fn too_long(&mut self) -> Found {
        self.line += 1;
        self.here(format!("the line is longer than {LONGEST_LINE} bytes"))
    }

    /// The file ended.
    ///
    /// # Errors
    /// It ended too early, or does not hold what it is held against.
    pub fn finish(mut self) -> Result<Verdict, Found> {
        if self.place != Place::Ended {
            self.line += 1;
            return Err(self.here("the file ends before its end line: its tail is cut off"));
        }
        if let (Some(head), None) = (&self.against.head, self.head_at) {
            let why = format!(
                "no entry has the hash {head}: the file is shorter, older or another than the one \
                 it was taken from"
            );
            return Err(self.here(why));
        }
        if let Some(key) = &self.against.key
            && self.signed.as_ref().is_none_or(|(_, by)| by != key)
            && !(self.end_signed && self.schema_key.as_ref() == Some(key))
        {
            let found = self.at(None, "nothing in this file is signed by the key that was given");
            return Err(found);
        }
        let (signed_to, key) = self.signed.unzip();
        Ok(Verdict {
            entries: self.entries,
            head: self.hash,
            till: self.till,
            signed_to,
            key,
            heads: self.heads,
            end_signed: self.end_signed,
            approvals: self.approvals,
            head_at: self.head_at,
        })
    }

    fn first(&mut self, told: &Json) -> Result<(), Found> {
        let keys = ["by", "exported_at", "form", "public_key", "schema", "till"];
        if told.text("form") != Some(FORM) || !told.has_exactly(&keys) {
            return Err(self.here("this is no exported trail of the form counterfoil-trail-1"));
        }
        let texts = ["by", "exported_at", "till"].iter().all(|key| told.text(key).is_some());
        let key_fits = match told.get("public_key") {
            Some(Json::Null) => true,
            Some(Json::Text(key)) => head::bytes::<32>(key).is_some(),
            Some(_) | None => false,
        };
        if !texts || !key_fits || told.integer("schema").is_none() {
            return Err(self.here("a member of the first line is of another kind"));
        }
        self.schema_key = told.text("public_key").map(str::to_owned);
        self.till = told.text("till").unwrap_or_default().to_owned();
        self.place = Place::Entries;
        Ok(())
    }

    fn entry(&mut self, told: &Json) -> Result<(), Found> {
        let seq = self.entries + 1;
        let entry = entry::of_line(told, seq, &self.hash, &self.till)
            .map_err(|why| self.at(Some(seq), why))?;
        let sealed = self.signers.take(&entry.body).map_err(|why| self.at(Some(seq), why))?;
        self.approvals += u64::from(sealed);
        self.learn_key(&entry.body).map_err(|why| self.at(Some(seq), why))?;
        let Entry { hash, .. } = entry;
        if self.against.head.as_ref().is_some_and(|head| hash.starts_with(head.as_str())) {
            self.head_at = Some(seq);
        }
        (self.entries, self.hash, self.head_here) = (seq, hash, false);
        Ok(())
    }

    /// The trail itself tells which keys are the till's.
    fn learn_key(&mut self, body: &Json) -> Result<(), &'static str> {
        if body.text("what") != Some(KEY_MADE) {
            return Ok(());
        }
        let key = body.get("facts").and_then(|facts| facts.text("public_key"));
        let Some(key) = key.filter(|key| head::bytes::<32>(key).is_some()) else {
            return Err("it tells of a key and does not name it");
        };
        if self.keys.len() == MOST_KEYS {
            return Err("it tells of one key too many");
        }
        self.keys.push(key.to_owned());
        Ok(())
    }

    fn head(&mut self, told: &Json) -> Result<(), Found> {
        let seq = self.entries;
        let head = head::of_line(told).map_err(|why| self.at(Some(seq), why))?;
        if head.seq > seq {
            return Err(self.here("it is missing: the head behind it stands here"));
        }
        if self.head_here || head.seq != seq || seq == 0 {
            return Err(self.at(Some(seq), "a head stands behind another entry than its own"));
        }
        if head.hash != self.hash || head.till != self.till {
            let why = "the till signed another entry in this place: the trail was rewritten";
            return Err(self.at(Some(seq), why));
        }
        if !self.keys.contains(&head.key) {
            return Err(self.at(Some(seq), "a head is signed by a key that is not the till's"));
        }
        if !head.is_signed() {
            return Err(self.at(Some(seq), "the signature of a head does not fit"));
        }
        self.heads += 1;
        self.head_here = true;
        if self.against.key.as_ref().is_none_or(|wanted| *wanted == head.key) {
            self.signed = Some((seq, head.key));
        }
        Ok(())
    }

    fn end(&mut self, told: &Json, digest: &str) -> Result<(), Found> {
        let Some(text) = told.text("end") else {
            return Err(self.at(None, "the end has no text"));
        };
        let stated = self.stated_end(digest);
        if text != stated {
            let why = "the end does not fit what stands before it: lines were changed, taken out \
                       or put in, or the first line was changed";
            return Err(self.at(None, why));
        }
        let last = self.keys.last();
        if self.schema_key.as_ref() != last {
            return Err(self.at(None, "the first line names another key than the trail"));
        }
        self.end_signed = match (told.get("signature"), last) {
            (Some(Json::Null), _) => false,
            (Some(Json::Text(signature)), Some(key))
                if head::is_signed(key, text.as_bytes(), signature) =>
            {
                true
            }
            _ => return Err(self.at(None, "the signature of the end does not fit")),
        };
        self.place = Place::Ended;
        Ok(())
    }

    /// What the end must state about what stands before it.
    fn stated_end(&self, digest: &str) -> String {
        let member = |key: &str, value: Json| (key.to_owned(), value);
        let heads = i64::try_from(self.heads).unwrap_or(i64::MAX);
        let end = Json::Object(vec![
            member("digest", Json::Text(digest.to_owned())),
            member("entries", Json::Integer(self.entries)),
            member("form", Json::Text(END_FORM.to_owned())),
            member("head", Json::Text(self.hash.clone())),
            member("heads", Json::Integer(heads)),
            member("till", Json::Text(self.till.clone())),
        ]);
        let mut text = String::new();
        end.write(&mut text);
        text
    }

    /// A finding at this line: of the entry that should stand here.
    fn here(&self, why: impl Into<String>) -> Found {
        let entry = (self.place != Place::First).then_some(self.entries + 1);
        self.at(entry, why)
    }

    fn at(&self, entry: Option<i64>, why: impl Into<String>) -> Found {
        Found { line: self.line, entry, why: why.into() }
    }
}
