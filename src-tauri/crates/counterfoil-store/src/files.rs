use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The database's file name in the data folder.
pub const DATABASE_FILE: &str = "counterfoil.db";

/// Makes the data folder if it is missing, readable by its owner only.
pub fn make_folder(dir: &Path) -> Result<(), StoreError> {
    let make = || {
        fs::create_dir_all(dir)?;
        restrict(dir, 0o700)
    };
    make().map_err(|error| StoreError::of_disk(dir, error))
}

/// Makes a file if it is missing, before anything is in it, so that it never stands readable for
/// others.
pub fn make_file(path: &Path) -> Result<(), StoreError> {
    let make = || {
        drop(fs::OpenOptions::new().append(true).create(true).open(path)?);
        restrict(path, 0o600)
    };
    make().map_err(|error| StoreError::of_disk(path, error))
}

/// True where there is something in a file, or where it is not for this person to know.
pub fn has_bytes(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(file) => file.len() > 0,
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

/// The write-ahead log beside a database.
pub fn log_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    path.into()
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // What is right already is left alone: another person's folder may be refused for that only.
    if fs::metadata(path)?.permissions().mode() & 0o777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    // The data folder lies in the person's own profile, which others cannot read there.
    Ok(())
}
