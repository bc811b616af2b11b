//! Planting something for later: code of a dead login that somebody with more rights would run, and what holds up others.

use std::time::Instant;

use apono::integrations::{Cleaned, Integration, KeepsState};
use insta::assert_snapshot;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::grantee::{Grantee, version};
use crate::postgres_target::context::{Context, PATIENCE, run, run_alone, run_test};

pub(super) async fn end(ctx: &Context, dana: &Grantee) -> Cleaned {
    ctx.postgres.revoke(&dana.granted).await.unwrap();
    ctx.postgres.clean_up(&dana.granted).await.unwrap()
}

/// Does something as a role of the server's, on the server of the context.
pub(super) async fn as_role(ctx: &Context, role: &str, sql: &str) -> Result<(), String> {
    let url = ctx.server.superuser_url(&ctx.target.database);
    let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
    run(
        &mut connection,
        &format!("SET SESSION AUTHORIZATION {role}; {sql}"),
    )
    .await
}

/// Lets the bot give `write` though its members can put triggers on tables.
pub(super) fn allow_triggers(ctx: &mut Context) {
    let group = format!("{}_write", ctx.target.database);
    ctx.settings.allow_roles = [(group, vec!["trigger".to_owned()])].into();
    ctx.reopen();
}

/// The issue that it was: what the login made went to the bot, and autovacuum runs an index's function as its table's owner.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_function_never_runs_as_the_bot_or_the_group() {
    run_test("adv_index", async |ctx| {
        let dana = Grantee::with_login(ctx, "advindex", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TABLE log (who text); GRANT INSERT ON log TO PUBLIC;
             CREATE TABLE bait (id int);
             CREATE FUNCTION spy(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
                'BEGIN IF current_user <> session_user OR true THEN INSERT INTO public.log VALUES (current_user); END IF; RETURN $1; EXCEPTION WHEN OTHERS THEN RETURN $1; END';
             CREATE INDEX trap ON bait (spy(id)); INSERT INTO bait SELECT generate_series(1, 1000); DELETE FROM log",
        )
        .await
        .unwrap();
        let cleaned = end(ctx, &dana).await;
        assert!(cleaned.kept, "{}", cleaned.summary);
        // What autovacuum does, done now.
        ctx.as_superuser("adv_index", "ANALYZE bait").await;
        let who = ctx.ask("SELECT coalesce(string_agg(DISTINCT who, ' '), 'nobody') FROM log").await;
        assert!(["nobody", dana.user.as_str()].contains(&who.as_str()), "it ran as {who}");
        let may = format!("SELECT concat_ws(' ', rolcanlogin, (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)) FROM pg_roles r WHERE rolname = '{}'", dana.user);
        assert_eq!(ctx.ask(&may).await, "f 0");
        let opened = ctx.ask("SELECT has_table_privilege('adv_index_write', 'bait', 'INSERT')::text").await;
        assert_eq!(opened, "false", "whoever wrote there would run it");
    })
    .await;
}

#[tokio::test]
async fn a_trigger_on_somebody_elses_table_goes_with_its_login() {
    run_test("adv_trigger", async |ctx| {
        ctx.as_superuser("adv_trigger", "CREATE ROLE adv_trigger_app; GRANT ALL ON orders TO adv_trigger_app; GRANT TRIGGER ON orders TO adv_trigger_write")
            .await;
        allow_triggers(ctx);
        let dana = Grantee::with_login(ctx, "advtrigg", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TABLE loot (who text); GRANT INSERT ON loot TO PUBLIC;
             CREATE FUNCTION grab() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.loot VALUES (current_user); RETURN NEW; END';
             CREATE TRIGGER grab BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION grab()",
        )
        .await
        .unwrap();
        as_role(ctx, "adv_trigger_app", "UPDATE orders SET cents = cents").await.unwrap();
        assert_eq!(ctx.ask("SELECT DISTINCT who FROM loot").await, "adv_trigger_app", "it runs as the role that writes");
        let cleaned = end(ctx, &dana).await;
        let (told, _) = cleaned.summary.split_once("; 1 relation").unwrap();
        assert_snapshot!(told, @"rights of others on 1 object revoked; 1 function that others' objects called dropped: public.grab() (called by a trigger on public.orders as the role that writes there)");
        ctx.as_superuser("adv_trigger", "TRUNCATE loot").await;
        as_role(ctx, "adv_trigger_app", "UPDATE orders SET cents = cents").await.unwrap();
        assert_eq!(ctx.ask("SELECT count(*)::text FROM loot").await, "0");
    })
    .await;
}

#[tokio::test]
async fn code_stays_where_the_permission_says_so() {
    run_test("adv_leave", async |ctx| {
        for permission in &mut ctx.settings.permissions {
            permission.leave_code = true;
        }
        ctx.reopen();
        ctx.as_superuser("adv_leave", "GRANT TRIGGER ON orders TO adv_leave_write")
            .await;
        allow_triggers(ctx);
        let dana = Grantee::with_login(ctx, "advleave", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER keep BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION keep()",
        )
        .await
        .unwrap();
        end(ctx, &dana).await;
        assert_eq!(
            ctx.ask("SELECT count(*)::text FROM pg_trigger WHERE tgname = 'keep'")
                .await,
            "1"
        );
    })
    .await;
}

#[tokio::test]
async fn a_foreign_key_holds_up_nobodys_deletes_afterwards() {
    run_test("adv_foreign", async |ctx| {
        ctx.as_superuser("adv_foreign", "GRANT REFERENCES ON orders TO adv_foreign_write")
            .await;
        allow_triggers(ctx);
        let dana = Grantee::with_login(ctx, "advforei", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TABLE anchor (id int REFERENCES orders (id)); INSERT INTO anchor SELECT id FROM orders",
        )
        .await
        .unwrap();
        let delete = "BEGIN; DELETE FROM orders; ROLLBACK";
        assert_eq!(
            as_role(ctx, "adv_foreign_write", delete).await.unwrap_err(),
            "23503"
        );
        let cleaned = end(ctx, &dana).await;
        assert!(
            cleaned
                .summary
                .contains("1 foreign key into others' tables dropped: public.anchor to public.orders"),
            "{}",
            cleaned.summary
        );
        as_role(ctx, "adv_foreign_write", delete).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_view_of_theirs_reads_for_nobody() {
    run_test("adv_view", async |ctx| {
        let dana = Grantee::with_login(ctx, "advviewx", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE VIEW leak AS SELECT * FROM customers; GRANT SELECT ON leak TO PUBLIC",
        )
        .await
        .unwrap();
        ctx.as_superuser("adv_view", "CREATE ROLE adv_view_eve").await;
        as_role(ctx, "adv_view_eve", "SELECT * FROM leak").await.unwrap();
        end(ctx, &dana).await;
        assert_eq!(
            as_role(ctx, "adv_view_eve", "SELECT * FROM leak")
                .await
                .unwrap_err(),
            "42501"
        );
    })
    .await;
}

/// They were too many for one transaction: nothing is moved, so nothing has to be locked at once.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_tables_and_large_objects_hold_up_no_clean_up() {
    run_test("adv_many", async |ctx| {
        let dana = Grantee::with_login(ctx, "advmanyx", "write").await;
        make_many(&dana).await;
        let cleaned = end_by_and_by(ctx, &dana).await;
        assert!(cleaned.kept);
        assert!(
            cleaned
                .summary
                .contains("because it owns 66000 objects in adv_many"),
            "{}",
            cleaned.summary
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_tables_and_large_objects_go_to_an_heir() {
    run_test("adv_many_heir", async |ctx| {
        heir(ctx).await;
        let dana = Grantee::with_login(ctx, "advmanyh", "write").await;
        ctx.as_superuser("postgres", "ALTER ROLE adv_many_heir_owner NOCREATEROLE").await;
        make_many(&dana).await;
        let cleaned = end_by_and_by(ctx, &dana).await;
        assert!(!cleaned.kept, "{}", cleaned.summary);
        let theirs = "SELECT count(*)::text FROM pg_shdepend WHERE refobjid = 'adv_many_heir_owner'::regrole AND deptype = 'o'";
        assert_eq!(ctx.ask(theirs).await, "66000");
    })
    .await;
}

/// 6,000 tables and 60,000 large objects.
async fn make_many(dana: &Grantee) {
    let mut session = dana.session().await;
    for some in 0..12 {
        let make = format!(
            "DO $$ BEGIN FOR i IN 1..500 LOOP EXECUTE format('CREATE TABLE many_{some}_%s ()', i); END LOOP; END $$"
        );
        run(&mut session, &make).await.unwrap();
        run(&mut session, "SELECT lo_create(0) FROM generate_series(1, 5000)")
            .await
            .unwrap();
    }
}

/// Cleans up as often as the worker would, until it is through.
async fn end_by_and_by(ctx: &Context, dana: &Grantee) -> Cleaned {
    ctx.postgres.revoke(&dana.granted).await.unwrap();
    let began = Instant::now();
    loop {
        match ctx.postgres.clean_up(&dana.granted).await {
            Ok(cleaned) => return cleaned,
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
    }
}

/// Names an heir in each permission, which the bot may give things to.
async fn heir(ctx: &mut Context) {
    let (owner, bot) = (
        format!("{}_owner", ctx.target.database),
        format!("{}_bot", ctx.target.database),
    );
    for permission in &mut ctx.settings.permissions {
        permission.heir = Some(owner.clone());
    }
    ctx.reopen();
    let make = format!("CREATE ROLE {owner} CREATEROLE; GRANT CREATE ON SCHEMA public TO {owner}");
    ctx.as_superuser(&ctx.target.database, &make).await;
    if version(ctx).await >= 160_000 {
        let give = format!("GRANT {owner} TO {bot} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
        ctx.as_superuser("postgres", &give).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_login_leaves_in_template1_is_found() {
    run_alone("adv_template", async |ctx| {
        let dana = Grantee::with_login(ctx, "advtempl", "read").await;
        let mut there = PgConnection::connect_with(&dana.options(&[]).database("template1"))
            .await
            .unwrap();
        run(&mut there, "SELECT lo_create(0)").await.unwrap();
        drop(there);
        let cleaned = end(ctx, &dana).await;
        assert!(
            cleaned.summary.contains("because it owns 1 object in template1"),
            "{}",
            cleaned.summary
        );
        let unlink = "SELECT lo_unlink(oid) FROM pg_largeobject_metadata";
        ctx.as_superuser("template1", unlink).await;
        let cleaned = ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert_snapshot!(cleaned.summary, @"login dropped");
    })
    .await;
}

#[tokio::test]
async fn an_heir_gets_it_where_the_permission_names_one_who_has_no_power() {
    run_test("adv_heir", async |ctx| {
        heir(ctx).await;
        let dana = Grantee::with_login(ctx, "advheirx", "write").await;
        let mut session = dana.session().await;
        run(&mut session, "CREATE TABLE report ()").await.unwrap();
        ctx.postgres.revoke(&dana.granted).await.unwrap();
        let powerful = ctx.postgres.clean_up(&dana.granted).await.unwrap_err();
        assert!(
            powerful.to_string().contains("adv_heir_owner has CREATEROLE"),
            "{powerful}"
        );
        ctx.as_superuser("adv_heir", "ALTER ROLE adv_heir_owner NOCREATEROLE")
            .await;
        let cleaned = ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert_snapshot!(cleaned.summary, @"1 object handed over to adv_heir_owner; login dropped");
        // It already owns something, and gets more anyway.
        let dana = Grantee::with_login(ctx, "advheiry", "write").await;
        run(&mut dana.session().await, "CREATE TABLE next ()")
            .await
            .unwrap();
        let cleaned = end(ctx, &dana).await;
        assert_snapshot!(cleaned.summary, @"1 object handed over to adv_heir_owner; login dropped");
    })
    .await;
}

/// The server's own functions stand in no dependency, and this one runs SQL from a text.
#[tokio::test]
async fn a_table_that_runs_sql_from_a_text_is_not_opened_to_the_group() {
    run_test("adv_text", async |ctx| {
        let dana = Grantee::with_login(ctx, "advtextx", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TABLE by_default (id int, x xml DEFAULT query_to_xml('select 1', true, true, ''));
             CREATE TABLE by_check (id int CHECK (query_to_xml('select 1', true, true, '') IS NOT NULL));
             CREATE TABLE plain (id serial PRIMARY KEY, said text)",
        )
        .await
        .unwrap();
        end(ctx, &dana).await;
        let opened = "SELECT string_agg(c, ' ') FROM unnest(ARRAY['by_default', 'by_check', 'plain']) c WHERE has_table_privilege('adv_text_write', c, 'INSERT')";
        assert_eq!(ctx.ask(opened).await, "plain");
        as_role(ctx, "adv_text_write", "INSERT INTO plain (said) VALUES ('it goes on')").await.unwrap();
    })
    .await;
}

/// Its function could change the table once it is given, whenever autovacuum runs it.
#[tokio::test]
async fn nothing_is_opened_to_the_group_where_the_login_left_a_function() {
    run_test("adv_function", async |ctx| {
        let dana = Grantee::with_login(ctx, "advfunct", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TABLE plain (id int);
             CREATE FUNCTION later(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
             CREATE TABLE bait (id int); CREATE INDEX trap ON bait (later(id))",
        )
        .await
        .unwrap();
        end(ctx, &dana).await;
        let opened = "SELECT has_table_privilege('adv_function_write', 'plain', 'INSERT')::text";
        assert_eq!(ctx.ask(opened).await, "false");
    })
    .await;
}

/// As above, but the function belongs to an accomplice: autovacuum still runs it as the login.
#[tokio::test]
async fn nothing_is_opened_to_the_group_where_autovacuum_runs_anybodys_code_as_the_login() {
    run_test("adv_accomplice", async |ctx| {
        ctx.as_superuser(
            "adv_accomplice",
            "CREATE FUNCTION anybodys(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
             CREATE FUNCTION difference(int, int) RETURNS float8 IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1 - $2; END';
             CREATE TYPE span AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = difference)",
        )
        .await;
        for (install, bait, opened) in [
            ("advaccoa", "CREATE INDEX ON bait (id)", "true"),
            ("advaccob", "CREATE INDEX ON bait (anybodys(id))", "false"),
            ("advaccoc", "CREATE INDEX ON bait (id) WHERE anybodys(id) > 0", "false"),
            ("advaccod", "CREATE STATISTICS s ON anybodys(id), id FROM bait", "false"),
            ("advaccoe", "ALTER TABLE bait ADD spans span[]", "false"),
            ("advaccof", "DROP TABLE plain; CREATE TABLE plain (id int) PARTITION BY RANGE (anybodys(id))", "false"),
            ("advaccog", "ALTER TABLE plain ADD PRIMARY KEY (id); ALTER TABLE bait ADD FOREIGN KEY (id) REFERENCES plain", "false"),
            ("advaccoh", "CREATE TRIGGER t BEFORE UPDATE ON bait FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", "false"),
        ] {
            let dana = Grantee::with_login(ctx, install, "write").await;
            let mut session = dana.session().await;
            run(&mut session, &format!("CREATE TABLE plain (id int); CREATE TABLE bait (id int); {bait}")).await.unwrap();
            end(ctx, &dana).await;
            let asked = "SELECT has_table_privilege('adv_accomplice_write', 'plain', 'INSERT')::text";
            assert_eq!(ctx.ask(asked).await, opened, "{bait}");
            ctx.as_superuser("adv_accomplice", "DROP TABLE plain, bait").await;
        }
    })
    .await;
}
