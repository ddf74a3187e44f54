//! The steps themselves, in the order in which a mistake is cheapest to find.

use super::Step;
use super::browser::{browser, screen_unit, window};
use super::tally::{Tally, of_cargo};
use crate::bindings::{self, Exporter};
use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use crate::package;
use crate::rules::{layers, sizes, tidy};
use crate::setup::Need::{self, Driver, E2e, Ui};
use crate::setup::{Area, node};

const BUILD: Need = Need::System(Area::Build);
const KEYRING: Need = Need::System(Area::Keyring);
const BROWSER: Need = Need::System(Area::Browser);
const WINDOW: Need = Need::System(Area::Window);

/// Everything `cargo xtask test` shows.
pub const STEPS: &[Step] = &[
    FORMAT,
    LAYERS,
    SIZES,
    TIDY,
    Step {
        name: "screen-check",
        about: "types of the screen (svelte-check, tsc)",
        needs: &[Ui],
        after: &[],
        run: |ground| whole(node::npm_run(ground, &ground.ui(), "check")),
    },
    Step {
        name: "screen-unit",
        about: "unit tests of the screen (vitest)",
        needs: &[Ui],
        after: &[],
        run: screen_unit,
    },
    Step {
        name: "screen",
        about: "the screen builds",
        needs: &[Ui],
        after: &[],
        run: |ground| node::build_screen(ground).map(|()| Tally::one()),
    },
    Step {
        name: "clippy",
        about: "no warning in the whole workspace",
        needs: &[BUILD, Ui],
        after: &["screen"],
        run: |ground| {
            let line = "clippy --workspace --all-targets --locked -- -D warnings";
            whole(Call::new(ground, "cargo").words(line))
        },
    },
    Step {
        name: "build",
        about: "every program, test and example builds",
        needs: &[BUILD, Ui],
        after: &["screen"],
        run: |ground| {
            whole(Call::new(ground, "cargo").words("build --workspace --all-targets --locked"))
        },
    },
    Step {
        name: "bindings",
        about: "the screen's generated types are those of the API",
        needs: &[],
        after: &["build"],
        run: |ground| bindings::check(ground, Exporter::Built).map(|()| Tally::one()),
    },
    Step {
        name: "rust",
        about: "all Rust tests (cargo test)",
        needs: &[KEYRING],
        after: &["build"],
        run: rust,
    },
    Step {
        name: "browser",
        about: "the screen in a browser, against devhost and the sandbox (Playwright)",
        needs: &[BROWSER, E2e],
        after: &["build"],
        run: browser,
    },
    Step {
        name: "window",
        about: "the real window, on a display that nobody sees (WebDriver)",
        needs: &[WINDOW, E2e, Driver],
        after: &["build"],
        run: window,
    },
    Step {
        name: "package",
        about: "the .deb: contents, dependencies, and that its program opens a window",
        needs: &[WINDOW],
        after: &["build"],
        run: package::test,
    },
];

/// The quick loop of `cargo xtask check`: no web view, no Node.js.
pub const QUICK: &[Step] = &[
    FORMAT,
    LAYERS,
    SIZES,
    TIDY,
    Step {
        name: "clippy",
        about: "no warning in all but the window",
        needs: &[],
        after: &[],
        run: |ground| {
            whole(Call::new(ground, "cargo").words("clippy --all-targets --locked -- -D warnings"))
        },
    },
];

const FORMAT: Step = Step {
    name: "fmt",
    about: "every Rust file is formatted",
    needs: &[],
    after: &[],
    run: |ground| whole(Call::new(ground, "cargo").words("fmt --all --check")),
};

const LAYERS: Step = Step {
    name: "layers",
    about: "dependencies point the right way",
    needs: &[],
    after: &[],
    run: |ground| layers::check(ground).map(|()| Tally::one()),
};

const SIZES: Step = Step {
    name: "sizes",
    about: "no file, function or line is too long",
    needs: &[],
    after: &[],
    run: |ground| sizes::check(ground).map(|()| Tally::one()),
};

const TIDY: Step = Step {
    name: "tidy",
    about: "one door to the window, no machine's paths, public registries",
    needs: &[],
    after: &[],
    run: |ground| tidy::check(ground).map(|()| Tally::one()),
};

/// A program whose good ending is one test passed.
fn whole(call: Call) -> Result<Tally, Fault> {
    call.run().map(|()| Tally::one())
}

/// Plain `cargo test`: it comes with cargo, so that a clean machine builds no runner first.
fn rust(ground: &Ground) -> Result<Tally, Fault> {
    let line = "test --workspace --locked --no-fail-fast";
    let heard = Call::new(ground, "cargo").words(line).follow()?;
    Ok(of_cargo(&heard.text).believed(heard.status.success()))
}
