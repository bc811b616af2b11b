//! What is on offer, what is live, and what is wrong with a server.

use apono::access::ids::{InstallId, RequestNumber};
use apono::clock::{Clock, SystemClock};
use apono::integrations::{Integration, LiveGrant};
use insta::assert_snapshot;

use super::context::{Context, in_seconds, run_test};

impl Context {
    pub(super) async fn discover_names(&self) -> Vec<String> {
        let resources = self.postgres.discover().await.unwrap();
        resources.into_iter().map(|r| r.name).collect()
    }
}

#[tokio::test]
async fn databases_are_found_with_the_permissions_whose_groups_exist() {
    run_test("discover_all", async |ctx| {
        ctx.as_superuser("postgres", "CREATE DATABASE discover_bare")
            .await;
        ctx.as_superuser("postgres", "CREATE ROLE discover_bare_read")
            .await;
        let found = ctx.postgres.discover().await.unwrap();
        let told = |name: &str| {
            let resource = found.iter().find(|r| r.name == name).unwrap();
            let path = resource.path.replace(&ctx.server.port().to_string(), "PORT");
            format!("{} {} {:?}", resource.resource_type, path, resource.permissions)
        };
        assert_snapshot!(told("discover_all"), @r#"Database 127.0.0.1:PORT/discover_all ["read", "write"]"#);
        assert_snapshot!(told("discover_bare"), @r#"Database 127.0.0.1:PORT/discover_bare ["read"]"#);
        for hidden in ["postgres", "template0", "template1"] {
            assert!(!found.iter().any(|r| r.name == hidden), "{hidden}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_of_resources_offers_those_and_no_others() {
    run_test("discover_some", async |ctx| {
        let listed = ["postgres", "discover_some", "no_such_database"];
        ctx.settings.resources = Some(listed.map(str::to_owned).to_vec());
        ctx.reopen();
        assert_eq!(ctx.discover_names().await, ["discover_some", "postgres"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_live_is_what_can_log_in_or_is_in_session() {
    run_test("inspect_live", async |ctx| {
        let install = InstallId::new("inspectl");
        let granted = ctx.prepare("inspectl", "read");
        let until = in_seconds(60);
        ctx.postgres.grant(&granted, until).await.unwrap();
        let mut live = LiveGrant {
            principal: granted.principal.clone(),
            request: Some(RequestNumber(7)),
            until: Some(until),
        };
        assert_eq!(ctx.postgres.inspect(&install).await.unwrap(), [live.clone()]);

        let session = ctx.log_in(&granted).await;
        let role = &granted.principal;
        ctx.as_superuser(
            "postgres",
            &format!("ALTER ROLE {role} NOLOGIN VALID UNTIL '-infinity'"),
        )
        .await;
        live.until = None;
        assert_eq!(ctx.postgres.inspect(&install).await.unwrap(), [live]);
        drop(session);
        ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(ctx.postgres.inspect(&install).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn the_check_finds_nothing_wrong_with_a_server_that_is_set_up_well() {
    run_test("check_well", async |ctx| {
        ctx.settings.resources = Some(vec!["check_well".to_owned()]);
        ctx.reopen();
        ctx.as_superuser(
            "postgres",
            "REVOKE CONNECT ON DATABASE check_well FROM PUBLIC;
             GRANT CONNECT ON DATABASE check_well TO check_well_read, check_well_write, check_well_bot",
        )
        .await;
        let findings = ctx.postgres.check(SystemClock.now()).await.unwrap();
        assert_eq!(findings, []);
        ctx.grant("checkwel", "read").await;
    })
    .await;
}

#[tokio::test]
async fn the_check_tells_what_will_fail_and_what_is_unwise() {
    run_test("check_all", async |ctx| {
        ctx.settings.resources = Some(vec!["check_all".to_owned(), "check_none".to_owned()]);
        ctx.settings
            .permissions
            .push(("admin".to_owned(), "{resource}_admin".to_owned()));
        ctx.reopen();
        ctx.as_superuser(
            "check_all",
            "GRANT CREATE ON SCHEMA public TO PUBLIC; REVOKE pg_signal_backend FROM check_all_bot;
             ALTER ROLE check_all_bot NOCREATEROLE",
        )
        .await;
        let findings = ctx.postgres.check(SystemClock.now()).await.unwrap();
        let lines: Vec<String> = findings.iter().map(|f| format!("{f:?}")).collect();
        assert_snapshot!(lines.join("\n"), @r#"
        Problem("the bot cannot make logins: its role lacks CREATEROLE")
        Problem("the bot cannot end sessions: its role is no member of pg_signal_backend")
        Problem("the database check_none does not exist or takes no connections")
        Warning("admin on check_all is not on offer: the group role check_all_admin does not exist")
        Warning("every login can connect to check_all: PUBLIC has CONNECT")
        Warning("every login can make objects in check_all: PUBLIC has CREATE on schema public")
        "#);
    })
    .await;
}
