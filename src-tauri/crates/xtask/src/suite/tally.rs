//! Counting tests from what the runners print or write.
//!
//! Every reader is suspicious: a runner that says no without naming a failed test, or yes without
//! having run one, counts as failed.

use serde_json::Value;

/// Tests that passed, and tests that did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many passed.
    pub passed: u64,
    /// How many did not.
    pub failed: u64,
}

impl Tally {
    /// Nothing was run.
    pub const NONE: Self = Self { passed: 0, failed: 0 };

    /// For a step that is one test: it came to its end.
    #[must_use]
    pub fn one() -> Self {
        Self { passed: 1, failed: 0 }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let passed = self.passed.saturating_add(other.passed);
        Self { passed, failed: self.failed.saturating_add(other.failed) }
    }

    /// Corrects the count by how the runner itself ended.
    #[must_use]
    pub fn believed(self, ended_well: bool) -> Self {
        let contradiction = self.failed == 0 && (!ended_well || self.passed == 0);
        if contradiction { Self { failed: 1, ..self } } else { self }
    }
}

/// Sums the closing lines of `cargo test`, one for each test program:
/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
#[must_use]
pub fn of_cargo(printed: &str) -> Tally {
    let closing = printed.lines().filter_map(|line| line.strip_prefix("test result: "));
    closing.fold(Tally::NONE, |sum, line| {
        let count = |word: &str| {
            let mut parts = line.split(['.', ';']).filter_map(|part| part.trim().split_once(' '));
            parts.find(|(_, unit)| *unit == word).and_then(|(number, _)| number.parse().ok())
        };
        let passed = count("passed").unwrap_or(0);
        sum.plus(Tally { passed, failed: count("failed").unwrap_or(0) })
    })
}

/// Sums the closing lines of Node's own runner: `# pass 3` in TAP, `ℹ pass 3` in words.
#[must_use]
pub fn of_node(printed: &str) -> Tally {
    let count = |word: &str| -> u64 {
        let closing = |line: &str| {
            let line = line.trim();
            let rest = line.strip_prefix('#').or_else(|| line.strip_prefix('ℹ'))?;
            rest.trim_start().strip_prefix(word)?.strip_prefix(' ')?.parse::<u64>().ok()
        };
        printed.lines().filter_map(closing).sum()
    };
    Tally { passed: count("pass"), failed: count("fail").saturating_add(count("cancelled")) }
}

/// Reads the report of vitest's JSON reporter. A file that did not load has no failed test of its
/// own, and counts as one.
#[must_use]
pub fn of_vitest(report: &Value) -> Tally {
    let tests = number(report, "numFailedTests");
    let files = report["testResults"].as_array().into_iter().flatten();
    let unloaded = files.filter(|file| {
        file["status"] == "failed" && file["assertionResults"].as_array().is_none_or(Vec::is_empty)
    });
    let failed = unloaded.fold(tests, |sum, _| sum.saturating_add(1));
    Tally { passed: number(report, "numPassedTests"), failed }
}

/// Reads the report of Playwright's JSON reporter. A flaky test failed at least once: failed.
#[must_use]
pub fn of_playwright(report: &Value) -> Tally {
    let stats = &report["stats"];
    let failed = number(stats, "unexpected").saturating_add(number(stats, "flaky"));
    Tally { passed: number(stats, "expected"), failed }
}

fn number(report: &Value, key: &str) -> u64 {
    report[key].as_u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tally(passed: u64, failed: u64) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn the_closing_lines_of_all_test_programs_are_summed() {
        let printed = "running 2 tests\ntest a ... ok\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(of_cargo(printed), tally(15, 2));
        assert_eq!(of_cargo("error: could not compile"), Tally::NONE);
    }

    #[test]
    fn both_manners_of_the_node_runner_are_read() {
        assert_eq!(
            of_node("ok 1 - a\n# tests 4\n# pass 3\n# fail 1\n# cancelled 0\n"),
            tally(3, 1)
        );
        assert_eq!(of_node("✔ a\nℹ tests 4\nℹ pass 2\nℹ fail 1\nℹ cancelled 1\n"), tally(2, 2));
        assert_eq!(of_node("# passing thoughts 9\n"), Tally::NONE);
    }

    #[test]
    fn a_screen_test_file_that_does_not_load_is_a_failure() {
        let loaded = json!({"status": "failed", "assertionResults": [{"status": "failed"}]});
        let broken = json!({"status": "failed", "assertionResults": []});
        let report = |files: Vec<Value>, failed: u64| {
            let tests = json!(files);
            json!({"numPassedTests": 9, "numFailedTests": failed, "testResults": tests})
        };
        assert_eq!(of_vitest(&report(vec![], 0)), tally(9, 0));
        assert_eq!(of_vitest(&report(vec![loaded], 1)), tally(9, 1));
        assert_eq!(of_vitest(&report(vec![broken], 0)), tally(9, 1));
    }

    #[test]
    fn a_flaky_browser_test_is_a_failed_one() {
        let stats = json!({"expected": 7, "unexpected": 1, "flaky": 1, "skipped": 2});
        assert_eq!(of_playwright(&json!({ "stats": stats })), tally(7, 2));
        assert_eq!(of_playwright(&json!({})), Tally::NONE);
    }

    #[test]
    fn a_runner_that_contradicts_itself_is_not_believed() {
        let check = |count: Tally, ended_well, expected| {
            assert_eq!(count.believed(ended_well), expected, "{count:?} {ended_well}");
        };
        check(tally(5, 0), true, tally(5, 0));
        check(tally(5, 2), false, tally(5, 2));
        check(tally(5, 0), false, tally(5, 1));
        check(Tally::NONE, true, tally(0, 1));
        check(Tally::NONE, false, tally(0, 1));
    }
}
