//! What a login planted in others' objects: its own code that they call, and foreign keys that block their changes.
//!
//! A trigger's function runs as the role that writes to the table, and the code of an index or a default as the table's owner
//! or writer: all of them have more rights than the login had. A function is dropped with everything that calls it, which its
//! owner may do even if the tables belong to others; what was dropped is reported.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::clean_up::counted;
use super::errors::failed;
use super::login::Login;
use super::member::run_as_member;
use super::target::Plan;

const DOING: &str = "removing what the login planted";

/// How many of them are listed.
pub(crate) const MOST_NAMED: usize = 5;

/// Drops it. If one thing cannot be dropped, the rest is dropped anyway. Returns what was done, in words.
pub(crate) async fn remove(
    connection: &mut PgConnection,
    plan: &Plan,
    login: &Login,
) -> Result<Vec<String>, IntegrationError> {
    let mut told = Vec::new();
    let mut later = None;
    for (query, what, which) in [
        (CODE, "function", "that others' objects called"),
        (FOREIGN_KEYS, "foreign key", "into others' tables"),
    ] {
        let found = find(connection, login, query).await?;
        let (mut dropped, mut kept, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for (statement, named, takes_others) in found {
            if takes_others {
                kept.push(format!("{named}: {statement}"));
                continue;
            }
            match run_as_member(connection, plan, DOING, statement).await {
                Ok(()) => {
                    // The summary is lost if a later step fails.
                    tracing::warn!(what = named, "dropped what a login had planted");
                    dropped.push(named);
                }
                Err(IntegrationError::Refuse { said: why, .. }) => refused.push(format!("{named}: {why}")),
                Err(error @ IntegrationError::Retry { .. }) => {
                    later.get_or_insert(error.said(|why| format!("{named}: {why}")));
                }
            }
        }
        if !dropped.is_empty() {
            let many = counted(i64::try_from(dropped.len()).unwrap_or(i64::MAX), what);
            told.push(format!("{many} {which} dropped: {}", some_of(&dropped)));
        }
        if !kept.is_empty() {
            told.push(format!(
                "not dropped, because objects of others would be dropped with it; please review: {}",
                some_of(&kept)
            ));
        }
        if !refused.is_empty() {
            told.push(format!("could not be dropped: {}", some_of(&refused)));
        }
    }
    later.map_or(Ok(told), Err)
}

/// What [`remove`] would do, in words, for a bot that may not do it.
pub(crate) async fn what_others_run(
    connection: &mut PgConnection,
    login: &Login,
) -> Result<Vec<String>, IntegrationError> {
    let mut found = find(connection, login, CODE).await?;
    found.extend(find(connection, login, FOREIGN_KEYS).await?);
    let told = found.into_iter().map(|(statement, named, takes_others)| {
        if takes_others {
            format!("review {named}, because objects of others depend on it")
        } else {
            format!("drop {named}: {statement}")
        }
    });
    Ok(told.collect())
}

/// For each one a statement, what it drops in words, and whether objects of others are dropped with it.
async fn find(
    connection: &mut PgConnection,
    login: &Login,
    query: &'static str,
) -> Result<Vec<(String, String, bool)>, IntegrationError> {
    sqlx::query_as(query)
        .bind(login.oid)
        .fetch_all(connection)
        .await
        .map_err(failed(DOING))
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

/// Each function of the login that somebody else's object calls, directly or through an operator or a type; who would have run
/// it; and whether more of somebody else's is dropped with it than a trigger, a default, a constraint or an index. The login's
/// own objects that are dropped are listed: they must not shield the code.
const CODE: &str = "
    WITH RECURSIVE uses(function, classid, objid, objsubid) AS (
        SELECT p.oid, d.classid, d.objid, d.objsubid
        FROM pg_proc p JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
        WHERE p.proowner = $1::int8::oid
        UNION
        SELECT u.function, next.classid, next.objid, next.objsubid FROM uses u CROSS JOIN LATERAL (
            SELECT d.classid, d.objid, d.objsubid FROM pg_depend d
            WHERE u.classid IN ('pg_operator'::regclass, 'pg_type'::regclass) AND d.refclassid = u.classid AND d.refobjid = u.objid
            UNION ALL
            SELECT 'pg_type'::regclass::oid, c.contypid, 0 FROM pg_constraint c
            WHERE u.classid = 'pg_constraint'::regclass AND c.oid = u.objid AND c.contypid <> 0
            UNION ALL
            SELECT 'pg_type'::regclass::oid, r.reltype, 0 FROM pg_class r
            WHERE u.classid = 'pg_class'::regclass AND u.objsubid <> 0 AND r.oid = u.objid AND r.reltype <> 0
        ) next
    ), called AS (
        SELECT u.function, r.relowner AS owner, format('a trigger on %s as the role that writes there', r.oid::regclass) AS by
        FROM uses u JOIN pg_trigger t ON u.classid = 'pg_trigger'::regclass AND t.oid = u.objid JOIN pg_class r ON r.oid = t.tgrelid
        UNION ALL
        SELECT u.function, r.relowner, format('a default of %s as the role that writes there', r.oid::regclass)
        FROM uses u JOIN pg_attrdef a ON u.classid = 'pg_attrdef'::regclass AND a.oid = u.objid JOIN pg_class r ON r.oid = a.adrelid
        UNION ALL
        SELECT u.function, r.relowner, format('a constraint of %s as the role that writes there', r.oid::regclass)
        FROM uses u JOIN pg_constraint c ON u.classid = 'pg_constraint'::regclass AND c.oid = u.objid
        JOIN pg_class r ON r.oid = c.conrelid
        UNION ALL
        SELECT u.function, t.typowner, format('a constraint of the type %s as the role that uses it', t.oid::regtype)
        FROM uses u JOIN pg_constraint c ON u.classid = 'pg_constraint'::regclass AND c.oid = u.objid
        JOIN pg_type t ON t.oid = c.contypid
        UNION ALL
        SELECT u.function, r.relowner, format('a policy on %s as the role that uses it', r.oid::regclass)
        FROM uses u JOIN pg_policy p ON u.classid = 'pg_policy'::regclass AND p.oid = u.objid JOIN pg_class r ON r.oid = p.polrelid
        UNION ALL
        SELECT u.function, r.relowner, format('a rule or view of %s as the role that uses it', r.oid::regclass)
        FROM uses u JOIN pg_rewrite w ON u.classid = 'pg_rewrite'::regclass AND w.oid = u.objid JOIN pg_class r ON r.oid = w.ev_class
        UNION ALL
        SELECT u.function, r.relowner, format('the index %s as %s', r.oid::regclass, r.relowner::regrole)
        FROM uses u JOIN pg_class r ON u.classid = 'pg_class'::regclass AND r.oid = u.objid AND r.relkind IN ('i', 'I')
        UNION ALL
        SELECT u.function, r.relowner, format('a column or the partitions of %s as the role that writes there', r.oid::regclass)
        FROM uses u JOIN pg_class r ON u.classid = 'pg_class'::regclass AND r.oid = u.objid AND r.relkind IN ('r', 'p', 'f')
        UNION ALL
        SELECT u.function, s.stxowner, format('statistics of %s as %s', s.stxrelid::regclass, s.stxowner::regrole)
        FROM uses u JOIN pg_statistic_ext s ON u.classid = 'pg_statistic_ext'::regclass AND s.oid = u.objid
        UNION ALL
        SELECT u.function, f.proowner, format('the function %s as the role that calls it', f.oid::regprocedure)
        FROM uses u JOIN pg_proc f ON u.classid = 'pg_proc'::regclass AND f.oid = u.objid
        -- The server creates those that come with a type.
        WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'i')
    ), planted AS (
        SELECT function, string_agg(DISTINCT by, ' and ') AS by FROM called WHERE owner <> $1::int8::oid GROUP BY function
    ), member AS (
        SELECT d.objid AS function, e.extname, e.extowner = $1::int8::oid AS own
        FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
        WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.objid IN (SELECT function FROM planted)
    ), falls(function, classid, objid, objsubid) AS (
        SELECT function, 'pg_proc'::regclass::oid, function, 0 FROM planted
        UNION
        SELECT f.function, next.classid, next.objid, next.objsubid FROM falls f CROSS JOIN LATERAL (
            SELECT d.classid, d.objid, d.objsubid FROM pg_depend d
            WHERE d.refclassid = f.classid AND d.refobjid = f.objid AND (f.objsubid = 0 OR d.refobjsubid = f.objsubid)
            UNION ALL -- a part takes the whole with it: a view's rule the view, a type the relation it describes
            SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d
            WHERE d.classid = f.classid AND d.objid = f.objid AND d.deptype IN ('i', 'P', 'e') AND f.objid <> f.function
        ) next
    ), goes AS (
        SELECT f.function, r.relowner AS owner, r.oid::regclass::text AS name
        FROM falls f JOIN pg_class r ON f.classid = 'pg_class'::regclass AND r.oid = f.objid
        WHERE r.relkind IN ('r', 'p', 'm', 'f', 'v', 'c')
        UNION
        SELECT f.function, p.proowner, p.oid::regprocedure::text
        FROM falls f JOIN pg_proc p ON f.classid = 'pg_proc'::regclass AND p.oid = f.objid AND p.oid <> f.function
        WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
        UNION
        SELECT f.function, t.typowner, t.oid::regtype::text
        FROM falls f JOIN pg_type t ON f.classid = 'pg_type'::regclass AND t.oid = f.objid WHERE t.typtype IN ('b', 'd', 'r') AND t.typelem = 0
        UNION
        SELECT f.function, o.oprowner, o.oid::regoperator::text
        FROM falls f JOIN pg_operator o ON f.classid = 'pg_operator'::regclass AND o.oid = f.objid
        UNION
        SELECT f.function, o.opcowner, o.opcname
        FROM falls f JOIN pg_opclass o ON f.classid = 'pg_opclass'::regclass AND o.oid = f.objid
        UNION
        SELECT f.function, r.relowner, format('the policy %I on %s', p.polname, r.oid::regclass)
        FROM falls f JOIN pg_policy p ON f.classid = 'pg_policy'::regclass AND p.oid = f.objid JOIN pg_class r ON r.oid = p.polrelid
        UNION
        SELECT f.function, e.extowner, e.extname
        FROM falls f JOIN pg_extension e ON f.classid = 'pg_extension'::regclass AND e.oid = f.objid
    )
    SELECT coalesce((SELECT format('ALTER EXTENSION %I DROP %s %s; ', m.extname, k.kind, k.name) FROM member m WHERE m.function = p.oid), '')
           || format('DROP %s IF EXISTS %s CASCADE', k.kind, k.name),
           format('%s (called by %s%s)', p.oid::regprocedure, c.by,
                  (SELECT ', and by its own ' || array_to_string((array_agg(g.name ORDER BY g.name))[1:5], ' and ')
                   FROM goes g WHERE g.function = p.oid AND g.owner = $1::int8::oid)),
           EXISTS (SELECT FROM goes g WHERE g.function = p.oid AND g.owner <> $1::int8::oid)
           OR EXISTS (SELECT FROM member m WHERE m.function = p.oid AND NOT m.own)
    FROM planted c JOIN pg_proc p ON p.oid = c.function JOIN pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL (
        SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END AS kind,
               CASE WHEN p.prokind IN ('p', 'a')
                    THEN format('%I.%I(%s)', n.nspname, p.proname,
                                coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''),
                                         CASE p.prokind WHEN 'a' THEN '*' ELSE '' END))
                    ELSE p.oid::regprocedure::text END AS name
    ) k
    ORDER BY 2";

/// If a table of the login refers to somebody else's table, rows of that table cannot be deleted.
const FOREIGN_KEYS: &str = "
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', r.oid::regclass, k.conname),
           format('%s to %s', r.oid::regclass, k.confrelid::regclass), false
    FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_class o ON o.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND r.relowner = $1::int8::oid AND o.relowner <> $1::int8::oid
    ORDER BY 2";
