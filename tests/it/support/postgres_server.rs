//! One throwaway PostgreSQL server for all tests of this binary; each test makes databases and roles of its own.

use std::io::Write;
use std::sync::OnceLock;

use apono::throwaway_postgres::{ThrowawayError, ThrowawayPostgres};

static SERVER: OnceLock<Option<ThrowawayPostgres>> = OnceLock::new();

/// None only where PostgreSQL is not installed, and then the test says that it left itself out.
///
/// With `APONO_REQUIRE_POSTGRES=1` nothing is left out: the test fails.
pub(crate) fn shared() -> Option<&'static ThrowawayPostgres> {
    let server = SERVER.get_or_init(|| match ThrowawayPostgres::start() {
        Ok(server) => Some(server),
        Err(ThrowawayError::NotInstalled)
            if std::env::var_os("APONO_REQUIRE_POSTGRES").is_none_or(|v| v != "1") =>
        {
            None
        }
        Err(error) => panic!("{error}"),
    });
    if server.is_none() {
        // Written past the test runner, which shows nothing of a test that passes.
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let line = format!("left out {test}: {}\n", ThrowawayError::NotInstalled);
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    server.as_ref()
}
