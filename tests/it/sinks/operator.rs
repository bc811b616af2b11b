//! `apono sinks`: what an operator sees of sinks and does with them.

use std::fs;

use super::receiver::{Answer, Receiver};
use super::{event_in, events_in};
use crate::support::bot::{Context, run_test};
use crate::support::process::apono;

/// What the command prints, or its error.
pub(super) fn sinks(ctx: &Context, arguments: &[&str]) -> Result<String, String> {
    let config = ctx.config_path();
    let config = ["--config", config.to_str().unwrap()];
    let output = apono(&[&["sinks"], arguments, &config].concat())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

const TRAIL: &str = "[[sinks]]\nname = \"trail\"\nkind = \"file\"\npath = \"trail.jsonl\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_sends_everything_again_and_the_trail_says_so() {
    run_test(async |ctx| {
        ctx.add_to_config(TRAIL).await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;
        let path = ctx.folder.path().join("trail.jsonl");
        let before = events_in(&fs::read_to_string(&path).unwrap()).len();

        assert_eq!(
            sinks(ctx, &["replay", "trail", "--from", "3"]).unwrap(),
            "trail gets everything from event #3 on."
        );
        ctx.app().core().wakes.all();
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;
        let again = events_in(&fs::read_to_string(&path).unwrap()).split_off(before);
        assert_eq!(again, ctx.trail().await.split_off(2));
        ctx.until_channel_says("*REPLAYED* sink trail gets everything from event #3 on again")
            .await;

        let refused = sinks(ctx, &["replay", "trail", "--from", "4711"]).unwrap_err();
        assert!(
            refused.contains("the trail has only") && refused.contains("--from can be at most"),
            "{refused}"
        );
        assert_eq!(
            sinks(ctx, &["replay", "siem", "--from", "1"]).unwrap_err(),
            format!(
                "apono: there is no sink \"siem\": {} has: trail",
                ctx.config_path().display()
            )
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_sends_one_event_and_says_what_came_back() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        fs::write(ctx.folder.path().join("siem_secret"), "a secret of thirty-two characters").unwrap();
        // The bot does not know of it yet, so only the test sends.
        ctx.edit_config(|config| {
            format!(
                "{config}\n[[sinks]]\nname = \"siem\"\nkind = \"webhook\"\nurl = \"{}\"\nsecrets = [{{ file = \"siem_secret\" }}]\nevents = [\"granted\"]\n",
                receiver.url()
            )
        });
        assert_eq!(sinks(ctx, &["test", "siem"]).unwrap(), "siem took the event: HTTP 200.");
        let [got] = &receiver.got()[..] else { panic!("one request") };
        let record = got.json()["events"][0].to_string();
        assert!(event_in(&record).1.contains(r#""what":{"to_sink":{"tested":{"sink":"siem"}}}"#), "{record}");
        receiver.answers(|_| Some(Answer::status(403)));
        assert_eq!(
            sinks(ctx, &["test", "siem"]).unwrap_err(),
            "apono: siem did not take the event: it answered HTTP 403"
        );
        ctx.app().core().wakes.all();
        ctx.until_channel_says("*TESTED* this event is sent to sink siem").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_how_far_each_sink_got() {
    run_test(async |ctx| {
        assert!(sinks(ctx, &["status"]).unwrap().ends_with("has no [[sinks]]."));
        ctx.add_to_config(TRAIL).await;
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;
        let head = ctx.app().core().store.head().await.unwrap().seq;
        assert_eq!(
            sinks(ctx, &["status"]).unwrap(),
            format!("trail: has everything up to event #{head} of {head}; nothing waits")
        );
        let refused = sinks(ctx, &["test", "trail"]).unwrap_err();
        assert!(refused.contains("something else is writing to"), "{refused}");
        ctx.app().core().wakes.all();
    })
    .await;
}
