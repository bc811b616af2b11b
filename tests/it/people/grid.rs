//! A workspace that becomes part of an Enterprise Grid organisation: everybody stays who they are.

use std::time::Duration;

use serde_json::json;
use slack_simulator::{NamedTeam, World};

use crate::support::bot::{Context, Setup, run_test, run_test_with};
use crate::support::steps::{forged_approval, forged_click, value_of};

const ORGANISATION: &str = "E0CORP";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_stays_who_they_are_when_the_workspace_joins_an_organisation() {
    run_test(async |ctx| joined_and_well(ctx, NamedTeam::Workspace).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_stays_who_they_are_although_slack_names_the_organisation_for_the_workspace() {
    run_test(async |ctx| joined_and_well(ctx, NamedTeam::Organisation).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_stays_who_they_are_although_slack_names_no_workspace_any_more() {
    run_test(async |ctx| joined_and_well(ctx, NamedTeam::Nothing).await).await;
}

/// The switch, with a request that waits, in the running bot and after a restart. The config names all of these by e-mail.
async fn joined_and_well(ctx: &mut Context, named: NamedTeam) {
    ctx.asked().await;
    ctx.settle().await;
    ctx.simulator
        .change_world(|world| world.join_organisation(ORGANISATION, named));

    ctx.approves("omar").await;
    ctx.sees("dana", "you have read").await;
    insta::assert_snapshot!(ctx.says("ada", "active").await, @"
    Live access:
    *AR-1* Dana Ito (dana@example.com, U0DANA) has read on orders (orders-db) until [time] (1 h 59 min left), as apono_[install]_ar1_dana_ito
    [Timeline] [Revoke]
    ");
    // People who have access are checked from time to time.
    ctx.clock.advance(Duration::from_mins(3));
    ctx.settle().await;
    ctx.asks("dana", "write", "10m", "hurry").await;
    ctx.sees("dana", "you have write").await;
    assert_eq!(ctx.state_of(1).await, "Granted");

    ctx.stop_when_quiet().await;
    ctx.run().await;
    ctx.everybody_is_known().await;
    assert_eq!(
        ctx.messages_to("ada", "problem with people named in my config")
            .len(),
        0
    );
    insta::assert_snapshot!(ctx.says("dana", "revoke AR-1").await, @"AR-1 is being revoked. Its card will say when the target has confirmed it.");
    ctx.sees("dana", "AR-1 · Revoked").await;
    ctx.asks("dana", "read", "3h", "incident 4712").await;
    ctx.clicks("priya", "AR-3 · Pending", "Approve").await;
    ctx.sees("dana", "AR-3 · Granted").await;
    insta::assert_snapshot!(ctx.says("ada", "block <@U0EVE|eve>").await, @"Eve Moss is blocked. They had no open requests and no live access.");
    ctx.settle().await;
    let channel = ctx.audit_channel();
    assert!(
        !channel.contains("JOINED") && !channel.contains("REFUSED"),
        "{channel}"
    );
}

/// An account may have one id in its workspace and another in the organisation, and act by either.
#[tokio::test(flavor = "multi_thread")]
async fn one_account_under_two_ids_is_not_asked_about_its_own_request_and_decides_nothing() {
    run_test_with(two_ids, async |ctx| {
        ctx.everybody_is_known().await;
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let omars = ctx.sees("omar", "Dana Ito (dana@example.com) asks for read").await;
        ctx.settle().await;
        assert_eq!(ctx.messages_to("dana", "Dana Ito (dana@example.com) asks for").len(), 0);
        assert_eq!(ctx.messages_to("dana", "your request for").len(), 1);

        let mut approval = forged_approval(&omars);
        approval["user"] = json!({"id": "W0DANA", "name": "dana", "team_id": ORGANISATION});
        insta::assert_snapshot!(ctx.answer_to_forged("dana", approval).await, @"You cannot decide your own request. Somebody else has to.");
        assert_eq!(ctx.state_of(1).await, "Pending");

        // By either id it is their own request to withdraw.
        let own = ctx.sees("dana", "your request for read").await;
        let mut cancel = forged_click(&own, "cancel", &value_of(&own, "Cancel"));
        cancel["user"] = json!({"id": "W0DANA", "name": "dana", "team_id": ORGANISATION});
        ctx.person("dana").raw_interaction(cancel).await.unwrap();
        ctx.sees("dana", "AR-1 · Cancelled").await;
    })
    .await;
}

/// A bot that knew nothing of organisations took the same accounts for new people.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_were_taken_for_new_ones_after_the_switch_are_joined_again() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.stop_when_quiet().await;
        ctx.simulator
            .change_world(|world| world.join_organisation(ORGANISATION, NamedTeam::Workspace));
        ctx.execute("INSERT INTO person (id, created_at) VALUES ('later', 2000000000000000)").await;
        ctx.execute(
            "INSERT INTO account (id, person_id, enterprise, team, \"user\", name, seen_at)
             VALUES ('later', 'later', 'E0CORP', 'T0EXAMPLE', 'U0DANA', 'Dana Ito', 2000000000000000)",
        )
        .await;
        ctx.run().await;
        insta::assert_snapshot!(ctx.says("dana", "list").await, @"
        Your latest requests:
        *AR-1* Pending – read on orders (orders-db), 2 h
        `/apono show AR-1` shows one with its history.
        ");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("JOINED"), @"👥 *JOINED* Dana Ito (U0DANA) and Dana Ito (U0DANA) are one person");
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_stay_out_when_the_workspace_joins_an_organisation() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        let click = forged_approval(&omars);
        for named in [NamedTeam::Workspace, NamedTeam::Organisation, NamedTeam::Nothing] {
            ctx.simulator.change_world(|world| {
                world.join_organisation(ORGANISATION, named);
                // Of an organisation of their own, and no stranger by Slack's flag.
                world.change_person("wanda", |wanda| {
                    wanda.kind = slack_simulator::Kind::Member;
                    wanda.enterprise_id = Some("E0OTHER".to_owned());
                });
            });
            let answer = ctx.answer_to_forged("wanda", click.clone()).await;
            insta::allow_duplicates! {
                insta::assert_snapshot!(answer, @"Your account belongs to another workspace, so you may not do that here.");
            }
        }
        assert_eq!(ctx.state_of(1).await, "Pending");
    })
    .await;
}

/// Until Slack says of our own token that we are of an organisation, nobody of one counts, and nobody loses anything.
#[tokio::test(flavor = "multi_thread")]
async fn access_does_not_end_while_slack_says_only_of_people_that_they_are_of_an_organisation() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.simulator.change_world(|world| {
            for who in ["dana", "omar"] {
                world.change_person(who, |person| {
                    person.team_id = Some(ORGANISATION.to_owned());
                    person.enterprise_id = Some(ORGANISATION.to_owned());
                });
            }
        });
        let answer = ctx.says("omar", "list").await;
        insta::assert_snapshot!(answer, @"Your account belongs to another workspace, so you may not do that here.");
        ctx.clock.advance(Duration::from_mins(3));
        ctx.quiet().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
        ctx.simulator.change_world(|world| {
            world.join_organisation(ORGANISATION, NamedTeam::Organisation);
        });
        ctx.clock.advance(Duration::from_mins(3));
        insta::assert_snapshot!(ctx.says("omar", "list").await, @"
        You have made no requests yet. Use `/apono request` to request access.
        `/apono pending` shows what waits for your answer.
        ");
        assert_eq!(ctx.state_of(1).await, "Granted");
    })
    .await;
}

/// Dana may decide by the id that the organisation has for her.
fn two_ids() -> Setup {
    let mut world = World::example();
    world.join_organisation(ORGANISATION, NamedTeam::Organisation);
    world.change_person("dana", |dana| dana.enterprise_user = Some("W0DANA".to_owned()));
    let usual = Setup::default();
    Setup {
        world,
        config: usual.config.replace(
            r#"approvers = ["group:sre"]"#,
            r#"approvers = ["group:sre", "W0DANA"]"#,
        ),
    }
}
