use counterfoil_core::audit::Why;
use counterfoil_store::trail::{self, Against, Checked};

use super::*;
use crate::house::House;

impl House {
    /// Ends a runtime and waits until its store is closed.
    fn end(&self, runtime: Runtime, name: &str) {
        drop(runtime);
        self.rests(name);
    }
}

fn happens(runtime: &Runtime, many: usize) {
    for _ in 0..many {
        let fact = AuditFact {
            at: runtime.now().to_rfc3339(),
            who: "till".to_owned(),
            what: "test".to_owned(),
            about: "x".to_owned(),
            facts: json!({}),
        };
        let write = runtime.store().write(move |c| audit_entry::append(c, &fact).map(|_| ()));
        write.expect("it writes");
    }
}

fn kept(runtime: &Runtime) -> i64 {
    match runtime.keep_head().expect("the store works") {
        HeadKept::Kept { seq } => seq,
        HeadKept::NotNow { why } => panic!("{why}"),
    }
}

fn refused(runtime: &Runtime) -> String {
    match runtime.keep_head().expect("the store works") {
        HeadKept::Kept { seq } => panic!("{seq}"),
        HeadKept::NotNow { why } => why,
    }
}

fn check(runtime: &Runtime) -> Result<Checked, (i64, Why)> {
    let anchor = runtime.remembered_head().expect("the keyring works");
    let against = Against { anchor, hash: None };
    let checked = runtime.store().read(|connection| trail::check(connection, &against, |_| ()));
    checked.map_err(|error| match error {
        StoreError::Broken(broken) => (broken.seq, broken.why),
        error => panic!("{error}"),
    })
}

#[test]
fn a_head_covers_all_that_came_and_nothing_new_makes_none() {
    let house = House::new();
    let runtime = house.set_up("till");
    happens(&runtime, 3);
    assert_eq!(kept(&runtime), 4, "the till's key is told of first");
    for _ in 0..3 {
        assert_eq!(kept(&runtime), 4);
    }
    assert_eq!(check(&runtime).map(|all| (all.heads, all.signed_to)), Ok((1, Some(4))));
    happens(&runtime, 2);
    assert_eq!(kept(&runtime), 6);
    assert_eq!(check(&runtime).map(|all| (all.heads, all.signed_to)), Ok((2, Some(6))));
    let remembered = runtime.remembered_head().expect("it works").expect("there is one");
    let newest = runtime.store().read(signed_head::newest).expect("it reads");
    assert_eq!(Some(remembered), newest);
    house.end(runtime, "till");
    let again = house.open("till");
    assert_eq!(kept(&again), 6, "a new run tells of no second key");
}

#[test]
fn a_keyring_that_is_away_fails_nothing_and_is_made_up_for() {
    let house = House::new();
    house.end(house.set_up("till"), "till");
    let closed = house.open_with("till", "another passphrase");
    happens(&closed, 5);
    assert!(refused(&closed).contains("PASSPHRASE"));
    assert!(closed.remembered_head().is_err());
    assert_eq!(closed.sign_as_till(b"x"), None);
    let open = house.open("till");
    assert_eq!(kept(&open), 6);
    assert_eq!(check(&open).map(|all| all.signed_to), Ok(Some(6)));
}

#[test]
fn a_copy_elsewhere_makes_no_head_and_leaves_what_the_keyring_remembers() {
    let house = House::new();
    let own = house.set_up("till");
    happens(&own, 3);
    kept(&own);
    house.end(own, "till");
    house.copy("till", "copy");
    let copy = house.open("copy");
    happens(&copy, 9);
    assert!(refused(&copy).contains("copied"));
    let own = house.open("till");
    happens(&own, 1);
    assert_eq!(kept(&own), 5);
    assert_eq!(check(&own).map(|all| all.entries), Ok(5));
    assert_eq!(check(&copy), Err((5, Why::RolledBack)), "the copy went another way");
}

#[test]
fn an_older_copy_put_back_shows_and_the_keyring_goes_on_telling() {
    let house = House::new();
    let own = house.set_up("till");
    happens(&own, 3);
    kept(&own);
    house.end(own, "till");
    house.copy("till", "older");
    let own = house.open("till");
    happens(&own, 4);
    assert_eq!(kept(&own), 8);
    house.end(own, "till");
    house.copy("older", "till");
    let back = house.open("till");
    assert_eq!(check(&back), Err((5, Why::CutOff)));
    assert!(refused(&back).contains("another trail"));
    happens(&back, 9);
    assert!(refused(&back).contains("another trail"));
    assert_eq!(check(&back), Err((8, Why::RolledBack)), "growing again hides nothing");
}

#[test]
fn a_key_that_is_not_the_one_the_trail_tells_of_signs_nothing() {
    let house = House::new();
    let runtime = house.set_up("till");
    happens(&runtime, 1);
    kept(&runtime);
    let name = SecretName::new("T-1", "till", "signing").expect("plain parts");
    runtime.vault().remove(&name).expect("it is removed");
    happens(&runtime, 1);
    assert!(refused(&runtime).contains("no signing key"));
    runtime.vault().set(&name, &Secret::from_text("11".repeat(32))).expect("it is kept");
    assert!(refused(&runtime).contains("another key"));
    assert_eq!(runtime.sign_as_till(b"x"), None);
    assert_eq!(check(&runtime).map(|all| (all.entries, all.signed_to)), Ok((3, Some(2))));
}

#[test]
fn a_window_makes_heads_when_it_rests_and_when_much_came() {
    let house = House::new();
    let runtime = house.set_up("till");
    let mut tending = Tending::default();
    let asked = |tending: &mut Tending, entries: i64| {
        let before = tending.asked;
        tending.look(&runtime, entries);
        tending.asked != before
    };
    assert!(!asked(&mut tending, 0));
    assert!(!asked(&mut tending, 5), "it may go on");
    assert!(asked(&mut tending, 5), "it rests");
    assert!(!asked(&mut tending, 5), "there is nothing new");
    assert!(!asked(&mut tending, 60));
    assert!(!asked(&mut tending, 60), "not so soon again");
    assert!(asked(&mut tending, 105), "a hundred more");
}
