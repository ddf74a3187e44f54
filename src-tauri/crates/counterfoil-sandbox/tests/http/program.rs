//! The program: one line when ready, an orderly end on SIGTERM, a clear word when it cannot start.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::client::{bytes, raw};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_counterfoil-sandbox"))
}

#[tokio::test]
async fn the_program_says_where_it_listens_and_ends_on_sigterm() {
    let arguments = ["--seed", "3", "--payments", "12"];
    let mut child =
        program().args(arguments).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let ready: Value = serde_json::from_str(&line).expect("a line of JSON");
    let listening = ready["listening"].as_str().expect("an address");
    let bumper = &ready["providers"]["bumper"];
    assert_eq!(bumper["base_url"], format!("http://{listening}/bumper"));
    assert_eq!(bumper["currency"], "GBP");
    assert!(bumper["secret"].as_str().is_some_and(|secret| secret.starts_with('"')));
    assert!(bumper["api_key"].is_string());
    let moyasar = &ready["providers"]["moyasar"];
    assert_eq!(moyasar["base_url"], format!("http://{listening}/moyasar/v1"));
    assert!(moyasar["secret_key"].as_str().is_some_and(|key| key.starts_with("sk_test_")));
    assert!(moyasar.get("live_key").is_none(), "only what an account takes");
    let address = listening.parse().expect("an address");
    let request = bytes("GET", "/control/bumper/payments", "");
    let payments = raw(address, &request).await.expect("an answer").json();
    assert_eq!(payments.as_array().map(Vec::len), Some(12));
    let told = Command::new("kill").arg(child.id().to_string()).status().expect("kill exists");
    assert!(told.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn the_program_explains_why_it_cannot_start() {
    for (arguments, code, word) in [
        (["--listen", "0.0.0.0:0"], 1, "loopback"),
        (["--listen", "nonsense"], 2, "--listen"),
        (["--seed", "-1"], 2, "-1"),
    ] {
        let output = program().args(arguments).output().expect("the program runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(word), "{told}");
        assert!(output.stdout.is_empty());
    }
}
