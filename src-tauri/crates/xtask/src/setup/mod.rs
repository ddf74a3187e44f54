//! What has to be on the machine, and in the project's folders, before a task can do its work.
//!
//! A task states its needs; [`meet`] sees to all of them, system packages in one go first.

mod apt;
pub mod node;
mod system;
pub mod tools;

use crate::fault::Fault;
use crate::ground::Ground;
pub use system::Area;

/// One thing a task cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// System packages of one area.
    System(Area),
    /// Node.js with the screen's packages.
    Ui,
    /// Node.js with the packages of the browser and window tests.
    E2e,
    /// The program between a WebDriver client and the window.
    Driver,
}

/// Sees to every need, in the order in which they build on each other.
///
/// # Errors
/// When something is missing and may not, or cannot, be installed here.
pub fn meet(ground: &Ground, needs: &[Need]) -> Result<(), Fault> {
    let mut sorted = needs.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let areas: Vec<Area> = sorted.iter().filter_map(|need| need.area()).collect();
    apt::provide(ground, &areas)?;
    for need in sorted {
        match need {
            Need::System(_) => {}
            Need::Ui => node::install(ground, &ground.ui())?,
            Need::E2e => node::install(ground, &ground.e2e())?,
            Need::Driver => tools::install_driver(ground)?,
        }
    }
    Ok(())
}

impl Need {
    fn area(self) -> Option<Area> {
        match self {
            Self::System(area) => Some(area),
            Self::Ui | Self::E2e | Self::Driver => None,
        }
    }
}
