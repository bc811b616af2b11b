//! What a bounded bot does about a revoked login: it drops the one that owns nothing, and keeps and marks every other. What it
//! made it has no rights to touch, in the bot's own database or elsewhere, so an administrator looks at it.

use sqlx::PgConnection;

use super::super::{Cleaned, IntegrationError};
use super::clean_up::counted;
use super::errors::failed;
use super::login::Login;
use super::mark::kept_comment;
use super::prepared::{self, Prepared};
use super::steps::Step;
use super::target::Plan;
use crate::failpoint;

const DOING: &str = "dropping the login";

/// How many databases are named.
const MOST_NAMED: usize = 5;

pub(crate) async fn clean_up(
    connection: &mut PgConnection,
    plan: &Plan,
    found: &Login,
    home: &str,
) -> Result<Cleaned, IntegrationError> {
    let mut kept = left(connection, found, home).await?;
    let prepared = prepared::owned_by(connection, &found.name).await?;
    kept.extend(prepared.iter().map(Prepared::told));
    let (word, name) = (plan.word(), plan.login.as_str());
    if kept.is_empty() {
        sqlx::query("SELECT apono.\"drop\"($1)")
            .bind(name)
            .execute(connection)
            .await
            .map_err(failed(DOING))?;
        failpoint::passed("target: the login dropped");
        return Ok(Cleaned {
            summary: format!("{word} dropped"),
            kept: false,
        });
    }
    let kept = kept.join(" and ");
    let mark = Step::Lock {
        role: &plan.login,
        note: Some(&kept_comment(
            &plan.target.install,
            plan.target.request,
            plan.made(),
            &kept,
        )),
    };
    mark.on(connection, true, DOING).await?;
    let mut told = vec![format!(
        "the {word} stays, locked, because it owns {kept}, which a bounded bot does not touch; look there for its functions \
         that others' objects call, and then, as a superuser: REASSIGN OWNED BY {name}, or DROP OWNED BY {name}"
    )];
    told.extend(prepared.iter().map(Prepared::remedy));
    Ok(Cleaned {
        summary: told.join("; "),
        kept: true,
    })
}

/// What the login has in each database that keeps it from being dropped.
async fn left(
    connection: &mut PgConnection,
    found: &Login,
    home: &str,
) -> Result<Vec<String>, IntegrationError> {
    // Its own default privileges and user mappings are of no use to others, and go with it in the bot's own database.
    let traces: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT coalesce(d.datname, $2)::text,
                count(*) FILTER (WHERE s.deptype = 'o'
                    AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)),
                count(*) FILTER (WHERE s.dbid <> 0 AND d.datname <> $2)
         FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
         WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid::int8 = $1
         GROUP BY 1 ORDER BY 1",
    )
    .bind(found.oid)
    .bind(home)
    .fetch_all(connection)
    .await
    .map_err(failed("looking for what the login left"))?;
    let told = traces.into_iter().filter_map(|(database, owned, elsewhere)| {
        // The note stands in one line.
        let database: String = database.chars().filter(|c| !c.is_control()).collect();
        match (owned, elsewhere) {
            (0, 0) => None,
            (0, _) => Some(format!("privileges in {database}")),
            (owned, _) => Some(format!("{} in {database}", counted(owned, "object"))),
        }
    });
    Ok(told.take(MOST_NAMED).collect())
}
