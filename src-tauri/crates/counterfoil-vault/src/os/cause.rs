//! From a keyring library's error to ours.
//!
//! The library's error is turned into words here and dropped: some of its variants carry the
//! bytes of a secret, which must not travel on in a `source`.

use keyring_core::Error as StoreError;
use keyring_core::error::PlatformError;

use crate::error::VaultError;

/// The bus's names for "nobody offers this service and nobody can be started for it".
const NOBODY_THERE: [&str; 3] = [
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.Spawn.",
];

const ACCESS_DENIED: &str = "org.freedesktop.DBus.Error.AccessDenied";

/// Says what it means that no connection came about: whatever the reason, there is no keyring to
/// talk to, unless the system says that this person may not.
pub(super) fn of_connecting(error: StoreError) -> VaultError {
    match of(error) {
        VaultError::Broken { cause } => VaultError::Absent { cause },
        other => other,
    }
}

/// Says what a library's error means to a till.
pub(super) fn of(error: StoreError) -> VaultError {
    match error {
        StoreError::NoDefaultStore => {
            VaultError::Absent { cause: "none is known for this platform".to_owned() }
        }
        StoreError::PlatformFailure(cause) => platform_failure(&cause),
        StoreError::NoStorageAccess(cause) => no_access(&cause),
        StoreError::TooLong(_, longest) => VaultError::TooLong { longest },
        StoreError::BadEncoding(_) | StoreError::BadDataFormat(..) => {
            VaultError::broken("the keyring gives back bytes that are no secret of ours")
        }
        StoreError::Ambiguous(_) => VaultError::broken(
            "the keyring holds this secret twice; remove one of the two entries there",
        ),
        // The words of the rest name attributes and stores. The enum is not ours and may grow.
        other => VaultError::broken(other.to_string()),
    }
}

#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
fn platform_failure(cause: &PlatformError) -> VaultError {
    use secret_service::Error as ServiceError;
    match cause.downcast_ref::<ServiceError>() {
        Some(ServiceError::Unavailable) => VaultError::Absent { cause: cause.to_string() },
        Some(ServiceError::Locked | ServiceError::Prompt) => VaultError::Locked,
        Some(ServiceError::NoResult) => VaultError::NoLoginKeyring,
        _ => by_bus_name(cause.to_string()),
    }
}

#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
fn platform_failure(cause: &PlatformError) -> VaultError {
    by_bus_name(cause.to_string())
}

#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
fn no_access(cause: &PlatformError) -> VaultError {
    use secret_service::Error as ServiceError;
    match cause.downcast_ref::<ServiceError>() {
        Some(ServiceError::NoResult) => VaultError::NoLoginKeyring,
        _ => VaultError::Locked,
    }
}

/// On macOS and Windows "no access" is the system's refusal, with or without a lock.
#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
fn no_access(cause: &PlatformError) -> VaultError {
    VaultError::Denied { cause: cause.to_string() }
}

/// The bus names its errors in the text; those names are part of its protocol.
fn by_bus_name(cause: String) -> VaultError {
    if NOBODY_THERE.iter().any(|name| cause.contains(name)) {
        VaultError::Absent { cause }
    } else if cause.contains(ACCESS_DENIED) {
        VaultError::Denied { cause }
    } else {
        VaultError::broken(cause)
    }
}
