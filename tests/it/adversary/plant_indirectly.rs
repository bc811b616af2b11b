//! Planting by a detour: code that others' objects reach through an operator or a domain, what is made in the group's name, and
//! what cannot be taken away without taking something of others.

use apono::integrations::{Integration, KeepsState};
use insta::assert_snapshot;

use super::grantee::{Grantee, version};
use super::plant::{allow_triggers, as_role, end};
use crate::postgres_target::context::{run, run_test};

/// The trigger itself calls a function of the server's; the code in its condition runs as the role that writes.
#[tokio::test]
async fn code_in_a_triggers_condition_goes_with_its_login() {
    run_test("adv_when", async |ctx| {
        ctx.as_superuser(
            "adv_when",
            "CREATE ROLE adv_when_app; GRANT ALL ON orders, customers TO adv_when_app;
             GRANT TRIGGER ON orders, customers TO adv_when_write",
        )
        .await;
        allow_triggers(ctx);
        let dana = Grantee::with_login(ctx, "advwhenx", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TABLE loot (who text); GRANT INSERT ON loot TO PUBLIC;
             CREATE FUNCTION spy(int) RETURNS boolean LANGUAGE plpgsql AS
                'BEGIN INSERT INTO public.loot VALUES (current_user); RETURN true; END';
             CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT public.spy($1)';
             CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
             CREATE DOMAIN spied AS int CHECK (spy(VALUE));
             CREATE TRIGGER by_operator BEFORE UPDATE ON orders FOR EACH ROW WHEN (NEW.id OPERATOR(public.===) 1)
                EXECUTE FUNCTION suppress_redundant_updates_trigger();
             CREATE TRIGGER by_domain BEFORE UPDATE ON customers FOR EACH ROW WHEN (NEW.id::spied > 0)
                EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        )
        .await
        .unwrap();
        let write = "UPDATE orders SET cents = cents; UPDATE customers SET name = name";
        as_role(ctx, "adv_when_app", write).await.unwrap();
        assert_eq!(ctx.ask("SELECT string_agg(DISTINCT who, ' ') FROM loot").await, "adv_when_app");
        let cleaned = end(ctx, &dana).await;
        assert!(cleaned.summary.contains("a trigger on public.orders"), "{}", cleaned.summary);
        ctx.as_superuser("adv_when", "TRUNCATE loot").await;
        as_role(ctx, "adv_when_app", write).await.unwrap();
        assert_eq!(ctx.ask("SELECT count(*)::text FROM loot").await, "0");
    })
    .await;
}

/// Dropping the function would take the column, which is not ours to drop.
#[tokio::test]
async fn what_others_built_on_a_logins_function_keeps_its_data() {
    run_test("adv_built", async |ctx| {
        let dana = Grantee::with_login(ctx, "advbuilt", "write").await;
        let mut session = dana.session().await;
        run(&mut session, "CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 2 * $1'").await.unwrap();
        ctx.as_superuser(
            "adv_built",
            "ALTER TABLE orders ADD COLUMN doubled int GENERATED ALWAYS AS (twice(cents)) STORED;
             CREATE TABLE parted (id int) PARTITION BY RANGE (twice(id)); CREATE TABLE part PARTITION OF parted DEFAULT;
             INSERT INTO parted VALUES (1);
             CREATE VIEW doubles AS SELECT id, twice(id) AS doubled FROM customers; CREATE VIEW over_it AS SELECT * FROM doubles;
             CREATE MATERIALIZED VIEW stored AS SELECT twice(id) AS doubled FROM customers;
             CREATE TABLE rows (of doubles); INSERT INTO rows SELECT d FROM doubles d",
        )
        .await;
        let before = ctx.ask(BUILT).await;
        let cleaned = end(ctx, &dana).await;
        assert!(cleaned.kept);
        // By what else it is called differs from version to version.
        for told in [
            "not dropped, because objects of others would be dropped with it; please review: public.twice(integer) (called by",
            "of public.parted as the role that writes there",
            ": DROP FUNCTION IF EXISTS public.twice(integer) CASCADE",
        ] {
            assert!(cleaned.summary.contains(told), "{}", cleaned.summary);
        }
        assert_eq!(ctx.ask(BUILT).await, before);
    })
    .await;
}

const BUILT: &str = "SELECT concat_ws(' ', (SELECT sum(doubled) FROM orders), (SELECT count(*) FROM parted), (SELECT sum(doubled) FROM over_it),
    (SELECT sum(doubled) FROM stored), (SELECT sum((of).doubled) FROM rows))";

/// Each kind of relation separately: if several use one function, a single one would keep it.
#[tokio::test]
async fn every_kind_of_relation_that_others_built_on_a_logins_function_stays() {
    run_test("adv_kinds", async |ctx| {
        let dana = Grantee::with_login(ctx, "advkinds", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE FUNCTION one(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION two(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 2';
             CREATE FUNCTION three(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 3'; CREATE FUNCTION four(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END'",
        )
        .await
        .unwrap();
        ctx.as_superuser(
            "adv_kinds",
            "CREATE VIEW a AS SELECT one(1) AS n; CREATE MATERIALIZED VIEW b AS SELECT two(2) AS n; CREATE TABLE c (n int, m int GENERATED ALWAYS AS (three(n)) STORED);
             CREATE TABLE d (n int) PARTITION BY RANGE (four(n))",
        )
        .await;
        end(ctx, &dana).await;
        let left = ctx.ask("SELECT string_agg(relname || ' ' || relnatts, ', ' ORDER BY relname) FROM pg_class WHERE relname IN ('a', 'b', 'c', 'd')").await;
        assert_eq!(left, "a 1, b 1, c 2, d 1");
    })
    .await;
}

/// What is of the login's own goes with its code, or the code could not go.
#[tokio::test]
async fn neither_what_is_its_own_nor_an_extension_shields_a_logins_code() {
    run_test("adv_shield", async |ctx| {
        ctx.as_superuser(
            "adv_shield",
            "CREATE ROLE adv_shield_app; GRANT ALL ON orders, customers TO adv_shield_app; CREATE TABLE others (id int);
             GRANT ALL ON others TO adv_shield_app; GRANT TRIGGER ON orders, customers, others TO adv_shield_write;
             CREATE SCHEMA ext; GRANT CREATE ON DATABASE adv_shield TO adv_shield_write",
        )
        .await;
        allow_triggers(ctx);
        let dana = Grantee::with_login(ctx, "advshiel", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TABLE loot (who text); GRANT INSERT ON loot TO PUBLIC;
             CREATE FUNCTION spy(int) RETURNS int LANGUAGE plpgsql AS
                'BEGIN INSERT INTO public.loot VALUES (current_user); RETURN 1; END';
             CREATE FUNCTION grab() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.spy(1); RETURN NEW; END';
             CREATE FUNCTION member() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.spy(1); RETURN NEW; END';
             CREATE FUNCTION added(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN public.spy(1); END';
             CREATE AGGREGATE nothing(*) (SFUNC = added, STYPE = int, INITCOND = '0');
             CREATE DOMAIN spied AS int CHECK (spy(VALUE) > 0); CREATE DOMAIN inside AS spied; CREATE TYPE pair AS (a inside);
             CREATE VIEW shield AS SELECT spy(1);
             CREATE TRIGGER grab BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION grab();
             CREATE TRIGGER member BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION member();
             CREATE TRIGGER nested BEFORE UPDATE ON others FOR EACH ROW WHEN ((ROW(NEW.id)::pair).a > 0)
                EXECUTE FUNCTION suppress_redundant_updates_trigger();
             CREATE EXTENSION hstore SCHEMA ext; ALTER EXTENSION hstore ADD FUNCTION member()",
        )
        .await
        .unwrap();
        ctx.as_superuser(
            "adv_shield",
            "INSERT INTO others VALUES (1); CREATE FUNCTION counts() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT nothing(*) FROM others; END",
        )
        .await;
        let write = "UPDATE orders SET cents = cents; UPDATE customers SET name = name; UPDATE others SET id = id";
        as_role(ctx, "adv_shield_app", write).await.unwrap();
        assert_eq!(ctx.ask("SELECT DISTINCT who FROM loot").await, "adv_shield_app");
        let cleaned = end(ctx, &dana).await;
        ctx.as_superuser("adv_shield", "TRUNCATE loot").await;
        as_role(ctx, "adv_shield_app", write).await.unwrap();
        assert_eq!(ctx.ask("SELECT count(*)::text FROM loot").await, "0", "{}", cleaned.summary);
        let left = ctx.ask("SELECT count(*)::text FROM pg_trigger WHERE tgname IN ('grab', 'member')").await;
        assert_eq!(left, "0");
        let (told, _) = cleaned.summary.split_once("; the login stays").unwrap();
        assert_snapshot!(told, @"rights of others on 1 object revoked; 3 functions that others' objects called dropped: public.grab() (called by a trigger on public.orders as the role that writes there), public.member() (called by a trigger on public.customers as the role that writes there), public.spy(integer) (called by a trigger on public.others as the role that writes there, and by its own public.shield); not dropped, because objects of others would be dropped with it; please review: public.nothing() (called by the function public.counts() as the role that calls it): DROP AGGREGATE IF EXISTS public.nothing(*) CASCADE");
    })
    .await;
}

/// Every member can give away what the group makes later, without a trace of whose idea it was.
#[tokio::test]
async fn default_privileges_in_the_groups_name_are_told() {
    run_test("adv_defaults", async |ctx| {
        let dana = Grantee::with_login(ctx, "advdefau", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "ALTER DEFAULT PRIVILEGES FOR ROLE adv_defaults_write GRANT ALL ON TABLES TO PUBLIC",
        )
        .await
        .unwrap();
        let cleaned = end(ctx, &dana).await;
        assert_snapshot!(cleaned.summary, @"the group adv_defaults_write has default privileges that give its new objects to others; please review: ALTER DEFAULT PRIVILEGES FOR ROLE adv_defaults_write REVOKE ALL ON TABLES FROM PUBLIC; login dropped");
    })
    .await;
}

#[tokio::test]
async fn what_is_made_as_the_group_is_told_and_keeps_others_from_the_group() {
    run_test("adv_as_group", async |ctx| {
        let dana = Grantee::with_login(ctx, "advasgro", "write").await;
        let mut session = dana.session().await;
        let made = run(
            &mut session,
            "SET ROLE adv_as_group_write; CREATE TABLE theirs (id int)",
        )
        .await;
        let cleaned = end(ctx, &dana).await;
        if version(ctx).await >= 160_000 {
            assert_eq!(made.unwrap_err(), "42501");
            return;
        }
        assert_snapshot!(cleaned.summary, @"the group adv_as_group_write owns objects that a member created in its name; please review: table public.theirs; login dropped");
        let next = ctx.prepare("advasgra", "write");
        let refused = ctx
            .postgres
            .grant(&next, crate::postgres_target::context::in_seconds(60))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("owns objects"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn what_others_gave_a_login_that_stays_is_told() {
    run_test("adv_given", async |ctx| {
        let dana = Grantee::with_login(ctx, "advgiven", "write").await;
        let mut session = dana.session().await;
        ctx.as_superuser(
            "adv_given",
            &format!(
                "CREATE TABLE secret (id int); GRANT SELECT ON secret TO {}",
                dana.user
            ),
        )
        .await;
        run(
            &mut session,
            "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        )
        .await
        .unwrap();
        let cleaned = end(ctx, &dana).await;
        let (_, told) = cleaned.summary.split_once("ar7_dana_ito still").unwrap();
        let (told, _) = told.split_once("; the login stays").unwrap();
        assert_snapshot!(told, @" has rights that others gave it and only they can revoke: on table public.secret");
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_closed_keeps_nothing_in_the_others() {
    run_test("adv_closed", async |ctx| {
        ctx.as_superuser("postgres", "CREATE DATABASE adv_a_closed").await;
        ctx.as_superuser("adv_a_closed", "CREATE SCHEMA open; GRANT ALL ON SCHEMA open TO PUBLIC; GRANT CONNECT ON DATABASE adv_a_closed TO adv_closed_bot").await;
        let mut dana = Grantee::with_login(ctx, "advclose", "write").await;
        run(&mut dana.session().await, "CREATE TABLE given (id int); GRANT ALL ON given TO PUBLIC").await.unwrap();
        "adv_a_closed".clone_into(&mut dana.database);
        run(&mut dana.session().await, "CREATE TABLE open.theirs (id int)").await.unwrap();
        ctx.postgres.revoke(&dana.granted).await.unwrap();
        ctx.as_superuser("postgres", "ALTER DATABASE adv_a_closed ALLOW_CONNECTIONS false").await;
        ctx.postgres.clean_up(&dana.granted).await.unwrap_err();
        assert_eq!(ctx.ask("SELECT has_table_privilege('adv_closed_read', 'given', 'DELETE')::text").await, "false");
        ctx.as_superuser("postgres", "ALTER DATABASE adv_a_closed ALLOW_CONNECTIONS true").await;
        assert!(ctx.postgres.clean_up(&dana.granted).await.unwrap().kept);
    })
    .await;
}

/// The extension is not part of the server, so another one is used under its name.
#[tokio::test]
async fn jobs_that_a_group_can_schedule_are_told() {
    run_test("adv_cron", async |ctx| {
        ctx.as_superuser(
            "adv_cron",
            "CREATE SCHEMA cron; GRANT USAGE ON SCHEMA cron TO adv_cron_write; CREATE EXTENSION hstore SCHEMA cron",
        )
        .await;
        let dana = Grantee::with_login(ctx, "advcronx", "write").await;
        assert_snapshot!(end(ctx, &dana).await.summary, @"login dropped");
        let rename = "SET allow_system_table_mods = on; UPDATE pg_extension SET extname = 'pg_cron' WHERE extname = 'hstore'";
        ctx.as_superuser("adv_cron", rename).await;
        let dana = Grantee::with_login(ctx, "advcrony", "write").await;
        assert_snapshot!(end(ctx, &dana).await.summary, @"members of adv_cron_write can schedule pg_cron jobs, which the bot cannot see; as a superuser: SELECT cron.unschedule(jobid) FROM cron.job WHERE username = 'apono_advcrony_ar7_dana_ito'; login dropped");
    })
    .await;
}
