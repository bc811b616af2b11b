//! Places where tests can make the bot die, and a clock they can shift: for the tests that kill the real binary.
//!
//! Only with the cargo feature `failpoints`, which default builds do not have; without it everything here is empty. The
//! feature alone does nothing either: the environment variable `APONO_FAILPOINTS` names a folder, and the files in it say what
//! happens.
//!
//! - `armed`: while it exists, the process dies at once, as with kill -9, at the first place that `died` does not list.
//! - `died`: one line for each place where a process died, written just before it dies.
//! - `ahead`: how many microseconds the clock is ahead of the machine's.
//! - `unpaced`: if it exists at the start, the bot ignores Slack's rate limits.

/// The bot passes a place: it has just committed something, or has just sent something to another party. `place` names it,
/// with the same words each time.
#[cfg(not(feature = "failpoints"))]
pub fn passed(_place: impl std::fmt::Display) {}

/// How many microseconds the clock is ahead of the machine's.
#[cfg(not(feature = "failpoints"))]
pub const fn clock_ahead_us() -> i64 {
    0
}

/// Whether the clock may be shifted at any moment, so nothing may sleep for long.
#[cfg(not(feature = "failpoints"))]
pub const fn is_clock_shifted() -> bool {
    false
}

/// Whether keeping Slack's rate limits is left to the other side.
#[cfg(not(feature = "failpoints"))]
pub const fn is_unpaced() -> bool {
    false
}

#[cfg(feature = "failpoints")]
pub use armed::{clock_ahead_us, is_clock_shifted, is_unpaced, passed};

#[cfg(feature = "failpoints")]
mod armed {
    use std::fmt::Display;
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::PathBuf;
    use std::sync::{LazyLock, Mutex, PoisonError};

    static FOLDER: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| std::env::var_os("APONO_FAILPOINTS").map(PathBuf::from));

    /// Held while a process dies, so `died` names the one place where it did.
    static DYING: Mutex<()> = Mutex::new(());

    /// See the version for default builds.
    pub fn passed(place: impl Display) {
        let Some(folder) = FOLDER.as_ref().filter(|folder| folder.join("armed").exists()) else {
            return;
        };
        let _dying = DYING.lock().unwrap_or_else(PoisonError::into_inner);
        let place = place.to_string();
        let died = folder.join("died");
        let is_known = |text: String| text.lines().any(|line| line == place);
        if fs::read_to_string(&died).is_ok_and(is_known) {
            return;
        }
        let file = OpenOptions::new().create(true).append(true).open(&died);
        let written = file.and_then(|mut file| writeln!(file, "{place}"));
        assert!(written.is_ok(), "{} cannot be written", died.display());
        std::process::abort();
    }

    /// See the version for default builds.
    pub fn clock_ahead_us() -> i64 {
        let ahead = FOLDER
            .as_ref()
            .and_then(|folder| fs::read_to_string(folder.join("ahead")).ok());
        ahead.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// See the version for default builds.
    pub fn is_clock_shifted() -> bool {
        FOLDER.is_some()
    }

    /// See the version for default builds.
    pub fn is_unpaced() -> bool {
        FOLDER
            .as_ref()
            .is_some_and(|folder| folder.join("unpaced").exists())
    }
}
