//! Attacks on the functions themselves: on their tables and owner, on what they see, and on what they read.

use super::{Thief, VERIFIER, note, powers};
use crate::adversary::grantee::version;
use crate::postgres_target::context::run_bounded;

/// A snapshot from before a lock would not show it, one from before the last look neither what a login owns since nor whose a
/// process is by now.
#[tokio::test]
async fn nothing_is_decided_by_what_an_older_transaction_sees() {
    run_bounded("bnd_older", async |ctx| {
        let mut thief = Thief::of(ctx, "bndolder").await;
        let (login, lease) = (thief.makes(7, true).await, thief.makes(8, false).await);
        let note = note("bndolder", 7, "login");
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
                thief.does("ROLLBACK").await;
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
            .does(
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
            .await;
        if version(ctx).await >= 160_000 {
            thief.does("SET createrole_self_grant = 'set, inherit'").await;
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
        thief.does(&format!("SELECT apono.give('bnd_trick_read', '{role}', false)")).await;
        thief.does(&format!("SELECT apono.lock('{role}', NULL); SELECT apono.\"drop\"('{role}')")).await;
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
