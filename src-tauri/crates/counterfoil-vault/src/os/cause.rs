//! From a keyring library's error to ours.
//!
//! The library's error is turned into words here and dropped: some of its variants carry the
//! bytes of a secret, which must not travel on in a `source`.

use keyring_core::Error as StoreError;
use keyring_core::error::PlatformError;

use crate::error::VaultError;

/// The bus's own name for a refusal; the library hands it on in its words only.
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

fn by_bus_name(cause: String) -> VaultError {
    if cause.contains(ACCESS_DENIED) {
        VaultError::Denied { cause }
    } else {
        VaultError::broken(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bus(words: &str) -> StoreError {
        StoreError::PlatformFailure(words.into())
    }

    #[test]
    fn bytes_that_the_library_could_not_read_are_never_repeated() {
        let bytes = b"canary\xff".to_vec();
        let noted = || "canary note".into();
        for error in [
            StoreError::BadEncoding(bytes.clone()),
            StoreError::BadDataFormat(bytes.clone(), noted()),
        ] {
            let error = of(error);
            let words = format!("{error} {error:?} {:?}", b"canary");
            assert!(matches!(error, VaultError::Broken { .. }));
            assert_eq!(words.matches("canary").count(), 0, "{words}");
            assert_eq!(words.matches("99, 97, 110").count(), 1, "only the test's own: {words}");
        }
    }

    #[test]
    fn a_refusal_and_a_limit_are_told_from_a_breakdown() {
        let denied = of(bus("zbus error: org.freedesktop.DBus.Error.AccessDenied: no"));
        assert!(matches!(denied, VaultError::Denied { .. }), "{denied:?}");
        let broken = of(bus("zbus error: it fell over"));
        assert!(matches!(broken, VaultError::Broken { .. }), "{broken:?}");
        let long = of(StoreError::TooLong("secret".to_owned(), 2560));
        assert!(matches!(long, VaultError::TooLong { longest: 2560 }), "{long:?}");
        let none = of(StoreError::NoDefaultStore);
        assert!(matches!(none, VaultError::Absent { .. }), "{none:?}");
    }

    #[test]
    fn no_connection_means_no_keyring_unless_it_is_refused() {
        let absent = of_connecting(bus("zbus error: I/O error: Connection refused"));
        assert!(matches!(absent, VaultError::Absent { .. }), "{absent:?}");
        let denied = of_connecting(bus("org.freedesktop.DBus.Error.AccessDenied: no"));
        assert!(matches!(denied, VaultError::Denied { .. }), "{denied:?}");
    }
}
