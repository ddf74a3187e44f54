//! HTML for the screen and for printing, by classes alone: the window's policy allows no style and
//! no script within.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

use crate::paper::{Paper, Part};
use crate::text::escaped;

/// The classes of papers, for the screen and for both widths of paper.
pub const STYLE: &str = include_str!("paper.css");

/// The paper it is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// A roll of 80 mm.
    Roll80,
    /// A sheet.
    A4,
}

impl Width {
    fn class(self) -> &'static str {
        match self {
            Self::Roll80 => "paper-80mm",
            Self::A4 => "paper-a4",
        }
    }
}

/// Modules of white around a code (ISO/IEC 18004: four).
const QUIET: usize = 4;

/// The paper as one element, to stand in any page that has [`STYLE`].
#[must_use]
pub fn fragment(paper: &Paper, width: Width) -> String {
    let mut html = format!("<article class=\"paper {}\">", width.class());
    marks(&mut html, &paper.marks);
    element(&mut html, "h1", "paper-title", &paper.title);
    let mut in_lines = false;
    for part in &paper.parts {
        let line = matches!(part, Part::Line { .. });
        if line != in_lines {
            html.push_str(if line { "<dl class=\"paper-lines\">" } else { "</dl>" });
            in_lines = line;
        }
        set(&mut html, part);
    }
    if in_lines {
        html.push_str("</dl>");
    }
    marks(&mut html, &paper.marks);
    html.push_str("</article>");
    html
}

/// A whole document around a [`fragment`], with its style, for a file that is opened by itself. It
/// loads nothing and runs nothing.
#[must_use]
pub fn page_of(title: &str, fragment: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{}</title><style>{STYLE}</style></head><body>{fragment}</body></html>\n",
        escaped(title),
    )
}

fn marks(html: &mut String, marks: &[String]) {
    for mark in marks {
        element(html, "p", "paper-mark", mark);
    }
}

fn set(html: &mut String, part: &Part) {
    match part {
        Part::Banner(text) => element(html, "p", "paper-banner", text),
        Part::Heading(text) => element(html, "h2", "paper-heading", text),
        Part::Text(text) => element(html, "p", "paper-text", text),
        Part::Line { name, value } => {
            html.push_str("<div>");
            element(html, "dt", "paper-name", name);
            element(html, "dd", "paper-value", value);
            html.push_str("</div>");
        }
        Part::Table { headings, rows } => table(html, headings, rows),
        Part::Code(content) => code(html, content),
    }
}

fn table(html: &mut String, headings: &[String], rows: &[Vec<String>]) {
    html.push_str("<table class=\"paper-table\"><thead><tr>");
    for heading in headings {
        element(html, "th", "paper-name", heading);
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            element(html, "td", "paper-cell", cell);
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
}

/// Every text keeps its direction to itself (`bdi`).
fn element(html: &mut String, name: &str, class: &str, text: &str) {
    let text = escaped(text);
    // Writing into a text cannot fail.
    let _ = write!(html, "<{name} class=\"{class}\"><bdi>{text}</bdi></{name}>");
}

/// A code that is too long for any picture is still there as text.
fn code(html: &mut String, content: &str) {
    html.push_str("<figure class=\"paper-code\">");
    if let Ok(code) = QRBuilder::new(content.as_bytes()).ecl(ECL::M).build() {
        let side = code.size + 2 * QUIET;
        let _ = write!(
            html,
            "<svg viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{}\"><path d=\"",
            escaped(content)
        );
        for y in 0..code.size {
            for x in (0..code.size).filter(|x| code[y][*x].value()) {
                let _ = write!(html, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
        html.push_str("\"/></svg>");
    }
    element(html, "figcaption", "paper-content", content);
    html.push_str("</figure>");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn full(text: &str) -> Paper {
        let mut paper = Paper::titled(text);
        paper.marks.push(text.to_owned());
        paper.parts.push(Part::Banner(text.to_owned()));
        paper.heading(text);
        paper.line(text, text);
        paper.line("b", text);
        paper.text(text);
        paper.table(&["a", "b"], vec![vec![text.to_owned(), text.to_owned()]]);
        paper.parts.push(Part::Code(text.to_owned()));
        paper.line("last", text);
        paper
    }

    /// The marks of a page without what stands between them.
    fn skeleton(html: &str) -> String {
        let mut inside = true;
        let keep = |c: &char| {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                _ => {}
            }
            inside || *c == '>'
        };
        html.chars().filter(keep).collect()
    }

    #[test]
    fn a_text_is_never_markup_and_nothing_is_styled_in_place() {
        let hostile = "</bdi><script>alert(1)</script><img src=x onerror=\"a()\" style='x'>";
        let mut paper = full(hostile);
        let html = fragment(&paper, Width::Roll80);
        assert!(!html.contains("<script") && !html.contains("<img"));
        // The label of a code stands within a mark, escaped.
        paper.parts.retain(|part| !matches!(part, Part::Code(_)));
        assert!(!skeleton(&fragment(&paper, Width::Roll80)).contains("style"));
        for width in [Width::Roll80, Width::A4] {
            assert!(!fragment(&full("x"), width).contains("style"));
        }
    }

    #[test]
    fn lines_stand_in_one_list_and_every_element_is_closed() {
        let html = fragment(&full("x"), Width::A4);
        for name in ["article", "dl", "div", "dt", "dd", "table", "tr", "td", "figure", "bdi", "p"]
        {
            let count = |mark: &str| html.matches(mark).count();
            let opened = count(&format!("<{name}>")) + count(&format!("<{name} "));
            assert_eq!(opened, count(&format!("</{name}>")), "{name}");
        }
        assert_eq!(html.matches("<dl").count(), 2);
    }

    #[test]
    fn a_whole_page_loads_and_runs_nothing() {
        let page = page_of("x", &fragment(&full("x"), Width::Roll80));
        assert!(page.contains("default-src 'none'") && page.contains("@page"));
        for way in ["<script", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(way), "{way}");
        }
    }

    proptest! {
        #[test]
        fn the_marks_are_the_same_whatever_the_text(text in "[^\u{0}]{1,30}") {
            let mut paper = full("x");
            paper.parts.retain(|part| !matches!(part, Part::Code(_)));
            let mut hostile = full(&text);
            hostile.parts.retain(|part| !matches!(part, Part::Code(_)));
            let skeletons = [&paper, &hostile].map(|paper| skeleton(&fragment(paper, Width::A4)));
            prop_assert_eq!(&skeletons[0], &skeletons[1]);
        }
    }
}
