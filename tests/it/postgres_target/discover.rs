//! What is on offer, and what is live.

use apono::access::ids::InstallId;
use apono::integrations::{Discovers, Integration, KeepsState};
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
        let live = ctx.postgres.inspect(&install).await.unwrap();
        let mut intact = ctx.postgres.intact(&granted, until).unwrap().held;
        assert_eq!(live[0].held, intact);
        assert_eq!(live[0].granted.as_ref().unwrap().principal, granted.principal);

        let session = ctx.log_in(&granted).await;
        let role = &granted.principal;
        ctx.as_superuser(
            "postgres",
            &format!("ALTER ROLE {role} NOLOGIN VALID UNTIL '-infinity'"),
        )
        .await;
        intact.until = None;
        intact.open = false;
        intact.in_session = true;
        let locked = ctx.postgres.inspect(&install).await.unwrap();
        assert_eq!(locked[0].held, intact);
        drop(session);
        ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(ctx.postgres.inspect(&install).await.unwrap(), []);
    })
    .await;
}
