//! What can go wrong with the place where secrets are kept, in words for a shop's IT person.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Ends every text: the first question of whoever reads it.
const NO_MONEY_MOVED: &str = "No money moved; changes wait in the queue until this works.";

/// Why a secret could not be kept, read or removed.
///
/// No variant holds a secret: causes from below are kept as words and not as values, because a
/// keyring's error may carry the bytes it could not read.
#[derive(Debug, Error)]
pub enum VaultError {
    /// No keyring can be reached: no session bus, no keyring program, or none for this platform.
    #[error(
        "The keyring of this computer cannot be reached ({cause}). Start the program from a \
         desktop session with a keyring (on Linux: gnome-keyring or KWallet), or choose the \
         encrypted file with COUNTERFOIL_VAULT=file:PATH and COUNTERFOIL_VAULT_PASSPHRASE. \
         {NO_MONEY_MOVED}"
    )]
    Absent {
        /// What the platform said.
        cause: String,
    },
    /// The keyring program runs but has no default ("login") keyring to keep anything in.
    #[error(
        "This computer has a keyring program but no login keyring yet. Sign in to the desktop \
         with a password once, or create a default keyring in \"Passwords and Keys\" (seahorse), \
         then try again. {NO_MONEY_MOVED}"
    )]
    NoLoginKeyring,
    /// The keyring is locked and was not unlocked when it asked.
    #[error(
        "The keyring is locked. Unlock it with the password of the desktop session (sign out and \
         in again if it does not ask), then try again. {NO_MONEY_MOVED}"
    )]
    Locked,
    /// The operating system refuses this person or program.
    #[error(
        "The operating system does not let this program use the keyring or its file ({cause}). \
         Check that it runs as the same person who set it up. {NO_MONEY_MOVED}"
    )]
    Denied {
        /// What the platform said.
        cause: String,
    },
    /// The keyring gave no answer in the time set: most often it waits for someone to unlock it.
    #[error(
        "The keyring gave no answer within {waited_ms} ms. Look for a window that asks to unlock \
         it, on this computer's own screen; if there is none, restart the keyring or sign out \
         and in again. {NO_MONEY_MOVED}"
    )]
    NoAnswer {
        /// How long the call waited, in milliseconds.
        waited_ms: u128,
    },
    /// The keyring takes no secret of this length.
    #[error("The keyring takes at most {longest} bytes here. {NO_MONEY_MOVED}")]
    TooLong {
        /// The most it takes.
        longest: u32,
    },
    /// Anything else; the cause is in words.
    #[error(
        "The place where secrets are kept does not work ({cause}). Run `counterfoilctl doctor` \
         and restart the keyring or the computer. {NO_MONEY_MOVED}"
    )]
    Broken {
        /// What was seen.
        cause: String,
    },
    /// The passphrase does not open the file vault.
    #[error(
        "COUNTERFOIL_VAULT_PASSPHRASE does not open the encrypted file. Check it for a missing \
         or added character; blanks count. {NO_MONEY_MOVED}"
    )]
    PassphraseWrong,
    /// The file vault's bytes are not what was written.
    #[error(
        "The encrypted file is damaged ({what}). Put back a copy from before, or move it away \
         and enter the secrets again. {NO_MONEY_MOVED}"
    )]
    FileDamaged {
        /// Which part does not hold.
        what: &'static str,
    },
    /// The file vault was written by a newer program.
    #[error(
        "The encrypted file has format {found}, which this version does not know. Install the \
         newer version again. {NO_MONEY_MOVED}"
    )]
    FileTooNew {
        /// The format it names.
        found: u8,
    },
    /// Other people of this computer may read or write the file vault.
    #[error(
        "The encrypted file {} may be used by other people of this computer (mode {mode:04o}). \
         Run `chmod 600` on it, and change the secrets if that was not meant. {NO_MONEY_MOVED}",
        path.display()
    )]
    FileExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another process is writing the file vault and does not finish.
    #[error(
        "Another program is using the encrypted file and does not let go of it. Close other \
         Counterfoil windows and commands, then try again. {NO_MONEY_MOVED}"
    )]
    FileBusy,
    /// The file vault could not be read or written.
    #[error(
        "The encrypted file {} could not be used while trying to {act}. Check the folder and the \
         free space. {NO_MONEY_MOVED}",
        path.display()
    )]
    File {
        /// What was being done.
        act: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl VaultError {
    /// Whether a later try may work without anyone changing the set-up: the keyring is locked,
    /// slow or in another program's hands.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Locked | Self::NoAnswer { .. } | Self::FileBusy | Self::Absent { .. } => true,
            Self::NoLoginKeyring
            | Self::Denied { .. }
            | Self::TooLong { .. }
            | Self::Broken { .. }
            | Self::PassphraseWrong
            | Self::FileDamaged { .. }
            | Self::FileTooNew { .. }
            | Self::FileExposed { .. }
            | Self::File { .. } => false,
        }
    }

    pub(crate) fn broken(cause: impl Into<String>) -> Self {
        Self::Broken { cause: cause.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> Vec<VaultError> {
        let cause = || "cause".to_owned();
        vec![
            VaultError::Absent { cause: cause() },
            VaultError::NoLoginKeyring,
            VaultError::Locked,
            VaultError::Denied { cause: cause() },
            VaultError::NoAnswer { waited_ms: 20_000 },
            VaultError::TooLong { longest: 2560 },
            VaultError::Broken { cause: cause() },
            VaultError::PassphraseWrong,
            VaultError::FileDamaged { what: "cause" },
            VaultError::FileTooNew { found: 2 },
            VaultError::FileExposed { path: "/x/vault".into(), mode: 0o644 },
            VaultError::FileBusy,
            VaultError::File {
                act: "write it",
                path: "/x/vault".into(),
                source: io::Error::from(io::ErrorKind::StorageFull),
            },
        ]
    }

    #[test]
    fn every_text_says_that_no_money_moved_and_something_else_first() {
        for error in one_of_each() {
            let text = error.to_string();
            assert!(text.ends_with(NO_MONEY_MOVED), "{text}");
            assert!(text.len() > NO_MONEY_MOVED.len() + 40, "{text}");
        }
    }

    #[test]
    fn texts_name_the_file_and_its_mode() {
        let error = VaultError::FileExposed { path: "/x/vault".into(), mode: 0o644 };
        assert!(error.to_string().contains("/x/vault may be used"), "{error}");
        assert!(error.to_string().contains("mode 0644"), "{error}");
    }

    #[test]
    fn only_what_can_change_by_itself_may_pass() {
        let passing: Vec<_> =
            one_of_each().iter().filter(|e| e.may_pass()).map(|e| format!("{e:?}")).collect();
        assert_eq!(passing.len(), 4, "{passing:?}");
    }
}
