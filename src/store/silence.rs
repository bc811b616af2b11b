//! Connections of a pool that say nothing: packets are lost, and nobody tells that the connection is over.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sea_orm::sqlx::{self, Connection, Executor, Row};
use tokio::time::timeout;

/// How long a connection may take to say that it is there, before it is used and afterwards: so little that a click which meets one
/// that fell silent is acknowledged in time over a new one.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// As an error of the network, which it is as a rule.
pub(super) fn error() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "it did not answer in time")
}

/// When a connection last said nothing. Those that are as old have gone the same way, as a rule, and are not waited for one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    at: Arc<Mutex<Option<Instant>>>,
}

impl Silence {
    /// Whether any connection did so yet.
    pub(super) fn is_noted(&self) -> bool {
        self.at.lock().is_some()
    }

    /// Whether the connection may be used, which the server has to say if `question` asks it; an error has it thrown away as well.
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
