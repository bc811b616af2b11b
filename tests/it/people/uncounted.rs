//! Whoever the config names and who does not count is said to the admins while the bot runs: with the remedy, and once.

use apono::store::ReadSettings;
use slack_simulator::{CallMishap, Kind, Trouble};

use crate::support::bot::{Context, run_test};

/// What Ada read of people who do not count, each message whole.
fn told(ctx: &Context) -> Vec<String> {
    let messages = ctx.messages_to("ada", "people who do not count");
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
        ⚠️ My config names people who do not count:
        • U0DEL is deactivated (line 25): take the line out.
        • U0MONA is a guest, who may ask where a flow names them and never approves (line 25): make them a full member if they have to answer.
        • U0WANDA is of another workspace (line 25): take the line out.
        • U0WBOT is a bot or a workflow, which may neither ask nor answer (line 25): take the line out.
        • gus@example.com is a guest, and an e-mail stands for full members only (line 25): make them a full member, or name them by their member id, U0GUS, where they only ask.
        • Slack knows nobody by nobody@example.com, or the account is deactivated (line 25): correct the line, or take it out.
        • una@example.com is not confirmed in Slack, so it stands for nobody (line 25): let them confirm it, or name them by their member id, U0UNA.
        ");

        // A restart says nothing again; what broke meanwhile is said alone.
        ctx.stop_when_quiet().await;
        ctx.simulator.change_world(|world| {
            world.deactivate("sam");
            world.set_email("omar", "khan@example.com", true);
            world.set_email("nils", "omar@example.com", true);
            world.set_kind("mona", Kind::SingleChannelGuest);
        });
        ctx.run().await;
        insta::assert_snapshot!(until_told(ctx, 2).await, @"
        ⚠️ My config names people who do not count:
        • omar@example.com belongs to another Slack account than before, U0NILS, so it stands for nobody (line 24): if that is right, say so with /apono accept omar@example.com.
        • Slack knows nobody by sam@example.com, or the account is deactivated (line 21): correct the line, or take it out.
        ");

        // Whoever healed and broke again is said again.
        ctx.simulator
            .change_world(|world| world.set_email("una", "una@example.com", true));
        ctx.app().reload().await.unwrap();
        until_written(ctx, "una@example.com", false).await;
        ctx.simulator
            .change_world(|world| world.set_email("una", "una@example.com", false));
        ctx.app().reload().await.unwrap();
        insta::assert_snapshot!(until_told(ctx, 3).await, @"
        ⚠️ My config names people who do not count:
        • una@example.com is not confirmed in Slack, so it stands for nobody (line 25): let them confirm it, or name them by their member id, U0UNA.
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
