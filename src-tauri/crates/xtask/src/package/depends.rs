//! Whether every shared library that the programs are linked with comes with what the package
//! depends on: a machine with no development packages has nothing else.

use super::contents::names;
use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The C library and its kin are on every system of the family.
const ALWAYS: &[&str] = &["libc6", "libgcc-s1"];

/// Compares what the programs load with what the package depends on, directly or through others.
///
/// # Errors
/// The libraries that nothing brings, or why it could not be found out.
pub fn check(ground: &Ground, package: &Path, programs: &[PathBuf]) -> Result<(), Fault> {
    let field = Call::new(ground, "dpkg-deb").words("--field").argument(package).words("Depends");
    let relation = field.read()?;
    let known = installed(ground)?;
    let brought = known.closure(names(&relation).chain(ALWAYS.iter().copied()));
    let mut found = Vec::new();
    for program in programs {
        for library in needed(ground, program)? {
            let owner = owner(ground, &library)?;
            if !brought.contains(owner.as_str()) {
                let program = program.file_name().unwrap_or_default().display();
                found.push(format!("{program} needs {library}: the package asks not for {owner}"));
            }
        }
    }
    Fault::unless_empty(found)
}

/// Installed packages and what they depend on and stand in for.
#[derive(Debug, Default)]
struct Known {
    depends: BTreeMap<String, Vec<String>>,
    provided_by: BTreeMap<String, Vec<String>>,
}

impl Known {
    /// Reads lines of `package TAB depends TAB provides`.
    fn parse(list: &str) -> Self {
        let mut known = Self::default();
        for line in list.lines() {
            let mut columns = line.split('\t');
            let mut column = || columns.next().unwrap_or_default();
            let (package, depends, provides) = (column(), column(), column());
            // One package may be installed for several machines: both count.
            let all = known.depends.entry(package.to_owned()).or_default();
            all.extend(names(depends).map(str::to_owned));
            for name in names(provides) {
                let givers = known.provided_by.entry(name.to_owned()).or_default();
                givers.push(package.to_owned());
            }
        }
        known
    }

    /// These packages, what they depend on, what that depends on, and so forth.
    fn closure<'name>(&self, from: impl Iterator<Item = &'name str>) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<String> = from.map(str::to_owned).collect();
        while let Some(name) = open.pop() {
            if reached.insert(name.clone()) {
                open.extend(self.depends.get(&name).into_iter().flatten().cloned());
                open.extend(self.provided_by.get(&name).into_iter().flatten().cloned());
            }
        }
        reached
    }
}

fn installed(ground: &Ground) -> Result<Known, Fault> {
    let format = "${Package}\t${Pre-Depends}, ${Depends}\t${Provides}\n";
    let query = Call::new(ground, "dpkg-query").words("--show --showformat").argument(format);
    Ok(Known::parse(&query.read()?))
}

/// The file names of the libraries that a program itself asks for.
fn needed(ground: &Ground, program: &Path) -> Result<Vec<String>, Fault> {
    let printed =
        Call::new(ground, "objdump").words("--private-headers").argument(program).read()?;
    let libraries: Vec<String> = parse_needed(&printed);
    if libraries.is_empty() {
        return Err(Fault::Stop(format!("{} is linked with nothing at all", program.display())));
    }
    Ok(libraries)
}

fn parse_needed(printed: &str) -> Vec<String> {
    let lines = printed.lines().filter_map(|line| line.trim().strip_prefix("NEEDED"));
    lines.map(|name| name.trim().to_owned()).collect()
}

/// The package that holds a library, by where the loader would look for it.
fn owner(ground: &Ground, library: &str) -> Result<String, Fault> {
    let pattern = format!("*/{library}");
    let query = Call::new(ground, "dpkg-query").words("--search").argument(pattern).read();
    let unknown = || Fault::Stop(format!("no package on this machine holds {library}"));
    parse_owner(&query.unwrap_or_default()).ok_or_else(unknown)
}

/// `libc6:amd64, libc6:i386: /lib/…` names the package before the first colon.
fn parse_owner(said: &str) -> Option<String> {
    let line = said.lines().find(|line| !line.starts_with("diversion"))?;
    line.split([':', ',']).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dependency_depends_on_is_brought_along_also_under_another_name() {
        let known = Known::parse(
            "libweb\t, libgtk (>= 3), libsoup | other\t\n\
             libgtk64\tlibx:any\tlibgtk (= 3.24)\n\
             libx\t\t\n\
             libsoup\t\t\n\
             lonely\t\t\n",
        );
        let brought = known.closure(["libweb"].into_iter());
        for name in ["libweb", "libgtk", "libgtk64", "libx", "libsoup"] {
            assert!(brought.contains(name), "{name}");
        }
        assert!(!brought.contains("lonely"));
    }

    #[test]
    fn the_libraries_are_read_from_the_program_s_headers() {
        let printed = "Dynamic Section:\n  NEEDED               libgtk-3.so.0\n\
            \x20 NEEDED               libc.so.6\n  INIT                 0x1\n";
        assert_eq!(parse_needed(printed), ["libgtk-3.so.0", "libc.so.6"]);
    }

    #[test]
    fn the_owner_is_the_package_without_its_machine() {
        let check = |said: &str, owner: Option<&str>| {
            assert_eq!(parse_owner(said).as_deref(), owner, "{said}");
        };
        check("libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6\n", Some("libc6"));
        check("diversion by a from: /lib/b\nlibb:amd64: /lib/b\n", Some("libb"));
        check("", None);
    }
}
