//! The admins are told, while the bot runs, about people in the config who cannot act: with the fix, and once.

use apono::store::ReadSettings;
use slack_simulator::{CallMishap, Kind, Trouble};

use crate::support::bot::{Context, run_test};

/// What Ada read of people who do not count, each message whole.
fn told(ctx: &Context) -> Vec<String> {
    let messages = ctx.messages_to("ada", "people named in my config");
    messages.iter().map(|message| message.rendered.clone()).collect()
}

async fn until_told(ctx: &Context, times: usize) -> String {
    ctx.until("it is told", async || told(ctx).len() >= times).await;
    ctx.settle().await;
    assert_eq!(told(ctx).len(), times);
    told(ctx).pop().unwrap()
}

/// Waits until it is written down, or no more, that somebody does not count.
async fn until_written(ctx: &Context, person: &str, wanted: bool) {
    ctx.until("it is written down", async || {
        let said = ctx.app().core().store.setting("people_who_do_not_count").await;
        said.unwrap().unwrap_or_default().contains(person) == wanted
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_count_is_told_once_with_the_remedy() {
    run_test(async |ctx| {
        ctx.edit_config(|text| {
            text.replace(
                "sre = [",
                "sre = [\"una@example.com\", \"gus@example.com\", \"U0MONA\", \"U0WANDA\", \"nobody@example.com\", \"U0DEL\", \"U0WBOT\", ",
            )
            .replace("developers = [", "developers = [\"U0GUS\", ")
        });
        ctx.app().reload().await.unwrap();
        insta::assert_snapshot!(until_told(ctx, 1).await, @"
        ⚠️ There is a problem with people named in my config:
        • U0DEL is deactivated (line 26): remove the line.
        • U0MONA is a guest, who can request access if a flow names them but can never approve (line 26): make them a full member if they have to answer requests.
        • U0WANDA belongs to another workspace (line 26): remove the line.
        • U0WBOT is a bot or a workflow, which can neither request nor approve (line 26): remove the line.
        • gus@example.com is a guest, and an email address identifies full members only (line 26): make them a full member, or name them by their member ID, U0GUS, if they only request access.
        • Slack finds nobody for nobody@example.com, or the account is deactivated (line 26): correct the line or remove it.
        • una@example.com is not confirmed in Slack, so it identifies nobody (line 26): ask them to confirm it, or name them by their member ID, U0UNA.
        ");

        // A restart repeats nothing; only what has broken since is reported.
        ctx.stop_when_quiet().await;
        ctx.simulator.change_world(|world| {
            world.deactivate("sam");
            world.set_email("omar", "khan@example.com", true);
            world.set_email("nils", "omar@example.com", true);
            world.set_kind("mona", Kind::SingleChannelGuest);
        });
        ctx.run().await;
        insta::assert_snapshot!(until_told(ctx, 2).await, @"
        ⚠️ There is a problem with people named in my config:
        • omar@example.com now belongs to a different Slack account, U0NILS, so it identifies nobody (line 25): if that is right, confirm it with /apono accept omar@example.com.
        • Slack finds nobody for sam@example.com, or the account is deactivated (line 22): correct the line or remove it.
        ");

        // A person who was fixed and broke again is reported again.
        ctx.simulator
            .change_world(|world| world.set_email("una", "una@example.com", true));
        ctx.app().reload().await.unwrap();
        until_written(ctx, "una@example.com", false).await;
        ctx.simulator
            .change_world(|world| world.set_email("una", "una@example.com", false));
        ctx.app().reload().await.unwrap();
        insta::assert_snapshot!(until_told(ctx, 3).await, @"
        ⚠️ There is a problem with people named in my config:
        • una@example.com is not confirmed in Slack, so it identifies nobody (line 26): ask them to confirm it, or name them by their member ID, U0UNA.
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_slack_says_nothing_of_is_neither_well_nor_told_again() {
    run_test(async |ctx| {
        ctx.edit_config(|text| text.replace("sre = [", "sre = [\"una@example.com\", "));
        ctx.app().reload().await.unwrap();
        until_told(ctx, 1).await;
        let error = CallMishap::Error("internal_error".to_owned());
        let trouble = Trouble::on("users.lookupByEmail", error).about("una@example.com");
        let trouble = ctx.simulator.calls_meet(trouble);
        ctx.simulator.change_world(|world| world.deactivate("sam"));
        ctx.app().reload().await.unwrap();
        let second = until_told(ctx, 2).await;
        assert!(second.contains("sam") && !second.contains("una"), "{second}");
        assert!(trouble.happened() > 0);
        trouble.end();
        ctx.simulator.change_world(|world| world.deactivate("priya"));
        ctx.app().reload().await.unwrap();
        let third = until_told(ctx, 3).await;
        assert!(third.contains("priya") && !third.contains("una"), "{third}");
        until_written(ctx, "una@example.com", true).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_told_in_several_messages_and_none_is_left_out() {
    run_test(async |ctx| {
        let names: Vec<String> = (0..40)
            .map(|n| format!("\"<!channel>&{n:02}@example.com\""))
            .collect();
        let names = names.join(", ").replace("<!channel>", "chan");
        ctx.edit_config(|text| text.replace("sre = [", &format!("sre = [{names}, ")));
        ctx.app().reload().await.unwrap();
        until_told(ctx, 3).await;
        let all = told(ctx).concat();
        for n in 0..40 {
            assert_eq!(
                all.matches(&format!("chan&{n:02}@example.com")).count(),
                1,
                "{all}"
            );
        }
    })
    .await;
}
