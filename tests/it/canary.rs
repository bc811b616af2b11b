//! The canary that ends every `run_test` finds what it is for.

use apono::slack::web::NewMessage;

use crate::support::bot::run_test;
use crate::support::canary::Secret;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_gets_out_is_found_wherever_it_went() {
    run_test(async |ctx| {
        let secret = format!("canary-of-{}", ctx.target.database);
        ctx.secrets.push(Secret::new("the canary", &secret));
        assert_eq!(ctx.leaks().await, [""; 0]);

        tracing::trace!(target: "apono::somewhere", "{secret}");
        assert_eq!(ctx.leaks().await, ["the canary stands in the logs"]);

        let mut tx = ctx.app().core().store.write().await.unwrap();
        tx.put_setting("somewhere", &secret).await.unwrap();
        tx.seal(Vec::new()).await.unwrap();
        let web = &ctx.app().bot().web;
        let channel = web.open_dm("U0DANA").await.unwrap();
        web.post_message(NewMessage {
            channel: &channel,
            text: &secret,
            blocks: None,
            thread_ts: None,
            reply_broadcast: false,
            metadata: None,
        })
        .await
        .unwrap();
        assert_eq!(
            ctx.leaks().await,
            [
                "the canary stands in a call of chat.postMessage",
                "the canary stands in the database",
                "the canary stands in the logs",
            ]
        );
        ctx.leaks_on_purpose = true;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_known_to_the_canary_once_it_was_shown() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        ctx.settle().await;
        assert_eq!(ctx.leaks().await, [""; 0]);
        tracing::trace!(target: "apono::somewhere", "{} of {}", login.password, login.user);
        assert_eq!(
            ctx.leaks().await,
            ["a password that was shown stands in the logs"]
        );
        ctx.leaks_on_purpose = true;
    })
    .await;
}
