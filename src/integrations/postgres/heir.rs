//! Giving what a login made to the role that its permission names.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::clean_up::{begin_as_member, counted, end_membership, lend, owned};
use super::errors::failed;
use super::groups;
use super::login::Login;
use super::names::Identifier;
use super::server::{commit, run};
use super::target::Plan;

const DOING: &str = "handing over what the login made";

/// Each of them is locked until the transaction ends.
const AT_ONCE: usize = 200;

/// From here on what it owns goes in parts: the locks of a server's table are few, and `REASSIGN OWNED` takes all it needs at
/// once.
const MANY: i64 = 1_000;

/// Gives all of it to the heir. Returns what was done, in words.
pub(crate) async fn hand_over(
    connection: &mut PgConnection,
    plan: &Plan,
    found: &Login,
    heir: &Identifier,
) -> Result<String, IntegrationError> {
    let many = owned(connection, found).await?;
    groups::check(connection, std::slice::from_ref(heir), &plan.target.allow_roles).await?;
    if many > MANY {
        let parts: Vec<String> = sqlx::query_scalar(PARTS)
            .bind(found.oid)
            .bind(heir.as_str())
            .fetch_all(&mut *connection)
            .await
            .map_err(failed(DOING))?;
        for some in parts.chunks(AT_ONCE) {
            hand(connection, plan, heir, some.join("; ")).await?;
        }
    }
    let rest = format!("REASSIGN OWNED BY {} TO {heir}", plan.login);
    hand(connection, plan, heir, rest).await?;
    Ok(format!("{} handed to {}", counted(many, "object"), heir.as_str()))
}

async fn hand(
    connection: &mut PgConnection,
    plan: &Plan,
    heir: &Identifier,
    sql: String,
) -> Result<(), IntegrationError> {
    let mut tx = begin_as_member(connection, plan, DOING).await?;
    let lent = lend(&mut tx, heir).await?;
    run(&mut tx, DOING, sql).await?;
    if lent {
        run(&mut tx, DOING, format!("REVOKE {heir} FROM CURRENT_USER")).await?;
    }
    end_membership(&mut tx, plan, DOING).await?;
    commit(tx, DOING).await
}

/// Relations, but for sequences that go with their table, and large objects.
const PARTS: &str = "
    SELECT format('ALTER TABLE %I.%I OWNER TO %I', n.nspname, c.relname, $2)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relowner = $1::int8::oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND c.relkind = 'S')
    UNION ALL
    SELECT format('ALTER LARGE OBJECT %s OWNER TO %I', oid, $2) FROM pg_largeobject_metadata WHERE lomowner = $1::int8::oid";
