//! What a grant gives and what it refuses.

use apono::access::grant::Granted;
use apono::access::ids::RequestNumber;
use apono::access::time::Timestamp;
use apono::integrations::{Integration, IntegrationError};
use insta::assert_snapshot;
use secrecy::SecretString;

use super::context::{Context, in_seconds, order, password_of, run, run_test, sqlstate};

async fn refusal(ctx: &Context, granted: &Granted) -> String {
    match ctx.postgres.grant(granted, in_seconds(60)).await {
        Err(IntegrationError::Refuse { said: text, .. }) => text,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn read_reads_and_does_not_write() {
    run_test("grant_read", async |ctx| {
        let granted = ctx.grant("grantrda", "read").await;
        let mut session = ctx.log_in(&granted).await;
        run(&mut session, "SELECT * FROM orders").await.unwrap();
        let write = run(&mut session, "DELETE FROM orders").await;
        assert_eq!(write.unwrap_err(), "42501");
        let create = run(&mut session, "CREATE TABLE public.mine ()").await;
        assert_eq!(create.unwrap_err(), "42501");
    })
    .await;
}

#[tokio::test]
async fn write_writes() {
    run_test("grant_write", async |ctx| {
        let granted = ctx.grant("grantwra", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(&mut session, "UPDATE orders SET cents = 1 WHERE id = 1")
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_login_reads_no_tables_of_another_database() {
    run_test("grant_home", async |ctx| {
        let other = ctx.server.create_target("grant_other").await.unwrap();
        let granted = ctx.grant("granthom", "write").await;
        let password = password_of(&ctx.connect(&granted).await.unwrap());
        let mut session = ctx
            .try_log_in(&granted, &password, &other.database)
            .await
            .unwrap();
        let read = run(&mut session, "SELECT * FROM orders").await;
        assert_eq!(read.unwrap_err(), "42501");
    })
    .await;
}

#[tokio::test]
async fn one_login_carries_all_units_of_its_request() {
    run_test("grant_many", async |ctx| {
        ctx.server.create_target("grant_many_b").await.unwrap();
        ctx.as_superuser(
            "postgres",
            "GRANT grant_many_b_read TO grant_many_bot WITH ADMIN OPTION",
        )
        .await;
        let order = order("grantman", &["grant_many", "grant_many_b"], &["read"]);
        let granted = ctx.postgres.prepare(&order).unwrap();
        ctx.postgres.grant(&granted, in_seconds(60)).await.unwrap();
        let details = ctx.connect(&granted).await.unwrap();
        assert!(
            details
                .note
                .ends_with("The same login also works for: grant_many_b.")
        );
        for database in ["grant_many", "grant_many_b"] {
            let mut session = ctx
                .try_log_in(&granted, &password_of(&details), database)
                .await
                .unwrap();
            run(&mut session, "SELECT * FROM orders").await.unwrap();
        }
    })
    .await;
}

/// A grant that ends as soon as this machine lets somebody connect before its end: when that is, and the password.
async fn soon_over(ctx: &Context, granted: &Granted) -> (Timestamp, SecretString) {
    for seconds in [2, 10, 50] {
        let until = in_seconds(seconds);
        let shown = async {
            let confirmed = ctx.postgres.grant(granted, until).await?;
            assert_eq!(confirmed.target_deadline, Some(until));
            ctx.connect(granted).await
        };
        match shown.await {
            Ok(shown) => return (until, password_of(&shown)),
            Err(error) => assert!(in_seconds(0) >= until, "{error}"),
        }
    }
    panic!("nobody connects within 50 s");
}

#[tokio::test]
async fn the_server_itself_refuses_logins_after_the_end() {
    run_test("grant_ends", async |ctx| {
        let granted = ctx.prepare("grantend", "read");
        let (until, password) = soon_over(ctx, &granted).await;
        let refused = loop {
            if let Err(error) = ctx.try_log_in(&granted, &password, "grant_ends").await {
                break error;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(sqlstate(&refused), "28P01");
        assert!(in_seconds(0) >= until);
        let late = ctx.connect(&granted).await.unwrap_err();
        assert_snapshot!(late, @"this access has ended");
    })
    .await;
}

#[tokio::test]
async fn a_grant_given_twice_is_one_login() {
    run_test("grant_twice", async |ctx| {
        let granted = ctx.prepare("granttwi", "read");
        let until = in_seconds(60);
        let (one, two) = tokio::join!(
            ctx.postgres.grant(&granted, until),
            ctx.postgres.grant(&granted, until)
        );
        assert_eq!(one.unwrap(), two.unwrap());
        let roles = ctx
            .ask("SELECT count(*)::text FROM pg_roles WHERE rolname LIKE 'apono\\_granttwi%'")
            .await;
        assert_eq!(roles, "1");
    })
    .await;
}

#[tokio::test]
async fn a_later_end_extends_and_an_earlier_one_does_not_shorten() {
    run_test("grant_extend", async |ctx| {
        let granted = ctx.prepare("grantext", "read");
        let (soon, late) = (in_seconds(60), in_seconds(600));
        ctx.postgres.grant(&granted, soon).await.unwrap();
        for until in [late, soon] {
            let confirmed = ctx.postgres.grant(&granted, until).await.unwrap();
            assert_eq!(confirmed.target_deadline, Some(late));
        }
    })
    .await;
}

#[tokio::test]
async fn extending_gives_a_missing_membership_again() {
    run_test("grant_repair", async |ctx| {
        let granted = ctx.grant("grantrep", "read").await;
        let role = &granted.principal;
        ctx.as_superuser(
            "postgres",
            &format!("SET ROLE grant_repair_bot; REVOKE grant_repair_read FROM {role}"),
        )
        .await;
        let groups = format!(
            "SELECT string_agg(roleid::regrole::text, ',') FROM pg_auth_members WHERE member = '{role}'::regrole"
        );
        assert_eq!(ctx.ask(&format!("SELECT coalesce(({groups}), 'none')")).await, "none");
        ctx.postgres.grant(&granted, in_seconds(90)).await.unwrap();
        assert_eq!(ctx.ask(&groups).await, "grant_repair_read");
    })
    .await;
}

#[tokio::test]
async fn what_was_revoked_is_never_revived() {
    run_test("grant_revive", async |ctx| {
        let granted = ctx.grant("grantrev", "read").await;
        ctx.postgres.revoke(&granted).await.unwrap();
        assert_snapshot!(refusal(ctx, &granted).await, @"the login apono_grantrev_ar7_dana_ito was revoked");
        let connect = ctx.connect(&granted).await.unwrap_err();
        assert_snapshot!(connect, @"this access was revoked");
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_comes_after_its_end_makes_nothing() {
    run_test("grant_stale", async |ctx| {
        let granted = ctx.prepare("grantsta", "read");
        let past = in_seconds(0);
        let error = ctx.postgres.grant(&granted, past).await.unwrap_err();
        assert!(matches!(error, IntegrationError::Refuse { .. }));
        assert!(error.to_string().contains("is in the past by the server's clock"));
        assert!(!ctx.role_exists(&granted).await);
    })
    .await;
}

#[tokio::test]
async fn long_and_hostile_names_make_plain_roles() {
    run_test("grant_names", async |ctx| {
        for (number, name) in [
            "x".repeat(500).as_str(),
            "Robert'); DROP TABLE orders; --",
            "\"; ALTER ROLE grant_names_read SUPERUSER; \"",
            "名前 \u{202e}\u{0} \\ ' $$",
        ]
        .into_iter()
        .enumerate()
        {
            let mut order = order("grantnam", &["grant_names"], &["read"]);
            order.grantee_name = name.to_owned();
            order.request = RequestNumber(i64::try_from(number).unwrap() + 1);
            let granted = ctx.postgres.prepare(&order).unwrap();
            ctx.postgres.grant(&granted, in_seconds(60)).await.unwrap();
            assert!(granted.principal.len() <= 63);
            assert!(ctx.role_exists(&granted).await, "{}", granted.principal);
        }
        let orders = ctx.ask("SELECT count(*)::text FROM orders").await;
        assert_eq!(orders, "3");
    })
    .await;
}

#[tokio::test]
async fn what_can_never_be_granted_is_refused_before_the_server_is_asked() {
    run_test("grant_never", async |ctx| {
        ctx.settings.resources = Some(vec!["grant_never".to_owned(), "d".repeat(62)]);
        ctx.reopen();
        let refusals = [
            order("grantnev", &["grant_never"], &["admin"]),
            order("grantnev", &["postgres"], &["read"]),
            order("grantnev", &[&"d".repeat(62)], &["read"]),
            order("grantnev", &[&"d".repeat(64)], &["read"]),
            order("grantnev", &[], &["read"]),
            order("short", &["grant_never"], &["read"]),
        ]
        .map(|order| ctx.postgres.prepare(&order).unwrap_err().to_string());
        assert_snapshot!(refusals.join("\n"), @r#"
        grant_never-db has no permission admin
        grant_never-db has no database postgres
        the group role's name "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd_read" is longer than 63 bytes
        the database's name "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd" is longer than 63 bytes
        the request names no resource
        the installation's id does not begin with 8 characters out of a-z and 2-7
        "#);
    })
    .await;
}

#[tokio::test]
async fn powerful_group_roles_are_refused_unless_listed() {
    run_test("grant_power", async |ctx| {
        for (what, sql) in [
            ("superuser", "ALTER ROLE grant_power_write SUPERUSER"),
            ("createrole", "ALTER ROLE grant_power_write NOSUPERUSER CREATEROLE"),
            ("replication", "ALTER ROLE grant_power_write NOCREATEROLE REPLICATION"),
            ("bypassrls", "ALTER ROLE grant_power_write NOREPLICATION BYPASSRLS"),
            ("predefined", "ALTER ROLE grant_power_write NOBYPASSRLS; CREATE ROLE grant_power_middle;
              GRANT grant_power_middle TO grant_power_write; GRANT pg_read_server_files TO grant_power_middle"),
            ("bot", "REVOKE pg_read_server_files FROM grant_power_middle;
              REVOKE grant_power_write FROM grant_power_bot; GRANT grant_power_bot TO grant_power_middle"),
            ("gone", "DROP OWNED BY grant_power_write; DROP ROLE grant_power_write"),
        ] {
            ctx.as_superuser("grant_power", sql).await;
            let granted = ctx.prepare("grantpow", "write");
            let text = refusal(ctx, &granted).await;
            match what {
                "superuser" => assert_snapshot!(text, @r#"the group role grant_power_write is a superuser; to allow it: allow_roles = { grant_power_write = ["superuser"] }"#),
                "createrole" => assert_snapshot!(text, @r#"the group role grant_power_write has CREATEROLE; to allow it: allow_roles = { grant_power_write = ["createrole"] }"#),
                "replication" => assert_snapshot!(text, @r#"the group role grant_power_write has REPLICATION; to allow it: allow_roles = { grant_power_write = ["replication"] }"#),
                "bypassrls" => assert_snapshot!(text, @r#"the group role grant_power_write has BYPASSRLS; to allow it: allow_roles = { grant_power_write = ["bypassrls"] }"#),
                "predefined" => assert_snapshot!(text, @r#"the group role grant_power_write includes pg_read_server_files, which is one of the server's own roles; to allow it: allow_roles = { grant_power_write = ["server-role"] }"#),
                "bot" => assert_snapshot!(text, @r#"the group role grant_power_write includes grant_power_bot, which is the bot's own role"#),
                _ => assert_snapshot!(text, @"the group role grant_power_write does not exist"),
            }
            assert!(!ctx.role_exists(&granted).await);
        }
        ctx.as_superuser("postgres", "GRANT pg_read_all_stats TO grant_power_read")
            .await;
        let granted = ctx.prepare("grantpow", "read");
        refusal(ctx, &granted).await;
        ctx.settings.allow_roles = [("grant_power_read".to_owned(), vec!["server-role".to_owned()])].into();
        ctx.reopen();
        ctx.grant("grantpow", "read").await;
    })
    .await;
}

#[tokio::test]
async fn a_role_with_our_name_and_without_our_comment_is_not_adopted() {
    run_test("grant_foreign", async |ctx| {
        let granted = ctx.prepare("grantfor", "read");
        let role = &granted.principal;
        ctx.as_superuser("postgres", &format!("CREATE ROLE {role} LOGIN"))
            .await;
        assert_snapshot!(refusal(ctx, &granted).await, @"a role apono_grantfor_ar7_dana_ito already exists and does not belong to this request");
        ctx.as_superuser(
            "postgres",
            &format!("COMMENT ON ROLE {role} IS 'apono AR-8 of install grantfor, until 2027'"),
        )
        .await;
        refusal(ctx, &granted).await;
        assert!(ctx.connect(&granted).await.is_err());
    })
    .await;
}
