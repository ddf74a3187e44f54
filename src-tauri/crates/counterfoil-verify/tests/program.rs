//! The program as people call it, on the example of `docs/audit-format.md` and on files that are
//! meant to hurt.

use std::path::{Path, PathBuf};
use std::process::Command;

use counterfoil_verify::LONGEST_LINE;
use tempfile::TempDir;

const PAGE: &str = include_str!("../../../../docs/audit-format.md");

/// The worked example, to the byte.
fn example() -> String {
    let worked = PAGE.split_once("## A worked example").expect("the page has one").1;
    let block = worked.split_once("```text\n").expect("it stands in a block").1;
    block.split_once("```").expect("which ends").0.to_owned()
}

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder") }
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("trail.jsonl");
        std::fs::write(&path, bytes).expect("it is written");
        path
    }

    fn run(&self, bytes: &[u8], words: &[&str]) -> (i32, String) {
        run(Command::new(env!("CARGO_BIN_EXE_counterfoil-verify"))
            .arg(self.file(bytes))
            .args(words))
    }
}

fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("the program starts");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("it says text");
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().expect("it ends by itself"), said)
}

const HEAD: &str = "49ad449b45cd1f6f0857d98f33a1bb2a48979c3cab90a368a9d423e8485fd8a2";
const KEY: &str = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";

#[test]
fn the_example_of_the_page_is_whole() {
    let desk = Desk::new();
    let example = example();
    let (code, said) = desk.run(example.as_bytes(), &["--head", HEAD, "--key", KEY]);
    assert_eq!(code, 0, "{said}");
    for words in [HEAD, KEY, "3 entries", "up to entry 2", "signed as a whole", "of entry 3"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let (code, said) = desk.run(example.as_bytes(), &["--json", "--head", &HEAD[..16]]);
    let expected = format!(
        "{{\"ok\":true,\"entries\":3,\"head\":\"{HEAD}\",\"signed_to\":2,\"heads\":1,\
         \"key\":\"{KEY}\",\"end_signed\":true,\"approvals\":0,\"head_at\":3}}\n"
    );
    assert_eq!((code, said), (0, expected));
}

#[test]
fn what_it_is_held_against_must_be_in_it() {
    let desk = Desk::new();
    let example = example();
    let check = |words: &[&str], code: i32, expected: &str| {
        let (exit, said) = desk.run(example.as_bytes(), words);
        assert_eq!(exit, code, "{words:?}: {said}");
        assert!(said.contains(expected), "{words:?}: {said}");
    };
    let first = "51a6a2f86200511e6641b07501486f8f363b1832b4d973046f034ff84000e5fd";
    check(&["--head", first], 0, "of entry 1");
    check(&["--head", &"0".repeat(64)], 3, "first bad entry is 4");
    check(&["--key", &"0".repeat(64)], 3, "nothing in this file is signed");
    check(&["--head", "49ad"], 2, "16 to 64 hex digits");
    check(&["--head", "49ad449b45cd1f6fxx"], 2, "16 to 64 hex digits");
    check(&["--head"], 2, "usage");
    check(&["--key", "12"], 2, "usage");
    check(&["--what"], 2, "no option --what");
    check(&["another"], 2, "name one file");
    let program = env!("CARGO_BIN_EXE_counterfoil-verify");
    assert_eq!(run(&mut Command::new(program)).0, 2);
    assert_eq!(run(Command::new(program).arg("/nowhere/at/all")).0, 2);
    assert_eq!(run(Command::new(program).arg(desk.folder.path())).0, 2);
    assert_eq!(run(Command::new(program).arg("--help")).0, 0);
    assert_eq!(run(Command::new(program).arg("--version")).0, 0);
}

#[test]
fn hostile_files_get_a_clear_answer() {
    let desk = Desk::new();
    let good = example();
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let [header, first, second, head, third, end] = lines[..] else { panic!("{good}") };
    let check = |bytes: &[u8], expected: &str| {
        let (code, said) = desk.run(bytes, &[]);
        assert_eq!(code, 3, "{expected}: {said}");
        assert!(said.contains(expected), "{expected}: {said}");
        let (code, said) = desk.run(bytes, &["--json"]);
        assert_eq!(code, 3, "{said}");
        assert!(said.starts_with("{\"error\":{\"code\":\"audit_broken\""), "{said}");
    };
    let text = |parts: &[&str]| parts.concat().into_bytes();
    check(b"", "line 1: the file ends before its end line");
    check(b"\n", "line 1: the line is not canonical JSON: the text ends too early");
    check(b"\xff\xfe\n", "line 1: the line is not UTF-8");
    check("\u{feff}".as_bytes(), "in the middle of a line");
    check(b"{}\n", "this is no exported trail");
    check(good.replace('\n', "\r\n").as_bytes(), "CR and LF");
    check(&text(&[header, "\0\n"]), "entry is 1 (line 2): the line is not canonical JSON");
    check(&text(&[header, "[".repeat(100_000).as_str(), "\n"]), "nested too deep");
    check(&text(&[header, "{\"a\":1,\"a\":2}\n"]), "a key stands twice");
    check(&text(&[header, "{\"a\":1e999}\n"]), "a number is not whole");
    check(&text(&[header, "{\"a\":99999999999999999999}\n"]), "does not fit 64 bits");
    check(&text(&[header, header]), "entry is 1 (line 2): the line is no entry");
    check(&text(&[header, second, first]), "entry 2 stands in its place");
    check(&text(&[header, first, first]), "entry is 2 (line 3)");
    check(&text(&[header, first, third]), "entry is 2 (line 3)");
    check(&text(&[header, first, head]), "entry is 2 (line 3): it is missing: the head");
    check(&text(&[header, head]), "entry is 1 (line 2): it is missing");
    check(&text(&[header, first, second, head, head]), "entry is 2 (line 5)");
    check(
        &text(&[header, first, second, head, third]),
        "entry is 4 (line 6): the file ends before",
    );
    check(&text(&[header, first, second, third, end]), "the end does not fit");
    check(&text(&[&good, "x\n"]), "entry is 4 (line 7)");
    check(&text(&[&good, "\n"]), "entry is 4 (line 7)");
    check(&text(&[&good, "x"]), "in the middle of a line");
    let (_, rest) = good.split_once('\n').expect("lines");
    check(format!("{}\n{rest}", header.trim().replace("staff-1", "staff-2")).as_bytes(), "line 6");
    check(&good.replace("exported_at", "exported_It").into_bytes(), "line 1");
    check(&good.replace(",\"schema\":8", ",\"schema\":\"8\"").into_bytes(), "line 1");
    check(
        &good.replacen("090b551b", "090b551a", 1).into_bytes(),
        "entry is 2 (line 4): the signature",
    );
    check(&good.replacen("0b576987", "0b576986", 1).into_bytes(), "signature of the end");
    check(&good.replacen(":01Z", ":02Z", 1).into_bytes(), "entry is 2 (line 4): the signature");
    let elsewhere = good.replacen("signature\":\"090b", "signature\":\"0000", 1);
    check(elsewhere.as_bytes(), "entry is 2 (line 4): the signature");
    let endless = vec![b'x'; LONGEST_LINE + 2];
    check(&endless, "longer than 4194304 bytes");
    check(&[header.as_bytes(), &endless].concat(), "entry is 1 (line 2): the line is longer");
}

#[test]
fn an_endless_line_and_one_full_of_small_things_need_little_memory() {
    let desk = Desk::new();
    let program = env!("CARGO_BIN_EXE_counterfoil-verify");
    let check = |path: &Path, expected: &str| {
        // Address space is bounded by the shell: 256 MiB.
        let line = format!("ulimit -v 262144; exec '{program}' '{}'", path.display());
        let (code, said) = run(Command::new("sh").args(["-c", &line]));
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(expected), "{said}");
    };
    let path = desk.file(b"");
    let sparse = std::fs::OpenOptions::new().write(true).open(&path).expect("it opens");
    sparse.set_len(8 << 30).expect("a sparse file");
    check(&path, "longer than");
    let many = "[],".repeat(LONGEST_LINE / 3 - 10);
    let path = desk.file(format!("[{many}[]]\n").as_bytes());
    check(&path, "this is no exported trail");
}
