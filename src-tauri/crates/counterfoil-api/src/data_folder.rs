use std::ffi::OsString;
use std::path::PathBuf;

use crate::{Fault, FaultCode};

/// The data folder of a till that was given none: `counterfoil` in the platform's application
/// data folder. The window and the command line stand on the same one.
///
/// # Errors
/// [`FaultCode::Store`] where the platform names no such folder.
pub fn default_data_dir() -> Result<PathBuf, Fault> {
    platform_folder(|name| std::env::var_os(name)).map(|base| base.join("counterfoil")).ok_or_else(
        || {
            let words = "this computer names no folder for application data; name one with \
                         --data-dir or COUNTERFOIL_DATA_DIR";
            Fault::new(FaultCode::Store, words)
        },
    )
}

#[cfg(not(any(windows, target_os = "macos")))]
fn platform_folder(get: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // XDG base directory specification: a relative path is to be ignored.
    absolute(get("XDG_DATA_HOME"))
        .or_else(|| absolute(get("HOME")).map(|home| home.join(".local/share")))
}

#[cfg(target_os = "macos")]
fn platform_folder(get: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    absolute(get("HOME")).map(|home| home.join("Library/Application Support"))
}

#[cfg(windows)]
fn platform_folder(get: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    absolute(get("LOCALAPPDATA"))
}

fn absolute(path: Option<OsString>) -> Option<PathBuf> {
    path.map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(all(test, not(any(windows, target_os = "macos"))))]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_follows_the_platform_and_ignores_relative_paths() {
        let check = |xdg: Option<&str>, home: Option<&str>, expected: Option<&str>| {
            let found = platform_folder(|name| match name {
                "XDG_DATA_HOME" => xdg.map(OsString::from),
                "HOME" => home.map(OsString::from),
                other => panic!("asked for {other}"),
            });
            assert_eq!(found, expected.map(PathBuf::from), "{xdg:?} {home:?}");
        };
        check(Some("/data"), Some("/people/a"), Some("/data"));
        check(Some("data"), Some("/people/a"), Some("/people/a/.local/share"));
        check(Some(""), Some("/people/a"), Some("/people/a/.local/share"));
        check(None, Some("/people/a"), Some("/people/a/.local/share"));
        check(None, Some(""), None);
        check(None, None, None);
    }
}
