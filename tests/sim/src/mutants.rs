//! Planted defects: a copy of the rules and of this simulation, one line changed, built apart and
//! run until the reference model objects. The test of the test.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What is copied: the rules, the connectors and the simulation, nothing else.
const COPIED: [&str; 3] =
    ["src-tauri/crates/counterfoil-core", "src-tauri/crates/counterfoil-connectors", "tests/sim"];

/// Optimised a little: building counts as much as running.
const PROFILE: &str = "\n[profile.mutant]\ninherits = \"dev\"\nopt-level = 1\ndebug = false\n\
                       incremental = true\n";

/// One planted defect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mutant {
    /// Its name.
    pub name: String,
    /// What it breaks, for people.
    pub what: String,
    /// Which file, from the project's root.
    pub file: String,
    /// The text that stands there, exactly once.
    pub from: String,
    /// The text in its place.
    pub to: String,
    /// How many seeds it may take.
    pub found_within_seeds: u64,
    /// True where the schedules with the real connectors are to find it.
    pub real: bool,
}

/// Reads the list: `[[mutant]]` and one `key = 'text'` or `key = number` a line.
///
/// # Errors
/// The line that cannot be read.
pub fn read_list(text: &str) -> Result<Vec<Mutant>, String> {
    let mut list: Vec<Mutant> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "[[mutant]]" {
            list.push(Mutant::default());
            continue;
        }
        let bad = || format!("mutants.toml: {line:?} is not understood");
        let mutant = list.last_mut().ok_or_else(bad)?;
        let (key, value) = line.split_once(" = ").ok_or_else(bad)?;
        let text = value.trim_matches('\'').to_owned();
        match key {
            "name" => mutant.name = text,
            "what" => mutant.what = text,
            "file" => mutant.file = text,
            "from" => mutant.from = text,
            "to" => mutant.to = text,
            "found_within_seeds" => {
                mutant.found_within_seeds = text.parse().map_err(|_| bad())?;
            }
            "schedules" if text == "real" => mutant.real = true,
            _ => return Err(bad()),
        }
    }
    Ok(list)
}

/// How it went with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Found at this seed, by this rule.
    Found(u64, String),
    /// Not found.
    Missed,
}

/// A copy to plant defects in.
pub struct Garden {
    from: PathBuf,
    copy: PathBuf,
}

impl Garden {
    /// Copies what is needed from the project's root into a folder of its own.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn lay_out(from: &Path, copy: &Path) -> Result<Self, String> {
        for folder in COPIED {
            copy_folder(&from.join(folder), &copy.join(folder))?;
        }
        let manifest = read(&from.join("Cargo.toml"))?;
        let lines = manifest.lines().filter(|line| !line.starts_with("default-members"));
        let mut made = String::new();
        for line in lines {
            if line.starts_with("members = ") {
                // Writing into a text cannot fail.
                let _ = writeln!(made, "members = {COPIED:?}");
            } else if !line.starts_with("exclude = ") {
                let _ = writeln!(made, "{line}");
            }
        }
        made.push_str(PROFILE);
        write(&copy.join("Cargo.toml"), &made)?;
        write(&copy.join("Cargo.lock"), &read(&from.join("Cargo.lock"))?)?;
        Ok(Self { from: from.to_owned(), copy: copy.to_owned() })
    }

    /// Builds the rules as they are and runs so many seeds.
    ///
    /// # Errors
    /// It does not build.
    pub fn as_it_is(&self, real: bool, seeds: u64) -> Result<Verdict, String> {
        self.build().and_then(|()| self.run(real, seeds))
    }

    /// Plants one, builds, runs as many seeds as it may take and digs it out again.
    ///
    /// # Errors
    /// The text does not stand there exactly once, or it does not build.
    pub fn judge(&self, mutant: &Mutant) -> Result<Verdict, String> {
        let original = read(&self.from.join(&mutant.file))?;
        let count = original.matches(&mutant.from).count();
        if count != 1 {
            let (name, file) = (&mutant.name, &mutant.file);
            return Err(format!("{name}: the text stands {count} times in {file}, not once"));
        }
        let planted = original.replacen(&mutant.from, &mutant.to, 1);
        write(&self.copy.join(&mutant.file), &planted)?;
        let verdict = self.as_it_is(mutant.real, mutant.found_within_seeds);
        write(&self.copy.join(&mutant.file), &read(&self.from.join(&mutant.file))?)?;
        verdict
    }

    fn build(&self) -> Result<(), String> {
        let mut build = Command::new("cargo");
        build.args(["build", "--quiet", "--offline", "--profile", "mutant"]);
        build.args(["--package", "counterfoil-sim", "--bin", "counterfoil-sim"]);
        build.current_dir(&self.copy).env("CARGO_TARGET_DIR", self.copy.join("target"));
        build.env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET_DIR");
        let built = build.output().map_err(|cause| format!("cargo: {cause}"))?;
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        if built.status.success() { Ok(()) } else { Err(format!("it does not build:\n{said}")) }
    }

    fn run(&self, real: bool, seeds: u64) -> Result<Verdict, String> {
        let program = self.copy.join("target/mutant/counterfoil-sim");
        let mut run = Command::new(&program);
        run.args(["--seeds", &seeds.to_string(), "--failures", "1"]);
        if real {
            run.arg("--real");
        }
        let ran = run.output().map_err(|cause| format!("{}: {cause}", program.display()))?;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let found = said.lines().find_map(|line| {
            let (seed, rule) = line.strip_prefix("seed ")?.split_once(": ")?;
            Some(Verdict::Found(seed.parse().ok()?, rule.to_owned()))
        });
        match (found, ran.status.success()) {
            (Some(found), _) => Ok(found),
            (None, true) => Ok(Verdict::Missed),
            (None, false) => Err(format!("it ended with {}:\n{said}", ran.status)),
        }
    }
}

/// Plants all, or those named, and says how each went. True where every one was found and the
/// rules as they are pass.
///
/// # Errors
/// The list or the copy cannot be made, or a defect cannot be planted.
pub fn run_all(
    root: &Path,
    copy: &Path,
    only: &[String],
    mut tell: impl FnMut(&str),
) -> Result<bool, String> {
    let list = read_list(&read(&root.join("tests/sim/mutants.toml"))?)?;
    let chosen: Vec<&Mutant> =
        list.iter().filter(|mutant| only.is_empty() || only.contains(&mutant.name)).collect();
    if chosen.is_empty() {
        return Err("no planted defect has this name".to_owned());
    }
    let garden = Garden::lay_out(root, copy)?;
    for real in [false, true] {
        let of_these = chosen.iter().filter(|mutant| mutant.real == real);
        let Some(most) = of_these.map(|mutant| mutant.found_within_seeds).max() else { continue };
        match garden.as_it_is(real, most)? {
            Verdict::Missed => tell(&format!("as it is: {most} seeds pass, real {real}")),
            Verdict::Found(seed, rule) => {
                return Err(format!("the rules as they are fail already: seed {seed}: {rule}"));
            }
        }
    }
    let mut good = true;
    for mutant in chosen {
        let begun = Instant::now();
        let (name, within) = (&mutant.name, mutant.found_within_seeds);
        let verdict = garden.judge(mutant);
        let seconds = begun.elapsed().as_secs();
        match verdict {
            Err(why) => {
                good = false;
                tell(&format!("{name}: {why}"));
            }
            Ok(Verdict::Found(seed, rule)) => {
                let rule = rule.chars().take(70).collect::<String>();
                tell(&format!("{name}: found at seed {seed} of {within}, {seconds} s ({rule})"));
            }
            Ok(Verdict::Missed) => {
                good = false;
                tell(&format!("{name}: NOT FOUND within {within} seeds, {seconds} s"));
            }
        }
    }
    Ok(good)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    let told = |cause: std::io::Error| format!("{}: {cause}", from.display());
    std::fs::create_dir_all(to).map_err(told)?;
    for entry in std::fs::read_dir(from).map_err(told)? {
        let entry = entry.map_err(told)?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).map_err(told)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|cause| format!("{}: {cause}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|cause| format!("{}: {cause}", path.display()))
}
