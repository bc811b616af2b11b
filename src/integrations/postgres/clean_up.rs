//! What happens to a revoked login. It is dropped if it owns nothing. Otherwise it keeps what it created and stays locked, in
//! no group and with no members: an heir would run its code, including index functions and triggers, with rights that the
//! login did not have.
//!
//! Invariants: nothing that people created is lost; nobody with more rights becomes its owner unless a permission names that
//! role; and each part is committed separately, so however much a login left, the next call continues.

use std::sync::Arc;

use sqlx::PgConnection;

use super::super::{Cleaned, IntegrationError};
use super::errors::failed;
use super::heir::hand_over;
use super::login::Login;
use super::mark::kept_comment;
use super::member::run_as_member;
use super::names::Literal;
use super::server::{Server, run};
use super::sessions::{self, Which};
use super::share::share;
use super::take_back::take_back;
use super::target::{Plan, account_named, group_named};
use super::{beside, clean_up_bounded, planted, prepared};
use crate::access::target::Trouble;
use crate::failpoint;

const DROPPING: &str = "dropping the login";

pub(crate) async fn clean_up(server: &Arc<Server>, plan: &Plan) -> Result<Cleaned, IntegrationError> {
    let mut connection = server.connection(DROPPING).await?;
    let Some(found) = Login::find(&mut connection, plan).await? else {
        return Ok(Cleaned {
            summary: format!("no {} is left", plan.word()),
            kept: false,
        });
    };
    if found.open {
        return Err(IntegrationError::retry(
            Trouble::Unfinished,
            format!("the {} is not locked, so it was not cleaned up", plan.word()),
        ));
    }
    if !found.mark.is_of(&plan.target.install, plan.target.request) {
        return Err(IntegrationError::refuse(
            Trouble::NotOurs,
            format!(
                "the role {} does not belong to this request according to its comment, so it is locked but not dropped",
                plan.login.as_str()
            ),
        ));
    }
    sessions::end(&mut connection, found.oid, Which::All, plan.target.bounded).await?;
    // By its present name: the old one may be somebody else's by now.
    let plan = &plan.by_its_name(account_named(&found.name)?);

    if plan.target.bounded {
        return clean_up_bounded::clean_up(server, &mut connection, plan, &found).await;
    }
    // They could hold locks on what is dropped below.
    let prepared = prepared::roll_back_all(server, &mut connection, &found.name).await?;
    let mut done = Vec::new();
    let mut kept = Vec::new();
    let mut unseen = None;
    for database in databases_with_traces(&mut connection, &found).await? {
        let emptied = server
            .in_database(&mut connection, &database, async |there| {
                empty_database(there, plan, &found, &database).await
            })
            .await;
        match emptied {
            Ok((left, emptied)) => {
                done.extend(emptied);
                if left > 0 {
                    kept.push(format!("{} in {database}", counted(left, "object")));
                }
            }
            // A database that does not accept connections must not prevent the cleanup in the others.
            Err(error) => {
                unseen.get_or_insert(error);
            }
        }
    }
    if let Some(error) = unseen {
        return Err(error);
    }
    kept.extend(prepared::left(&prepared));
    done.extend(beside::of_the_groups(server, &mut connection, plan).await);
    if kept.is_empty() {
        let drop = format!("DROP ROLE IF EXISTS {}", plan.login);
        run(&mut connection, DROPPING, drop).await?;
        failpoint::passed("target: the login dropped");
        done.push(format!("{} dropped", plan.word()));
    } else {
        let kept = kept.join(" and ");
        let note = kept_comment(&plan.target.install, plan.target.request, plan.made(), &kept);
        let comment = format!("COMMENT ON ROLE {} IS {}", plan.login, Literal(&note));
        run(&mut connection, DROPPING, comment).await?;
        done.push(format!(
            "the {} stays, locked, because it owns {kept}; it will be dropped once it owns nothing, or after REASSIGN OWNED BY {} there",
            plan.word(),
            plan.login.as_str()
        ));
        done.extend(prepared::remedies(&prepared));
    }
    Ok(Cleaned {
        summary: done.join("; "),
        kept: !kept.is_empty(),
    })
}

/// `1 object`, `2 objects`
pub(crate) fn counted(many: i64, what: &str) -> String {
    let plural = if many == 1 { "" } else { "s" };
    format!("{many} {what}{plural}")
}

/// Databases where the login owns something or was given something. Objects shared by all databases are looked at from the
/// bot's own.
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

/// Takes rights back, disarms code, and drops what can be dropped. Returns how many objects are left, and what was done, in
/// words.
async fn empty_database(
    connection: &mut PgConnection,
    plan: &Plan,
    found: &Login,
    database: &str,
) -> Result<(i64, Vec<String>), IntegrationError> {
    let unit = plan.unit_in(database);
    // An earlier pass has already taken back everything, and opened what it could.
    let shared = unit.filter(|unit| unit.heir.is_none() && found.mark.is_kept());
    let taken_back = take_back(connection, plan, found, shared.map(|unit| unit.group.as_str())).await;
    let mut removed = Vec::new();
    // Rights that cannot be taken back must not prevent its code from being removed.
    if !unit.is_some_and(|unit| unit.leave_code) {
        removed = planted::remove(connection, plan, found).await?;
    }
    let mut done = taken_back?;
    done.extend(removed);
    let heir = unit.and_then(|unit| unit.heir.as_deref());
    if let Some(heir) = heir
        && owned(connection, found).await? > 0
    {
        done.push(hand_over(connection, plan, found, &group_named(heir)?).await?);
    }
    let left = owned(connection, found).await?;
    if left == 0 {
        drop_what_was_given(connection, plan).await?;
        return Ok((left, done));
    }
    if let Some(unit) = unit {
        done.extend(share(connection, plan, found, &group_named(&unit.group)?).await?);
    }
    done.extend(beside::given_by_others(connection, found).await?);
    Ok((left, done))
}

/// How many objects it owns in this database and among the shared ones. Its own default privileges and user mappings are of no
/// use to others.
pub(crate) async fn owned(connection: &mut PgConnection, found: &Login) -> Result<i64, IntegrationError> {
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_shdepend
         WHERE refclassid = 'pg_authid'::regclass AND refobjid::int8 = $1 AND deptype = 'o'
           AND classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
           AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))",
    )
    .bind(found.oid)
    .fetch_one(connection)
    .await
    .map_err(failed("counting what the login made"))
}

/// If it owns nothing, this removes only what others gave it. What a group gave can only be removed by the group's members.
async fn drop_what_was_given(connection: &mut PgConnection, plan: &Plan) -> Result<(), IntegrationError> {
    let doing = "dropping what the login was given";
    run_as_member(connection, plan, doing, format!("DROP OWNED BY {}", plan.login)).await
}
