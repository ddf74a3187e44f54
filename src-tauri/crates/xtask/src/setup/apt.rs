//! System packages on Debian and its family: which are missing, and putting them in place.

use super::system::{Area, PACKAGES, Package};
use crate::call::{Call, on_path};
use crate::fault::Fault;
use crate::ground::Ground;
use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal, Write};

/// Puts the packages of these areas in place, asking first where somebody can answer.
///
/// # Errors
/// When some are missing and the person, or the system, does not let them be installed.
pub fn provide(ground: &Ground, areas: &[Area]) -> Result<(), Fault> {
    if areas.is_empty() {
        return Ok(());
    }
    let kind = Kind::read(&std::fs::read_to_string("/etc/os-release").unwrap_or_default());
    let rows = wanted(areas, |program| on_path(program).is_some());
    let Some(installed) = installed(ground) else {
        return foreign(ground, &rows);
    };
    let missing = missing(&rows, &installed, kind == Kind::Ubuntu);
    if missing.is_empty() {
        return Ok(());
    }
    for (name, why) in &missing {
        println!("missing: {name:<30} {why}");
    }
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let prefix = privilege(ground, &names)?;
    agree(ground, &names)?;
    install(ground, prefix, &names)
}

/// The kinds of system that are told apart here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ubuntu,
    Other,
}

impl Kind {
    /// Reads the text of `/etc/os-release`.
    fn read(release: &str) -> Self {
        let like = |key: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(key));
            line.is_some_and(|value| value.trim_matches('"').split(' ').any(|id| id == "ubuntu"))
        };
        if like("ID=") || like("ID_LIKE=") { Self::Ubuntu } else { Self::Other }
    }
}

/// The rows these areas need, without those for which another program will do.
fn wanted(areas: &[Area], there: impl Fn(&str) -> bool) -> Vec<&'static Package> {
    let needed = |row: &&Package| row.areas.iter().any(|area| areas.contains(area));
    let replaced = |row: &&Package| row.or_program.iter().any(|program| there(program));
    PACKAGES.iter().filter(needed).filter(|row| !replaced(row)).collect()
}

/// The rows that are not installed: name and reason.
fn missing(
    rows: &[&'static Package],
    installed: &BTreeSet<String>,
    ubuntu: bool,
) -> Vec<(&'static str, &'static str)> {
    let named = rows.iter().map(|row| (row.name(ubuntu), row.why));
    named.filter(|(name, _)| !installed.contains(*name)).collect()
}

/// Every package that is installed now; nothing where the system has no `dpkg`.
fn installed(ground: &Ground) -> Option<BTreeSet<String>> {
    let format = "${db:Status-Status} ${Package}\n";
    let query = Call::new(ground, "dpkg-query").words("--show --showformat").argument(format);
    Some(parse_installed(&query.read().ok()?))
}

fn parse_installed(list: &str) -> BTreeSet<String> {
    let present = list.lines().filter_map(|line| line.strip_prefix("installed "));
    present.map(str::to_owned).collect()
}

/// On a system of another family nothing can be looked up: say what is needed, once, and go on
/// when the libraries answer.
fn foreign(ground: &Ground, rows: &[&Package]) -> Result<(), Fault> {
    let build = rows.iter().any(|row| row.areas.contains(&Area::Build));
    let probe = Call::new(ground, "pkg-config").words("--exists webkit2gtk-4.1 libsoup-3.0");
    if !build || probe.succeeds() {
        return Ok(());
    }
    let list: Vec<String> =
        rows.iter().map(|row| format!("  {:<30} {}", row.debian, row.why)).collect();
    Err(Fault::Stop(format!(
        "this system is not of the Debian family. Install what these Debian packages hold, by \
         the names your system gives them, then start again:\n{}",
        list.join("\n")
    )))
}

/// How to become root: not at all, by `sudo`, or by the person's own hand.
fn privilege(ground: &Ground, names: &[&str]) -> Result<Option<&'static str>, Fault> {
    let me = Call::new(ground, "id").words("-u").read()?;
    if me.trim() == "0" {
        return Ok(None);
    }
    if on_path("sudo").is_some() {
        return Ok(Some("sudo"));
    }
    Err(by_hand("neither root nor sudo here", names))
}

fn agree(ground: &Ground, names: &[&str]) -> Result<(), Fault> {
    if ground.yes || ground.unattended {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(by_hand("nobody to ask", names));
    }
    print!("Install them now? [Y/n] ");
    std::io::stdout().flush().map_err(Fault::file("the terminal"))?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(Fault::file("the terminal"))?;
    match answer.trim().to_lowercase().as_str() {
        "" | "y" | "yes" => Ok(()),
        _ => Err(by_hand("not installed", names)),
    }
}

fn by_hand(reason: &str, names: &[&str]) -> Fault {
    Fault::Stop(format!(
        "{reason}. Type this, then start again:\n\n  sudo apt-get install {}\n",
        names.join(" ")
    ))
}

/// Installs, with fresh package lists where the present ones do not know or no longer have them.
fn install(ground: &Ground, prefix: Option<&str>, names: &[&str]) -> Result<(), Fault> {
    let simulated = names.iter().fold(
        Call::new(ground, "apt-get").words("install --simulate -qq --no-install-recommends"),
        |call, name| call.argument(name),
    );
    let known = simulated.succeeds();
    if !known {
        apt(ground, prefix).words("update").run()?;
    }
    let attempt = || {
        let call = apt(ground, prefix).words("install --yes --no-install-recommends");
        names.iter().fold(call, |call, name| call.argument(name)).run()
    };
    match attempt() {
        Err(_) if known => {
            apt(ground, prefix).words("update").run()?;
            attempt()
        }
        ended => ended,
    }
}

/// `apt-get`, asking nothing itself; without a time limit, for sudo may ask for a password.
fn apt(ground: &Ground, prefix: Option<&str>) -> Call {
    let call = match prefix {
        Some(prefix) => Call::new(ground, prefix).words("env"),
        None => Call::new(ground, "env"),
    };
    call.words("DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3").unlimited()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_as_installed_only_when_dpkg_says_so_in_full() {
        let list = "installed xvfb\nconfig-files chromium\nnot-installed xauth\ninstalled dbus\n";
        let names = ["xvfb", "dbus"].map(str::to_owned);
        assert_eq!(parse_installed(list), BTreeSet::from(names));
    }

    #[test]
    fn only_what_is_asked_for_is_missing_and_each_family_has_its_name() {
        let rows = wanted(&[Area::Browser], |_| false);
        let none = BTreeSet::new();
        let names =
            |ubuntu| missing(&rows, &none, ubuntu).iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(names(false), ["chromium"]);
        assert_eq!(names(true), ["chromium-browser"]);
        assert!(missing(&rows, &BTreeSet::from(["chromium".to_owned()]), false).is_empty());
    }

    #[test]
    fn another_browser_on_the_path_will_do() {
        assert!(wanted(&[Area::Browser], |program| program == "google-chrome").is_empty());
        let window = wanted(&[Area::Window], |program| program == "google-chrome");
        assert!(window.iter().any(|row| row.debian == "webkit2gtk-driver"));
    }

    #[test]
    fn the_family_is_read_from_the_release_file() {
        let check = |text: &str, kind: Kind| assert_eq!(Kind::read(text), kind, "{text}");
        check("NAME=\"Debian GNU/Linux\"\nID=debian\n", Kind::Other);
        check("ID=ubuntu\nID_LIKE=debian\n", Kind::Ubuntu);
        check("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Kind::Ubuntu);
        check("", Kind::Other);
    }

    #[test]
    fn who_must_do_it_by_hand_is_given_one_command() {
        let fault = by_hand("nobody to ask", &["xvfb", "xauth"]).to_string();
        assert!(fault.contains("sudo apt-get install xvfb xauth\n"), "{fault}");
    }
}
