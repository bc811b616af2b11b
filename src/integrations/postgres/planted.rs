//! What a login planted in others' objects: code of its own that they call, and foreign keys that hold up their changes.
//!
//! A trigger's function runs as whoever writes to the table, the code of an index or a default as the table's owner or its
//! writer: all of them with more than the login had. A function goes with everything that calls it, which its owner may do
//! though the tables are others'; what went is named.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::clean_up::{begin_as_member, counted, end_membership};
use super::errors::failed;
use super::login::Login;
use super::server::{commit, run};
use super::target::Plan;

const DOING: &str = "removing what the login planted";

/// How many of them are named.
const MOST_NAMED: usize = 5;

/// Drops it. Returns what was done, in words.
pub(crate) async fn remove(
    connection: &mut PgConnection,
    plan: &Plan,
    login: &Login,
) -> Result<Vec<String>, IntegrationError> {
    let mut told = Vec::new();
    for (query, what) in [
        (CODE, "function that others' objects called"),
        (FOREIGN_KEYS, "foreign key into others' tables"),
    ] {
        let found: Vec<(String, String, bool)> = sqlx::query_as(query)
            .bind(login.oid)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed(DOING))?;
        let (keep, drop): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, _, takes_data)| *takes_data);
        for (statement, ..) in &drop {
            let mut tx = begin_as_member(connection, plan, DOING).await?;
            run(&mut tx, DOING, statement.clone()).await?;
            end_membership(&mut tx, plan, DOING).await?;
            commit(tx, DOING).await?;
        }
        let dropped: Vec<String> = drop.into_iter().map(|(_, named, _)| named).collect();
        if !dropped.is_empty() {
            let many = counted(i64::try_from(dropped.len()).unwrap_or(i64::MAX), what);
            told.push(format!("{many} dropped: {}", some_of(&dropped)));
        }
        if !keep.is_empty() {
            let kept: Vec<String> = keep
                .into_iter()
                .map(|(statement, named, _)| format!("{named} ({statement})"))
                .collect();
            told.push(format!(
                "not dropped, because data would go with it, so look at it first: {}",
                some_of(&kept)
            ));
        }
    }
    Ok(told)
}

/// The first of them, in words.
pub(crate) fn some_of(names: &[String]) -> String {
    let more = if names.len() > MOST_NAMED {
        ", and more"
    } else {
        ""
    };
    let some: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    format!("{}{more}", some.join(", "))
}

/// Each function of the login's that an object of somebody else calls, by itself or through an operator or a domain, who would
/// have run it, and whether data goes with it: a column, a table or a materialized view that depends on it, also by way of others.
const CODE: &str = "
    WITH RECURSIVE uses(classid, objid, function) AS (
        SELECT classid, objid, refobjid FROM pg_depend WHERE refclassid = 'pg_proc'::regclass
        UNION
        SELECT d.classid, d.objid, o.oprcode
        FROM pg_depend d JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
        UNION
        SELECT d.classid, d.objid, f.refobjid
        FROM pg_depend d JOIN pg_constraint c ON d.refclassid = 'pg_type'::regclass AND c.contypid = d.refobjid
        JOIN pg_depend f ON f.classid = 'pg_constraint'::regclass AND f.objid = c.oid AND f.refclassid = 'pg_proc'::regclass
        UNION
        SELECT d.classid, d.objid, f.refobjid
        FROM pg_depend d JOIN pg_depend f ON f.classid = 'pg_type'::regclass AND f.objid = d.refobjid
        WHERE d.refclassid = 'pg_type'::regclass AND f.refclassid = 'pg_proc'::regclass
    ), called AS (
        SELECT u.function, r.relowner AS owner, format('a trigger on %s as whoever writes there', r.oid::regclass) AS by
        FROM uses u JOIN pg_trigger t ON u.classid = 'pg_trigger'::regclass AND t.oid = u.objid JOIN pg_class r ON r.oid = t.tgrelid
        UNION ALL
        SELECT u.function, r.relowner, format('a default of %s as whoever writes there', r.oid::regclass)
        FROM uses u JOIN pg_attrdef a ON u.classid = 'pg_attrdef'::regclass AND a.oid = u.objid JOIN pg_class r ON r.oid = a.adrelid
        UNION ALL
        SELECT u.function, r.relowner, format('a constraint of %s as whoever writes there', r.oid::regclass)
        FROM uses u JOIN pg_constraint c ON u.classid = 'pg_constraint'::regclass AND c.oid = u.objid
        JOIN pg_class r ON r.oid = c.conrelid
        UNION ALL
        SELECT u.function, r.relowner, format('a policy on %s as whoever uses it', r.oid::regclass)
        FROM uses u JOIN pg_policy p ON u.classid = 'pg_policy'::regclass AND p.oid = u.objid JOIN pg_class r ON r.oid = p.polrelid
        UNION ALL
        SELECT u.function, r.relowner, format('a rule or view of %s as whoever uses it', r.oid::regclass)
        FROM uses u JOIN pg_rewrite w ON u.classid = 'pg_rewrite'::regclass AND w.oid = u.objid JOIN pg_class r ON r.oid = w.ev_class
        UNION ALL
        SELECT u.function, r.relowner, format('the index %s as %s', r.oid::regclass, r.relowner::regrole)
        FROM uses u JOIN pg_class r ON u.classid = 'pg_class'::regclass AND r.oid = u.objid AND r.relkind IN ('i', 'I')
        UNION ALL
        SELECT u.function, r.relowner, format('a column or the partitions of %s as whoever writes there', r.oid::regclass)
        FROM uses u JOIN pg_class r ON u.classid = 'pg_class'::regclass AND r.oid = u.objid AND r.relkind IN ('r', 'p', 'f')
        UNION ALL
        SELECT u.function, s.stxowner, format('statistics of %s as %s', s.stxrelid::regclass, s.stxowner::regrole)
        FROM uses u JOIN pg_statistic_ext s ON u.classid = 'pg_statistic_ext'::regclass AND s.oid = u.objid
        UNION ALL
        SELECT u.function, f.proowner, format('the function %s as whoever calls that', f.oid::regprocedure)
        FROM uses u JOIN pg_proc f ON u.classid = 'pg_proc'::regclass AND f.oid = u.objid
    ), planted AS (
        SELECT c.function, string_agg(DISTINCT c.by, ' and ') AS by
        FROM called c JOIN pg_proc p ON p.oid = c.function
        WHERE p.proowner = $1::int8::oid AND c.owner <> $1::int8::oid GROUP BY c.function
    ), falls(function, classid, objid, objsubid) AS (
        SELECT function, 'pg_proc'::regclass::oid, function, 0 FROM planted
        UNION
        SELECT f.function, d.classid, d.objid, d.objsubid
        FROM falls f JOIN pg_depend d ON d.refclassid = f.classid AND d.refobjid = f.objid
        WHERE f.objsubid = 0 OR d.refobjsubid = f.objsubid
    )
    SELECT format('DROP %s IF EXISTS %s CASCADE', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
                  CASE p.prokind WHEN 'p' THEN format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
                                 ELSE p.oid::regprocedure::text END),
           format('%s, called by %s', p.oid::regprocedure, c.by),
           EXISTS (SELECT FROM falls f JOIN pg_class r ON f.classid = 'pg_class'::regclass AND r.oid = f.objid
                   WHERE f.function = p.oid AND r.relkind IN ('r', 'p', 'm', 'f'))
    FROM planted c JOIN pg_proc p ON p.oid = c.function JOIN pg_namespace n ON n.oid = p.pronamespace
    ORDER BY 2";

/// A table of the login's that refers to somebody else's keeps its rows from being deleted.
const FOREIGN_KEYS: &str = "
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', r.oid::regclass, k.conname),
           format('%s to %s', r.oid::regclass, k.confrelid::regclass), false
    FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_class o ON o.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND r.relowner = $1::int8::oid AND o.relowner <> $1::int8::oid
    ORDER BY 2";
