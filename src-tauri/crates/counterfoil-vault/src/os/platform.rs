//! Which keyring the platform has. A new connection at each call of [`connect`]; nothing global.

use super::Store;

use keyring_core::Error as StoreError;

/// The Secret Service over the session bus. `zbus` is built with its own executor and without
/// tokio, and is only ever called from a plain thread.
#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
pub(super) fn connect() -> Result<Store, StoreError> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// The login keychain.
#[cfg(target_os = "macos")]
pub(super) fn connect() -> Result<Store, StoreError> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

/// The Credential Manager.
#[cfg(windows)]
pub(super) fn connect() -> Result<Store, StoreError> {
    Ok(windows_native_keyring_store::Store::new()?)
}

/// No keyring is known here; the encrypted file can be chosen instead.
#[cfg(any(target_os = "ios", target_os = "android", not(any(unix, windows))))]
pub(super) fn connect() -> Result<Store, StoreError> {
    Err(StoreError::NoDefaultStore)
}
