//! Jobs that break off, and what that means for those that share their commit.

use counterfoil_store::table::meta;
use counterfoil_store::{Connection, StoreError};

use crate::till::Till;

#[test]
fn a_job_that_panics_stores_nothing_and_the_store_goes_on() {
    let till = Till::new(1);
    let broken = till.store().write(|connection| -> Result<(), StoreError> {
        meta::set(connection, "half", "1")?;
        panic!("planted");
    });
    assert!(matches!(broken, Err(StoreError::Sqlite(_))), "{broken:?}");
    let set = |connection: &Connection| meta::set(connection, "after", "1");
    till.store().write(set).expect("it goes on");
    let read = |key: &'static str| till.store().read(move |c| meta::get(c, key)).expect("it reads");
    assert_eq!((read("half"), read("after").as_deref()), (None, Some("1")));
}
