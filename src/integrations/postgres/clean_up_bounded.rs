//! What a bounded bot does with a revoked login: it drops it if it owns nothing, and otherwise keeps and marks it. The bot has
//! no rights to touch what the login created, in its own database or elsewhere, so it reports to an administrator which of its
//! code others run.

use sqlx::PgConnection;

use super::super::{Cleaned, IntegrationError};
use super::clean_up::counted;
use super::errors::failed;
use super::login::Login;
use super::mark::kept_comment;
use super::names::one_line;
use super::planted::{self, MOST_NAMED, some_of};
use super::prepared;
use super::server::Server;
use super::steps::Step;
use super::target::Plan;
use crate::failpoint;

const DOING: &str = "dropping the login";

pub(crate) async fn clean_up(
    server: &Server,
    connection: &mut PgConnection,
    plan: &Plan,
    found: &Login,
) -> Result<Cleaned, IntegrationError> {
    let traces = traces(connection, found, &server.endpoint.database).await?;
    let mut kept: Vec<String> = traces.iter().filter_map(Trace::told).take(MOST_NAMED).collect();
    let prepared = prepared::owned_by(connection, &found.name).await?;
    kept.extend(prepared::left(&prepared));
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
        "the {word} stays, locked, because it owns {kept}, which a bounded bot does not touch; as a superuser: \
         REASSIGN OWNED BY {name}, or DROP OWNED BY {name}"
    )];
    for trace in traces.iter().filter(|trace| trace.owned > 0).take(MOST_NAMED) {
        if plan.unit_in(&trace.database).is_some_and(|unit| unit.leave_code) {
            continue;
        }
        let database = trace.line();
        let planted = server
            .in_database(connection, &trace.database, async |there| {
                planted::what_others_run(there, found).await
            })
            .await;
        match planted {
            Ok(code) if code.is_empty() => {}
            Ok(code) => told.push(format!("first, in the database {database}: {}", some_of(&code))),
            Err(error) => told.push(format!(
                "could not check what others' objects call in {database}: {error}"
            )),
        }
    }
    told.extend(prepared::remedies(&prepared));
    Ok(Cleaned {
        summary: told.join("; "),
        kept: true,
    })
}

/// What a login has in a database.
struct Trace {
    database: String,
    /// Objects that are of use to others.
    owned: i64,
    /// What keeps it from being dropped, if this is not the bot's own database.
    elsewhere: i64,
}

impl Trace {
    /// The database's name for a one-line note.
    fn line(&self) -> String {
        one_line(&self.database)
    }

    /// What keeps the login from being dropped.
    fn told(&self) -> Option<String> {
        match (self.owned, self.elsewhere) {
            (0, 0) => None,
            (0, _) => Some(format!("privileges in {}", self.line())),
            (owned, _) => Some(format!("{} in {}", counted(owned, "object"), self.line())),
        }
    }
}

/// Its own default privileges and user mappings are of no use to others, and are dropped with it in the bot's own database.
async fn traces(
    connection: &mut PgConnection,
    found: &Login,
    home: &str,
) -> Result<Vec<Trace>, IntegrationError> {
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
    let trace = |(database, owned, elsewhere)| Trace {
        database,
        owned,
        elsewhere,
    };
    Ok(traces.into_iter().map(trace).collect())
}
