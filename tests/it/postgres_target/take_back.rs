//! What a login made gives nobody access after its end.

use insta::assert_snapshot;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::clean_up::revoke_and_clean_up;
use super::context::{Context, run, run_test};

/// A role that has nothing but what `PUBLIC` has. Returns its name.
async fn make_nobody(ctx: &Context) -> String {
    let nobody = format!("{}_nobody", ctx.target.database);
    ctx.as_superuser("postgres", &format!("CREATE ROLE {nobody}"))
        .await;
    nobody
}

/// What comes of running `sql` as that role.
async fn run_as(ctx: &Context, role: &str, sql: &str) -> Result<(), String> {
    let url = ctx.server.superuser_url(&ctx.target.database);
    let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
    run(
        &mut connection,
        &format!("SET SESSION AUTHORIZATION {role}; {sql}"),
    )
    .await
}

#[tokio::test]
async fn a_view_shows_others_nothing_after_its_maker_has_gone() {
    run_test("clean_view", async |ctx| {
        let nobody = make_nobody(ctx).await;
        let granted = ctx.grant("cleanvie", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(
            &mut session,
            "CREATE VIEW \"Leak\" AS SELECT * FROM customers; GRANT SELECT ON \"Leak\" TO PUBLIC",
        )
        .await
        .unwrap();
        let read = "SELECT * FROM \"Leak\"";
        assert_eq!(run_as(ctx, &nobody, read).await, Ok(()));
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"rights of others on 1 object revoked; the login stays, locked, because it owns 1 object in clean_view; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleanvie_ar7_dana_ito there");
        assert_eq!(run_as(ctx, &nobody, read).await, Err("42501".to_owned()));
        assert_eq!(run_as(ctx, "clean_view_write", read).await, Err("42501".to_owned()), "a view may call anything");

        let give_again = format!("GRANT SELECT ON \"Leak\" TO {nobody}");
        ctx.as_superuser("clean_view", &give_again).await;
        assert!(run_as(ctx, &nobody, read).await.is_err(), "its owner has no rights to lend");
    })
    .await;
}

#[tokio::test]
async fn functions_no_longer_run_as_their_owner_after_their_maker_has_gone() {
    run_test("clean_definer", async |ctx| {
        let nobody = make_nobody(ctx).await;
        let granted = ctx.grant("cleandef", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(
            &mut session,
            "CREATE FUNCTION wipe() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.orders WHERE id = 1';
             CREATE PROCEDURE \"Wipe; --\"(INOUT \"n; \" int) LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN DELETE FROM public.orders; END';
             CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN DELETE FROM public.orders; RETURN NEW; END'",
        )
        .await
        .unwrap();
        ctx.as_superuser(
            "clean_definer",
            &format!(
                "CREATE TABLE wishes (); GRANT INSERT ON wishes TO {nobody};
                 CREATE TRIGGER wish BEFORE INSERT ON wishes FOR EACH ROW EXECUTE FUNCTION on_insert()"
            ),
        )
        .await;
        let calls = ["SELECT wipe()", "CALL \"Wipe; --\"(1)", "INSERT INTO wishes DEFAULT VALUES"];
        for call in calls {
            assert_eq!(run_as(ctx, &nobody, &format!("BEGIN; {call}; ROLLBACK")).await, Ok(()), "{call}");
        }
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"3 functions changed from SECURITY DEFINER to INVOKER; 1 function that others' objects called dropped: public.on_insert() (called by a trigger on public.wishes as the role that writes there); the login stays, locked, because it owns 2 objects in clean_definer; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleandef_ar7_dana_ito there");
        let may_execute = ctx
            .ask(&format!(
                "SELECT count(*)::text FROM pg_proc
                 WHERE proowner = 'apono_cleandef_ar7_dana_ito'::regrole AND has_function_privilege('{nobody}', oid, 'EXECUTE')"
            ))
            .await;
        assert_eq!(may_execute, "0");
        ctx.as_superuser("clean_definer", &format!("GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO {nobody}"))
            .await;
        for call in &calls[..2] {
            assert_eq!(run_as(ctx, &nobody, call).await, Err("42501".to_owned()), "{call}");
        }
        assert_eq!(run_as(ctx, &nobody, calls[2]).await, Ok(()), "the trigger is gone");
        assert_eq!(ctx.ask("SELECT count(*)::text FROM orders").await, "3");
    })
    .await;
}

#[tokio::test]
async fn rights_on_columns_are_taken_back() {
    run_test("clean_column", async |ctx| {
        let nobody = make_nobody(ctx).await;
        let granted = ctx.grant("cleancol", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(
            &mut session,
            &format!("CREATE TABLE copy AS SELECT * FROM customers; GRANT SELECT (name), UPDATE (id) ON copy TO {nobody}"),
        )
        .await
        .unwrap();
        let read = "SELECT name FROM copy";
        assert_eq!(run_as(ctx, &nobody, read).await, Ok(()));
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"rights of others on 1 object revoked; 1 relation shared with clean_column_write; the login stays, locked, because it owns 1 object in clean_column; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleancol_ar7_dana_ito there");
        assert_eq!(run_as(ctx, &nobody, read).await, Err("42501".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn rights_that_were_passed_on_are_taken_back() {
    run_test("clean_chain", async |ctx| {
        let nobody = make_nobody(ctx).await;
        let granted = ctx.grant("cleancha", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(
            &mut session,
            &format!("CREATE TABLE copy AS SELECT * FROM customers; GRANT SELECT ON copy TO {nobody} WITH GRANT OPTION"),
        )
        .await
        .unwrap();
        let pass_on = "GRANT SELECT ON copy TO clean_chain_read WITH GRANT OPTION";
        run_as(ctx, &nobody, pass_on).await.unwrap();
        run_as(ctx, "clean_chain_read", "GRANT SELECT ON copy TO PUBLIC")
            .await
            .unwrap();
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"rights of others on 1 object revoked; 1 relation shared with clean_chain_write; the login stays, locked, because it owns 1 object in clean_chain; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleancha_ar7_dana_ito there");
        let grantees = "SELECT string_agg(DISTINCT grantee::regrole::text, ' ') FROM pg_class, aclexplode(relacl) WHERE relname = 'copy'";
        assert_eq!(ctx.ask(grantees).await, "apono_cleancha_ar7_dana_ito clean_chain_write");
    })
    .await;
}

#[tokio::test]
async fn rights_on_every_kind_of_object_are_taken_back_and_those_of_other_owners_stay() {
    run_test("clean_kinds", async |ctx| {
        let nobody = make_nobody(ctx).await;
        ctx.as_superuser("clean_kinds", "GRANT CREATE ON DATABASE clean_kinds TO clean_kinds_write")
            .await;
        let granted = ctx.grant("cleankin", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(
            &mut session,
            "CREATE SCHEMA \"My Own\"; GRANT USAGE, CREATE ON SCHEMA \"My Own\" TO PUBLIC; SET search_path = \"My Own\", public;
             CREATE SEQUENCE counter; GRANT USAGE ON SEQUENCE counter TO PUBLIC;
             CREATE DOMAIN cents AS int; GRANT USAGE ON DOMAIN cents TO clean_kinds_read;
             CREATE FUNCTION total(cents) RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION total TO clean_kinds_read;
             CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int); GRANT EXECUTE ON FUNCTION most(int) TO clean_kinds_read;
             SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC;
             CREATE MATERIALIZED VIEW kept AS SELECT * FROM customers; GRANT SELECT ON kept TO PUBLIC",
        )
        .await
        .unwrap();
        let theirs = "CREATE TABLE \"My Own\".theirs (); GRANT SELECT ON \"My Own\".theirs TO PUBLIC";
        run_as(ctx, &nobody, theirs).await.unwrap();
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"rights of others on 7 objects revoked; the login stays, locked, because it owns 7 objects in clean_kinds; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleankin_ar7_dana_ito there");
        let use_schema = format!("SELECT has_schema_privilege('{nobody}', 'My Own', 'USAGE')::text");
        assert_eq!(ctx.ask(&use_schema).await, "false");
        let read_theirs = format!("SELECT has_table_privilege('{nobody}', '\"My Own\".theirs', 'SELECT')::text");
        assert_eq!(ctx.ask(&read_theirs).await, "true");
    })
    .await;
}
