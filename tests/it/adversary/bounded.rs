//! Attacks with the password of a bounded bot, by its functions and past them.
//!
//! What such a thief can do is what `setup-sql --bounded` says and no more: every other step is refused by the server.

use apono::integrations::postgres::{Bounds, PASSWORD as PLACE_OF_PASSWORD, Permission, TargetSetup};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::grantee::version;
use crate::postgres_target::context::{Context, run, run_bounded};
use crate::postgres_target::personal::PASSWORD;

pub(super) const NOT_ALLOWED: &str = "42501";
const LOCKED: &str = "55000";

/// Of the password `secret`.
const VERIFIER: &str = "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$\
                        ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=:PiPoFgA5WUoziU9lZOGNmxb0mzNmYHZ0z4aQpN7QfFc=";

/// What a thief does with the bot's password.
struct Thief {
    bot: PgConnection,
    install: &'static str,
}

impl Thief {
    async fn of(ctx: &Context, install: &'static str) -> Self {
        Self {
            bot: PgConnection::connect(ctx.target.admin_url.expose_secret())
                .await
                .unwrap(),
            install,
        }
    }

    async fn tries(&mut self, sql: &str) -> Result<(), String> {
        run(&mut self.bot, sql).await
    }

    /// Each is refused as not allowed.
    async fn may_not(&mut self, attacks: &[&str]) {
        for attack in attacks {
            assert_eq!(self.tries(attack).await, Err(NOT_ALLOWED.to_owned()), "{attack}");
        }
    }

    fn role(&self, number: u32) -> String {
        format!("apono_{}_ar{number}_dana", self.install)
    }

    fn make(&self, number: u32, login: bool, until: &str) -> String {
        let (install, kind) = (self.install, if login { "login" } else { "lease" });
        format!(
            "SELECT apono.make('{}', {until}, {login},
                'apono AR-{number} of install {install}, {kind}, until 2026-11-28T10:00:00.000000Z')",
            self.role(number)
        )
    }

    /// A login for an hour, or a lease.
    async fn makes(&mut self, number: u32, login: bool) -> String {
        let make = self.make(number, login, "now() + interval '1h'");
        self.tries(&make).await.unwrap();
        self.role(number)
    }
}

pub(super) async fn session_of(ctx: &Context, user: &str) -> PgConnection {
    let url = ctx
        .server
        .url(user, &SecretString::from(PASSWORD), &ctx.target.database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

async fn pid_of(session: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(session)
        .await
        .unwrap()
}

/// The members of the bot's groups, of its own role and of the functions' owner, and what its role may.
async fn powers(ctx: &Context) -> String {
    let name = &ctx.target.database;
    ctx.ask(&format!(
        "SELECT concat_ws(' ', (SELECT string_agg(g.rolname || ':' || m.rolname, ' ' ORDER BY g.rolname, m.rolname)
             FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid JOIN pg_roles m ON m.oid = e.member
             WHERE g.rolname ~ '^{name}_' AND m.rolname !~ '_owner$'), r.rolcreaterole, r.rolsuper)
         FROM pg_roles r WHERE r.rolname = '{name}_bot'"
    ))
    .await
}

#[tokio::test]
async fn no_other_group_is_given_and_no_role_set_that_the_config_does_not_say() {
    run_bounded("bnd_group", async |ctx| {
        ctx.as_superuser("postgres", "CREATE ROLE bnd_group_admin NOLOGIN")
            .await;
        let mut thief = Thief::of(ctx, "bndgroup").await;
        let role = thief.makes(7, true).await;
        for group in [
            "bnd_group_admin",
            "bnd_group_app",
            "bnd_group_dana",
            "bnd_group_bot",
            "bnd_group_bot_owner",
            "pg_execute_server_program",
            "pg_signal_backend",
            "superuser",
            &role,
        ] {
            thief
                .may_not(&[&format!("SELECT apono.give('{group}', '{role}', false)")])
                .await;
        }
        thief
            .may_not(&[&format!("SELECT apono.give('bnd_group_read', '{role}', true)")])
            .await;
        thief
            .may_not(&[&format!("SELECT apono.give('bnd_group_read', '{role}', NULL)")])
            .await;
        thief
            .tries(&format!("SELECT apono.give('bnd_group_read', '{role}', false)"))
            .await
            .unwrap();
        assert_eq!(powers(ctx).await, format!("bnd_group_read:{role} f f"));
        // A group of that name which is another role now.
        ctx.as_superuser(
            "postgres",
            "ALTER ROLE bnd_group_write RENAME TO bnd_group_was; CREATE ROLE bnd_group_write",
        )
        .await;
        thief
            .may_not(&[&format!("SELECT apono.give('bnd_group_write', '{role}', false)")])
            .await;
        thief
            .may_not(&[&format!("SELECT apono.give('bnd_group_was', '{role}', false)")])
            .await;
    })
    .await;
}

#[tokio::test]
async fn no_role_is_touched_that_the_functions_did_not_make() {
    run_bounded("bnd_roles", async |ctx| {
        // It says in its name and its comment that it is ours; its oid says that it is not.
        ctx.as_superuser(
            "postgres",
            "CREATE ROLE apono_bndroles_ar9_eve LOGIN;
             COMMENT ON ROLE apono_bndroles_ar9_eve IS 'apono AR-9 of install bndroles, login, until 2026-11-28T10:00:00.000000Z'",
        )
        .await;
        let mut thief = Thief::of(ctx, "bndroles").await;
        thief.makes(7, true).await;
        let lease = thief.makes(8, false).await;
        for role in [
            "apono_bndroles_ar9_eve",
            "bnd_roles_app",
            "bnd_roles_dana",
            "bnd_roles_bot",
            "bnd_roles_bot_owner",
            "bnd_roles_read",
            "pg_signal_backend",
            "superuser",
        ] {
            thief
                .may_not(&[
                    &format!("SELECT apono.touch('{role}')"),
                    &format!("SELECT apono.extend('{role}', now(), 'apono AR-9 of install bndroles, login, until 2026-11-28T10:00:00.000000Z')"),
                    &format!("SELECT apono.give('bnd_roles_read', '{role}', false)"),
                    &format!("SELECT apono.take('bnd_roles_read', '{role}')"),
                    &format!("SELECT apono.part('{role}', 'bnd_roles_dana')"),
                    &format!("SELECT apono.join('{role}', 'bnd_roles_dana')"),
                    &format!("SELECT apono.lock('{role}', NULL)"),
                    &format!("SELECT apono.verifier('{role}', '{VERIFIER}')"),
                    &format!("SELECT apono.\"drop\"('{role}')"),
                ])
                .await;
            if role != "bnd_roles_dana" {
                thief.may_not(&[&format!("SELECT apono.join('{lease}', '{role}')")]).await;
            }
        }
        // A login is nobody's lease, and no name but one of ours is made.
        let joins_a_login = format!("SELECT apono.join('{}', 'bnd_roles_dana')", thief.role(7));
        thief.may_not(&[&joins_a_login]).await;
        for name in ["evil", "apono_bndroles_ar0", "apono_BNDROLES_ar1", "apono_bndroles_ar1_x-y", "apono_bndroles_ar1_\nx", "pg_apono"] {
            thief
                .may_not(&[&format!(
                    "SELECT apono.make(E'{}', now() + interval '1h', true, 'apono AR-1 of install bndroles, login, until 2026-11-28T10:00:00.000000Z')",
                    name.escape_default()
                )])
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_password_is_set_as_a_verifier_or_not_at_all() {
    run_bounded("bnd_password", async |ctx| {
        let mut thief = Thief::of(ctx, "bndpassw").await;
        let role = thief.makes(7, true).await;
        let lease = thief.makes(8, false).await;
        for password in [
            "hunter2",
            "",
            "md5d41d8cd98f00b204e9800998ecf8427e",
            "SCRAM-SHA-256$1:MDEyMzQ1Njc4OWFiY2RlZg==$x:y",
            &VERIFIER.replace("4096", "1"),
            &VERIFIER.replace("Zg==", "Zg="),
            &format!("{VERIFIER}\nx"),
            &VERIFIER.replace("SCRAM-SHA-256", "SCRAM-SHA-1"),
        ] {
            thief
                .may_not(&[&format!("SELECT apono.verifier('{role}', '{password}')")])
                .await;
        }
        thief
            .may_not(&[
                &format!("SELECT apono.verifier('{role}', NULL)"),
                &format!("SELECT apono.verifier('{lease}', '{VERIFIER}')"),
            ])
            .await;
        let set = format!("SELECT (rolpassword IS NULL)::text FROM pg_authid WHERE rolname = '{role}'");
        assert_eq!(ctx.ask(&set).await, "true");
        thief
            .tries(&format!("SELECT apono.verifier('{role}', '{VERIFIER}')"))
            .await
            .unwrap();
        let stored = format!("SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'");
        assert_eq!(
            ctx.ask(&stored).await,
            VERIFIER,
            "the server took it for a verifier too"
        );
    })
    .await;
}

#[tokio::test]
async fn no_session_ends_but_those_of_grants_and_of_the_accounts() {
    run_bounded("bnd_sessions", async |ctx| {
        let mut app = session_of(ctx, "bnd_sessions_app").await;
        let url = ctx.server.superuser_url(&ctx.target.database);
        let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
        let mut dana = session_of(ctx, "bnd_sessions_dana").await;
        let mut thief = Thief::of(ctx, "bndsessi").await;
        for session in [&mut app, &mut superuser] {
            let pid = pid_of(session).await;
            thief
                .may_not(&[
                    &format!("SELECT apono.end_session({pid})"),
                    &format!("SELECT pg_terminate_backend({pid})"),
                    &format!("SELECT pg_cancel_backend({pid})"),
                ])
                .await;
            run(session, "SELECT 1").await.unwrap();
        }
        // The server's own processes, those that show among them, are no sessions.
        let own: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE usesysid IS NULL")
            .fetch_all(&mut superuser)
            .await
            .unwrap();
        for pid in own {
            let ended: Result<bool, _> = sqlx::query_scalar("SELECT apono.end_session($1)")
                .bind(pid)
                .fetch_one(&mut thief.bot)
                .await;
            assert!(!ended.unwrap_or(false), "{pid}");
        }
        let pid = pid_of(&mut dana).await;
        thief
            .tries(&format!("SELECT apono.end_session({pid})"))
            .await
            .unwrap();
        assert_eq!(run(&mut dana, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}

#[tokio::test]
async fn no_access_is_made_without_an_end_or_for_longer_than_the_config_says() {
    run_bounded("bnd_hours", async |ctx| {
        let mut thief = Thief::of(ctx, "bndhours").await;
        for until in ["NULL", "'infinity'", "'-infinity'", "now() + interval '12h 1min'", "'294276-12-31'"] {
            let make = thief.make(7, true, until);
            thief.may_not(&[&make]).await;
        }
        let role = thief.makes(7, true).await;
        let extend = |until: &str| {
            format!(
                "SELECT apono.extend('{role}', {until}, 'apono AR-7 of install bndhours, login, until 2026-11-28T10:00:00.000000Z')"
            )
        };
        for until in ["NULL", "'infinity'", "now() + interval '12h 1min'"] {
            thief.may_not(&[&extend(until)]).await;
        }
        thief.tries(&extend("now() + interval '11h 59min'")).await.unwrap();
        // The hours count from when the role was made, so that they are not extended for ever.
        ctx.as_superuser("bnd_hours", "UPDATE apono.made SET made_at = made_at - interval '30min'").await;
        thief.may_not(&[&extend("now() + interval '11h 59min'")]).await;
        thief.tries(&extend("now() + interval '11h 29min'")).await.unwrap();
        // Whose it is and until when stands in its comment, and nothing else does.
        for note in ["mine", "apono AR-8 of install bndhours, login, until 2026-11-28T10:00:00.000000Z",
                     "apono AR-7 of install bndhours, lease, until 2026-11-28T10:00:00.000000Z", "apono AR-7 of install bndhours, login, revoked"] {
            thief.may_not(&[&format!("SELECT apono.extend('{role}', now(), '{note}')")]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_locked_stays_locked() {
    run_bounded("bnd_locked", async |ctx| {
        let mut thief = Thief::of(ctx, "bndlocke").await;
        let (login, lease) = (thief.makes(7, true).await, thief.makes(8, false).await);
        for role in [&login, &lease] {
            thief.tries(&format!("SELECT apono.lock('{role}', NULL)")).await.unwrap();
        }
        let reopen = |role: &str, number: u32, kind: &str| {
            [
                format!("SELECT apono.extend('{role}', now() + interval '1h', 'apono AR-{number} of install bndlocke, {kind}, until 2026-11-28T10:00:00.000000Z')"),
                format!("SELECT apono.give('bnd_locked_read', '{role}', false)"),
                format!("SELECT apono.join('{role}', 'bnd_locked_dana')"),
                format!("SELECT apono.verifier('{role}', '{VERIFIER}')"),
            ]
        };
        for attack in reopen(&login, 7, "login").iter().chain(&reopen(&lease, 8, "lease")) {
            let refused = thief.tries(attack).await.unwrap_err();
            assert!([LOCKED, NOT_ALLOWED].contains(&refused.as_str()), "{attack}: {refused}");
        }
        assert_eq!(powers(ctx).await, "f f");
    })
    .await;
}

/// A snapshot from before a lock would not show it, one from before the last look neither what a login owns since nor whose a
/// process is by now.
#[tokio::test]
async fn nothing_is_decided_by_what_an_older_transaction_sees() {
    run_bounded("bnd_older", async |ctx| {
        let mut thief = Thief::of(ctx, "bndolder").await;
        let (login, lease) = (thief.makes(7, true).await, thief.makes(8, false).await);
        let note = "apono AR-7 of install bndolder, login, until 2026-11-28T10:00:00.000000Z";
        for isolation in ["REPEATABLE READ", "SERIALIZABLE"] {
            for attack in [
                thief.make(9, true, "now() + interval '1h'"),
                format!("SELECT apono.touch('{login}')"),
                format!("SELECT apono.extend('{login}', now() + interval '1h', '{note}')"),
                format!("SELECT apono.give('bnd_older_read', '{login}', false)"),
                format!("SELECT apono.take('bnd_older_read', '{login}')"),
                format!("SELECT apono.join('{lease}', 'bnd_older_dana')"),
                format!("SELECT apono.part('{lease}', 'bnd_older_dana')"),
                format!("SELECT apono.lock('{login}', NULL)"),
                format!("SELECT apono.verifier('{login}', '{VERIFIER}')"),
                "SELECT apono.end_session(pg_backend_pid())".to_owned(),
                format!("SELECT apono.\"drop\"('{login}')"),
            ] {
                let refused = thief
                    .tries(&format!("BEGIN ISOLATION LEVEL {isolation}; {attack}"))
                    .await;
                assert_eq!(refused.unwrap_err(), "25001", "{attack}");
                thief.tries("ROLLBACK").await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn neither_the_tables_nor_the_functions_nor_their_owner_are_the_bots() {
    run_bounded("bnd_tables", async |ctx| {
        let mut thief = Thief::of(ctx, "bndtable").await;
        thief
            .may_not(&[
                "INSERT INTO apono.groups SELECT oid, rolname, true FROM pg_roles WHERE rolname = 'bnd_tables_app'",
                "UPDATE apono.policy SET longest = '100 years'",
                "DELETE FROM apono.accounts",
                "TRUNCATE apono.made",
                "INSERT INTO apono.made SELECT oid, rolname, true, now() FROM pg_roles WHERE rolname = 'bnd_tables_app'",
                "ALTER TABLE apono.groups DISABLE TRIGGER ALL",
                "CREATE TRIGGER mine BEFORE INSERT ON apono.made FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                "DROP SCHEMA apono CASCADE",
                "CREATE TABLE apono.mine (x int)",
                "CREATE FUNCTION apono.format(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
                "CREATE OR REPLACE FUNCTION apono.ours(role text) RETURNS oid LANGUAGE sql AS 'SELECT 10::oid'",
                "ALTER FUNCTION apono.touch(text) SET search_path = public",
                "SELECT apono.held('bnd_tables_app')",
                "SELECT apono.ends(NULL, NULL)",
                "SET ROLE bnd_tables_bot_owner",
                "GRANT bnd_tables_bot_owner TO bnd_tables_bot",
                "GRANT bnd_tables_read TO bnd_tables_bot",
                "CREATE ROLE mine",
                "ALTER ROLE bnd_tables_bot CREATEROLE",
                "ALTER ROLE bnd_tables_app PASSWORD 'mine'",
                "SELECT * FROM orders",
            ])
            .await;
        assert_eq!(powers(ctx).await, "f f");
    })
    .await;
}

/// Whatever the session sets and makes: the functions find the server's own objects, and read their texts as written.
#[tokio::test]
async fn the_functions_are_not_tricked_by_what_their_caller_sets_and_makes() {
    run_bounded("bnd_trick", async |ctx| {
        ctx.as_superuser("bnd_trick", "GRANT CREATE ON SCHEMA public TO PUBLIC").await;
        let mut thief = Thief::of(ctx, "bndtrick").await;
        thief
            .tries(
                "CREATE TABLE public.caught (who text);
                 CREATE FUNCTION public.format(text, text, text) RETURNS text LANGUAGE plpgsql AS
                    'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN pg_catalog.format($1, $2, $3); END';
                 CREATE FUNCTION public.same(name, text) RETURNS bool LANGUAGE plpgsql AS
                    'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN true; END';
                 CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
                 CREATE FUNCTION public.like_all(text, text) RETURNS bool LANGUAGE plpgsql AS
                    'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN true; END';
                 CREATE OPERATOR public.~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.like_all);
                 CREATE TEMP TABLE pg_roles AS SELECT 10::oid AS oid, 'bnd_trick_app'::name AS rolname, false AS rolsuper;
                 CREATE TEMP TABLE groups AS SELECT oid, rolname AS name, true AS set_role FROM pg_catalog.pg_roles;
                 CREATE TEMP TABLE made AS SELECT oid, rolname AS name, true AS login, now() AS made_at FROM pg_catalog.pg_roles;
                 SET search_path = pg_temp, public, pg_catalog;
                 SET standard_conforming_strings = off; SET backslash_quote = on; SET quote_all_identifiers = on;
                 SET datestyle = 'German, DMY'; SET timezone = 'Asia/Tokyo'; SET intervalstyle = 'sql_standard';
                 SET lock_timeout = 0; SET check_function_bodies = off; SET plpgsql.extra_errors = 'all'",
            )
            .await
            .unwrap();
        if version(ctx).await >= 160_000 {
            thief.tries("SET createrole_self_grant = 'set, inherit'").await.unwrap();
        }
        let role = thief.makes(7, true).await;
        thief
            .may_not(&[
                "SELECT apono.lock('bnd_trick_app', NULL)",
                &format!("SELECT apono.give('bnd_trick_app', '{role}', false)"),
                &format!("SELECT apono.give('bnd_trick_read', '{role}', true)"),
                &format!("SELECT apono.verifier('{role}', 'hunter2')"),
            ])
            .await;
        thief.tries(&format!("SELECT apono.give('bnd_trick_read', '{role}', false)")).await.unwrap();
        thief.tries(&format!("SELECT apono.lock('{role}', NULL); SELECT apono.\"drop\"('{role}')")).await.unwrap();
        assert_eq!(ctx.ask("SELECT count(*)::text FROM caught").await, "0");
        let role = thief.makes(8, true).await;
        let inherits = format!(
            "SELECT count(*)::text FROM pg_auth_members e WHERE e.roleid = '{role}'::regrole
             AND coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)"
        );
        assert_eq!(ctx.ask(&inherits).await, "0", "the owner of the functions gets nothing of what it makes");
        let end = format!("SELECT (rolvaliduntil - now() > '59min' AND rolvaliduntil - now() < '61min')::text FROM pg_roles WHERE rolname = '{role}'");
        assert_eq!(ctx.ask(&end).await, "true");
    })
    .await;
}

#[tokio::test]
async fn names_with_quotes_are_names() {
    run_bounded("bnd_names", async |ctx| {
        let group = r#"Odd "group"; DROP TABLE customers; -- '$x$ \"#;
        let identifier = format!("\"{}\"", group.replace('"', "\"\""));
        let account = "d'ana \"x\"";
        let create = format!("CREATE ROLE {identifier}; CREATE ROLE \"d'ana \"\"x\"\"\" LOGIN");
        ctx.as_superuser("postgres", &create).await;
        let setup = TargetSetup {
            permissions: vec![Permission::of("odd", group)],
            accounts: vec![account.to_owned()],
            resources: Some(vec!["bnd_names".to_owned()]),
            ..TargetSetup::of(&ctx.settings).unwrap()
        };
        set_up(ctx, &setup, &format!("'{}'", password(ctx))).await.unwrap();
        let mut thief = Thief::of(ctx, "bndnames").await;
        let (login, lease) = (thief.makes(7, true).await, thief.makes(8, false).await);
        let text = |name: &str| format!("E'{}'", name.replace('\\', "\\\\").replace('\'', "''"));
        for role in [&login, &lease] {
            thief.tries(&format!("SELECT apono.give({}, '{role}', false)", text(group))).await.unwrap();
        }
        thief.tries(&format!("SELECT apono.join('{lease}', {})", text(account))).await.unwrap();
        let forged = text(&format!("{login}\" SUPERUSER; --"));
        thief
            .may_not(&[
                &format!("SELECT apono.give({}, '{login}', false)", text("odd\", superuser TO x; --")),
                &format!("SELECT apono.make({forged}, now(), true, 'apono AR-7 of install bndnames, login, until 2026-11-28T10:00:00.000000Z')"),
            ])
            .await;
        thief.tries(&format!("SELECT apono.take({}, '{login}')", text(group))).await.unwrap();
        thief.tries(&format!("SELECT apono.part('{lease}', {})", text(account))).await.unwrap();
        let missing = thief.tries(&format!("SELECT apono.touch({})", text("x\"; DROP ROLE bnd_names_app"))).await;
        assert_eq!(missing, Err("42704".to_owned()));
        assert_eq!(ctx.ask("SELECT count(*)::text FROM customers").await, "3");
    })
    .await;
}

fn password(ctx: &Context) -> String {
    let url = ctx.target.admin_url.expose_secret();
    let (_, rest) = url.split_once("_bot:").unwrap();
    rest.split_once('@').unwrap().0.to_owned()
}

async fn set_up(ctx: &Context, setup: &TargetSetup, quoted_password: &str) -> Result<(), sqlx::Error> {
    let bounds = Bounds {
        longest: std::time::Duration::from_hours(2),
        install: None,
    };
    let sql = setup
        .bounded_sql(&bounds)
        .unwrap()
        .replace(PLACE_OF_PASSWORD, quoted_password);
    let url = ctx.server.superuser_url(&setup.home);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut superuser)
        .await
        .map(drop)
}

#[tokio::test]
async fn what_somebody_prepared_for_the_set_up_is_not_taken_over() {
    run_bounded("bnd_planted", async |ctx| {
        let of = |role: &str| TargetSetup {
            role: role.to_owned(),
            resources: Some(vec!["bnd_planted".to_owned()]),
            ..TargetSetup::of(&ctx.settings).unwrap()
        };
        let why = async |setup: TargetSetup| set_up(ctx, &setup, "'x'").await.unwrap_err().to_string();
        // Another bot's functions stand there.
        let error = why(of("bnd_planted_other")).await;
        assert!(error.contains("the schema apono is there and belongs to bnd_planted_bot_owner"), "{error}");
        // A role of the owner's name that somebody can become.
        ctx.as_superuser("bnd_planted", "DROP SCHEMA apono CASCADE; CREATE ROLE bnd_planted_next_owner; GRANT bnd_planted_next_owner TO bnd_planted_app").await;
        let error = why(of("bnd_planted_next")).await;
        assert!(error.contains("the role bnd_planted_next_owner has members: bnd_planted_app"), "{error}");
        // A schema of that name, with functions of that name.
        ctx.as_superuser(
            "bnd_planted",
            "REVOKE bnd_planted_next_owner FROM bnd_planted_app; CREATE SCHEMA apono AUTHORIZATION bnd_planted_app;
             CREATE FUNCTION apono.touch(role text) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT'",
        )
        .await;
        let error = why(of("bnd_planted_next")).await;
        assert!(error.contains("the schema apono is there and belongs to bnd_planted_app"), "{error}");
        // In another database than the bot's.
        let elsewhere = TargetSetup { home: "postgres".to_owned(), ..of("bnd_planted_next") };
        let sql_there = elsewhere.bounded_sql(&Bounds { longest: std::time::Duration::from_hours(1), install: None }).unwrap().replace(PLACE_OF_PASSWORD, "'x'");
        let url = ctx.server.superuser_url("bnd_planted");
        let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
        let error = sqlx::raw_sql(AssertSqlSafe(sql_there)).execute(&mut superuser).await.unwrap_err().to_string();
        assert!(error.contains("run this in the database postgres"), "{error}");
        let made = "SELECT count(*)::text FROM pg_roles WHERE rolname = 'bnd_planted_next'";
        assert_eq!(ctx.ask(made).await, "0", "nothing of it stays");
    })
    .await;
}
