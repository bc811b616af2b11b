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
        let found: Vec<(String, String)> = sqlx::query_as(query)
            .bind(login.oid)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed(DOING))?;
        for (statement, _) in &found {
            let mut tx = begin_as_member(connection, plan, DOING).await?;
            run(&mut tx, DOING, statement.clone()).await?;
            end_membership(&mut tx, plan, DOING).await?;
            commit(tx, DOING).await?;
        }
        if !found.is_empty() {
            let more = if found.len() > MOST_NAMED {
                ", and more"
            } else {
                ""
            };
            let named: Vec<&str> = found
                .iter()
                .take(MOST_NAMED)
                .map(|(_, named)| named.as_str())
                .collect();
            let many = i64::try_from(found.len()).unwrap_or(i64::MAX);
            told.push(format!(
                "{} dropped: {}{more}",
                counted(many, what),
                named.join(", ")
            ));
        }
    }
    Ok(told)
}

/// Each function of the login's that an object of somebody else depends on, and who would have run it.
const CODE: &str = "
    WITH called AS (
        SELECT d.refobjid AS function, r.relowner AS owner, format('a trigger on %s as whoever writes there', r.oid::regclass) AS by
        FROM pg_depend d JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
        JOIN pg_class r ON r.oid = t.tgrelid WHERE d.refclassid = 'pg_proc'::regclass
        UNION ALL
        SELECT d.refobjid, r.relowner, format('a default of %s as whoever writes there', r.oid::regclass)
        FROM pg_depend d JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
        JOIN pg_class r ON r.oid = a.adrelid WHERE d.refclassid = 'pg_proc'::regclass
        UNION ALL
        SELECT d.refobjid, r.relowner, format('a constraint of %s as whoever writes there', r.oid::regclass)
        FROM pg_depend d JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
        JOIN pg_class r ON r.oid = c.conrelid WHERE d.refclassid = 'pg_proc'::regclass
        UNION ALL
        SELECT d.refobjid, r.relowner, format('a policy on %s as whoever uses it', r.oid::regclass)
        FROM pg_depend d JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
        JOIN pg_class r ON r.oid = p.polrelid WHERE d.refclassid = 'pg_proc'::regclass
        UNION ALL
        SELECT d.refobjid, r.relowner, format('a rule or view of %s as whoever uses it', r.oid::regclass)
        FROM pg_depend d JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
        JOIN pg_class r ON r.oid = w.ev_class WHERE d.refclassid = 'pg_proc'::regclass
        UNION ALL
        SELECT d.refobjid, r.relowner, format('the index %s as %s', r.oid::regclass, r.relowner::regrole)
        FROM pg_depend d JOIN pg_class r ON d.classid = 'pg_class'::regclass AND r.oid = d.objid AND r.relkind IN ('i', 'I')
        WHERE d.refclassid = 'pg_proc'::regclass
        UNION ALL
        SELECT d.refobjid, f.proowner, format('the function %s as whoever calls that', f.oid::regprocedure)
        FROM pg_depend d JOIN pg_proc f ON d.classid = 'pg_proc'::regclass AND f.oid = d.objid
        WHERE d.refclassid = 'pg_proc'::regclass
    )
    SELECT format('DROP %s %s CASCADE', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
                  CASE p.prokind WHEN 'p' THEN format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
                                 ELSE p.oid::regprocedure::text END),
           format('%s, called by %s', p.oid::regprocedure, string_agg(DISTINCT c.by, ' and '))
    FROM called c JOIN pg_proc p ON p.oid = c.function JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proowner = $1::int8::oid AND c.owner <> $1::int8::oid
    GROUP BY p.oid, p.prokind, n.nspname, p.proname ORDER BY 2";

/// A table of the login's that refers to somebody else's keeps its rows from being deleted.
const FOREIGN_KEYS: &str = "
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', r.oid::regclass, k.conname),
           format('%s to %s', r.oid::regclass, k.confrelid::regclass)
    FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_class o ON o.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND r.relowner = $1::int8::oid AND o.relowner <> $1::int8::oid
    ORDER BY 2";
