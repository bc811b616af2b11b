//! One of our roles as the server knows it: the login that was created for a grant, or its lease.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Postgres, Row, Transaction};

use super::super::IntegrationError;
use super::errors::{failed, is_contended};
use super::mark::Mark;
use super::server::Server;
use super::steps::Step;
use super::target::Plan;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;

/// How often to retry a row that somebody else is changing.
const MOST_TRIES: u32 = 5;

#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) oid: i64,
    /// Its present name.
    pub(crate) name: String,
    /// Its end, until which a login can log in with a password; none if the server has no finite time.
    pub(crate) until: Option<Timestamp>,
    /// It was not locked, whatever the time is: its deadline is not minus infinity, and a login has `LOGIN`.
    pub(crate) open: bool,
    pub(crate) mark: Mark,
    /// The server's clock when this was read.
    pub(crate) read_at: Timestamp,
}

impl Login {
    /// The plan's role on the server: the one whose oid was recorded when the grant was confirmed, whatever its present name
    /// is; otherwise the one with the name in the plan.
    pub(crate) async fn find(
        connection: &mut PgConnection,
        plan: &Plan,
    ) -> Result<Option<Self>, IntegrationError> {
        sqlx::query_as(
            "SELECT oid::int8,
                    CASE WHEN isfinite(rolvaliduntil) THEN round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 END,
                    (rolcanlogin OR $2) AND rolvaliduntil IS DISTINCT FROM '-infinity',
                    shobj_description(oid, 'pg_authid'),
                    round(extract(epoch FROM clock_timestamp()) * 1000000)::int8,
                    rolname::text
             FROM pg_roles WHERE rolname = $1 OR oid::int8 = $3
             ORDER BY oid::int8 IS DISTINCT FROM $3 LIMIT 1",
        )
        .bind(plan.login.as_str())
        .bind(plan.account.is_some())
        .bind(plan.target.oid)
        .fetch_optional(connection)
        .await
        .map_err(failed("reading the login"))
    }

    /// The same in a transaction that locks the role's row: what was read stays true until the commit, and an earlier revoke
    /// is seen. A conflict with another change is not a failure, and is retried at once.
    pub(crate) async fn hold(
        server: &Server,
        plan: &Plan,
    ) -> Result<(Transaction<'static, Postgres>, Option<Self>), IntegrationError> {
        let doing = "locking the login's row";
        let mut tries = 1;
        loop {
            let mut tx = server.begin().await?;
            let Some(found) = Self::find(&mut tx, plan).await? else {
                return Ok((tx, None));
            };
            if found.name != plan.login.as_str() {
                let (old, new) = (plan.login.as_str(), found.name);
                return Err(IntegrationError::refuse(
                    Trouble::NotOurs,
                    format!("somebody renamed the role {old} to {new}"),
                ));
            }
            // A grant never changes a role that is not its own, so this one is not even locked.
            if !found.mark.is_of(&plan.target.install, plan.target.request) {
                return Ok((tx, Some(found)));
            }
            let touch = Step::Touch { role: &plan.login };
            match touch.try_on(&mut tx, plan.target.bounded).await {
                Ok(()) => {
                    let held = Self::find(&mut tx, plan).await?;
                    return Ok((tx, held));
                }
                Err(error) if is_contended(&error) && tries < MOST_TRIES => tries += 1,
                Err(error) => return Err(failed(doing)(error)),
            }
        }
    }

    /// The roles it is a direct member of.
    pub(crate) async fn groups(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Vec<String>, IntegrationError> {
        sqlx::query_scalar(
            "SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member::int8 = $1 ORDER BY 1",
        )
        .bind(self.oid)
        .fetch_all(connection)
        .await
        .map_err(failed("reading the login's groups"))
    }
}

/// The columns of [`Login::find`], in order.
impl FromRow<'_, PgRow> for Login {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let until: Option<i64> = row.try_get(1)?;
        let comment: Option<String> = row.try_get(3)?;
        Ok(Self {
            oid: row.try_get(0)?,
            until: until.map(Timestamp::from_micros),
            open: row.try_get(2)?,
            mark: Mark::read(comment.as_deref()),
            read_at: Timestamp::from_micros(row.try_get(4)?),
            name: row.try_get(5)?,
        })
    }
}
