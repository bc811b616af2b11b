//! Prepared transactions that hold up an end: they outlive their session, and keep the row of a role locked.
//!
//! Invariant: only what belongs to the grantee is rolled back. Anybody else's is named, with what to type, and not touched.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::{code_of, failed};
use super::names::{Identifier, Literal};
use super::server::{Server, run};
use super::target::{Plan, group_named};

/// How much of a name that somebody chose freely is told.
const MOST_TOLD: usize = 40;

/// Who holds what we wait for.
pub(crate) enum Blocker {
    /// The login's, its lease's, its account's or a group's of the grant.
    Theirs(Prepared),
    /// What it is and what helps, for people.
    Foreign(String),
}

#[derive(Debug)]
pub(crate) struct Prepared {
    gid: String,
    owner: String,
    database: String,
}

/// The prepared transaction that the session `waiting` waits for, if any.
pub(crate) async fn blocker(
    connection: &mut PgConnection,
    plan: &Plan,
    waiting: i32,
) -> Result<Option<Blocker>, IntegrationError> {
    let found: Option<(String, String, String)> = sqlx::query_as(
        "SELECT p.gid, p.owner::text, p.database::text
         FROM pg_locks l JOIN pg_prepared_xacts p ON p.transaction = l.transactionid
         WHERE l.pid = $1 AND NOT l.granted AND l.locktype = 'transactionid' LIMIT 1",
    )
    .bind(waiting)
    .fetch_optional(connection)
    .await
    .map_err(failed("looking for prepared transactions"))?;
    let Some((gid, owner, database)) = found else {
        return Ok(None);
    };
    let groups = plan.groups()?;
    let theirs = std::iter::once(&plan.login)
        .chain(plan.account.as_ref())
        .chain(&groups);
    if !plan.target.bounded && theirs.into_iter().any(|role| role.as_str() == owner) {
        return Ok(Some(Blocker::Theirs(Prepared { gid, owner, database })));
    }
    let gid: String = gid.chars().take(MOST_TOLD).collect();
    Ok(Some(Blocker::Foreign(format!(
        "a prepared transaction of {owner} holds its row; in the database {database}, as {owner} or a superuser: \
         ROLLBACK PREPARED {}",
        Literal(&gid).to_string().escape_debug()
    ))))
}

/// Rolls it back as its owner, in its database.
pub(crate) async fn roll_back(
    server: &Server,
    connection: &mut PgConnection,
    plan: &Plan,
    prepared: &Prepared,
) -> Result<(), IntegrationError> {
    let doing = "rolling back a prepared transaction";
    let owner = group_named(&prepared.owner)?;
    let lent = lend(connection, &owner).await?;
    let rolled_back = async {
        let mut there = server.connect_to(&prepared.database).await?;
        run(&mut there, doing, format!("SET ROLE {owner}")).await?;
        let gid = Literal(&prepared.gid);
        let sql = sqlx::AssertSqlSafe(format!("ROLLBACK PREPARED {gid}"));
        match sqlx::raw_sql(sql).execute(&mut there).await {
            // Somebody else was quicker.
            Err(error) if code_of(&error).as_deref() == Some("42704") => Ok(()),
            done => done.map(drop).map_err(failed(doing)),
        }
    };
    let rolled_back = rolled_back.await;
    if lent {
        run(connection, doing, format!("REVOKE {owner} FROM CURRENT_USER")).await?;
    }
    tracing::warn!(role = plan.login.as_str(), owner = %prepared.owner, "a prepared transaction of the grantee's held up the lock and was rolled back");
    rolled_back
}

/// Makes the bot a member who may set the role, unless it is one. Returns whether that has to be taken back.
async fn lend(connection: &mut PgConnection, owner: &Identifier) -> Result<bool, IntegrationError> {
    let doing = "rolling back a prepared transaction";
    let version = connection.server_version_num().unwrap_or_default();
    let (right, options) = if version >= 160_000 {
        ("SET", " WITH INHERIT FALSE, SET TRUE")
    } else {
        ("MEMBER", "")
    };
    let has: bool = sqlx::query_scalar("SELECT pg_has_role(current_user, $1::name, $2)")
        .bind(owner.as_str())
        .bind(right)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(doing))?;
    if !has {
        run(
            connection,
            doing,
            format!("GRANT {owner} TO CURRENT_USER{options}"),
        )
        .await?;
    }
    Ok(!has)
}
