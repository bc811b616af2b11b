//! Pool connections that have gone silent: packets are lost, and nothing reports that the connection is gone.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sea_orm::sqlx::{self, Connection, Executor, Row};
use tokio::time::timeout;

/// How long a connection may take to answer a check, before and after it is used. It is short, so a click that hits a silent
/// connection is still acknowledged in time over a new one.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Reported as a network error, which it usually is.
pub(super) fn error() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "it did not answer in time")
}

/// When a connection was last found silent. Connections that old have usually gone silent too, and are not checked one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    at: Arc<Mutex<Option<Instant>>>,
}

impl Silence {
    /// Whether any connection has been found silent yet.
    pub(super) fn is_noted(&self) -> bool {
        self.at.lock().is_some()
    }

    /// Whether the connection may be used; with `question` the server has to answer first. An error discards the connection
    /// too.
    pub(super) async fn look(
        self,
        connection: &mut sqlx::PgConnection,
        age: Duration,
        question: Option<&'static str>,
    ) -> Result<bool, sqlx::Error> {
        let silent_at = *self.at.lock();
        if silent_at.is_some_and(|at| age > at.elapsed()) {
            return Ok(false);
        }
        let answer = async {
            match question {
                Some(question) => connection.fetch_one(question).await?.try_get(0),
                None => connection.ping().await.map(|()| true),
            }
        };
        let Ok(answer) = timeout(ANSWERS_WITHIN, answer).await else {
            *self.at.lock() = Some(Instant::now());
            return Err(sqlx::Error::Io(error()));
        };
        answer
    }
}
