//! `cargo xtask sim`: seeded simulation of whole tills, as many schedules as one likes on all
//! cores, one of them again with everything that happened, or the planted defects.

use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;

/// What is asked for.
#[derive(Debug, clap::Args)]
pub struct Wish {
    /// How many schedules
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// With the real connectors in front of paper providers
    #[arg(long)]
    real: bool,
    /// Run each twice and compare the traces
    #[arg(long)]
    twice: bool,
    /// Run this one alone and print what happened
    #[arg(long, value_name = "SEED")]
    replay: Option<u64>,
    /// Plant each defect of tests/sim/mutants.toml in a copy; every one must be found
    #[arg(long)]
    mutants: bool,
    /// Only the planted defect of this name
    #[arg(long, requires = "mutants", value_name = "NAME")]
    only: Vec<String>,
}

/// Builds the simulation for speed and runs it in front of the person. A schedule that breaks a
/// rule is run again with everything that happened.
///
/// # Errors
/// It does not build, or a rule was broken.
pub fn run(ground: &Ground, wish: &Wish) -> Result<(), Fault> {
    let build = "build --release --locked --package counterfoil-sim --bin counterfoil-sim";
    Call::new(ground, "cargo").words(build).run()?;
    if let Some(seed) = wish.replay {
        return replay(ground, wish.real, seed);
    }
    if wish.mutants {
        return program(ground).plant(ground, &wish.only);
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (seeds, from) = (wish.seeds, wish.from);
    let words = format!("--seeds {seeds} --from {from} --threads {threads} --failures 1");
    let twice = if wish.twice { "--twice" } else { "" };
    let real = real_word(wish.real);
    let heard = program(ground).0.words(&words).words(twice).words(real).unlimited().follow()?;
    if heard.status.success() {
        return Ok(());
    }
    let seed = heard.text.lines().find_map(|line| {
        let (seed, _) = line.strip_prefix("seed ")?.split_once(':')?;
        seed.parse().ok()
    });
    seed.map_or(Ok(()), |seed| replay(ground, wish.real, seed))?;
    Err(Fault::Stop("a schedule broke a rule: see above".to_owned()))
}

fn replay(ground: &Ground, real: bool, seed: u64) -> Result<(), Fault> {
    program(ground).0.words(real_word(real)).words(&format!("--replay {seed}")).run()
}

fn real_word(real: bool) -> &'static str {
    if real { "--real" } else { "" }
}

/// The program as it was just built.
struct Program(Call);

fn program(ground: &Ground) -> Program {
    Program(Call::new(ground, ground.target.join("release/counterfoil-sim")))
}

impl Program {
    /// Beside what cargo builds otherwise, so that a second time is quicker.
    fn plant(self, ground: &Ground, only: &[String]) -> Result<(), Fault> {
        let copy = ground.target.join("planted");
        let call = self.0.argument("--mutants").argument(&ground.root).argument(copy);
        let name = |call: Call, name: &String| call.argument("--only").argument(name);
        only.iter().fold(call, name).unlimited().run()
    }
}
