//! Rules of dual control as a script meets them: what is denied ends with 3 and stores nothing,
//! what needs a second person ends with 6 and says why.

use crate::till::Till;

#[test]
fn what_a_rule_denies_is_refused_and_what_it_asks_a_second_person_for_waits_and_says_why() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let adjust = format!("change adjust --payment {payment} --total 290.00");
    till.owner("settings set permission.cashier.adjust denied").exits(0);
    till.owner("settings set permission.cashier.start denied").exits(0);
    till.cashier(&adjust).refuses(3, "not_permitted");
    till.cashier(&format!("{adjust} --preview")).refuses(3, "not_permitted");
    let start = "payment start --account B --amount 5.00 --currency GBP";
    till.cashier(start).refuses(3, "not_permitted");
    let listed = till.cashier("change list").exits(0);
    assert_eq!(listed["changes"].as_array().map(Vec::len), Some(0));
    till.owner("settings set permission.cashier.adjust approval").exits(0);
    let waiting = till.cashier(&adjust).exits(6);
    assert_eq!(waiting["state"], "awaiting_approval");
    assert_eq!(waiting["approval_because"][0]["code"], "kind");
    till.owner("settings set permission.cashier.adjust perhaps").refuses(2, "bad_input");
    till.owner("settings set till.time_zone Europe/Nowhere").refuses(2, "bad_input");
}
