//! A till on a data folder of its own, and calls of the program on it.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use counterfoil_sandbox::Command as On;
use counterfoil_sandbox::{EffectKind, NewPayment, PaymentStatus, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// People with their PINs; the first is the owner.
pub const PEOPLE: [(&str, &str, &str); 4] = [
    ("Olive", "owner", "482915"),
    ("Morgan", "manager", "730481"),
    ("Casey", "cashier", "150263"),
    ("Audrey", "auditor", "904172"),
];

/// Waits that make a test quick.
const QUICK: [(&str, &str); 3] =
    [("retry.base_ms", "20"), ("retry.max_ms", "60"), ("doubt.settle_ms.bumper", "50")];

/// An empty vault under [`PASSPHRASE`] whose key costs next to nothing: each command of the program
/// derives it anew, and a vault keeps to the cost it was made with.
const CHEAP_VAULT: &[u8] = include_bytes!("vaults/till.vault");
const PASSPHRASE: &str = "only for tests";

/// Puts the empty vault there, for this user alone as the program demands.
fn cheap_vault(path: &Path) {
    std::fs::write(path, CHEAP_VAULT).expect("an empty vault");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let alone = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, alone).expect("it is ours");
    }
}

pub struct Till {
    // The stand-in's own threads.
    _carrier: Runtime,
    folder: TempDir,
    pub sandbox: Sandbox,
    /// All that the program printed.
    printed: RefCell<String>,
}

impl Till {
    /// A stand-in provider and an empty folder.
    pub fn empty() -> Self {
        let carrier = Runtime::new().expect("a runtime");
        let sandbox =
            carrier.block_on(Sandbox::start(SandboxOptions::default())).expect("a stand-in");
        let folder = TempDir::new().expect("a folder");
        cheap_vault(&folder.path().join("vault"));
        Self { _carrier: carrier, folder, sandbox, printed: RefCell::default() }
    }

    /// After first run, with an owner, a manager and a cashier.
    pub fn with_people() -> Self {
        let till = Self::empty();
        let (owner, _, pin) = PEOPLE[0];
        let first = format!("init --store Garage --till Front --owner {owner}");
        till.nobody(&first).env("COUNTERFOIL_PIN", pin).exits(0);
        PEOPLE[1..3].iter().for_each(|person| till.hire(person));
        till
    }

    /// The fourth person, for tests that need one.
    pub fn with_auditor(self) -> Self {
        self.hire(&PEOPLE[3]);
        self
    }

    fn hire(&self, (name, role, pin): &(&str, &str, &str)) {
        let add = format!("staff add --name {name} --role {role}");
        self.owner(&add).env("COUNTERFOIL_NEW_PIN", pin).exits(0);
    }

    /// With an account `B` at the stand-in.
    pub fn ready() -> Self {
        let till = Self::with_people();
        till.add_account("B");
        till
    }

    /// With short waits, for tests in which something goes wrong on the way.
    pub fn hasty() -> Self {
        let till = Self::ready();
        for (key, value) in QUICK {
            till.owner(&format!("settings set {key} {value}")).exits(0);
        }
        till
    }

    pub fn add_account(&self, name: &str) {
        let url = self.sandbox.bumper().base_url;
        let add = format!("account add --name {name} --provider bumper --base-url {url}");
        self.owner(&add).stdin(&self.secrets()).exits(0);
    }

    /// The account's secrets as they are given on stdin.
    pub fn secrets(&self) -> String {
        let access = self.sandbox.bumper();
        json!({ "api_key": access.api_key, "secret": access.secret }).to_string()
    }

    /// A payment at the stand-in that this till tracks: its id here and its token there.
    pub fn tracked(&self, new: NewPayment) -> (String, String) {
        let token = self.sandbox.create_payment(new).expect("a payment").token;
        let payment = self.cashier(&format!("payment track --account B --ref {token}")).exits(0);
        (text(&payment["payment_id"]), token)
    }

    /// An unpaid payment of 300.00.
    pub fn open_payment(&self) -> (String, String) {
        self.tracked(payment(PaymentStatus::Pending))
    }

    /// A paid payment of 300.00.
    pub fn paid_payment(&self) -> (String, String) {
        self.tracked(payment(PaymentStatus::Completed))
    }

    /// Asks for another total as the cashier.
    pub fn adjust(&self, payment: &str, total: &str) -> String {
        let ask = format!("change adjust --payment {payment} --total {total}");
        text(&self.cashier(&ask).exits(0)["change_id"])
    }

    /// Asks for money back as the manager, who needs nobody else for it.
    pub fn refund(&self, payment: &str, amount: &str) -> String {
        let ask = format!(
            "change refund --payment {payment} --amount {amount} --reason customer_request"
        );
        text(&self.manager(&ask).exits(0)["change_id"])
    }

    /// Sends what waits, not waiting long for anything.
    pub fn sync(&self, exit: i32) -> Value {
        self.cashier("sync --until-idle --deadline 2s").exits(exit)
    }

    pub fn state(&self, change: &str) -> String {
        text(&self.cashier(&format!("change show {change}")).exits(0)["state"])
    }

    /// How many requests of a kind reached the stand-in.
    pub fn received(&self, path: &str) -> usize {
        let all = self.sandbox.received_requests();
        all.iter().filter(|request| request.path.starts_with(path)).count()
    }

    /// The amounts of all effects of a kind.
    pub fn effects(&self, kind: EffectKind) -> Vec<String> {
        let ledger = self.sandbox.ledger();
        let effects = ledger.into_iter().filter(|effect| effect.kind == kind);
        effects.map(|effect| effect.amount.unwrap_or_default()).collect()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A place for a file beside the data folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn owner(&self, line: &str) -> Call<'_> {
        self.person(PEOPLE[0].0, line)
    }

    pub fn manager(&self, line: &str) -> Call<'_> {
        self.person(PEOPLE[1].0, line)
    }

    pub fn cashier(&self, line: &str) -> Call<'_> {
        self.person(PEOPLE[2].0, line)
    }

    pub fn auditor(&self, line: &str) -> Call<'_> {
        self.person(PEOPLE[3].0, line)
    }

    /// A call by a person with their PIN.
    pub fn person(&self, name: &str, line: &str) -> Call<'_> {
        let pin = pin_of(name);
        self.nobody(line).argument("--as").argument(name).env("COUNTERFOIL_PIN", pin)
    }

    /// A call without a person. Words in single quotes are one argument.
    pub fn nobody(&self, line: &str) -> Call<'_> {
        let vault = format!("file:{}", self.beside("vault").display());
        Call {
            till: self,
            arguments: words(line).into_iter().map(OsString::from).collect(),
            stdin: Vec::new(),
            environment: vec![
                ("COUNTERFOIL_DATA_DIR".into(), self.data_dir().into()),
                ("COUNTERFOIL_VAULT".into(), vault.into()),
                ("COUNTERFOIL_VAULT_PASSPHRASE".into(), PASSPHRASE.into()),
            ],
        }
    }

    fn look_for_secrets(&self) {
        let printed = self.printed.borrow();
        for canary in self.canaries() {
            assert!(!printed.contains(&canary), "{canary} was printed");
            for file in files_below(self.folder.path()) {
                let bytes = std::fs::read(&file).expect("a file of the test");
                let found = bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
                assert!(!found, "{canary} lies in {}", file.display());
            }
        }
    }

    /// What must stand nowhere: the secrets of every provider, and the vault's passphrase.
    fn canaries(&self) -> Vec<String> {
        let sandbox = &self.sandbox;
        let (bumper, moyasar) = (sandbox.bumper(), sandbox.moyasar());
        vec![
            // Its first character is a quote, which JSON and shells write in other ways.
            bumper.secret[1..].to_owned(),
            bumper.api_key,
            moyasar.secret_key,
            moyasar.webhook_secret,
            // `sk_test_TRAI`, as it begins in an Authorization header.
            "c2tfdGVzdF9UUkFJ".to_owned(),
            sandbox.wepay().app_token,
            sandbox.norce().token,
            PASSPHRASE.to_owned(),
        ]
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.look_for_secrets();
        }
    }
}

/// A payment of 300.00 in this state.
pub fn payment(status: PaymentStatus) -> NewPayment {
    NewPayment { amount: "300.00".to_owned(), status: Some(status), ..NewPayment::default() }
}

/// One call of the program.
pub struct Call<'a> {
    till: &'a Till,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
}

impl Call<'_> {
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.as_bytes().to_vec();
        self
    }

    pub fn environment(&self) -> impl Iterator<Item = (OsString, OsString)> {
        self.environment.clone().into_iter()
    }

    /// The program, ready to be started without `--json`.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoilctl"));
        command.env_clear().envs(self.environment.iter().cloned()).args(&self.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it as scripts do: exactly one JSON value on stdout, whatever happens.
    pub fn exits(self, code: i32) -> Value {
        let (exit, stdout, stderr) = self.run(true);
        let shown = format!("{:?}\n{stdout}\n{stderr}", self.arguments);
        let value: Value = serde_json::from_str(&stdout)
            .unwrap_or_else(|error| panic!("not one JSON value: {error}: {shown}"));
        assert_eq!(exit, code, "{shown}");
        let failed = !matches!(code, 0 | 4 | 5 | 6);
        assert!(!failed || value.get("error").is_some(), "{shown}");
        value
    }

    /// As [`Call::exits`], where an error of this code is meant.
    pub fn refuses(self, exit: i32, code: &str) -> Value {
        let value = self.exits(exit);
        assert_eq!(value["error"]["code"], code, "{value}");
        value["error"].clone()
    }

    /// As [`Call::refuses`], where the answer holds more than the error.
    pub fn refuses_with(self, exit: i32, code: &str) -> Value {
        let value = self.exits(exit);
        assert_eq!(value["error"]["code"], code, "{value}");
        value
    }

    /// How it exits and the code of its error, where there is one.
    pub fn outcome(self) -> (i32, Option<String>) {
        let (exit, stdout, _) = self.run(true);
        let value: Value = serde_json::from_str(&stdout)
            .unwrap_or_else(|error| panic!("not one JSON value: {error}: {stdout}"));
        (exit, value["error"]["code"].as_str().map(str::to_owned))
    }

    /// Runs it as a person does: what stands on stdout and on stderr.
    pub fn plain(self, code: i32) -> (String, String) {
        let (exit, stdout, stderr) = self.run(false);
        assert_eq!(exit, code, "{:?}\n{stdout}\n{stderr}", self.arguments);
        (stdout, stderr)
    }

    fn run(&self, as_json: bool) -> (i32, String, String) {
        let mut command = self.command();
        if as_json {
            command.arg("--json");
        }
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        // A program that reads no stdin may be gone by now.
        let _ = stdin.write_all(&self.stdin);
        drop(stdin);
        let output = child.wait_with_output().expect("the program ends");
        let stdout = String::from_utf8(output.stdout).expect("stdout is text");
        let stderr = String::from_utf8(output.stderr).expect("stderr is text");
        self.till.printed.borrow_mut().push_str(&format!("{stdout}\n{stderr}\n"));
        let shown = format!("{:?}\n{stdout}\n{stderr}", self.arguments);
        assert!(!stderr.contains("panicked"), "{shown}");
        (output.status.code().unwrap_or_else(|| panic!("it was killed: {shown}")), stdout, stderr)
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text was expected, not {value}")).to_owned()
}

pub fn pin_of(name: &str) -> &'static str {
    PEOPLE.iter().find(|person| person.0 == name).map_or("000000", |person| person.2)
}

fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (place, part) in line.split('\'').enumerate() {
        if place % 2 == 1 {
            all.push(part.to_owned());
        } else {
            all.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    all
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the test's folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}
