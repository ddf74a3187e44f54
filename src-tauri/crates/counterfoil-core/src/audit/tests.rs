use super::*;

fn chain(length: usize) -> Vec<AuditEntry> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    for number in 0..length {
        let fact = AuditFact {
            at: "2026-01-01T00:00:00Z".to_owned(),
            who: "till".to_owned(),
            what: "test".to_owned(),
            about: number.to_string(),
            facts: serde_json::json!({"z": 1, "a": {"y": 2, "b": "ü"}}),
        };
        let last = entries.last().map(|entry| (entry.seq, entry.hash.clone()));
        let previous = last.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
        entries.push(AuditEntry::after(previous, "T1", &fact));
    }
    entries
}

fn first_bad(entries: &[AuditEntry]) -> Option<i64> {
    let mut verifier = Verifier::default();
    entries.iter().find_map(|entry| verifier.take(entry).err().map(|broken| broken.seq))
}

#[test]
fn an_untouched_chain_verifies() {
    assert_eq!(first_bad(&chain(20)), None);
}

#[test]
fn keys_are_sorted_without_white_space() {
    assert!(chain(1)[0].body.contains(r#""facts":{"a":{"b":"ü","y":2},"z":1}"#));
}

#[test]
fn every_flipped_byte_is_found_at_its_entry() {
    let good = chain(4);
    for place in 0..good[2].body.len() {
        let mut bad = good.clone();
        let mut bytes = bad[2].body.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        bad[2].body = text;
        assert_eq!(first_bad(&bad), Some(3), "byte {place}");
    }
}

#[test]
fn removed_swapped_and_inserted_entries_are_found() {
    let good = chain(6);
    let mut removed = good.clone();
    removed.remove(2);
    assert_eq!(first_bad(&removed), Some(3));
    let mut swapped = good.clone();
    swapped.swap(1, 4);
    assert_eq!(first_bad(&swapped), Some(2));
    let mut inserted = good.clone();
    inserted.insert(3, good[3].clone());
    assert_eq!(first_bad(&inserted), Some(5));
}

/// An entry with this text that fits the chain, so that only its form is judged.
fn first_with(body: &str) -> AuditEntry {
    let hash = sha256_hex(format!("{GENESIS}\n{body}").as_bytes());
    AuditEntry { seq: 1, body: body.to_owned(), hash }
}

fn with_facts(facts: &str) -> String {
    let before = r#"{"about":"a","at":"t","facts":"#;
    format!("{before}{facts},\"format\":1,\"seq\":1,\"till\":\"T\",\"what\":\"w\",\"who\":\"x\"}}")
}

#[test]
fn a_text_that_could_be_written_in_another_way_is_not_canonical() {
    let check = |facts: &str, expected: Option<Why>| {
        let found = Verifier::default().take(&first_with(&with_facts(facts)));
        assert_eq!(found.err().map(|broken| broken.why), expected, "{facts}");
    };
    for good in [
        "null",
        "{}",
        "[]",
        "[1,-1,0,true,false,null]",
        r#"{"":1,"a":[{"b":"\"\\\b\f\n\r\t\u0000\u001f"}],"ä":{}}"#,
        "9223372036854775807",
        r#"{"\n":1,"\u001f":2," ":3}"#,
    ] {
        check(good, None);
    }
    for bad in [
        " null",
        r#"{"a": 1}"#,
        r#"{"b":1,"a":1}"#,
        r#"{"a":1,"a":1}"#,
        r#"{" ":1,"\n":2}"#,
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        "[1,]",
        "[1 ,2]",
        "1.5",
        "1e3",
        "01",
        "-0",
        "+1",
        "9223372036854775808",
        r#""\u0041""#,
        r#""\u000a""#,
        r#""\u001F""#,
        r#""\/""#,
        r#""\ud83d\ude00""#,
        "\"\u{1}\"",
        "nul",
        "NaN",
        "",
    ] {
        check(bad, Some(Why::NotCanonical));
    }
}

#[test]
fn an_entry_has_the_members_of_its_format_and_no_others() {
    let good = with_facts("{}");
    let check = |from: &str, to: &str, expected: Why| {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        let found = Verifier::default().take(&first_with(&bad));
        assert_eq!(found.expect_err(&bad).why, expected, "{bad}");
    };
    check("\"format\":1", "\"format\":2", Why::Form);
    check("\"seq\":1", "\"seq\":2", Why::Form);
    check("\"seq\":1", "\"seq\":1.0", Why::Form);
    check("\"till\":\"T\",", "", Why::Form);
    check("\"who\":\"x\"}", "\"who\":\"x\",\"why\":1}", Why::Form);
    check("\"at\":\"t\"", "\"at\":7", Why::NotCanonical);
    check("\"x\"}", "\"x\"} ", Why::NotCanonical);
}

#[test]
fn what_the_trail_cannot_say_is_told_as_text() {
    let mut deep = serde_json::json!("bottom");
    for _ in 0..100 {
        deep = serde_json::json!([deep]);
    }
    let facts = serde_json::json!({"third": 0.5, "many": u64::MAX, "deep": deep, "one": 1});
    let fact = AuditFact {
        at: "t".to_owned(),
        who: "w".to_owned(),
        what: "test".to_owned(),
        about: "a".to_owned(),
        facts,
    };
    let entry = AuditEntry::after(None, "T", &fact);
    assert!(entry.body.contains(r#""third":"0.5""#), "{}", entry.body);
    assert!(entry.body.contains(r#""many":"18446744073709551615""#), "{}", entry.body);
    assert_eq!(Verifier::default().take(&entry), Ok(()));
}

#[test]
fn a_head_is_signed_by_its_key_over_exactly_what_it_says() {
    use ed25519_dalek::{Signer, SigningKey};
    let key = SigningKey::from_bytes(&[7; 32]);
    let head = Head {
        till: "T1".to_owned(),
        seq: 4,
        hash: chain(4)[3].hash.clone(),
        at: "2026-01-01T00:00:00Z".to_owned(),
    };
    let signed = SignedHead {
        public_key: hex::encode(key.verifying_key().to_bytes()),
        signature: hex::encode(key.sign(head.statement().as_bytes()).to_bytes()),
        head,
    };
    assert!(signed.is_signed());
    assert_eq!(SignedHead::parse(&signed.to_line()).as_ref(), Some(&signed));
    let other = |change: fn(&mut SignedHead)| {
        let mut other = signed.clone();
        change(&mut other);
        other.is_signed()
    };
    assert!(!other(|signed| signed.head.seq = 3));
    assert!(!other(|signed| signed.head.hash.replace_range(0..1, "x")));
    assert!(!other(|signed| signed.head.till.push('2')));
    assert!(!other(|signed| signed.head.at.push('2')));
    assert!(!other(|signed| signed.signature.make_ascii_uppercase()));
    assert!(!other(|signed| signed.public_key = "00".repeat(32)));
    assert!(!other(|signed| signed.signature = "00".repeat(64)));
    let line = signed.to_line();
    assert_eq!(SignedHead::parse(&line.replace("seq", "Seq")), None);
}

#[test]
fn a_special_character_is_found_at_every_place_of_a_text() {
    for long in 0..40 {
        let plain = format!("\"{}\"", "é€ x~\u{7f}".chars().cycle().take(long).collect::<String>());
        assert_eq!(Verifier::default().take(&first_with(&with_facts(&plain))), Ok(()), "{plain}");
        for place in 0..=long {
            let with = |special: &str| {
                let (one, other) = ("x".repeat(place), "x".repeat(long - place));
                let body = with_facts(&format!("\"{one}{special}{other}\""));
                Verifier::default().take(&first_with(&body)).is_ok()
            };
            assert!(with("\\n") && with("\\\"") && with("!") && with("]") && with("#"));
            assert!(!with("\n") && !with("\"") && !with("\\x") && !with("\u{1f}") && !with("\0"));
        }
    }
}
