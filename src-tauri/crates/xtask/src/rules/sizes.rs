//! How long files, functions and lines may get. The ceilings are those of the house style.

use super::files::{self, Source};
use crate::fault::Fault;
use crate::ground::Ground;
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// A longer file has two subjects.
const LONGEST_FILE: usize = 600;
/// A longer function does not fit on a screen.
const LONGEST_FUNCTION: usize = 70;
/// In characters; `rustfmt` keeps to it for code, but leaves long texts and comments alone.
const WIDEST_LINE: usize = 100;

/// Measures every source file of ours.
///
/// # Errors
/// The findings, or why a file could not be read.
pub fn check(ground: &Ground) -> Result<(), Fault> {
    let sources = files::read_all(ground)?;
    Fault::unless_empty(sources.iter().flat_map(findings).collect())
}

/// All that is too long in one file, one line each.
fn findings(source: &Source) -> Vec<String> {
    if source.is_generated() || !matches!(source.ending(), "rs" | "ts" | "svelte") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("{}: {lines} lines, {LONGEST_FILE} are the most", source.path));
    }
    if source.ending() == "rs" {
        found.extend(wide_lines(source));
        found.extend(long_functions(source));
    }
    found
}

fn wide_lines(source: &Source) -> impl Iterator<Item = String> {
    source.text.lines().enumerate().filter_map(|(above, line)| {
        let width = line.chars().count();
        let place = format!("{}:{}", source.path, above + 1);
        (width > WIDEST_LINE)
            .then(|| format!("{place}: {width} columns, {WIDEST_LINE} are the most"))
    })
}

fn long_functions(source: &Source) -> Vec<String> {
    let file = match syn::parse_file(&source.text) {
        Ok(file) => file,
        Err(fault) => return vec![format!("{}: not to be read as Rust: {fault}", source.path)],
    };
    let mut functions = Functions { found: Vec::new() };
    functions.visit_file(&file);
    let long = functions.found.into_iter().filter(|function| function.lines > LONGEST_FUNCTION);
    long.map(|function| {
        let Function { name, line, lines } = function;
        let place = format!("{}:{line}", source.path);
        format!("{place}: `{name}` has {lines} lines, {LONGEST_FUNCTION} are the most")
    })
    .collect()
}

/// Every function of a file, methods and those inside others included.
struct Functions {
    found: Vec<Function>,
}

struct Function {
    name: String,
    line: usize,
    /// From `fn` to the closing brace, both counted; attributes and doc comments are not.
    lines: usize,
}

impl Functions {
    fn note(&mut self, name: &syn::Ident, from: Span, to: Span) {
        let line = from.start().line;
        let lines = to.end().line.saturating_sub(line) + 1;
        self.found.push(Function { name: name.to_string(), line, lines });
    }
}

impl<'tree> Visit<'tree> for Functions {
    fn visit_item_fn(&mut self, node: &'tree syn::ItemFn) {
        self.note(&node.sig.ident, node.sig.span(), node.block.span());
        syn::visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'tree syn::ImplItemFn) {
        self.note(&node.sig.ident, node.sig.span(), node.block.span());
        syn::visit::visit_impl_item_fn(self, node);
    }

    fn visit_trait_item_fn(&mut self, node: &'tree syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.note(&node.sig.ident, node.sig.span(), block.span());
        }
        syn::visit::visit_trait_item_fn(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: String, expected: &[&str]) {
        let found = findings(&Source { path: path.to_owned(), text });
        assert_eq!(found, expected, "{path}");
    }

    /// A function of exactly `lines` lines, of which two are its own.
    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    work();\n".repeat(lines - 2))
    }

    #[test]
    fn a_file_may_have_600_lines_and_no_more() {
        let lines = |count: usize| "// words\n".repeat(count);
        check("src/lib.rs", lines(600), &[]);
        check("src/lib.rs", lines(601), &["src/lib.rs: 601 lines, 600 are the most"]);
        check("ui/src/a.ts", lines(601), &["ui/src/a.ts: 601 lines, 600 are the most"]);
        check("ui/src/A.svelte", lines(601), &["ui/src/A.svelte: 601 lines, 600 are the most"]);
        check("ui/src/bindings/Calls.ts", lines(601), &[]);
        check("tests/vectors/bumper.json", lines(601), &[]);
    }

    #[test]
    fn a_function_may_have_70_lines_and_no_more() {
        check("a.rs", function(70), &[]);
        check("a.rs", function(71), &["a.rs:1: `long` has 71 lines, 70 are the most"]);
        let documented = format!("/// Words.\n/// More.\n#[must_use]\n{}", function(70));
        check("a.rs", documented, &[]);
    }

    #[test]
    fn methods_and_functions_within_modules_and_functions_are_measured_too() {
        let found = &["a.rs:2: `long` has 71 lines, 70 are the most"];
        check("a.rs", format!("impl A {{\n{}}}\n", function(71)), found);
        check("a.rs", format!("trait A {{\n{}}}\n", function(71)), found);
        check("a.rs", format!("mod a {{\n{}}}\n", function(71)), found);
        let both = &[
            "a.rs:1: `outer` has 73 lines, 70 are the most",
            "a.rs:2: `long` has 71 lines, 70 are the most",
        ];
        check("a.rs", format!("fn outer() {{\n{}}}\n", function(71)), both);
    }

    #[test]
    fn a_line_may_have_100_characters_whatever_their_bytes() {
        check("a.rs", format!("// {}\n", "é".repeat(97)), &[]);
        let found = &["a.rs:1: 101 columns, 100 are the most"];
        check("a.rs", format!("// {}\n", "é".repeat(98)), found);
    }

    #[test]
    fn what_is_not_rust_is_said_to_be_so() {
        let found = findings(&Source { path: "a.rs".to_owned(), text: "fn {".to_owned() });
        assert!(found.iter().any(|line| line.starts_with("a.rs: not to be read as Rust")));
    }
}
