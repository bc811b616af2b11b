//! What a login made during an incident is of use to its team afterwards: the group may read and write its tables.
//!
//! Invariant: only where none of the login's code can run by that. A trigger or a policy runs as whoever writes, so a table
//! with any of these, or with a default, check or index that calls a function of anybody's, stays the login's alone.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::clean_up::{begin_as_member, counted, end_membership};
use super::errors::failed;
use super::login::Login;
use super::names::Identifier;
use super::server::{commit, run};
use super::target::Plan;

/// Each of them is locked until the transaction ends.
const AT_ONCE: usize = 200;

const DOING: &str = "giving the group the login's tables";

/// Gives the group what can be given. Returns what was done, in words.
pub(crate) async fn share(
    connection: &mut PgConnection,
    plan: &Plan,
    login: &Login,
    group: &Identifier,
) -> Result<Option<String>, IntegrationError> {
    let grants: Vec<String> = sqlx::query_scalar(TABLES)
        .bind(login.oid)
        .bind(group.as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    for some in grants.chunks(AT_ONCE) {
        let mut tx = begin_as_member(connection, plan, DOING).await?;
        run(&mut tx, DOING, some.join("; ")).await?;
        end_membership(&mut tx, plan, DOING).await?;
        commit(tx, DOING).await?;
    }
    let many = i64::try_from(grants.len()).unwrap_or(i64::MAX);
    let shared = format!("{} opened to {}", counted(many, "relation"), group.as_str());
    Ok((many > 0).then_some(shared))
}

/// The server's own functions stand in no dependency, so whatever is found there is somebody's.
const TABLES: &str = "
    WITH mine AS (
        SELECT c.oid, c.relkind, c.relacl, format('%I.%I', n.nspname, c.relname) AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relowner = $1::int8::oid AND c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
    ), parts(of, classid, objid) AS (
        SELECT oid, 'pg_class'::regclass, oid FROM mine
        UNION ALL SELECT m.oid, 'pg_attrdef'::regclass, a.oid FROM mine m JOIN pg_attrdef a ON a.adrelid = m.oid
        UNION ALL SELECT m.oid, 'pg_constraint'::regclass, k.oid FROM mine m JOIN pg_constraint k ON k.conrelid = m.oid
        UNION ALL SELECT m.oid, 'pg_class'::regclass, i.indexrelid FROM mine m JOIN pg_index i ON i.indrelid = m.oid
    ), calls AS (
        SELECT parts.of FROM parts JOIN pg_depend d ON d.classid = parts.classid AND d.objid = parts.objid
        WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass) AND d.deptype = 'n'
    )
    SELECT CASE relkind WHEN 'S' THEN format('GRANT USAGE, SELECT ON SEQUENCE %s TO %I', name, $2::text)
                        ELSE format('GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE %s TO %I', name, $2::text) END
    FROM mine m
    WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = $2)
      AND NOT EXISTS (SELECT FROM aclexplode(relacl) x JOIN pg_roles g ON g.oid = x.grantee WHERE g.rolname = $2)
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = m.oid AND NOT t.tgisinternal)
      AND NOT EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = m.oid)
      AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = m.oid)
      AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = m.oid OR i.inhparent = m.oid)
      AND oid NOT IN (SELECT of FROM calls)
    ORDER BY 1";
