//! Handing over what a login created to the role that its permission names.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::clean_up::{counted, owned};
use super::errors::failed;
use super::groups;
use super::login::Login;
use super::member::{AT_ONCE, Member};
use super::names::Identifier;
use super::power::Power;
use super::target::Plan;

const DOING: &str = "handing over what the login created";

/// If it owns more than this, it is handed over in parts: a server has a limited number of locks, and `REASSIGN OWNED` takes
/// all it needs at once.
const MANY: i64 = 1_000;

/// Hands all of it over to the heir. Returns what was done, in words.
pub(crate) async fn hand_over(
    connection: &mut PgConnection,
    plan: &Plan,
    found: &Login,
    heir: &Identifier,
) -> Result<String, IntegrationError> {
    let many = owned(connection, found).await?;
    // An heir may also own what it got earlier.
    let mut allowed = plan.target.allow_roles.clone();
    let owns = Power::Owns.name().to_owned();
    allowed.entry(heir.as_str().to_owned()).or_default().push(owns);
    let heirs = std::slice::from_ref(heir);
    groups::check(connection, heirs, &allowed).await?;
    groups::check_in_database(connection, heirs, &allowed).await?;
    if many > MANY {
        let parts: Vec<String> = sqlx::query_scalar(PARTS)
            .bind(found.oid)
            .bind(heir.as_str())
            .fetch_all(&mut *connection)
            .await
            .map_err(failed(DOING))?;
        for some in parts.chunks(AT_ONCE) {
            // Handing them over one by one needs CREATE on their schema, all at once does not: those without it are left for
            // the last step.
            match hand(connection, plan, heir, some.join("; ")).await {
                Ok(()) | Err(IntegrationError::Refuse { .. }) => {}
                Err(later @ IntegrationError::Retry { .. }) => return Err(later),
            }
        }
    }
    let rest = format!("REASSIGN OWNED BY {} TO {heir}", plan.login);
    hand(connection, plan, heir, rest).await?;
    Ok(format!(
        "{} handed over to {}",
        counted(many, "object"),
        heir.as_str()
    ))
}

async fn hand(
    connection: &mut PgConnection,
    plan: &Plan,
    heir: &Identifier,
    sql: String,
) -> Result<(), IntegrationError> {
    let mut member = Member::begin(connection, plan, DOING).await?;
    member.lend(heir).await?;
    member.run(sql).await?;
    member.finish().await
}

/// Relations (except sequences that belong to a table) and large objects.
const PARTS: &str = "
    SELECT format('ALTER TABLE %I.%I OWNER TO %I', n.nspname, c.relname, $2)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relowner = $1::int8::oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND c.relkind = 'S')
    UNION ALL
    SELECT format('ALTER LARGE OBJECT %s OWNER TO %I', oid, $2) FROM pg_largeobject_metadata WHERE lomowner = $1::int8::oid";
