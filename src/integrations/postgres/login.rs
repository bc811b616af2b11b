//! A role of ours as the server knows it: the login that was made for a grant, or its lease.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};

use super::super::IntegrationError;
use super::errors::failed;
use super::mark::Mark;
use super::target::Plan;
use crate::access::time::Timestamp;

#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) oid: i64,
    /// Its end: until when a login can log in by password; none where the server holds no finite time.
    pub(crate) until: Option<Timestamp>,
    /// It was not locked, whatever the time is: no deadline of minus infinity, and for a login `LOGIN`.
    pub(crate) open: bool,
    pub(crate) mark: Mark,
    /// The server's clock when this was read.
    pub(crate) read_at: Timestamp,
}

impl Login {
    /// What the server holds under the name that the plan gives it.
    pub(crate) async fn find(
        connection: &mut PgConnection,
        plan: &Plan,
    ) -> Result<Option<Self>, IntegrationError> {
        sqlx::query_as(
            "SELECT oid::int8,
                    CASE WHEN isfinite(rolvaliduntil) THEN round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 END,
                    (rolcanlogin OR $2) AND rolvaliduntil IS DISTINCT FROM '-infinity',
                    shobj_description(oid, 'pg_authid'),
                    round(extract(epoch FROM clock_timestamp()) * 1000000)::int8
             FROM pg_roles WHERE rolname = $1",
        )
        .bind(plan.login.as_str())
        .bind(plan.account.is_some())
        .fetch_optional(connection)
        .await
        .map_err(failed("reading the login"))
    }

    /// Roles that it is a member of, without what those are members of.
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
        })
    }
}
