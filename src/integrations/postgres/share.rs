//! Keeps what a login created during an incident useful to its team afterwards: the group may read and write its tables.
//!
//! Invariant: only if this cannot run any of the login's code: it left no code in the database, and its tables evaluate
//! nothing. Otherwise code that autovacuum runs as the login could put a trigger on a table that was already shared.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::clean_up::counted;
use super::errors::failed;
use super::login::Login;
use super::member::{AT_ONCE, run_as_member};
use super::names::Identifier;

use super::target::Plan;

const DOING: &str = "sharing the login's tables with its group";

/// Shares with the group what can be shared, and takes back what no longer can. Returns what was done, in words.
pub(crate) async fn share(
    connection: &mut PgConnection,
    plan: &Plan,
    login: &Login,
    group: &Identifier,
) -> Result<Vec<String>, IntegrationError> {
    let found: Vec<(String, bool)> = sqlx::query_as(TABLES)
        .bind(login.oid)
        .bind(group.as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    for some in found.chunks(AT_ONCE) {
        let statements: Vec<&str> = some.iter().map(|(statement, _)| statement.as_str()).collect();
        run_as_member(connection, plan, DOING, statements.join("; ")).await?;
    }
    let told = [(true, "shared with"), (false, "no longer shared with")].map(|(gives, word)| {
        let many = found.iter().filter(|(_, given)| *given == gives).count();
        let many = i64::try_from(many).unwrap_or(i64::MAX);
        (many > 0).then(|| format!("{} {word} {}", counted(many, "relation"), group.as_str()))
    });
    Ok(told.into_iter().flatten().collect())
}

/// Dependencies alone are not enough: calls to the server's own functions leave none, and some of those run SQL from a text.
/// So the login must have no function, operator or type at all, and the table must evaluate nothing except the next value of a
/// sequence. Nor may anybody else's function run as the login: by autovacuum for an index, statistics or a range type, or by a
/// trigger on another of its tables.
const TABLES: &str = "
    WITH mine AS (
        SELECT c.oid, c.relkind, c.relacl,
               format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname) AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relowner = $1::int8::oid AND c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
    ), evaluated AS (
        SELECT adrelid AS of FROM pg_attrdef
        WHERE pg_get_expr(adbin, adrelid) !~ '^nextval[(][^()]*::regclass[)]$'
        UNION SELECT conrelid FROM pg_constraint WHERE contype IN ('c', 'x')
        UNION SELECT indrelid FROM pg_index WHERE indexprs IS NOT NULL OR indpred IS NOT NULL
        UNION SELECT stxrelid FROM pg_statistic_ext
        UNION SELECT tgrelid FROM pg_trigger WHERE NOT tgisinternal
        UNION SELECT ev_class FROM pg_rewrite
        UNION SELECT polrelid FROM pg_policy
        UNION SELECT confrelid FROM pg_constraint WHERE contype = 'f'
        UNION SELECT partrelid FROM pg_partitioned_table WHERE partexprs IS NOT NULL
        UNION SELECT inhrelid FROM pg_inherits
        UNION SELECT inhparent FROM pg_inherits
        UNION SELECT attrelid FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND atttypid >= 16384
    ), runs AS (
        SELECT FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
        WHERE c.relowner = $1::int8::oid AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass)
        UNION ALL
        SELECT FROM pg_class c JOIN pg_statistic_ext s ON s.stxrelid = c.oid
        JOIN pg_depend d ON d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid
        WHERE c.relowner = $1::int8::oid AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass)
        UNION ALL
        SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_type e ON e.oid = t.typelem
        WHERE c.relowner = $1::int8::oid AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
          AND t.oid >= 16384 AND coalesce(e.typtype, t.typtype) NOT IN ('b', 'e')
        UNION ALL
        SELECT FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid
        WHERE c.relowner = $1::int8::oid AND NOT t.tgisinternal
    ), judged AS (
        SELECT m.*, EXISTS (SELECT FROM aclexplode(relacl) x JOIN pg_roles g ON g.oid = x.grantee WHERE g.rolname = $2) AS has,
               oid NOT IN (SELECT of FROM evaluated) AND NOT EXISTS (SELECT FROM runs)
               AND NOT EXISTS (SELECT FROM pg_proc WHERE proowner = $1::int8::oid)
               AND NOT EXISTS (SELECT FROM pg_operator WHERE oprowner = $1::int8::oid)
               AND NOT EXISTS (SELECT FROM pg_opclass WHERE opcowner = $1::int8::oid)
               AND NOT EXISTS (SELECT FROM pg_type WHERE typowner = $1::int8::oid AND typtype = 'd') AS may
        FROM mine m
    )
    SELECT CASE WHEN NOT may THEN format('REVOKE ALL ON %s FROM %I CASCADE', name, $2::text)
                WHEN relkind = 'S' THEN format('GRANT USAGE, SELECT ON %s TO %I', name, $2::text)
                ELSE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', name, $2::text) END, may
    FROM judged
    WHERE may <> has AND EXISTS (SELECT FROM pg_roles WHERE rolname = $2)
    ORDER BY 1";
