//! Tables for spreadsheets, by the `csv` crate: every cell quoted, and no cell that a spreadsheet
//! would take for a formula.
//!
//! Spreadsheets compute what begins with `=`, `+`, `-` or `@`, also behind blanks, quotes and marks
//! that are not seen, and in full width. Such a cell gets an apostrophe in front, the spreadsheets'
//! own mark for text. Sums are written without sign, in one column for more and one for less.

use ::csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::text::harmless;

/// Stands before a cell that would be computed.
const TEXT_MARK: char = '\'';

/// Rows under their headings, UTF-8, lines ended as RFC 4180 has it.
///
/// # Errors
/// Rows of different lengths, which is a mistake of the caller.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> Result<String, ::csv::Error> {
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(headings)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell that is text to every spreadsheet.
#[must_use]
pub fn guarded(cell: &str) -> String {
    let text = harmless(cell);
    // A tab or a break in front is a blank by now, and still a sign that somebody tried.
    let tried = cell.starts_with(['\t', '\r', '\n']);
    if tried || text.chars().find(|c| !is_passed_over(*c)).is_some_and(begins_formula) {
        return format!("{TEXT_MARK}{text}");
    }
    text
}

fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '|' | '%')
        // Full width and small forms, which some read as the plain ones; the minus of mathematics.
        || matches!(c, '＝' | '＋' | '－' | '＠' | '﹢' | '﹣' | '﹦' | '﹫' | '−')
}

/// What may stand in front of a formula and is taken away or not seen: blanks, quotes of all
/// kinds, joiners, and what was replaced.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '"' | '\'' | '`' | '´' | '＂' | '＇' | '«' | '»' | '‘'..='‟' | '‹' | '›')
        || matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFFD}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cell_that_would_be_computed_is_marked_as_text() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "\u{A0}=1",
            "\"=1",
            "'=1",
            "“=1",
            "＝1",
            "＋1",
            "－1",
            "＠1",
            "﹦1",
            "−1",
            "\u{200b}=1",
            "\u{feff}=1",
            "\u{200d}=1",
            "|calc",
            "%0A=1",
            " \" ' =cmd|' /C calc'!A0",
            "\tplain",
        ] {
            assert!(guarded(formula).starts_with('\''), "{formula:?}");
        }
        for text in ["Zoë", "350.00", "INV-1", "a=b", "", "CF:x", "محمد", "(=1)"] {
            assert_eq!(guarded(text), text);
        }
    }

    #[test]
    fn separators_quotes_and_breaks_stay_within_their_cell() {
        let rows = [vec!["a;=1,\"b\"\r\n=2".to_owned(), "c".to_owned()]];
        let text = table(&["one", "two"], &rows).expect("the rows are alike");
        assert_eq!(text, "\"one\",\"two\"\r\n\"a;=1,\"\"b\"\"  =2\",\"c\"\r\n");
    }

    proptest! {
        #[test]
        fn no_cell_begins_like_a_formula(text in "[ \"'\t\r\n=+@＝a-]{0,6}.*") {
            let cell = guarded(&text);
            let first = cell.chars().find(|c| !c.is_whitespace());
            prop_assert!(!first.is_some_and(begins_formula), "{cell:?}");
        }
    }
}
