//! A membership for an account that the grantee has anyway: what it gives, what it leaves alone, and how it ends.

use apono::access::grant::Granted;
use apono::access::ids::{InstallId, RequestNumber};
use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::integrations::postgres::{AccountKind, Postgres};
use apono::integrations::{Integration, IntegrationError, KeepsState};
use insta::assert_snapshot;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use super::context::{Context, field, in_seconds, in_the_end, order, run, run_test, sqlstate};

/// What every account of these tests logs in with.
pub(crate) const PASSWORD: &str = "their-own";

impl Context {
    /// Makes the account, and the integration one of people's own accounts.
    pub(crate) async fn with_account(&mut self, account: &str) {
        let create = format!("CREATE ROLE {account} LOGIN PASSWORD '{PASSWORD}'");
        self.as_superuser("postgres", &create).await;
        self.settings.account = AccountKind::Personal {
            roles: vec![account.to_owned()],
        };
        self.reopen();
    }

    /// Plans a request of `account` on the test's own database.
    pub(crate) fn plan(&self, install: &str, account: &str, number: i64, permissions: &[&str]) -> Granted {
        let mut order = order(install, &[&self.target.database], permissions);
        order.request = RequestNumber(number);
        order.account = Some(account.to_owned());
        self.postgres.prepare(&order).unwrap()
    }

    pub(crate) async fn give(&self, granted: &Granted) -> Granted {
        let confirmed = in_the_end(async || self.postgres.grant(granted, in_seconds(60)).await).await;
        assert_eq!(
            confirmed.target_deadline, None,
            "the server ends nothing by itself"
        );
        confirmed.granted
    }

    /// A session of the account, as its owner opens it.
    pub(crate) async fn session_of(&self, account: &str) -> PgConnection {
        let password = SecretString::from(PASSWORD);
        let url = self.server.url(account, &password, &self.target.database);
        PgConnection::connect(url.expose_secret()).await.unwrap()
    }
}

const READ: &str = "SELECT * FROM orders";
const WRITE: &str = "UPDATE orders SET cents = cents";

#[tokio::test]
async fn an_open_session_gains_the_access_and_ends_with_it() {
    run_test("own_session", async |ctx| {
        ctx.with_account("own_session_dana").await;
        let mut session = ctx.session_of("own_session_dana").await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "42501");
        let granted = ctx.plan("ownsessi", "own_session_dana", 7, &["read"]);
        ctx.give(&granted).await;
        run(&mut session, READ).await.unwrap();
        assert_eq!(run(&mut session, WRITE).await.unwrap_err(), "42501");

        let mut others = Vec::new();
        for before in [
            "SELECT 1",
            "BEGIN ISOLATION LEVEL REPEATABLE READ; DECLARE c CURSOR FOR SELECT * FROM orders; FETCH 1 FROM c",
        ] {
            let mut other = ctx.session_of("own_session_dana").await;
            run(&mut other, before).await.unwrap();
            if before == "SELECT 1" {
                ctx.set_role(&mut other, "own_session_read").await;
            }
            others.push(other);
        }
        let revoked = ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.sessions_ended, 3);
        assert_snapshot!(revoked.proof, @"membership gone, 0 sessions from before");
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
        for (other, next) in others.iter_mut().zip([READ, "FETCH 1 FROM c"]) {
            assert_eq!(run(other, next).await.unwrap_err(), "57P01");
        }
        let mut after = ctx.session_of("own_session_dana").await;
        assert_eq!(run(&mut after, READ).await.unwrap_err(), "42501");

        let again = ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(again.proof, revoked.proof);
        let cleaned = ctx.postgres.clean_up(&granted).await.unwrap();
        assert_snapshot!(cleaned.summary, @"lease dropped");
        let nothing = ctx.postgres.revoke(&granted).await.unwrap();
        assert_snapshot!(nothing.proof, @"no such lease");
        let nothing = ctx.postgres.clean_up(&granted).await.unwrap();
        assert_snapshot!(nothing.summary, @"no lease is left");
    })
    .await;
}

#[tokio::test]
async fn the_server_shows_the_lease_whose_it_is_and_until_when() {
    run_test("own_mark", async |ctx| {
        ctx.with_account("own_mark_dana").await;
        let granted = ctx.plan("ownmarkx", "own_mark_dana", 7, &["read"]);
        assert_snapshot!(granted.principal, @"own_mark_dana through apono_ownmarkx_ar7_dana_ito");
        let install = InstallId::new("ownmarkx");
        assert_eq!(ctx.postgres.inspect(&install).await.unwrap(), []);
        let until = Timestamp::from_seconds(in_seconds(60).seconds());
        ctx.postgres.grant(&granted, until).await.unwrap();
        let live = ctx.postgres.inspect(&install).await.unwrap();
        let intact = ctx.postgres.intact(&granted, until).unwrap();
        assert_eq!(live[0].held, intact.held);
        assert_eq!(live[0].name, "apono_ownmarkx_ar7_dana_ito");
        assert_eq!(live[0].granted.as_ref().unwrap().principal, granted.principal);
        let lease = "SELECT rolname || ' ' || rolcanlogin || ' ' || rolconnlimit
                     FROM pg_roles WHERE rolname LIKE 'apono\\_ownmarkx%'";
        assert_snapshot!(ctx.ask(lease).await, @"apono_ownmarkx_ar7_dana_ito false 20");
        let mark = "SELECT shobj_description('apono_ownmarkx_ar7_dana_ito'::regrole, 'pg_authid')";
        let expected = format!(
            "apono AR-7 of install ownmarkx, lease, until {}",
            until.to_rfc3339()
        );
        assert_eq!(ctx.ask(mark).await, expected);
        ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(ctx.postgres.inspect(&install).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_was_revoked_is_never_given_again() {
    run_test("own_never", async |ctx| {
        ctx.with_account("own_never_dana").await;
        let granted = ctx.plan("ownnever", "own_never_dana", 7, &["read"]);
        ctx.give(&granted).await;
        ctx.postgres.revoke(&granted).await.unwrap();
        let error = ctx.postgres.grant(&granted, in_seconds(600)).await.unwrap_err();
        assert_snapshot!(error, @"the lease apono_ownnever_ar7_dana_ito was revoked");
        assert_snapshot!(ctx.connect(&granted).await.unwrap_err(), @"this access was revoked");
        let late = ctx.plan("ownnever", "own_never_dana", 8, &["read"]);
        let error = ctx.postgres.grant(&late, in_seconds(0)).await.unwrap_err();
        assert!(
            error.to_string().contains("is in the past by the server's clock"),
            "{error}"
        );
        let mut session = ctx.session_of("own_never_dana").await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "42501");
    })
    .await;
}

#[tokio::test]
async fn what_the_account_had_before_stays_and_is_said() {
    run_test("own_before", async |ctx| {
        ctx.with_account("own_before_dana").await;
        ctx.as_superuser("postgres", "GRANT own_before_read TO own_before_dana")
            .await;
        let mut session = ctx.session_of("own_before_dana").await;
        let granted = ctx.plan("ownbefor", "own_before_dana", 7, &["read"]);
        ctx.give(&granted).await;
        let revoked = ctx.postgres.revoke(&granted).await.unwrap();
        assert_snapshot!(revoked.proof, @"membership gone; own_before_dana still has own_before_read by others");
        assert_eq!(revoked.sessions_ended, 0);
        ctx.postgres.clean_up(&granted).await.unwrap();
        run(&mut session, READ).await.unwrap();

        let more = ctx.plan("ownbefor", "own_before_dana", 8, &["read", "write"]);
        ctx.give(&more).await;
        run(&mut session, WRITE).await.unwrap();
        let revoked = ctx.postgres.revoke(&more).await.unwrap();
        assert_eq!(revoked.sessions_ended, 1, "writing was lost");
        let mut after = ctx.session_of("own_before_dana").await;
        run(&mut after, READ).await.unwrap();
        assert_eq!(run(&mut after, WRITE).await.unwrap_err(), "42501");
    })
    .await;
}

#[tokio::test]
async fn what_was_made_as_the_lease_stays_with_it() {
    run_test("own_made", async |ctx| {
        ctx.with_account("own_made_dana").await;
        let granted = ctx.plan("ownmadex", "own_made_dana", 7, &["write"]);
        ctx.give(&granted).await;
        let mut session = ctx.session_of("own_made_dana").await;
        run(&mut session, "CREATE TABLE hers ()").await.unwrap();
        ctx.set_role(&mut session, "apono_ownmadex_ar7_dana_ito").await;
        run(&mut session, "CREATE TABLE leased ()").await.unwrap();
        ctx.postgres.revoke(&granted).await.unwrap();
        let cleaned = ctx.postgres.clean_up(&granted).await.unwrap();
        if ctx.ask("SELECT current_setting('server_version_num')").await.as_str() >= "160000" {
            assert_eq!(cleaned.summary, "lease dropped", "nobody becomes the lease");
            return;
        }
        assert_snapshot!(cleaned.summary, @"1 relation shared with own_made_write; the lease stays, locked, because it owns 1 object in own_made; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_ownmadex_ar7_dana_ito there");
        let owners = "SELECT string_agg(tableowner, ' ' ORDER BY tablename) FROM pg_tables WHERE tablename IN ('hers', 'leased')";
        assert_snapshot!(ctx.ask(owners).await, @"own_made_dana apono_ownmadex_ar7_dana_ito");
    })
    .await;
}

#[tokio::test]
async fn connect_makes_no_credential_and_says_how_to_log_in() {
    run_test("own_connect", async |ctx| {
        ctx.with_account("own_connect_dana").await;
        let granted = ctx.plan("ownconne", "own_connect_dana", 7, &["read"]);
        let until = Timestamp::from_seconds(in_seconds(60).seconds());
        ctx.postgres.grant(&granted, until).await.unwrap();
        let mut note = String::new();
        for _ in 0..2 {
            let details = ctx.connect(&granted).await.unwrap();
            let names: Vec<&str> = details.fields.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["Host", "Port", "Database", "User"]);
            assert_eq!(field(&details, "User"), "own_connect_dana");
            note = details.note.replace(&until.to_string(), "UNTIL");
            ctx.session_of("own_connect_dana").await;
        }
        assert_snapshot!(note, @"Log in with your own password, as usual: the account own_connect_dana has this access until UNTIL. All its sessions end then, including those opened earlier.");
        ctx.as_superuser(
            "postgres",
            "SET ROLE own_connect_bot; REVOKE apono_ownconne_ar7_dana_ito FROM own_connect_dana",
        )
        .await;
        let taken = ctx.connect(&granted).await.unwrap_err();
        assert_snapshot!(taken, @"somebody took this access away on the server");
        ctx.give(&granted).await;
        ctx.connect(&granted).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_account_that_inherits_nothing_is_told_to_set_a_role_where_the_server_needs_it() {
    run_test("own_inherit", async |ctx| {
        ctx.with_account("own_inherit_dana").await;
        ctx.as_superuser("postgres", "ALTER ROLE own_inherit_dana NOINHERIT")
            .await;
        let granted = ctx.plan("owninher", "own_inherit_dana", 7, &["read"]);
        ctx.give(&granted).await;
        let note = ctx.connect(&granted).await.unwrap().note;
        let mut session = ctx.session_of("own_inherit_dana").await;
        // From PostgreSQL 16 on, a membership itself says whether it is inherited.
        if run(&mut session, READ).await.is_err() {
            let told =
                note.ends_with(r#"It does not inherit rights, so run SET ROLE first: "own_inherit_read"."#);
            assert!(told, "{note}");
            run(&mut session, "SET ROLE own_inherit_read").await.unwrap();
            run(&mut session, READ).await.unwrap();
        } else {
            assert!(!note.contains("SET ROLE"), "{note}");
        }
    })
    .await;
}

#[tokio::test]
async fn accounts_that_would_give_more_than_was_approved_are_refused_and_found_by_the_check() {
    run_test("own_refuse", async |ctx| {
        let name = |suffix: &str| format!("own_refuse_{suffix}");
        ctx.with_account(&name("dana")).await;
        ctx.as_superuser(
            "postgres",
            "CREATE ROLE own_refuse_root SUPERUSER LOGIN; CREATE ROLE own_refuse_group;
             CREATE ROLE own_refuse_team LOGIN; GRANT own_refuse_team TO own_refuse_group, own_refuse_dana",
        )
        .await;
        let mut refused = Vec::new();
        for (number, suffix) in ["gone", "root", "group", "team", "bot"].iter().enumerate() {
            let number = i64::try_from(number).unwrap() + 1;
            let granted = ctx.plan("ownrefus", &name(suffix), number, &["read"]);
            match ctx.postgres.grant(&granted, in_seconds(60)).await {
                Err(IntegrationError::Refuse { said: text, .. }) => refused.push(text),
                other => panic!("{suffix}: {other:?}"),
            }
        }
        assert_snapshot!(refused.join("\n"), @"
        the account own_refuse_gone does not exist
        the account own_refuse_root is a superuser: it already has all rights, and the bot cannot end its sessions
        the account own_refuse_group cannot log in
        the account own_refuse_team has members that would get its access too: own_refuse_dana, own_refuse_group
        the account own_refuse_bot is the bot's own
        ");
        let leases = "SELECT count(*)::text FROM pg_roles WHERE rolname LIKE 'apono\\_ownrefus%'";
        assert_eq!(ctx.ask(leases).await, "0");
        ctx.settings.resources = Some(vec!["own_refuse".to_owned()]);
        ctx.settings.account = AccountKind::Personal {
            roles: vec![name("dana"), name("gone")],
        };
        ctx.reopen();
        let findings = ctx.postgres.check(SystemClock.now()).await.unwrap();
        let missing = "the account own_refuse_gone does not exist";
        assert!(findings.iter().any(|finding| finding.text == missing), "{findings:?}");
        let order = order("ownrefus", &[&ctx.target.database], &["read"]);
        let nobody = ctx.postgres.prepare(&order).unwrap_err();
        assert_snapshot!(nobody, @"own_refuse-db has no account for Dana Ito");
    })
    .await;
}

#[tokio::test]
async fn a_crash_between_lock_and_the_end_of_sessions_is_made_good_by_the_next_revoke() {
    run_test("own_crash", async |ctx| {
        ctx.with_account("own_crash_dana").await;
        let granted = ctx.plan("owncrash", "own_crash_dana", 7, &["read"]);
        ctx.give(&granted).await;
        let mut session = ctx.session_of("own_crash_dana").await;
        ctx.set_role(&mut session, "own_crash_read").await;
        // All that the first transaction of a revoke does.
        ctx.as_superuser(
            "postgres",
            "ALTER ROLE apono_owncrash_ar7_dana_ito VALID UNTIL '-infinity';
             COMMENT ON ROLE apono_owncrash_ar7_dana_ito IS 'apono AR-7 of install owncrash, revoked';
             REVOKE apono_owncrash_ar7_dana_ito FROM own_crash_dana;
             REVOKE own_crash_read FROM apono_owncrash_ar7_dana_ito",
        )
        .await;
        run(&mut session, READ).await.unwrap();
        // A process that starts anew, with nothing but the stored grant.
        let stored: Granted = serde_json::from_str(&serde_json::to_string(&granted).unwrap()).unwrap();
        let restarted = Postgres::from_granted(&stored).unwrap();
        let revoked = restarted.revoke(&stored).await.unwrap();
        assert_eq!(revoked.sessions_ended, 1);
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        restarted.clean_up(&stored).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_account_that_was_renamed_or_dropped_meanwhile_loses_the_access_all_the_same() {
    run_test("own_gone", async |ctx| {
        ctx.with_account("own_gone_dana").await;
        let granted = ctx.plan("owngonex", "own_gone_dana", 7, &["read"]);
        ctx.give(&granted).await;
        ctx.as_superuser("postgres", "ALTER ROLE own_gone_dana RENAME TO own_gone_new")
            .await;
        ctx.postgres.revoke(&granted).await.unwrap();
        ctx.as_superuser(
            "postgres",
            &format!("ALTER ROLE own_gone_new PASSWORD '{PASSWORD}'"),
        )
        .await;
        let mut session = ctx.session_of("own_gone_new").await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "42501");
        ctx.postgres.clean_up(&granted).await.unwrap();
        assert_eq!(
            sqlstate(
                &sqlx::query("SELECT * FROM orders")
                    .execute(&mut session)
                    .await
                    .unwrap_err()
            ),
            "42501"
        );
    })
    .await;
}

#[tokio::test]
async fn an_account_that_was_renamed_since_loses_the_access_and_its_sessions() {
    run_test("own_rename", async |ctx| {
        ctx.with_account("own_rename_dana").await;
        let granted = ctx.plan("ownrenam", "own_rename_dana", 7, &["read"]);
        let granted = ctx.give(&granted).await;
        let mut session = ctx.session_of("own_rename_dana").await;
        ctx.set_role(&mut session, "own_rename_read").await;
        ctx.as_superuser("postgres", "ALTER ROLE own_rename_dana RENAME TO own_rename_ito")
            .await;
        let revoked = ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.sessions_ended, 1);
        assert_snapshot!(revoked.proof, @"membership gone, 0 sessions from before");
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        let memberships =
            "SELECT count(*)::text FROM pg_auth_members WHERE member = 'own_rename_ito'::regrole";
        assert_eq!(ctx.ask(memberships).await, "0");
        let again = ctx.postgres.revoke(&granted).await.unwrap();
        assert_snapshot!(again.proof, @"membership gone, 0 sessions from before");
    })
    .await;
}
