//! Products through the front door: the real bot, and `apono sinks test`.

use super::super::operator::sinks;
use super::super::receiver::{Answer, Receiver};
use super::{PRODUCTS, SECRET, section, yes};
use crate::support::bot::run_test;
use crate::support::canary::Secret;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_trail_arrives_in_order_and_after_a_refusal_again() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        ctx.secrets
            .push(Secret::new("the token for Elasticsearch", SECRET));
        let busy = r#"{"took":1,"errors":true,"items":[{"create":{"status":429}}]}"#.to_owned();
        receiver.answers_next([Answer::status(503), Answer::Says(200, Vec::new(), busy)]);
        receiver.answers(|_| Some(Answer::Says(200, Vec::new(), yes())));
        let config = section("elastic", &receiver, ctx.folder.path());
        ctx.add_to_config(&config).await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("elastic").await;

        // What was refused is sent again, and then it is there.
        let got = receiver.got().split_off(2);
        let lines = got.iter().flat_map(|got| got.body.lines());
        let documents = lines.filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let original = line["event"]["original"].as_str()?.to_owned();
            Some((line["event"]["sequence"].as_u64().unwrap(), original))
        });
        assert_eq!(documents.collect::<Vec<_>>(), ctx.trail().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_can_be_tested_from_the_command_line() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        receiver.answers(|_| Some(Answer::Says(200, Vec::new(), yes())));
        ctx.secrets.push(Secret::new("the secret of each sink", SECRET));
        // The bot does not know of them, so only the tests send.
        ctx.edit_config(|config| {
            let sections = PRODUCTS.map(|kind| section(kind, &receiver, ctx.folder.path()));
            format!("{config}\n{}", sections.join("\n"))
        });
        for kind in PRODUCTS {
            let said = sinks(ctx, &["test", kind]).unwrap();
            assert!(
                said.starts_with(&format!("{kind} took the event: HTTP 200")),
                "{said}"
            );
            let sent = receiver.got().pop().unwrap().body.replace('\\', "");
            assert!(
                sent.contains(&format!("{{\"tested\":{{\"sink\":\"{kind}\"}}}}")),
                "{sent}"
            );
        }
        receiver.answers(|_| Some(Answer::status(403)));
        for kind in PRODUCTS {
            let said = sinks(ctx, &["test", kind]).unwrap_err();
            assert!(said.contains("HTTP 403") && !said.contains(SECRET), "{said}");
        }
        ctx.app().core().wakes.all();
        ctx.quiet().await;
    })
    .await;
}
