//! From a fresh clone to the open window, in one command.

use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use crate::setup::{self, Area, Need, node};

/// Which shop the window opens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shop {
    /// The built-in sandbox with made-up payments, in a folder of its own.
    Training,
    /// The real data folder.
    Live,
}

/// Sets up, builds what changed, and opens the window; returns when it is closed.
///
/// # Errors
/// When something is missing, does not build, or the program ends badly.
pub fn run(ground: &Ground, shop: Shop, arguments: &[String]) -> Result<(), Fault> {
    setup::meet(ground, &[Need::System(Area::Build), Need::Ui])?;
    node::build_screen(ground)?;
    let line = "build --locked --package counterfoil --bin counterfoil";
    Call::new(ground, "cargo").words(line).unlimited().run()?;
    let program = Call::new(ground, ground.built("counterfoil")).unlimited();
    let program = match shop {
        Shop::Training => program.words("--training"),
        Shop::Live => program,
    };
    arguments.iter().fold(program, |program, argument| program.argument(argument)).run()
}
