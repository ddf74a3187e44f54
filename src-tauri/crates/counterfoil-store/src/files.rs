use std::fs;
use std::io;
use std::path::Path;

/// The database's file name in the data folder.
pub const DATABASE_FILE: &str = "counterfoil.db";

/// Makes the data folder if it is missing, readable by its owner only.
pub fn make_folder(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    restrict(dir, 0o700)
}

/// Makes the database file if it is missing, before SQLite opens it, so that it never stands
/// readable for others.
pub fn make_file(path: &Path) -> io::Result<()> {
    let file = fs::OpenOptions::new().append(true).create(true).open(path)?;
    drop(file);
    restrict(path, 0o600)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    // The data folder lies in the person's own profile, which others cannot read there.
    Ok(())
}
