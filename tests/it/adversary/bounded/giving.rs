//! Attacks past what a bounded bot may give: other groups, other roles, for longer, or once more.

use super::{NOT_ALLOWED, Thief, VERIFIER, note, powers};
use crate::postgres_target::context::run_bounded;

const LOCKED: &str = "55000";

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
            .does(&format!("SELECT apono.give('bnd_group_read', '{role}', false)"))
            .await;
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
        let eves = note("bndroles", 9, "login");
        let looks_like_ours = format!(
            "CREATE ROLE apono_bndroles_ar9_eve LOGIN; COMMENT ON ROLE apono_bndroles_ar9_eve IS '{eves}'"
        );
        ctx.as_superuser("postgres", &looks_like_ours).await;
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
                    &format!("SELECT apono.extend('{role}', now(), '{eves}')"),
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
                thief
                    .may_not(&[&format!("SELECT apono.join('{lease}', '{role}')")])
                    .await;
            }
        }
        // A login is nobody's lease, and no name but one of ours is made.
        let joins_a_login = format!("SELECT apono.join('{}', 'bnd_roles_dana')", thief.role(7));
        thief.may_not(&[&joins_a_login]).await;
        let ours = note("bndroles", 1, "login");
        for name in [
            "evil",
            "apono_bndroles_ar0",
            "apono_BNDROLES_ar1",
            "apono_bndroles_ar1_x-y",
            "apono_bndroles_ar1_\nx",
            "pg_apono",
        ] {
            thief
                .may_not(&[&format!(
                    "SELECT apono.make(E'{}', now() + interval '1h', true, '{ours}')",
                    name.escape_default()
                )])
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn no_access_is_made_without_an_end_or_for_longer_than_the_config_says() {
    run_bounded("bnd_hours", async |ctx| {
        let mut thief = Thief::of(ctx, "bndhours").await;
        for until in [
            "NULL",
            "'infinity'",
            "'-infinity'",
            "now() + interval '12h 1min'",
            "'294276-12-31'",
        ] {
            let make = thief.make(7, true, until);
            thief.may_not(&[&make]).await;
        }
        let role = thief.makes(7, true).await;
        let ours = note("bndhours", 7, "login");
        let extend = |until: &str| format!("SELECT apono.extend('{role}', {until}, '{ours}')");
        for until in ["NULL", "'infinity'", "now() + interval '12h 1min'"] {
            thief.may_not(&[&extend(until)]).await;
        }
        thief.does(&extend("now() + interval '11h 59min'")).await;
        // The hours count from the creation of the role, so access cannot be extended forever.
        ctx.as_superuser(
            "bnd_hours",
            "UPDATE apono.made SET made_at = made_at - interval '30min'",
        )
        .await;
        thief.may_not(&[&extend("now() + interval '11h 59min'")]).await;
        thief.does(&extend("now() + interval '11h 29min'")).await;
        // Whose it is and until when stands in its comment, and nothing else does.
        for other in [
            "mine",
            &note("bndhours", 8, "login"),
            &note("bndhours", 7, "lease"),
            "apono AR-7 of install bndhours, login, revoked",
        ] {
            thief
                .may_not(&[&format!("SELECT apono.extend('{role}', now(), '{other}')")])
                .await;
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
            thief.does(&format!("SELECT apono.lock('{role}', NULL)")).await;
        }
        let reopen = |role: &str, number: u32, kind: &str| {
            let ours = note("bndlocke", number, kind);
            [
                format!("SELECT apono.extend('{role}', now() + interval '1h', '{ours}')"),
                format!("SELECT apono.give('bnd_locked_read', '{role}', false)"),
                format!("SELECT apono.join('{role}', 'bnd_locked_dana')"),
                format!("SELECT apono.verifier('{role}', '{VERIFIER}')"),
            ]
        };
        for attack in reopen(&login, 7, "login")
            .iter()
            .chain(&reopen(&lease, 8, "lease"))
        {
            let refused = thief.tries(attack).await.unwrap_err();
            assert!(
                [LOCKED, NOT_ALLOWED].contains(&refused.as_str()),
                "{attack}: {refused}"
            );
        }
        assert_eq!(powers(ctx).await, "f f");
    })
    .await;
}
