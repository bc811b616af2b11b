//! Takes back what a login gave to others on the objects it created: otherwise a view that everybody may read, or a function
//! that runs as its owner, would lend everybody the rights of a later owner.
//!
//! Only ownership says what is the login's: what it created or gave as the group itself (`SET ROLE`) is the group's, and
//! stays.
//!
//! Invariant: afterwards only the owner has rights on what the login owns, except the default `EXECUTE` and `USAGE` of
//! `PUBLIC` on functions and types that lend nobody's rights; and none of it runs as its owner when others call it, except a
//! view on a server before 15.

use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{PgConnection, Postgres};

use super::super::IntegrationError;
use super::errors::failed;
use super::login::Login;
use super::member::{AT_ONCE, run_as_member};
use super::target::Plan;

/// Revokes what others have on everything that `login` owns in this database, and makes its functions, procedures and views
/// run with the rights of their caller. Returns what was taken back, in words.
///
/// Views have `security_invoker` from PostgreSQL 15 on. On 13 and 14 a view keeps its owner's rights, but nobody else may read
/// it, directly or through a view of their own.
///
/// Tables and sequences that an earlier pass shared with the group `shared` are left to [`share`](super::share), so nothing is
/// taken away even for a moment.
///
/// The server writes the objects' names with their schemas, because the bot's own search path contains none of them.
pub(crate) async fn take_back(
    connection: &mut PgConnection,
    plan: &Plan,
    login: &Login,
    shared: Option<&str>,
) -> Result<Vec<String>, IntegrationError> {
    let rights = sqlx::query_scalar(RIGHTS).bind(login.oid).bind(shared);
    let rights = run_each(connection, plan, rights).await?;
    let definers = run_each(connection, plan, sqlx::query_scalar(DEFINERS).bind(login.oid)).await?;
    run_each(connection, plan, sqlx::query_scalar(VIEWS).bind(login.oid)).await?;

    let mut done = Vec::new();
    if definers > 0 {
        let functions = if definers == 1 { "function" } else { "functions" };
        done.push(format!(
            "{definers} {functions} changed from SECURITY DEFINER to INVOKER"
        ));
    }
    if rights > 0 {
        let objects = if rights == 1 { "object" } else { "objects" };
        done.push(format!("rights of others on {rights} {objects} revoked"));
    }
    Ok(done)
}

/// Runs the statements that `query` writes. Returns how many there were.
async fn run_each(
    connection: &mut PgConnection,
    plan: &Plan,
    query: QueryScalar<'_, Postgres, String, PgArguments>,
) -> Result<usize, IntegrationError> {
    let doing = "taking back what the login gave";
    let statements: Vec<String> = query.fetch_all(&mut *connection).await.map_err(failed(doing))?;
    for some in statements.chunks(AT_ONCE) {
        run_as_member(connection, plan, doing, some.join(";\n")).await?;
    }
    Ok(statements.len())
}

/// One statement for each object on which others have rights. On a table it also removes rights on columns; an owner's revoke
/// with `CASCADE` reaches what grantees passed on. Nobody can name what a crashed session left in its temporary schema. A
/// `FUNCTION` is named with its input arguments, and a `PROCEDURE` with all argument modes, because otherwise another one of
/// the same name could be meant.
const RIGHTS: &str = "
    WITH owned(target, acl, relkind) AS (
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || oid::regclass::text, relacl, relkind::text
        FROM pg_class WHERE relowner = $1::int8::oid AND NOT pg_is_other_temp_schema(relnamespace)
        UNION ALL
        SELECT 'TABLE ' || c.oid::regclass::text, attacl, NULL
        FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND NOT attisdropped
        WHERE relowner = $1::int8::oid AND NOT pg_is_other_temp_schema(relnamespace)
        UNION ALL
        SELECT CASE prokind
                   WHEN 'p' THEN format('PROCEDURE %I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid))
                   ELSE 'FUNCTION ' || p.oid::regprocedure::text
               END, proacl, NULL
        FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE proowner = $1::int8::oid AND NOT pg_is_other_temp_schema(pronamespace)
        UNION ALL
        SELECT 'TYPE ' || oid::regtype::text, typacl, NULL
        FROM pg_type WHERE typowner = $1::int8::oid AND NOT pg_is_other_temp_schema(typnamespace)
        UNION ALL
        SELECT format('SCHEMA %I', nspname), nspacl, NULL FROM pg_namespace WHERE nspowner = $1::int8::oid
        UNION ALL
        SELECT 'LARGE OBJECT ' || oid::text, lomacl, NULL FROM pg_largeobject_metadata WHERE lomowner = $1::int8::oid
        UNION ALL
        SELECT format('FOREIGN SERVER %I', srvname), srvacl, NULL FROM pg_foreign_server WHERE srvowner = $1::int8::oid
    )
    SELECT format('REVOKE ALL ON %s FROM %s CASCADE', target,
                  string_agg(DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(rolname) END, ', '))
    FROM owned CROSS JOIN aclexplode(acl) LEFT JOIN pg_roles r ON r.oid = grantee
    WHERE grantee <> $1::int8::oid
      AND NOT coalesce(rolname = $2 AND NOT is_grantable AND CASE relkind
              WHEN 'S' THEN privilege_type IN ('USAGE', 'SELECT')
              WHEN 'r' THEN privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
              WHEN 'p' THEN privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') END, false)
    GROUP BY target";

/// One statement for each function and procedure that runs as its owner. A trigger calls its function whoever may execute it,
/// so the revoke alone is not enough.
const DEFINERS: &str = "
    SELECT format('ALTER %1$s SECURITY INVOKER; REVOKE ALL ON %1$s FROM PUBLIC CASCADE',
                  CASE prokind
                      WHEN 'p' THEN format('PROCEDURE %I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid))
                      ELSE 'FUNCTION ' || p.oid::regprocedure::text
                  END)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
    WHERE proowner = $1::int8::oid AND prosecdef AND NOT pg_is_other_temp_schema(pronamespace)";

const VIEWS: &str = "
    SELECT format('ALTER VIEW %s SET (security_invoker = true)', oid::regclass)
    FROM pg_class
    WHERE relowner = $1::int8::oid AND relkind = 'v' AND NOT pg_is_other_temp_schema(relnamespace)
      AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)
      AND current_setting('server_version_num')::int >= 150000";
