//! The outcome as text, one line for what ends alike.

use std::collections::BTreeMap;
use std::fmt::Write;

use counterfoil_api::call::CallRow;
use counterfoil_api::{Fault, Seat};
use counterfoil_core::change::State;

use crate::house::{House, Place, Somebody};

/// What everybody gets, in the order of the columns.
type Outcomes = Vec<String>;

pub fn render(house: &House, rows: &[&CallRow]) -> String {
    let mut text = String::new();
    let columns: Vec<&str> = Somebody::ALL.iter().map(|who| who.word()).collect();
    for (name, places) in [("open", &house.open), ("read-only", &house.read_only)] {
        writeln!(text, "\n[store {name}]\n{}", line("", "", "", &columns)).expect("a text grows");
        for row in rows {
            lines(&mut text, house, places, row);
        }
    }
    writeln!(text, "\n[store not set up]").expect("a text grows");
    for row in rows {
        let change = row.fits.map(|_| "any");
        let outcome = word(&house.empty.would_admit(&Seat::new(), row, change));
        writeln!(text, "{}", line(row.name, "", "", &[&outcome])).expect("a text grows");
    }
    text
}

fn lines(text: &mut String, house: &House, places: &[Place], row: &CallRow) {
    let ask = |place: &Place, change: Option<&str>| {
        word(&place.desk.would_admit(&place.seat, row, change))
    };
    if row.fits.is_none() {
        let outcomes: Outcomes = places.iter().map(|place| ask(place, None)).collect();
        writeln!(text, "{}", line(row.name, "", "", &outcomes)).expect("a text grows");
        return;
    }
    let of = |own: bool, state: State| -> Outcomes {
        let asked = Somebody::ALL.iter().zip(places).map(|(who, place)| {
            ask(place, Some(house.change(state, if own { *who } else { Somebody::Other })))
        });
        asked.collect()
    };
    let (own, others) = (grouped(|state| of(true, state)), grouped(|state| of(false, state)));
    let groups =
        if own == others { vec![("any", own)] } else { vec![("own", own), ("other", others)] };
    for (whose, group) in groups {
        for (states, outcomes) in group {
            writeln!(text, "{}", line(row.name, whose, &states, &outcomes)).expect("a text grows");
        }
    }
}

/// States that end alike, in the order in which they come first.
fn grouped(outcomes: impl Fn(State) -> Outcomes) -> Vec<(String, Outcomes)> {
    let mut groups: BTreeMap<Outcomes, Vec<&str>> = BTreeMap::new();
    for state in State::ALL {
        groups.entry(outcomes(state)).or_default().push(state.word());
    }
    let all = |states: &[&str]| states.len() == State::ALL.len();
    let name = |states: Vec<&str>| if all(&states) { "*".to_owned() } else { states.join(",") };
    groups.into_iter().map(|(outcomes, states)| (name(states), outcomes)).collect()
}

fn line(name: &str, whose: &str, states: &str, columns: &[impl AsRef<str>]) -> String {
    let mut text = format!("{name:<22}");
    for column in columns {
        write!(text, " {:<14}", column.as_ref()).expect("a text grows");
    }
    write!(text, " {whose} {states}").expect("a text grows");
    text.trim_end().to_owned()
}

fn word(outcome: &Result<(), Fault>) -> String {
    match outcome {
        Ok(()) => "yes".to_owned(),
        Err(fault) => {
            let code = serde_json::to_value(fault.code).expect("a code is text");
            code.as_str().expect("a code is text").to_owned()
        }
    }
}
