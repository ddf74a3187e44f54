//! What may not stand in a file of the project, wherever it would otherwise pass.

use super::files::{self, Source};
use crate::fault::Fault;
use crate::ground::Ground;

/// The only folder of the screen that may know it runs in a Tauri window.
const DOOR: &str = "ui/src/host/";
/// How every package of that framework's npm scope begins; split, so that this file passes.
const FRAMEWORK: &str = concat!("@tauri", "-apps/");

/// Where people and build machines keep their trees; a path below one works on one machine alone.
/// Split, so that this file passes.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/works", "pace/"),
    concat!("/bui", "lds/"),
    concat!("C:\\Us", "ers\\"),
];

/// Where a lock file may send a stranger for packages.
const PUBLIC_REGISTRIES: &[(&str, &str, &str)] = &[
    ("package-lock.json", "\"resolved\": \"", "https://registry.npmjs.org/"),
    ("Cargo.lock", "source = \"", "registry+https://github.com/rust-lang/crates.io-index"),
];

/// Looks through every file of ours.
///
/// # Errors
/// The findings, or why a file could not be read.
pub fn check(ground: &Ground) -> Result<(), Fault> {
    let sources = files::read_all(ground)?;
    Fault::unless_empty(sources.iter().flat_map(findings).collect())
}

/// All that may not stand in one file, one line each.
fn findings(source: &Source) -> Vec<String> {
    let numbered = || source.text.lines().enumerate().map(|(above, line)| (above + 1, line));
    let place = |number: usize| format!("{}:{number}", source.path);
    let mut found = Vec::new();
    for (number, line) in numbered() {
        if is_beside_the_door(source) && line.contains(FRAMEWORK) {
            found.push(format!("{}: only {DOOR} may know of {FRAMEWORK}", place(number)));
        }
        if let Some(folder) = machine_folder(line) {
            found.push(format!("{}: a path of one machine, below {folder}", place(number)));
        }
        if let Some(registry) = other_registry(source, line) {
            found.push(format!("{}: a package from elsewhere than {registry}", place(number)));
        }
    }
    found
}

/// A file of the screen that has no business with the framework.
fn is_beside_the_door(source: &Source) -> bool {
    source.path.starts_with("ui/src/") && !source.path.starts_with(DOOR)
}

/// A machine's folder in which a path in this line begins.
fn machine_folder(line: &str) -> Option<&'static str> {
    MACHINE_FOLDERS.iter().copied().find(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|before| before.is_alphanumeric() || "._-/~}@".contains(before))
        })
    })
}

/// The registry that this line of a lock file should name and does not.
fn other_registry(source: &Source, line: &str) -> Option<&'static str> {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let (_, key, registry) = PUBLIC_REGISTRIES.iter().find(|(file, ..)| *file == name)?;
    let value = line.trim_start().strip_prefix(key)?;
    (!value.starts_with(registry)).then_some(*registry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = findings(&Source { path: path.to_owned(), text: text.to_owned() });
        assert_eq!(found, expected, "{path}: {text}");
    }

    #[test]
    fn the_screen_knows_the_framework_in_one_folder_only() {
        let import = format!("import {{ invoke }} from \"{FRAMEWORK}api/core\";\n");
        check("ui/src/host/window.ts", &import, &[]);
        check("ui/package.json", &import, &[]);
        let found = format!(":1: only {DOOR} may know of {FRAMEWORK}");
        for path in ["ui/src/views/Desk.svelte", "ui/src/state/desk.ts", "ui/src/main.ts"] {
            check(path, &import, &[format!("{path}{found}").as_str()]);
        }
    }

    #[test]
    fn a_path_of_one_machine_is_found_wherever_it_stands() {
        for folder in MACHINE_FOLDERS {
            let found = format!("README.md:2: a path of one machine, below {folder}");
            check("README.md", &format!("words\nsee {folder}anna/x\n"), &[found.as_str()]);
            check("README.md", &format!("words\n\"{folder}x\"\n"), &[found.as_str()]);
        }
    }

    #[test]
    fn an_address_or_a_path_within_the_project_is_no_machine_path() {
        for (start, folder) in [("https://a.example", 0), ("ui", 3), ("$HOME", 2), ("..", 4)] {
            check("README.md", &format!("{start}{}page\n", MACHINE_FOLDERS[folder]), &[]);
        }
    }

    #[test]
    fn lock_files_name_public_registries_only() {
        let npm = |host: &str| format!("  \"resolved\": \"https://{host}/a/-/a-1.0.0.tgz\",\n");
        check("ui/package-lock.json", &npm("registry.npmjs.org"), &[]);
        let found = "ui/package-lock.json:1: a package from elsewhere than \
            https://registry.npmjs.org/";
        check("ui/package-lock.json", &npm("npm.shop.example"), &[found]);
        let cargo = |source: &str| format!("[[package]]\nsource = \"{source}\"\n");
        check("Cargo.lock", &cargo(PUBLIC_REGISTRIES[1].2), &[]);
        let found = "Cargo.lock:2: a package from elsewhere than \
            registry+https://github.com/rust-lang/crates.io-index";
        check("Cargo.lock", &cargo("git+https://a.example/b"), &[found]);
    }
}
