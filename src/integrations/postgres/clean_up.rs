//! Removing a revoked login: what it made is handed over, what it was given is dropped, and then the role itself.
//!
//! Invariant: nothing that people made is lost, and none of it gives anybody access: objects outlive the login that made
//! them, but not the rights that it gave on them.

use sqlx::{Acquire, PgConnection};

use super::super::{Cleaned, IntegrationError};
use super::errors::failed;
use super::login::Login;
use super::names::Identifier;
use super::server::{Server, commit, run};
use super::sessions::{self, Which};
use super::take_back::take_back;
use super::target::{Plan, group_named};
use crate::failpoint;

pub(crate) async fn clean_up(server: &Server, plan: &Plan) -> Result<Cleaned, IntegrationError> {
    let login = &plan.login;
    let doing = "dropping the login";
    let mut connection = server.pool()?.acquire().await.map_err(failed(doing))?;
    let Some(found) = Login::find(&mut connection, plan).await? else {
        return Ok(Cleaned {
            summary: format!("no {} is left", plan.word()),
        });
    };
    if found.open {
        return Err(IntegrationError::Retry(format!(
            "the {} is not locked, so it is not cleaned up",
            plan.word()
        )));
    }
    if !found.mark.is_of(&plan.target.install, plan.target.request) {
        return Err(IntegrationError::Refuse(format!(
            "the role {} is not this request's by its comment, so it is locked but not dropped",
            login.as_str()
        )));
    }
    sessions::end(&mut connection, found.oid, Which::All, plan.target.bounded).await?;

    let mut done = Vec::new();
    for database in databases_with_traces(&mut connection, &found).await? {
        let emptied = if database == server.endpoint.database {
            empty_database(&mut connection, plan, &found, &database).await?
        } else {
            let mut there = server.connect_to(&database).await?;
            empty_database(&mut there, plan, &found, &database).await?
        };
        done.extend(emptied);
    }
    run(&mut connection, doing, format!("DROP ROLE IF EXISTS {login}")).await?;
    failpoint::passed("target: the login dropped");
    done.push(format!("{} dropped", plan.word()));
    Ok(Cleaned {
        summary: done.join("; "),
    })
}

/// Databases where the login owns something or was given something. What all databases share is dropped from the bot's own.
async fn databases_with_traces(
    connection: &mut PgConnection,
    login: &Login,
) -> Result<Vec<String>, IntegrationError> {
    sqlx::query_scalar(
        "SELECT DISTINCT coalesce(d.datname, current_database())::text
         FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
         WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid::int8 = $1
         ORDER BY 1",
    )
    .bind(login.oid)
    .fetch_all(connection)
    .await
    .map_err(failed("looking for what the login left"))
}

/// Takes back, hands over and drops in one database, all or nothing. Returns what was done, in words.
async fn empty_database(
    connection: &mut PgConnection,
    plan: &Plan,
    found: &Login,
    database: &str,
) -> Result<Vec<String>, IntegrationError> {
    let login = &plan.login;
    let doing = "handing over what the login made";
    // Its own default privileges and user mappings are of no use to others and are dropped with it.
    let owned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_shdepend
         WHERE refclassid = 'pg_authid'::regclass AND refobjid::int8 = $1 AND deptype = 'o'
           AND classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
           AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))",
    )
    .bind(found.oid)
    .fetch_one(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let mut tx = connection.begin().await.map_err(failed(doing))?;
    let heir = heir_in(&mut tx, plan, database).await?;
    // Only a member may hand over or drop what a role owns, and only an owner's member take back what the owner gave.
    run(&mut tx, doing, format!("GRANT {login} TO CURRENT_USER")).await?;
    let lent = lend(&mut tx, &heir).await?;
    let taken_back = take_back(&mut tx, found).await?;
    let empty = format!("REASSIGN OWNED BY {login} TO {heir}; DROP OWNED BY {login}");
    run(&mut tx, doing, empty).await?;
    if lent {
        run(&mut tx, doing, format!("REVOKE {heir} FROM CURRENT_USER")).await?;
    }
    commit(tx, doing).await?;
    let mut done = Vec::new();
    if owned > 0 {
        let objects = if owned == 1 { "object" } else { "objects" };
        done.push(format!("{owned} {objects} handed to {}", heir.as_str()));
    }
    done.extend(taken_back);
    Ok(done)
}

/// Who gets what the login made: the group role of the database's last unit, for the config lists permissions from the
/// weaker to the stronger; where no group is left, the bot's own role.
async fn heir_in(
    connection: &mut PgConnection,
    plan: &Plan,
    database: &str,
) -> Result<Identifier, IntegrationError> {
    let groups: Vec<&str> = plan
        .target
        .units
        .iter()
        .rev()
        // Of what was found on the server alone nobody knows which database a group is for.
        .filter(|unit| unit.database == database || unit.database.is_empty())
        .map(|unit| unit.group.as_str())
        .collect();
    let heir: String = sqlx::query_scalar(
        "SELECT coalesce(
             (SELECT r.rolname FROM unnest($1::text[]) WITH ORDINALITY AS g(name, place)
              JOIN pg_roles r ON r.rolname = g.name ORDER BY g.place LIMIT 1),
             current_user)::text",
    )
    .bind(&groups)
    .fetch_one(connection)
    .await
    .map_err(failed("choosing who gets what the login made"))?;
    group_named(&heir)
}

/// Makes the bot a member of the heir, without which it may hand nothing over, unless it has the heir's rights already.
/// Returns whether the membership has to be taken back.
async fn lend(connection: &mut PgConnection, heir: &Identifier) -> Result<bool, IntegrationError> {
    let doing = "handing over what the login made";
    let has_rights: bool = sqlx::query_scalar("SELECT pg_has_role(current_user, $1::name, 'USAGE')")
        .bind(heir.as_str())
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(doing))?;
    if !has_rights {
        run(connection, doing, format!("GRANT {heir} TO CURRENT_USER")).await?;
    }
    Ok(!has_rights)
}
