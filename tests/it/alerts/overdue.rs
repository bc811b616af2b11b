//! Access that should be gone and is not: one alarm, edited when it is over, whatever happens in between.

use std::time::Duration;

use apono::audit::event::What;
use apono::store::{JobKind, ReadEvents};
use secrecy::ExposeSecret;
use slack_simulator::{Channel, SeenMessage, World};

use crate::support::bot::{Context, Setup, is_alarm, run_test, run_test_with};
use crate::support::door::Door;

/// Alarms in the channel, and what stands in their threads.
fn alarms(ctx: &Context, channel: &str) -> Vec<SeenMessage> {
    let mut posts = ctx.simulator.channel_messages(channel);
    posts.retain(is_alarm);
    posts
}

/// Dana has access whose target cannot be reached when its time is over.
async fn overdue(ctx: &mut Context, channel: &str) -> Door {
    let mut target = ctx.door_to_target().await;
    ctx.granted("30m").await;
    target.shut().await;
    ctx.clock.advance(Duration::from_mins(30));
    ctx.sees("dana", "Being revoked: its time is up").await;
    until_alarms(ctx, channel, 1).await;
    target
}

/// Lets minutes pass until there are so many posts of alarms.
async fn until_alarms(ctx: &Context, channel: &str, count: usize) {
    ctx.until_tried_again(Duration::from_secs(40), "the alarm is said", async || {
        alarms(ctx, channel).len() >= count
    })
    .await;
}

/// Lets the longest pause between two tries pass until one gets through.
async fn until_ended(ctx: &Context) {
    ctx.until_tried_again(Duration::from_mins(1), "it is gone", async || {
        !ctx.messages_to("dana", "Ended").is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_access_is_said_once_and_the_post_is_edited_when_it_is_gone() {
    run_test(async |ctx| {
        let mut target = overdue(ctx, "permissions-audit").await;
        let alarm = alarms(ctx, "permissions-audit").remove(0);
        assert!(alarm.thread_ts.is_none());
        assert!(alarm.text.ends_with(" <@U0ADA>"), "{}", alarm.text);
        let said = ctx.plain(&alarm.rendered);
        let (headline, facts) = said.split_once('\n').unwrap();
        assert!(
            headline.starts_with("⏰ *OVERDUE* AR-1 still live "),
            "{headline}"
        );
        // Why the last try failed, and when the next one comes, is as it happens.
        let facts: Vec<&str> = facts
            .lines()
            .map(|line| {
                line.split_once(": ")
                    .filter(|(label, _)| ["Last error", "Next try"].contains(label))
                    .map_or(line, |(label, _)| label)
            })
            .filter(|line| !line.starts_with('#'))
            .collect();
        insta::assert_snapshot!(facts.join("\n"), @"
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Login locked: by the target's own deadline since [time]
        Sessions: not confirmed ended
        Next try
        Last error
        For @Ada Lind
        [Open]
        ");
        assert_eq!(alarm.buttons, ["Open"]);

        target.open();
        until_ended(ctx).await;
        ctx.settle().await;
        let posts = alarms(ctx, "permissions-audit");
        let (over, gone) = (&posts[0], &posts[posts.len() - 1]);
        assert_eq!(over.ts, alarm.ts);
        assert!(over.edited && !over.text.contains("<@"), "{}", over.text);
        assert_eq!(gone.thread_ts.as_ref(), Some(&alarm.ts));
        let first = |post: &SeenMessage| ctx.plain(post.rendered.lines().next().unwrap());
        assert!(
            first(over).contains("*OVERDUE, NOW GONE* AR-1 ended "),
            "{}",
            over.rendered
        );
        assert!(first(gone).contains("*GONE* AR-1 ended "), "{}", gone.rendered);
        assert_eq!(ctx.audit_posts("OVERDUE").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_repeats_in_its_thread_but_not_more_often_than_agreed() {
    run_test(async |ctx| {
        let mut target = overdue(ctx, "permissions-audit").await;
        let reminders = || {
            let posts = alarms(ctx, "permissions-audit");
            posts.iter().filter(|post| post.thread_ts.is_some()).count()
        };
        assert_eq!(reminders(), 0);
        for (nth, pause) in [(1, 6), (2, 55), (3, 3 * 60), (4, 24 * 60)] {
            ctx.clock.advance(Duration::from_mins(pause));
            ctx.until("it is said again", async || reminders() == nth).await;
            ctx.clock.advance(Duration::from_mins(2));
            ctx.delivered().await;
            assert_eq!(reminders(), nth);
        }
        let last = alarms(ctx, "permissions-audit").pop().unwrap();
        assert!(
            last.text.contains("STILL OVERDUE AR-1 still live "),
            "{}",
            last.text
        );
        assert!(last.text.ends_with(" <@U0ADA>"), "{}", last.text);
        target.open();
        until_ended(ctx).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_neither_doubles_an_alarm_nor_forgets_it() {
    run_test(async |ctx| {
        let mut target = overdue(ctx, "permissions-audit").await;
        ctx.stop().await;
        ctx.clock.advance(Duration::from_mins(10));
        ctx.start_app().await;
        until_alarms(ctx, "permissions-audit", 2).await;
        let posts = alarms(ctx, "permissions-audit");
        assert_eq!(posts[1].thread_ts.as_ref(), Some(&posts[0].ts));
        assert!(posts[1].text.contains("STILL OVERDUE"), "{}", posts[1].text);
        target.open();
        until_ended(ctx).await;
        ctx.settle().await;
        let posts = alarms(ctx, "permissions-audit");
        assert_eq!(posts.iter().filter(|post| post.thread_ts.is_none()).count(), 1);
        assert_eq!(
            posts
                .iter()
                .filter(|post| post.text.contains(" GONE AR-1 "))
                .count(),
            2,
            "edited, and said"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_go_to_the_channel_and_to_the_people_that_the_config_names() {
    let setup = || {
        let mut world = World::example();
        world.add_channel(Channel::public("C0ALERTS", "alerts", &["U0OMAR"]));
        world.join("C0ALERTS", "@bot");
        let usual = Setup::default();
        Setup {
            world,
            config: format!(
                "{}\n[alerts]\nchannel = \"alerts\"\nmention = [\"omar@example.com\", \"U0PRIYA\"]\n",
                usual.config
            ),
        }
    };
    run_test_with(setup, async |ctx| {
        let mut target = overdue(ctx, "alerts").await;
        let alarm = alarms(ctx, "alerts").remove(0);
        assert!(
            alarm.text.contains("<@U0OMAR>") && alarm.text.contains("<@U0PRIYA>"),
            "{}",
            alarm.text
        );
        assert!(!alarm.text.contains("U0ADA>"), "{}", alarm.text);
        assert!(alarms(ctx, "permissions-audit").is_empty());
        target.open();
        until_ended(ctx).await;
        ctx.settle().await;
        assert_eq!(
            ctx.audit_posts("OVERDUE").await.len(),
            1,
            "the trail tells it too"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_waits_for_a_channel_that_cannot_be_written_to_and_the_admins_hear_of_both() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.granted("30m").await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.archive("permissions-audit"));
        ctx.sees("ada", "The audit channel").await;
        target.shut().await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.until_tried_again(Duration::from_secs(40), "the admins hear of it", async || {
            !ctx.messages_to("ada", "should be gone").is_empty()
        })
        .await;
        assert!(alarms(ctx, "permissions-audit").is_empty());
        ctx.simulator
            .change_world(|world| world.unarchive("permissions-audit"));
        until_alarms(ctx, "permissions-audit", 1).await;
        assert_eq!(ctx.messages_to("ada", "should be gone").len(), 1);
        target.open();
        until_ended(ctx).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_access_stands_in_the_trail_of_a_bot_that_never_reached_slack() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        let mut slack = ctx.door_to_slack().await;
        ctx.granted("30m").await;
        ctx.stop_when_quiet().await;
        slack.shut().await;
        target.shut().await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.start_app().await;
        let request = ctx.request(1).await;
        let store = ctx.app().core().store.clone();
        ctx.until("the trail has it", async || {
            ctx.clock.advance(Duration::from_secs(40));
            let events = store.events_of(&request.id).await.unwrap();
            let mut events = events.iter();
            events.any(|stored| matches!(stored.event.what, What::Overdue(_)))
        })
        .await;
        drop(store);
        slack.open();
        target.open();
        ctx.until("it is gone, and everybody hears of it", async || {
            ctx.clock.advance(Duration::from_secs(40));
            ctx.audit_channel().contains("*OVERDUE*") && ctx.audit_channel().contains("*EXPIRED*")
        })
        .await;
        ctx.quiet().await;
    })
    .await;
}

/// Long reasons have to be read whole: they say what to type.
#[tokio::test(flavor = "multi_thread")]
async fn why_it_cannot_be_ended_is_said_whole_and_nothing_is_said_to_be_gone_while_it_is_not() {
    const REPLICAS: usize = 8;
    run_test_with(Setup::default, async |ctx| {
        ctx.stop().await;
        let url: url::Url = ctx.target.admin_url.expose_secret().parse().unwrap();
        let mut doors = Vec::new();
        for nth in 1..=REPLICAS {
            let door = Door::to(url.port().unwrap());
            let mut behind = url.clone();
            behind.set_port(Some(door.port())).unwrap();
            std::fs::write(ctx.folder.path().join(format!("replica{nth}")), behind.as_str()).unwrap();
            doors.push(door);
        }
        let files: Vec<String> = (1..=REPLICAS)
            .map(|nth| format!("{{ file = \"replica{nth}\" }}"))
            .collect();
        ctx.edit_config(|text| {
            let replicas = format!("kind = \"postgres\"\nreplicas = [{}]", files.join(", "));
            text.replace("kind = \"postgres\"", &replicas)
        });
        ctx.run().await;
        ctx.granted("30m").await;
        for door in &mut doors {
            door.shut().await;
        }
        ctx.clock.advance(Duration::from_mins(30));
        let request = ctx.request(1).await.id;
        let error = ctx
            .eventually("it was tried in vain", async || {
                let store = &ctx.app().core().store;
                let revoke = store.job(JobKind::Revoke, request.as_str()).await.unwrap();
                revoke.and_then(|revoke| revoke.last_error)
            })
            .await;
        until_alarms(ctx, "permissions-audit", 1).await;
        assert!(error.len() > 400, "{error}");
        let alarm = alarms(ctx, "permissions-audit").remove(0);
        assert!(alarm.rendered.contains(&error), "{}", alarm.rendered);
        assert!(alarm.text.contains(&error), "{}", alarm.text);
        for _ in 0..5 {
            ctx.clock.advance(Duration::from_mins(30));
            ctx.delivered().await;
            let said = ctx.audit_channel();
            assert!(!said.contains("EXPIRED") && !said.contains("GONE"), "{said}");
            assert!(ctx.messages_to("dana", "Ended").is_empty());
        }
        for door in &mut doors {
            door.open();
        }
        until_ended(ctx).await;
    })
    .await;
}
