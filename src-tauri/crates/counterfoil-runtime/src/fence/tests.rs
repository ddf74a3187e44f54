use super::*;
use crate::house::{House, till};

const REFUSED: fn(FenceWhy) -> Verdict = Verdict::Refuse;

fn place(path: &str, node: Option<&str>) -> Whereabouts {
    Whereabouts { node: node.map(str::to_owned), path: path.to_owned(), machine: None }
}

fn key(text: &str) -> Secret {
    Secret::from_text(text.to_owned())
}

#[test]
fn who_may_send_follows_from_key_place_and_count() {
    let here = place("p", Some("1:1"));
    let sealed = Some(seal(&till(), &key("k")));
    let check = |db: (&Option<String>, u64), kept: Option<(&str, u64, Whereabouts)>, expected| {
        let known = Known { till: till(), seal: db.0.clone(), epoch: db.1 };
        let shown = format!("{db:?} {kept:?}");
        let kept = kept.map(|(text, epoch, place)| Kept { key: key(text), epoch, place });
        assert_eq!(judge(&known, &here, kept.as_ref()), expected, "{shown}");
    };
    let passes = |moved, forgot| Verdict::Pass { moved, forgot };
    let same = || here.clone();
    let elsewhere = || place("q", Some("1:2"));
    check((&None, 0), None, Verdict::Bind);
    check((&None, 0), Some(("k", 0, same())), Verdict::BindOn);
    check((&None, 0), Some(("k", 0, elsewhere())), REFUSED(FenceWhy::Copied));
    check((&None, 0), Some(("k", 4, same())), REFUSED(FenceWhy::Older));
    check((&sealed, 7), None, REFUSED(FenceWhy::NoKey));
    check((&sealed, 7), Some(("other", 7, same())), REFUSED(FenceWhy::OtherKey));
    check((&sealed, 7), Some(("k", 7, same())), passes(false, false));
    check((&sealed, 8), Some(("k", 7, same())), passes(false, false));
    check((&sealed, 9), Some(("k", 7, same())), passes(false, true));
    check((&sealed, 6), Some(("k", 7, same())), REFUSED(FenceWhy::Older));
    check((&sealed, 7), Some(("k", 7, place("p", Some("1:2")))), passes(false, false));
    check((&sealed, 7), Some(("k", 7, place("q", Some("1:1")))), passes(true, false));
    check((&sealed, 6), Some(("k", 7, place("q", Some("1:1")))), REFUSED(FenceWhy::Older));
    check((&sealed, 9), Some(("k", 7, elsewhere())), REFUSED(FenceWhy::Copied));
    check((&sealed, 7), Some(("k", 7, place("q", None))), REFUSED(FenceWhy::Copied));
}

#[test]
fn the_same_place_on_another_computer_is_another_place() {
    let on = |machine: &str| Whereabouts {
        machine: Some(machine.to_owned()),
        ..place("p", Some("1:1"))
    };
    let known = Known { till: till(), seal: Some(seal(&till(), &key("k"))), epoch: 1 };
    let kept = Kept { key: key("k"), epoch: 1, place: on("a") };
    assert_eq!(judge(&known, &on("b"), Some(&kept)), REFUSED(FenceWhy::OtherMachine));
}

#[test]
fn an_entry_is_read_as_it_was_written_and_nothing_else_is_one() {
    for place in [place("p", Some("1:2")), place("p", None)] {
        let kept = Kept { key: key("k"), epoch: u64::MAX, place };
        let read = Kept::read(&kept.written()).expect("our own entry");
        assert_eq!((read.epoch, read.place), (kept.epoch, kept.place));
        assert_eq!(read.key.expose(), "k");
    }
    for text in
        ["", "1 k 7 p 1:1", "1 k seven p - -", "2 k 7 p - -", "1 k -7 p - -", "1 k 7 p - - x"]
    {
        assert!(Kept::read(&key(text)).is_none(), "{text:?}");
    }
}

#[test]
fn every_refusal_says_what_happened_that_no_money_moved_and_what_to_do() {
    use FenceWhy::{Copied, NoKey, Older, OtherKey, OtherMachine};
    for why in [NoKey, OtherKey, OtherMachine, Copied, Older] {
        let words = why.words();
        assert!(words.contains("no money moved") && words.contains("stays queued"), "{words}");
        assert!(words.ends_with('.') && !words.contains(".."), "{words}");
    }
}

impl House {
    fn passes(&self, runtime: &Runtime) -> Result<Pass, NotNow> {
        self.carrier.block_on(runtime.pass_the_fence()).expect("the store works")
    }

    fn refuses(&self, runtime: &Runtime, why: FenceWhy) {
        let refused = self.passes(runtime).map(drop);
        assert_eq!(refused, Err(NotNow::AnotherTill(why)));
        assert_eq!(runtime.look_at_the_fence().expect("it reads"), refused);
        let line = runtime.line();
        assert!(line.another_till && line.detail.is_some_and(|words| words == why.words()));
    }
}

fn epoch(runtime: &Runtime) -> u64 {
    runtime.store().read(meta::epoch).expect("it reads")
}

fn trail(runtime: &Runtime, what: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_entry WHERE json_extract(body, '$.what') = ?1";
    let count = runtime
        .store()
        .read(|connection| Ok(connection.query_row(sql, [what], |row| row.get::<_, i64>(0))?));
    count.expect("it reads")
}

/// Something happens, as sending would write it.
fn something_happens(runtime: &Runtime) {
    let fact = fact(runtime, &till(), "test", json!({}));
    let write = runtime.store().write(move |c| audit_entry::append(c, &fact).map(|_| ()));
    write.expect("it writes");
}

#[test]
fn the_tills_own_folder_sends_again_and_again_and_the_count_goes_up() {
    let house = House::new();
    let till = house.set_up("till");
    assert_eq!(till.look_at_the_fence().expect("it reads"), Ok(()));
    for expected in 1..4 {
        drop(house.passes(&till).expect("it is ours"));
        assert_eq!(epoch(&till), expected);
    }
    assert_eq!(trail(&till, "till.bound"), 0, "it was bound at its set-up");
    drop(till);
    let again = house.open("till");
    drop(house.passes(&again).expect("it is ours"));
    assert_eq!(epoch(&again), 4);
    assert!(!again.line().another_till);
}

#[test]
fn a_copy_elsewhere_is_refused_while_the_original_goes_on() {
    let house = House::new();
    let till = house.set_up("till");
    drop(house.passes(&till).expect("it is ours"));
    house.copy("till", "copy");
    let copy = house.open("copy");
    for _ in 0..3 {
        house.refuses(&copy, FenceWhy::Copied);
    }
    assert_eq!(trail(&copy, "till.refused_to_send"), 1, "once a run");
    drop(house.passes(&till).expect("it is ours"));
}

#[test]
fn a_copy_made_before_or_while_something_was_sent_is_older() {
    let house = House::new();
    for (number, ended) in [true, false].into_iter().enumerate() {
        let (name, copy) = (format!("till{number}"), format!("copy{number}"));
        let first = house.set_up(&name);
        let pass = house.passes(&first).expect("it is ours");
        house.copy(&name, &copy);
        something_happens(&first);
        if ended {
            house.carrier.block_on(pass.close(&first));
        } else {
            // Killed: the next run takes up the right anew.
            drop(pass);
            drop(house.passes(&first).expect("it is ours"));
        }
        drop(first);
        house.rests(&name);
        house.copy_into(&house.at(&copy), &house.at(&name));
        let _ = std::fs::remove_file(house.at(&name).join("counterfoil.db-shm"));
        house.refuses(&house.open(&name), FenceWhy::Older);
        // The next round has a till of its own.
        std::fs::remove_file(house.at("vault")).expect("it is there");
    }
}

#[test]
fn a_run_in_which_nothing_happened_counts_up_once() {
    let house = House::new();
    let till = house.set_up("till");
    let pass = house.passes(&till).expect("it is ours");
    house.carrier.block_on(pass.close(&till));
    assert_eq!(epoch(&till), 1);
    let pass = house.passes(&till).expect("it is ours");
    something_happens(&till);
    house.carrier.block_on(pass.close(&till));
    assert_eq!(epoch(&till), 3);
}

#[cfg(unix)]
#[test]
fn a_moved_folder_sends_and_is_noted_and_a_copy_where_it_lay_does_not() {
    let house = House::new();
    let till = house.set_up("till");
    drop(house.passes(&till).expect("it is ours"));
    drop(till);
    house.copy("till", "copy");
    std::fs::rename(house.at("till"), house.at("moved")).expect("it moves");
    let moved = house.open("moved");
    drop(house.passes(&moved).expect("it is the same file"));
    assert_eq!(trail(&moved, "till.moved"), 1);
    drop(house.passes(&moved).expect("it is known there now"));
    assert_eq!(trail(&moved, "till.moved"), 1);
    std::fs::rename(house.at("copy"), house.at("till")).expect("it moves");
    house.refuses(&house.open("till"), FenceWhy::Copied);
}

#[test]
fn without_the_key_nothing_is_sent() {
    let house = House::new();
    let till_ = house.set_up("till");
    till_.vault().remove(&name(&till())).expect("it is removed");
    house.refuses(&till_, FenceWhy::NoKey);
    till_.vault().set(&name(&till()), &key("no entry of ours")).expect("it is kept");
    house.refuses(&till_, FenceWhy::OtherKey);
}

#[test]
fn a_store_of_an_earlier_version_is_bound_once_and_its_copies_are_too_late() {
    let house = House::new();
    let old = house.open("till");
    let write = old.store().write(|c| meta::set(c, meta::TILL_ID, till().as_str()));
    write.expect("it writes");
    house.copy("till", "copy");
    assert_eq!(old.look_at_the_fence().expect("it reads"), Ok(()));
    for _ in 0..2 {
        drop(house.passes(&old).expect("it becomes ours"));
    }
    assert_eq!(trail(&old, "till.bound"), 1);
    house.refuses(&house.open("copy"), FenceWhy::Copied);
}

#[test]
fn a_binding_that_was_cut_off_goes_on_with_the_key_that_is_there() {
    let house = House::new();
    let old = house.open("till");
    let write = old.store().write(|c| meta::set(c, meta::TILL_ID, till().as_str()));
    write.expect("it writes");
    old.bind_new_till(&till()).expect("it is there");
    drop(house.passes(&old).expect("it becomes ours"));
    let sealed = old.store().read(|c| meta::get(c, meta::TILL_SEAL)).expect("it reads");
    let kept = kept(old.vault(), &till()).ok().flatten().expect("it is kept");
    assert_eq!(sealed, Some(seal(&till(), &kept.key)));
    assert_eq!((kept.epoch, epoch(&old)), (1, 1));
}

#[test]
fn a_keyring_that_cannot_be_asked_is_no_refusal_and_nothing_counts_up() {
    let house = House::new();
    drop(house.set_up("till"));
    let closed = house.open_with("till", "another passphrase");
    let NotNow::KeyringClosed { why } = house.passes(&closed).map(drop).expect_err("it is closed")
    else {
        panic!("it is no refusal")
    };
    assert!(why.contains("PASSPHRASE"), "{why}");
    let line = closed.line();
    assert!(line.keyring_closed && !line.another_till && line.detail == Some(why));
    assert_eq!(epoch(&closed), 0);
    assert_eq!(trail(&closed, "till.refused_to_send"), 0);
    let open = house.open("till");
    drop(house.passes(&open).expect("it is ours"));
}

#[test]
fn a_keyring_that_forgot_is_noted_and_a_folder_without_a_till_waits() {
    let house = House::new();
    let till = house.set_up("till");
    let write = till.store().write(|c| meta::set(c, meta::TILL_EPOCH, "5"));
    write.expect("it writes");
    drop(house.passes(&till).expect("it is ours"));
    assert_eq!((trail(&till, "till.keyring_behind"), epoch(&till)), (1, 6));
    let empty = house.open("empty");
    assert_eq!(house.passes(&empty).map(drop), Err(NotNow::NotSetUp));
}
