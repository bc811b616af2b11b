//! Prepared transactions. They outlive their session and their owner, and keep their locks, including one on a role's row.
//!
//! Invariant: only the grantee's are rolled back. Anybody else's are reported, with the statement to run, and not touched.

use std::sync::Arc;

use sqlx::PgConnection;
use tokio::task::JoinHandle;

use super::super::IntegrationError;
use super::clean_up::counted;
use super::errors::{code_of, failed, is_contended};
use super::names::{Identifier, one_line};
use super::planted::some_of;
use super::server::{Server, run};
use super::setup_sql::literal;
use super::steps::MEMBERSHIP_OPTIONS_SINCE;
use super::target::{Plan, group_named};

const DOING: &str = "rolling back a prepared transaction";

/// Who holds what we are waiting for.
pub(crate) enum Blocker {
    /// It belongs to the grant's login, lease, account or group.
    Theirs(Prepared),
    /// What it is and how to fix it, for people.
    Foreign(String),
}

/// Its name, its owner and its database.
type Row = (Vec<u8>, String, String);

#[derive(Debug)]
pub(crate) struct Prepared {
    gid: Vec<u8>,
    owner: String,
    database: String,
}

impl From<Row> for Prepared {
    fn from((gid, owner, database): Row) -> Self {
        Self { gid, owner, database }
    }
}

impl Prepared {
    /// The statement to run if the bot may not.
    pub(crate) fn remedy(&self) -> String {
        let (database, gid) = (one_line(&self.database), typed(&self.gid));
        format!("as a superuser in the database {database}: ROLLBACK PREPARED {gid}")
    }
}

/// A name that somebody chose freely, whose bytes need not be valid text, as a one-line PostgreSQL literal that means exactly
/// that name.
fn typed(gid: &[u8]) -> String {
    match std::str::from_utf8(gid) {
        Ok(gid) if !gid.contains(char::is_control) => literal(gid),
        Ok(_) | Err(_) => {
            let shown = gid.iter().map(|byte| match byte {
                b' '..=b'~' if !matches!(byte, b'\'' | b'\\') => char::from(*byte).to_string(),
                byte => format!("\\x{byte:02X}"),
            });
            format!("E'{}'", shown.collect::<String>())
        }
    }
}

/// The prepared transaction that the session `waiting` is waiting for, if any.
pub(crate) async fn blocker(
    connection: &mut PgConnection,
    plan: &Plan,
    waiting: i32,
) -> Result<Option<Blocker>, IntegrationError> {
    let found: Option<(Vec<u8>, String, String, bool)> = sqlx::query_as(
        "SELECT replace(p.gid, E'\\\\', E'\\\\\\\\')::bytea, p.owner::text, p.database::text, p.owner = current_user
         FROM pg_locks l JOIN pg_prepared_xacts p ON p.transaction = l.transactionid
         WHERE l.pid = $1 AND NOT l.granted AND l.locktype = 'transactionid' LIMIT 1",
    )
    .bind(waiting)
    .fetch_optional(connection)
    .await
    .map_err(failed("looking for prepared transactions"))?;
    let Some((gid, owner, database, own)) = found else {
        return Ok(None);
    };
    let prepared = Prepared { gid, owner, database };
    let groups = plan.groups()?;
    let mut theirs = std::iter::once(&plan.login)
        .chain(plan.account.as_ref())
        .chain(&groups);
    // The bot never prepares transactions: that was somebody with its password.
    if own || !plan.target.bounded && theirs.any(|role| role.as_str() == prepared.owner) {
        return Ok(Some(Blocker::Theirs(prepared)));
    }
    Ok(Some(Blocker::Foreign(format!(
        "a prepared transaction of {} has locked its row; {}",
        prepared.owner,
        prepared.remedy()
    ))))
}

/// How many are left, for a note, if any.
pub(crate) fn left(prepared: &[Prepared]) -> Option<String> {
    let many = i64::try_from(prepared.len()).unwrap_or(i64::MAX);
    (many > 0).then(|| counted(many, "prepared transaction"))
}

/// The statements to run for the first of them, in words.
pub(crate) fn remedies(prepared: &[Prepared]) -> Option<String> {
    let typed: Vec<String> = prepared.iter().map(Prepared::remedy).collect();
    (!typed.is_empty()).then(|| some_of(&typed))
}

/// Those that belong to a role, in any database.
pub(crate) async fn owned_by(
    connection: &mut PgConnection,
    role: &str,
) -> Result<Vec<Prepared>, IntegrationError> {
    let found: Vec<Row> = sqlx::query_as(
        "SELECT replace(gid, E'\\\\', E'\\\\\\\\')::bytea, owner::text, database::text FROM pg_prepared_xacts WHERE owner = $1 ORDER BY gid",
    )
    .bind(role)
    .fetch_all(connection)
    .await
    .map_err(failed("looking for prepared transactions"))?;
    Ok(found.into_iter().map(Prepared::from).collect())
}

/// Rolls back all that a role left, so none continues without an owner. Returns those that could not be rolled back.
pub(crate) async fn roll_back_all(
    server: &Arc<Server>,
    connection: &mut PgConnection,
    role: &str,
) -> Result<Vec<Prepared>, IntegrationError> {
    let found = owned_by(connection, role).await?;
    if found.is_empty() {
        return Ok(found);
    }
    for prepared in found {
        match roll_back(server, prepared).await {
            Ok(Err(later @ IntegrationError::Retry { .. })) => return Err(later),
            // One in a database that the bot cannot connect to is still found below.
            Ok(Ok(()) | Err(IntegrationError::Refuse { .. })) | Err(_) => {}
        }
    }
    owned_by(connection, role).await
}

/// Rolls it back as its owner, in its database. This runs as a separate task, so the membership that the bot gives itself for
/// it is taken back even if the caller times out. Meanwhile the caller keeps waiting for the row, because taking the
/// membership back has to wait for any change to the role.
pub(crate) fn roll_back(
    server: &Arc<Server>,
    prepared: Prepared,
) -> JoinHandle<Result<(), IntegrationError>> {
    let server = Arc::clone(server);
    tokio::spawn(async move {
        let mut there = server.connect_to(&prepared.database).await?;
        let owner = group_named(&prepared.owner)?;
        lend(&mut there, &owner).await?;
        let rolled_back = as_owner(&mut there, &owner, &prepared.gid).await;
        take_back(&mut there, &owner).await?;
        match &rolled_back {
            Ok(()) => {
                tracing::warn!(owner = %prepared.owner, "a prepared transaction of a grantee was rolled back");
            }
            Err(error) => {
                tracing::warn!(owner = %prepared.owner, %error, "a prepared transaction of a grantee was not rolled back");
            }
        }
        rolled_back
    })
}

async fn as_owner(there: &mut PgConnection, owner: &Identifier, gid: &[u8]) -> Result<(), IntegrationError> {
    run(there, DOING, format!("SET ROLE {owner}")).await?;
    let sql = sqlx::AssertSqlSafe(format!("ROLLBACK PREPARED {}", typed(gid)));
    let done = sqlx::raw_sql(sql).execute(&mut *there).await;
    run(there, DOING, "RESET ROLE".to_owned()).await?;
    match done {
        // Somebody else was faster.
        Err(error) if code_of(&error).as_deref() == Some("42704") => Ok(()),
        done => done.map(drop).map_err(failed(DOING)),
    }
}

/// Makes the bot a member that may set the role, unless it already is.
async fn lend(there: &mut PgConnection, owner: &Identifier) -> Result<(), IntegrationError> {
    let version = there.server_version_num().unwrap_or_default();
    let (right, options) = if version >= MEMBERSHIP_OPTIONS_SINCE {
        ("SET", " WITH INHERIT FALSE, SET TRUE")
    } else {
        ("MEMBER", "")
    };
    let has: bool = sqlx::query_scalar("SELECT pg_has_role(current_user, $1::name, $2)")
        .bind(owner.as_str())
        .bind(right)
        .fetch_one(&mut *there)
        .await
        .map_err(failed(DOING))?;
    if has {
        return Ok(());
    }
    let grant = format!("GRANT {owner} TO CURRENT_USER{options}");
    let given = sqlx::raw_sql(sqlx::AssertSqlSafe(grant))
        .execute(&mut *there)
        .await;
    match given {
        // Before 15 a login can grant itself to the bot in a transaction it prepares, and so block this.
        Err(error) if is_contended(&error) && version < MEMBERSHIP_OPTIONS_SINCE => {
            lend_by_another(there, owner).await
        }
        given => given.map(drop).map_err(failed(DOING)),
    }
}

/// Through a role whose name nobody could know when they prepared anything.
async fn lend_by_another(there: &mut PgConnection, owner: &Identifier) -> Result<(), IntegrationError> {
    let name: String =
        sqlx::query_scalar("SELECT 'apono_lend_' || left(md5(random()::text || clock_timestamp()), 12)")
            .fetch_one(&mut *there)
            .await
            .map_err(failed(DOING))?;
    run(
        there,
        DOING,
        format!("CREATE ROLE {name}; GRANT {owner} TO {name}; GRANT {name} TO CURRENT_USER"),
    )
    .await
}

/// What the bot gave itself, now or in a try that was interrupted; not what somebody else gave it.
async fn take_back(there: &mut PgConnection, owner: &Identifier) -> Result<(), IntegrationError> {
    let lent: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_auth_members e JOIN pg_roles r ON r.oid = e.roleid JOIN pg_roles me ON me.oid = e.member
                        WHERE r.rolname = $1 AND me.rolname = current_user AND e.grantor = me.oid AND NOT e.admin_option)",
    )
    .bind(owner.as_str())
    .fetch_one(&mut *there)
    .await
    .map_err(failed(DOING))?;
    if lent {
        run(there, DOING, format!("REVOKE {owner} FROM CURRENT_USER")).await?;
    }
    let others: Vec<String> = sqlx::query_scalar(
        "SELECT r.rolname::text FROM pg_auth_members e JOIN pg_roles r ON r.oid = e.roleid JOIN pg_roles me ON me.oid = e.member
         WHERE r.rolname ~ '^apono_lend_[0-9a-f]{12}$' AND me.rolname = current_user",
    )
    .fetch_all(&mut *there)
    .await
    .map_err(failed(DOING))?;
    for name in others {
        run(there, DOING, format!("DROP ROLE {name}")).await?;
    }
    Ok(())
}
