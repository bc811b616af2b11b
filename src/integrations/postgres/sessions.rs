//! The sessions of a role: only ending them takes away what they have already opened (a role they set, a cursor they read).
//!
//! Invariant: no session that logged in before the lock is missed. A session counts while it is starting, too: it may already
//! be authenticated and have its role, but not show its user for up to 2,147 s (`post_auth_delay`). From before it is
//! authenticated until it shows its user it holds a virtual transaction id, so those ids are read first, and the users
//! afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::{code_of, failed};
use super::stuck::stuck;
use crate::access::target::Trouble;
use crate::failpoint;

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A session that has been starting for longer than this, and is still the same, is hiding.
const STARTS_WITHIN: Duration = Duration::from_secs(1);

/// How long to wait for sessions that were told to terminate.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which of a role's sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// All of them: nobody can log in any more.
    All,
    /// Those that exist now: the role may log in as before, but these sessions were opened with more access.
    Present,
}

/// A session that has no user yet: its process, and the transaction in which it is starting.
type Starting = (i32, String);

/// What happened when a session was told to terminate.
enum Told {
    Signalled,
    /// It had already ended.
    Gone,
    /// The bot may not end it: it has no user yet, its user is a superuser, or it is not a session at all.
    Refused,
}

/// Ends some roles' sessions on one server, look by look.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// Oids.
    roles: Vec<i64>,
    which: Which,
    bounded: bool,
    /// Processes of sessions that were told to terminate.
    ended: BTreeSet<i32>,
    /// When each starting session was first seen.
    starting: BTreeMap<Starting, Instant>,
    /// Processes of sessions that the bot may not end.
    refused: BTreeSet<i32>,
    /// Starting for a long time and cannot be told to terminate: not yet authenticated, or one of the server's own processes.
    harmless: BTreeSet<Starting>,
}

/// The result of a look.
struct Found {
    sessions: Vec<i32>,
    starting: BTreeSet<Starting>,
}

impl Sweep {
    pub(crate) fn of(roles: Vec<i64>, which: Which, bounded: bool) -> Self {
        Self {
            roles,
            which,
            bounded,
            ended: BTreeSet::new(),
            starting: BTreeMap::new(),
            refused: BTreeSet::new(),
            harmless: BTreeSet::new(),
        }
    }

    /// The oids of the roles.
    pub(crate) fn roles(&self) -> &[i64] {
        &self.roles
    }

    /// Whether there is a session that the bot may not end.
    pub(crate) fn was_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Processes of the sessions that were told to terminate.
    pub(crate) fn ended(&self) -> &BTreeSet<i32> {
        &self.ended
    }

    /// Tells all present sessions to terminate, without waiting.
    pub(crate) async fn signal(&mut self, connection: &mut PgConnection) -> Result<(), IntegrationError> {
        let found = self.look(connection).await?;
        self.tell(connection, &found.sessions).await?;
        self.tell_those_who_hide(connection, &found.starting).await
    }

    /// Ends the sessions and reads back that none is left. Called after the rights are gone: a session that starts later has
    /// none.
    pub(crate) async fn finish(&mut self, connection: &mut PgConnection) -> Result<(), IntegrationError> {
        let began = Instant::now();
        // A session that was not yet authenticated in that look may be by now, with rights from before they were taken.
        self.harmless.clear();
        let first = self.look(connection).await?;
        let mut mine: BTreeSet<i32> = first.sessions.iter().copied().collect();
        mine.extend(first.starting.iter().map(|(pid, _)| *pid));
        let mut found = Found {
            sessions: first.sessions,
            starting: first.starting.clone(),
        };
        loop {
            if self.which == Which::Present {
                found.sessions.retain(|pid| mine.contains(pid));
            }
            self.tell(connection, &found.sessions).await?;
            self.tell_those_who_hide(connection, &found.starting).await?;
            failpoint::passed(if found.sessions.is_empty() {
                "target: no session found"
            } else {
                "target: sessions ended"
            });
            let awaited = first.starting.intersection(&found.starting);
            let hidden = awaited.filter(|one| !self.harmless.contains(one)).count();
            if found.sessions.is_empty() && hidden == 0 {
                return Ok(());
            }
            if hidden == 0 && found.sessions.iter().all(|pid| self.refused.contains(pid)) {
                return Err(self.refusal());
            }
            if began.elapsed() > PATIENCE {
                return Err(stuck(connection, &found.sessions, hidden).await);
            }
            tokio::time::sleep(PAUSE).await;
            found = self.look(connection).await?;
        }
    }

    /// A session is identified by the user it authenticated as, so `SET ROLE` does not hide it; for the same reason nobody can
    /// tell which sessions have set a role. A bot that may only signal cannot see when a session began.
    async fn look(&mut self, connection: &mut PgConnection) -> Result<Found, IntegrationError> {
        let doing = "looking for sessions";
        let holding: Vec<Starting> = sqlx::query_as(
            "SELECT pid, virtualtransaction FROM pg_locks
             WHERE locktype = 'virtualxid' AND pid IS NOT NULL AND pid <> pg_backend_pid()",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(doing))?;
        let activity: Vec<(i32, Option<i64>)> =
            sqlx::query_as("SELECT pid, usesysid::int8 FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
                .fetch_all(&mut *connection)
                .await
                .map_err(failed(doing))?;
        // Before 18 a starting session is not shown at all, and an entry without a user is one of the server's own processes.
        let shows_early = connection.server_version_num().unwrap_or_default() >= 180_000;
        let shown: BTreeSet<i32> = activity
            .iter()
            .filter(|(_, user)| user.is_some() || !shows_early)
            .map(|(pid, _)| *pid)
            .collect();
        let starting = holding.into_iter().filter(|(pid, _)| !shown.contains(pid));
        let starting: BTreeSet<Starting> = starting.collect();
        let now = Instant::now();
        self.starting.retain(|one, _| starting.contains(one));
        for one in &starting {
            self.starting.entry(one.clone()).or_insert(now);
        }
        let theirs = |user: &Option<i64>| user.is_some_and(|user| self.roles.contains(&user));
        let sessions = activity.iter().filter(|(_, user)| theirs(user));
        Ok(Found {
            sessions: sessions.map(|(pid, _)| *pid).collect(),
            starting,
        })
    }

    async fn tell(&mut self, connection: &mut PgConnection, pids: &[i32]) -> Result<(), IntegrationError> {
        for pid in pids {
            match self.end_session(connection, *pid).await? {
                Told::Signalled => drop(self.ended.insert(*pid)),
                Told::Gone => {}
                // The others end anyway, and the role gets locked.
                Told::Refused => drop(self.refused.insert(*pid)),
            }
        }
        Ok(())
    }

    fn refusal(&self) -> IntegrationError {
        let why = if self.bounded {
            "the functions of the bounded role do not end its sessions; run the SQL of `apono integrations setup-sql NAME \
             --bounded` again"
        } else {
            "the bot's role may not end its sessions; as a superuser: GRANT pg_signal_backend to the bot's role"
        };
        IntegrationError::retry(Trouble::Rights, why)
    }

    /// Ends sessions that have been starting for longer than an honest session needs, whatever role they belong to.
    async fn tell_those_who_hide(
        &mut self,
        connection: &mut PgConnection,
        starting: &BTreeSet<Starting>,
    ) -> Result<(), IntegrationError> {
        for one in starting {
            let since = self.starting.get(one).map_or(Duration::ZERO, Instant::elapsed);
            if since < STARTS_WITHIN || self.harmless.contains(one) {
                continue;
            }
            match self.end_session(connection, one.0).await? {
                Told::Signalled => drop(self.ended.insert(one.0)),
                Told::Gone | Told::Refused => drop(self.harmless.insert(one.clone())),
            }
        }
        Ok(())
    }

    async fn end_session(&self, connection: &mut PgConnection, pid: i32) -> Result<Told, IntegrationError> {
        let statement = if self.bounded {
            "SELECT apono.end_session($1)"
        } else {
            "SELECT pg_terminate_backend($1)"
        };
        match sqlx::query_scalar(statement)
            .bind(pid)
            .fetch_one(connection)
            .await
        {
            Ok(true) => Ok(Told::Signalled),
            Ok(false) => Ok(Told::Gone),
            Err(error) if code_of(&error).as_deref() == Some("42501") => Ok(Told::Refused),
            Err(error) => Err(failed("ending the sessions")(error)),
        }
    }
}

/// Ends sessions of the role with this oid and reads back that none of them is left. Returns how many there were.
pub(crate) async fn end(
    connection: &mut PgConnection,
    role: i64,
    which: Which,
    bounded: bool,
) -> Result<u32, IntegrationError> {
    let mut sweep = Sweep::of(vec![role], which, bounded);
    sweep.finish(connection).await?;
    Ok(u32::try_from(sweep.ended().len()).unwrap_or(u32::MAX))
}

/// Ends sessions whose role no longer exists; there is no honest reason to have one.
pub(crate) async fn end_orphans(
    connection: &mut PgConnection,
    bounded: bool,
) -> Result<u32, IntegrationError> {
    let doing = "looking for sessions without a role";
    let found: Vec<(i32, i64)> = sqlx::query_as(
        "SELECT pid, usesysid::int8 FROM pg_stat_activity a
         WHERE usesysid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.usesysid)",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let mut sweep = Sweep::of(Vec::new(), Which::All, bounded);
    for (pid, user) in found {
        // A role that was created between the two halves of the first look exists by now.
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE oid::int8 = $1)")
            .bind(user)
            .fetch_one(&mut *connection)
            .await
            .map_err(failed(doing))?;
        if !exists && let Told::Signalled = sweep.end_session(connection, pid).await? {
            sweep.ended.insert(pid);
        }
    }
    Ok(u32::try_from(sweep.ended.len()).unwrap_or(u32::MAX))
}
