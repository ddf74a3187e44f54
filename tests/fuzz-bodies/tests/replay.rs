//! Every file of the corpus through the function that is fuzzed with it, without the fuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_fuzz_bodies::{BODIES, Body, run};

/// The most that all corpora together may take in the tree, in bytes.
const LARGEST_CORPUS: u64 = 200 * 1024;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of one target's folder, in order of name; none where there is no folder.
fn files(target: &str) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(fuzz().join("corpus").join(target)) else { return Vec::new() };
    let mut files: Vec<_> =
        folder.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.sort();
    files
}

fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz().join(folder)).expect("the folder is there");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries
        .map(|entry| name(entry.expect("the folder can be read")))
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

fn replay(target: &str, body: Body) {
    let files = files(target);
    assert!(!files.is_empty(), "the corpus of {target} is empty or missing");
    for file in files {
        let data = fs::read(&file).expect("the corpus can be read");
        let held = std::panic::catch_unwind(|| run(body, &data));
        assert!(held.is_ok(), "{} broke a promise, see above", file.display());
    }
}

macro_rules! replays {
    ($($target:ident)+) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target), counterfoil_fuzz_bodies::$target);
            }
        )+

        #[test]
        fn every_body_has_its_replay_its_target_and_its_corpus() {
            let bodies: BTreeSet<String> =
                BODIES.iter().map(|(name, _)| (*name).to_owned()).collect();
            let replays: BTreeSet<String> =
                [$(stringify!($target)),+].map(str::to_owned).into_iter().collect();
            assert_eq!(replays, bodies);
            assert_eq!(names("fuzz_targets", ".rs"), bodies);
            assert_eq!(names("corpus", ""), bodies);
        }
    };
}

replays!(answers audit callback codecs engine events money proposals requests rows texts vault);

#[test]
fn the_corpus_stays_small() {
    let sizes = BODIES.iter().flat_map(|(target, _)| files(target));
    let total: u64 = sizes.map(|file| fs::metadata(file).map_or(0, |facts| facts.len())).sum();
    assert!(total <= LARGEST_CORPUS, "{total} bytes");
}

#[test]
fn no_input_and_one_byte_are_inputs_too() {
    for (_, body) in BODIES {
        run(*body, &[]);
        for byte in 0..=u8::MAX {
            run(*body, &[byte]);
        }
    }
}
