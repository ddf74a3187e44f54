//! The screen's types, written by the API crate's own exporter and never by hand.

use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The exporter: an example of the API crate that writes into the folder it is given.
const EXPORTER: &str = "export_bindings";

/// Which exporter is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exporter {
    /// Whatever the sources are now: cargo builds it when needed.
    Current,
    /// The one that a build of the whole workspace has just left: building it alone would
    /// compile its dependencies once more, with other features.
    Built,
}

/// Writes `ui/src/bindings` anew.
///
/// # Errors
/// When the exporter does not build or does not run, or the folder cannot be written.
pub fn write(ground: &Ground) -> Result<(), Fault> {
    let fresh = export(ground, Exporter::Current)?;
    let folder = folder(ground);
    for (name, text) in &fresh {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(&folder)).map_err(Fault::file(&folder))?;
        std::fs::write(&file, text).map_err(Fault::file(&file))?;
    }
    for name in files(&folder)?.keys().filter(|name| !fresh.contains_key(*name)) {
        let file = folder.join(name);
        std::fs::remove_file(&file).map_err(Fault::file(&file))?;
    }
    println!("{} files in {}", fresh.len(), folder.display());
    Ok(())
}

/// Compares what stands in `ui/src/bindings` with what the exporter writes.
///
/// # Errors
/// The names of the files that differ, or why they could not be compared.
pub fn check(ground: &Ground, exporter: Exporter) -> Result<(), Fault> {
    let fresh = export(ground, exporter)?;
    Fault::unless_empty(differences(&files(&folder(ground))?, &fresh))
}

fn folder(ground: &Ground) -> PathBuf {
    ground.ui().join("src/bindings")
}

/// What the exporter writes, by name.
fn export(ground: &Ground, exporter: Exporter) -> Result<BTreeMap<String, String>, Fault> {
    let folder = ground.empty_folder("bindings")?;
    let call = match exporter {
        Exporter::Current => Call::new(ground, "cargo")
            .words("run --quiet --package counterfoil-api --example")
            .words(EXPORTER)
            .words("--"),
        Exporter::Built => Call::new(ground, ground.built("examples").join(EXPORTER)),
    };
    call.argument(&folder).run()?;
    files(&folder)
}

/// Every file below `folder` by its name from there; none when the folder is not there.
fn files(folder: &Path) -> Result<BTreeMap<String, String>, Fault> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in path.read_dir().map_err(Fault::file(&path))? {
                open.push(entry.map_err(Fault::file(&path))?.path());
            }
        } else if let Ok(name) = path.strip_prefix(folder)
            && path.exists()
        {
            let text = std::fs::read_to_string(&path).map_err(Fault::file(&path))?;
            found.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    Ok(found)
}

/// One line for each file that differs, in order of name.
fn differences(
    present: &BTreeMap<String, String>,
    fresh: &BTreeMap<String, String>,
) -> Vec<String> {
    let advice = "run `cargo xtask bindings`";
    let mut found = Vec::new();
    if fresh.is_empty() {
        found.push("the exporter wrote nothing".to_owned());
    }
    for (name, text) in fresh {
        match present.get(name) {
            Some(there) if there == text => {}
            Some(_) => found.push(format!("ui/src/bindings/{name} is out of date: {advice}")),
            None => found.push(format!("ui/src/bindings/{name} is missing: {advice}")),
        }
    }
    for name in present.keys().filter(|name| !fresh.contains_key(*name)) {
        found.push(format!("ui/src/bindings/{name} has no type any more: {advice}"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[(&str, &str)]) -> BTreeMap<String, String> {
        list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn every_kind_of_difference_is_named_with_its_file() {
        let fresh = texts(&[("Money.ts", "a"), ("Fault.ts", "b")]);
        let check = |present: &[(&str, &str)], expected: &[&str]| {
            let found = differences(&texts(present), &fresh);
            let short = |line: &String| line.split(": run").next().unwrap_or(line).to_owned();
            assert_eq!(found.iter().map(short).collect::<Vec<_>>(), expected, "{present:?}");
        };
        check(&[("Money.ts", "a"), ("Fault.ts", "b")], &[]);
        check(
            &[("Money.ts", "changed"), ("Fault.ts", "b")],
            &["ui/src/bindings/Money.ts is out of date"],
        );
        check(&[("Money.ts", "a")], &["ui/src/bindings/Fault.ts is missing"]);
        check(
            &[("Money.ts", "a"), ("Fault.ts", "b"), ("Old.ts", "c")],
            &["ui/src/bindings/Old.ts has no type any more"],
        );
    }

    #[test]
    fn an_exporter_that_writes_nothing_is_a_difference() {
        assert_eq!(differences(&texts(&[]), &texts(&[])), ["the exporter wrote nothing"]);
    }

    #[test]
    fn files_are_found_in_inner_folders_and_a_missing_folder_has_none() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::create_dir_all(folder.path().join("inner")).expect("it is empty");
        std::fs::write(folder.path().join("inner/A.ts"), "a").expect("the folder is there");
        assert_eq!(files(folder.path()).expect("it can be read"), texts(&[("inner/A.ts", "a")]));
        let none = folder.path().join("none");
        assert!(files(&none).expect("absence is no fault").is_empty());
    }
}
