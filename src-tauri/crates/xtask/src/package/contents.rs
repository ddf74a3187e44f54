//! What the package says of itself and what it would put on a machine.

use std::collections::BTreeMap;

/// The fields of the control file.
#[derive(Debug, Default)]
pub struct Control {
    fields: BTreeMap<String, String>,
}

/// One line of the package's list of files.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// As `ls` writes it: `-rwxr-xr-x`.
    pub mode: String,
    /// Owner and group: `root/root`.
    pub owner: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Path from the root, without the leading `/`.
    pub path: String,
}

/// Icons without which a menu or a dock shows a blank.
const ICONS: &[&str] = &[
    "usr/share/icons/hicolor/32x32/apps/counterfoil.png",
    "usr/share/icons/hicolor/128x128/apps/counterfoil.png",
    "usr/share/icons/hicolor/256x256@2/apps/counterfoil.png",
];

/// What the window is linked with; the rest follows from these.
const LIBRARIES: &[&str] = &["libwebkit2gtk-4.1-0", "libgtk-3-0"];

impl Control {
    /// Reads what `dpkg-deb --field` prints; lines that begin with a space go on with the last.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        let mut last = String::new();
        for line in text.lines() {
            if line.starts_with(' ') {
                let value = fields.entry(last.clone()).or_default();
                value.push('\n');
                value.push_str(line.trim());
            } else if let Some((name, value)) = line.split_once(':') {
                last = name.to_owned();
                fields.insert(last.clone(), value.trim().to_owned());
            }
        }
        Self { fields }
    }

    /// One field; empty when it is not there.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The names in `Depends`, without versions; of alternatives the first.
    pub fn depends(&self) -> impl Iterator<Item = &str> {
        names(self.field("Depends"))
    }
}

/// The package names of one relation field, of alternatives the first.
pub fn names(relation: &str) -> impl Iterator<Item = &str> {
    let parts = relation.split(',').map(str::trim);
    let first = parts.filter_map(|part| part.split([' ', '(', '|', ':']).next());
    first.filter(|name| !name.is_empty())
}

impl Entry {
    /// Reads what `dpkg-deb --contents` prints.
    #[must_use]
    pub fn parse_all(text: &str) -> Vec<Self> {
        text.lines().filter_map(Self::parse).collect()
    }

    fn parse(line: &str) -> Option<Self> {
        let mut rest = line;
        let mut word = || {
            rest = rest.trim_start();
            let (word, after) = rest.split_once(' ')?;
            rest = after;
            Some(word.to_owned())
        };
        let (mode, owner, bytes) = (word()?, word()?, word()?.parse().ok()?);
        let (_day, _time) = (word()?, word()?);
        let path = rest.trim_start().trim_start_matches("./").trim_end_matches('/').to_owned();
        Some(Self { mode, owner, bytes, path })
    }
}

/// What is wrong with the control file.
#[must_use]
pub fn of_control(control: &Control, version: &str, architecture: &str) -> Vec<String> {
    let mut found = Vec::new();
    let exact = [("Package", "counterfoil"), ("Version", version), ("Architecture", architecture)];
    for (name, expected) in exact {
        let said = control.field(name);
        if said != expected {
            found.push(format!("control: {name} is {said:?}, not {expected:?}"));
        }
    }
    for name in ["Maintainer", "Section", "Description", "Installed-Size"] {
        if control.field(name).is_empty() {
            found.push(format!("control: {name} is missing"));
        }
    }
    for library in LIBRARIES {
        if !control.depends().any(|name| name == *library) {
            found.push(format!("control: it does not depend on {library}"));
        }
    }
    found
}

/// What is wrong with the list of files.
#[must_use]
pub fn of_entries(entries: &[Entry], programs: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let entry = |path: &str| entries.iter().find(|entry| entry.path == path);
    for program in programs {
        match entry(&format!("usr/bin/{program}")) {
            None => found.push(format!("files: no program {program}")),
            Some(entry) if entry.bytes == 0 => found.push(format!("files: {program} is empty")),
            Some(_) => {}
        }
    }
    for icon in ICONS.iter().filter(|icon| entry(icon).is_none()) {
        found.push(format!("files: no {icon}"));
    }
    if !entries.iter().any(|entry| entry.path.ends_with(".desktop")) {
        found.push("files: no desktop entry".to_owned());
    }
    found.extend(entries.iter().filter_map(misplaced));
    found
}

/// What is wrong with one entry, by its place, its mode or its owner.
fn misplaced(entry: &Entry) -> Option<String> {
    let Entry { mode, owner, path, .. } = entry;
    let expected = match path.as_str() {
        _ if mode.starts_with('d') => "drwxr-xr-x",
        path if path.starts_with("usr/bin/") => "-rwxr-xr-x",
        _ => "-rw-r--r--",
    };
    if mode != expected {
        return Some(format!("files: {path} is {mode}, not {expected}"));
    }
    if owner != "root/root" && owner != "0/0" {
        return Some(format!("files: {path} belongs to {owner}"));
    }
    let inside = path.is_empty() || path == "usr" || path.starts_with("usr/");
    (!inside).then(|| format!("files: {path} is outside /usr"))
}

/// What is wrong with the desktop entry.
#[must_use]
pub fn of_desktop(text: &str) -> Vec<String> {
    let said = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let exact = [
        ("Type", "Application"),
        ("Name", "Counterfoil"),
        ("Exec", "counterfoil"),
        ("Icon", "counterfoil"),
        ("Terminal", "false"),
    ];
    let mut found = Vec::new();
    for (key, expected) in exact {
        let value = said(key).unwrap_or_default();
        if value != expected {
            found.push(format!("desktop entry: {key} is {value:?}, not {expected:?}"));
        }
    }
    for key in ["Categories", "Comment"] {
        if said(key).is_none_or(str::is_empty) {
            found.push(format!("desktop entry: {key} is missing"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: &str = "Package: counterfoil\nVersion: 0.1.0\nArchitecture: amd64\n\
        Maintainer: The Counterfoil authors\nSection: misc\nInstalled-Size: 99\n\
        Depends: libwebkit2gtk-4.1-0, libgtk-3-0 (>= 3.24) | other, libc6:any\n\
        Description: The desk\n more\n .\n words\n";

    const LIST: &str = "drwxr-xr-x root/root         0 2026-01-02 10:11 ./usr/bin/\n\
        -rwxr-xr-x 0/0   9000 2026-01-02 10:11 usr/bin/counterfoil\n\
        -rwxr-xr-x 0/0   9000 2026-01-02 10:11 usr/bin/counterfoilctl\n\
        -rw-r--r-- 0/0    200 2026-01-02 10:11 usr/share/applications/Counterfoil.desktop\n\
        -rw-r--r-- 0/0 9 2026-01-02 10:11 usr/share/icons/hicolor/32x32/apps/counterfoil.png\n\
        -rw-r--r-- 0/0 9 2026-01-02 10:11 usr/share/icons/hicolor/128x128/apps/counterfoil.png\n\
        -rw-r--r-- 0/0 9 2026-01-02 10:11 usr/share/icons/hicolor/256x256@2/apps/counterfoil.png\n";

    const DESKTOP: &str = "[Desktop Entry]\nCategories=Office;\nComment=Words\nExec=counterfoil\n\
        Icon=counterfoil\nName=Counterfoil\nTerminal=false\nType=Application\n";

    fn control(text: &str) -> Vec<String> {
        of_control(&Control::parse(text), "0.1.0", "amd64")
    }

    fn entries(text: &str) -> Vec<String> {
        of_entries(&Entry::parse_all(text), &["counterfoil", "counterfoilctl"])
    }

    /// `whole` passes; with `from` made `to` there is exactly this finding.
    fn check(judge: fn(&str) -> Vec<String>, whole: &str, from: &str, to: &str, finding: &str) {
        assert_eq!(judge(whole), Vec::<String>::new());
        assert!(whole.contains(from), "{from} is to be in the text");
        assert_eq!(judge(&whole.replace(from, to)), [finding]);
    }

    #[test]
    fn a_control_file_that_says_something_wrong_is_found() {
        let check = |from, to, finding| check(control, CONTROL, from, to, finding);
        check("0.1.0", "0.0.9", "control: Version is \"0.0.9\", not \"0.1.0\"");
        check("amd64", "all", "control: Architecture is \"all\", not \"amd64\"");
        check("Maintainer: The Counterfoil authors\n", "", "control: Maintainer is missing");
        check("libgtk-3-0 ", "libgtk-4 ", "control: it does not depend on libgtk-3-0");
    }

    #[test]
    fn names_of_a_relation_lose_versions_and_alternatives() {
        let control = Control::parse(CONTROL);
        let names: Vec<&str> = control.depends().collect();
        assert_eq!(names, ["libwebkit2gtk-4.1-0", "libgtk-3-0", "libc6"]);
        assert_eq!(control.field("Description"), "The desk\nmore\n.\nwords");
    }

    #[test]
    fn a_file_that_is_missing_misplaced_or_open_to_all_is_found() {
        let check = |from: &str, to: &str, finding: &str| check(entries, LIST, from, to, finding);
        check("usr/bin/counterfoilctl", "usr/bin/other", "files: no program counterfoilctl");
        let listed = |bytes: u32| format!(" {bytes} 2026-01-02 10:11 usr/bin/counterfoilctl");
        check(&listed(9000), &listed(0), "files: counterfoilctl is empty");
        check(".desktop", ".txt", "files: no desktop entry");
        let icon = "usr/share/icons/hicolor/32x32/apps/counterfoil.png";
        check("/32x32/", "/33x33/", &format!("files: no {icon}"));
        check(
            "-rwxr-xr-x 0/0   9000 2026-01-02 10:11 usr/bin/counterfoil\n",
            "-rwsr-xr-x 0/0   9000 2026-01-02 10:11 usr/bin/counterfoil\n",
            "files: usr/bin/counterfoil is -rwsr-xr-x, not -rwxr-xr-x",
        );
        check("./usr/bin/", "./etc/", "files: etc is outside /usr");
        check("root/root", "me/me", "files: usr/bin belongs to me/me");
    }

    #[test]
    fn a_desktop_entry_that_starts_nothing_or_shows_nothing_is_found() {
        let check = |from, to, finding| check(of_desktop, DESKTOP, from, to, finding);
        check("Exec=counterfoil", "Exec=x", "desktop entry: Exec is \"x\", not \"counterfoil\"");
        check("Icon=counterfoil\n", "", "desktop entry: Icon is \"\", not \"counterfoil\"");
        check("Categories=Office;", "Categories=", "desktop entry: Categories is missing");
    }
}
