//! What a permission lets people do in a database: how many of its tables the group role reaches.

use sqlx::PgConnection;

use super::super::{IntegrationError, OnOffer, Reach};
use super::PostgresSettings;
use super::errors::failed;
use super::server::Server;
use super::target::group_of;
use crate::access::resource::Resource;

/// In the database of each resource, for each of its permissions.
pub(crate) async fn reach(
    server: &Server,
    settings: &PostgresSettings,
    resources: &[Resource],
) -> Result<Vec<OnOffer>, IntegrationError> {
    let mut found = Vec::new();
    for resource in resources {
        let database = &resource.name;
        // If the bot cannot connect to it, the check says so. It may also be dropped while it is looked at: that hides no other.
        let mut there = server.connect_to(database).await.ok();
        for permission in &settings.permissions {
            if !resource.permissions.contains(&permission.name) {
                continue;
            }
            let group = group_of(&permission.group, database);
            let reach = match &mut there {
                Some(there) => match rights(there, &group).await {
                    Ok(rights) => in_words(&rights, settings, database, &group),
                    Err(_) => Reach::Unknown,
                },
                None => Reach::Unknown,
            };
            found.push(OnOffer {
                resource: database.clone(),
                permission: permission.name.clone(),
                reach,
            });
        }
    }
    Ok(found)
}

/// What a group role can do in a database.
struct Rights {
    /// The tables that there are.
    tables: i64,
    /// Those that it has rights on.
    given: i64,
    /// Those of them whose schemas it may use.
    reached: i64,
    /// It has rights on something else: sequences, functions, creating objects.
    others: bool,
    /// It gets rights on what will be created.
    later: bool,
}

fn in_words(rights: &Rights, settings: &PostgresSettings, database: &str, group: &str) -> Reach {
    let tables = |count: i64| match count {
        1 => "1 table".to_owned(),
        count => format!("{count} tables"),
    };
    if rights.reached > 0 {
        return Reach::Has(tables(rights.reached));
    }
    if rights.given == 0 && rights.others {
        return Reach::Has("no tables, only other objects".to_owned());
    }
    if rights.tables == 0 && rights.later {
        return Reach::Has("no tables yet".to_owned());
    }
    let why = if rights.given > 0 {
        format!(
            "{group} has rights on {} but lacks USAGE on the schema",
            tables(rights.given)
        )
    } else if rights.tables == 0 {
        format!("there are no tables yet, and {group} gets no rights on later ones")
    } else {
        format!(
            "{group} has no rights on any of the {} there",
            tables(rights.tables)
        )
    };
    Reach::Nothing {
        why,
        mend: format!(
            "run the SQL of `apono integrations setup-sql {} --group-roles` in {database}",
            settings.name
        ),
    }
}

/// What `PUBLIC` may do counts for tables, because members can do it; everybody may call functions and look for names.
async fn rights(connection: &mut PgConnection, group: &str) -> Result<Rights, IntegrationError> {
    let (tables, given, reached, others, later) = sqlx::query_as(RIGHTS)
        .bind(group)
        .fetch_one(connection)
        .await
        .map_err(failed("reading what a group role may do"))?;
    Ok(Rights {
        tables,
        given,
        reached,
        others,
        later,
    })
}

const RIGHTS: &str = "
    WITH g AS (SELECT oid FROM pg_roles WHERE rolname = $1),
    t AS (SELECT has_any_column_privilege(g.oid, c.oid, 'SELECT, INSERT, UPDATE')
                 OR has_table_privilege(g.oid, c.oid, 'DELETE, TRUNCATE') AS given,
                 has_schema_privilege(g.oid, n.oid, 'USAGE') AS entered
          FROM g, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_'))
    SELECT count(*) AS tables, count(*) FILTER (WHERE given) AS given, count(*) FILTER (WHERE given AND entered) AS reached,
           EXISTS (SELECT FROM g, (
               SELECT relacl, 'SELECT UPDATE USAGE' FROM pg_class WHERE relkind = 'S'
               UNION ALL SELECT proacl, 'EXECUTE' FROM pg_proc
               UNION ALL SELECT nspacl, 'CREATE' FROM pg_namespace
               UNION ALL SELECT datacl, 'CREATE' FROM pg_database WHERE datname = current_database()
           ) AS o(acl, doing), aclexplode(o.acl) AS a
           WHERE a.grantee <> 0 AND strpos(doing, a.privilege_type) > 0 AND pg_has_role(g.oid, a.grantee, 'USAGE')) AS others,
           EXISTS (SELECT FROM g, pg_default_acl d, aclexplode(d.defaclacl) AS a
                   WHERE a.grantee <> 0 AND pg_has_role(g.oid, a.grantee, 'USAGE')) AS later
    FROM t";
