//! The table of system packages: what, why, and for which area of the work.

/// A part of the work that needs system packages of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Compiling the whole workspace, the window included.
    Build,
    /// Tests against a real keyring.
    Keyring,
    /// Tests of the screen in a browser.
    Browser,
    /// Tests that open the real window on a display nobody sees.
    Window,
}

/// One row of the table.
#[derive(Debug)]
pub struct Package {
    /// Its name in Debian 12 and, but for [`Package::ubuntu`], in Ubuntu 22.04 and later.
    pub debian: &'static str,
    /// Its name in Ubuntu, where that is another one.
    pub ubuntu: Option<&'static str>,
    /// What would be missing without it.
    pub why: &'static str,
    /// Who needs it.
    pub areas: &'static [Area],
    /// Programs of which any one on the search path will do instead of the package.
    pub or_program: &'static [&'static str],
}

use Area::{Browser, Build, Keyring, Window};

/// Every system package that any task needs.
pub const PACKAGES: &[Package] = &[
    plain(
        "build-essential",
        "C compiler and linker, for SQLite and for every Rust program",
        &[Build],
    ),
    plain("pkg-config", "finds the system libraries below", &[Build]),
    plain("libwebkit2gtk-4.1-dev", "the web view inside the window", &[Build]),
    plain("libsoup-3.0-dev", "the web view's network library", &[Build]),
    plain("libayatana-appindicator3-dev", "the icon in the desktop's tray", &[Build]),
    plain("librsvg2-dev", "drawing of scalable icons in the window's toolkit", &[Build]),
    plain("libxdo-dev", "keyboard shortcuts of the window's menu", &[Build]),
    plain("dbus-x11", "a session bus of a test's own", &[Keyring, Window]),
    plain("gnome-keyring", "the keyring that the vault is tested against", &[Keyring, Window]),
    Package {
        debian: "chromium",
        ubuntu: Some("chromium-browser"),
        why: "the browser in which the screen is tested",
        areas: &[Browser],
        or_program: BROWSERS,
    },
    plain("webkit2gtk-driver", "drives the web view for the window tests", &[Window]),
    plain("xvfb", "a display that nobody sees", &[Window]),
    plain("xauth", "lets programs onto that display", &[Window]),
    plain("x11-utils", "tells which windows stand on that display", &[Window]),
];

/// Programs that will do as the browser for the screen's tests, the preferred one first.
pub const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

const fn plain(name: &'static str, why: &'static str, areas: &'static [Area]) -> Package {
    Package { debian: name, ubuntu: None, why, areas, or_program: &[] }
}

impl Package {
    /// Its name on this family of systems.
    #[must_use]
    pub fn name(&self, ubuntu: bool) -> &'static str {
        match self.ubuntu {
            Some(name) if ubuntu => name,
            Some(_) | None => self.debian,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_why_and_for_whom_and_stands_once() {
        for (place, row) in PACKAGES.iter().enumerate() {
            assert!(!row.why.is_empty() && !row.areas.is_empty(), "{}", row.debian);
            let again = PACKAGES.iter().skip(place + 1).find(|other| other.debian == row.debian);
            assert!(again.is_none(), "{} stands twice", row.debian);
        }
    }
}
