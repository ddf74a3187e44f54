//! Every row runs at a tiny size. No time is judged here: a busy machine may be as slow as it
//! likes. The changes that a row makes are checked by the row itself.

use std::process::Command;

fn rows(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_counterfoil-benches"))
        .arg("--tiny")
        .args(arguments)
        .output()
        .expect("the program was built for this test");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

fn figures(text: &str, row: &str) -> usize {
    text.lines().filter(|line| line.starts_with(&format!("| {row} |"))).count()
}

#[test]
fn every_row_runs_and_prints_all_its_figures() {
    let text = rows(&[]);
    for (row, expected) in
        [("S1", 5), ("S2", 5), ("S3", 2), ("S4", 4), ("S5", 10), ("S6", 2), ("S13", 2)]
    {
        assert_eq!(figures(&text, row), expected, "{row}:\n{text}");
    }
    assert!(text.contains("journal_mode wal, synchronous 2"), "{text}");
}

#[test]
fn only_the_rows_asked_for_run() {
    let text = rows(&["--only", "S13"]);
    assert_eq!((figures(&text, "S13"), figures(&text, "S1")), (2, 0), "{text}");
}

#[test]
fn a_signing_that_takes_a_hundred_times_as_long_is_missed() {
    let text = rows(&["--only", "S13", "--defect", "S13"]);
    assert!(text.contains("MISSED"), "{text}");
}
