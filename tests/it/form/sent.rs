//! What becomes of a form that is sent.

use serde_json::json;
use slack_simulator::Submitted;

use super::{READ_OR_WRITE, any_read, errors, filled, many_shops, read_or_write};
use crate::support::bot::{Setup, run_test_with};

#[tokio::test(flavor = "multi_thread")]
async fn several_permissions_of_two_flows_become_two_requests() {
    run_test_with(read_or_write, async |ctx| {
        let dana = filled(ctx, &["read", "write"], "30m", "incident 4711").await;
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        let first = ctx.sees("omar", "AR-1 · Pending").await;
        let second = ctx.sees("omar", "AR-2 · Pending").await;
        assert!(first.contains("asks for read on"), "{}", first.rendered);
        assert!(second.contains("asks for write on"), "{}", second.rendered);
        ctx.person("omar").stale_click(&second, "Approve").await.unwrap();
        ctx.sees("dana", "you have write").await;
        insta::assert_snapshot!(ctx.says("dana", "list").await, @"
        Your latest requests:
        *AR-2* Granted – write on orders (orders-db), 30 min
        *AR-1* Pending – read on orders (orders-db), 30 min
        `/apono show AR-2` shows one with its history.
        ");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_channel(), @"
        🌱 *INSTALLED* install [install]; the audit trail starts here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 is running
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 30 min
        📝 *REQUESTED* AR-2 Dana Ito (dana@example.com) asks for write on orders (orders-db), 30 min
        ✅ *APPROVED* AR-2 by Omar Khan (omar@example.com) (1 of 1): Dana Ito (dana@example.com), write on orders (orders-db), 30 min
        🔓 *GRANTED* AR-2 Dana Ito (dana@example.com) has write on orders (orders-db) until [clock] (30 min)
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_resources_are_one_request() {
    run_test_with(any_read, async |ctx| {
        many_shops(ctx, 3);
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        dana.choose("Resources", &["shop_001", "shop_003"]).await.unwrap();
        dana.choose("Permissions", &["read"]).await.unwrap();
        dana.fill("Duration", "1h").await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        let card = ctx.sees("omar", "asks for read").await;
        assert!(
            card.contains("asks for read on shop_001, shop_003 (orders-db)"),
            "{}",
            card.rendered
        );
        assert!(
            card.contains("Resources: shop_001, shop_003"),
            "{}",
            card.rendered
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_combinations_are_too_many() {
    let both = || Setup {
        config: any_read()
            .config
            .replace(r#"permissions = ["read"]"#, r#"permissions = ["read", "write"]"#),
        ..Setup::default()
    };
    run_test_with(both, async |ctx| {
        many_shops(ctx, 250);
        let names: Vec<String> = (100..=150).map(|n| format!("shop_{n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        dana.choose("Resources", &names).await.unwrap();
        dana.choose("Permissions", &["read", "write"]).await.unwrap();
        dana.fill("Duration", "1h").await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        insta::assert_snapshot!(errors(dana.submit().await.unwrap()), @"Resources: That is more than 100 combinations of resource and permission. Request fewer at once.");
        dana.close_modal().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_is_answered_under_its_field_and_nothing_is_lost() {
    run_test_with(read_or_write, async |ctx| {
        let dana = filled(ctx, &["read"], "9h", "incident 4711").await;
        insta::assert_snapshot!(errors(dana.submit().await.unwrap()), @r#"Duration: The flow "Developers read" allows at most 8 h."#);
        let unreadable = "Duration: Write a duration such as 45s, 30m, 2h, 1d or 1h30m.";
        for (duration, said) in [
            ("soon", unreadable),
            ("2", unreadable),
            ("1h30", unreadable),
            ("-5m", unreadable),
            ("1h2h", unreadable),
            ("0s", "Duration: The duration must be longer than zero."),
            (
                "90000d",
                "Duration: That is longer than a year. Write a duration such as 30m, 2h or 1d.",
            ),
        ] {
            dana.fill("Duration", duration).await.unwrap();
            assert_eq!(errors(dana.submit().await.unwrap()), said, "{duration}");
        }
        dana.fill("Justification", " \n\u{200b} ").await.unwrap();
        dana.fill("Duration", "1h 30m").await.unwrap();
        insta::assert_snapshot!(errors(dana.submit().await.unwrap()), @"Justification: Say what you need it for.");
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("REQUESTED").await.len(), 0);

        dana.fill("Justification", "incident 4711").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        let card = ctx.sees("omar", "AR-1 · Pending").await;
        assert!(card.contains("Duration: 1 h 30 min"), "{}", card.rendered);
    })
    .await;
}

/// Slack's client asks for required inputs itself; a form sent without them is answered too.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_form_is_answered_field_by_field() {
    run_test_with(read_or_write, async |ctx| {
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        let view = dana.modal().await.unwrap().view;
        let sent = dana
            .raw_interaction(json!({ "type": "view_submission", "view": view }))
            .await
            .unwrap();
        let answer = sent.ack.unwrap();
        assert_eq!(answer["response_action"], "errors");
        let blocks = view["blocks"].as_array().unwrap();
        let under = blocks.iter().filter_map(|block| {
            let sentence = answer["errors"].get(block["block_id"].as_str()?)?.as_str()?;
            Some(format!("{}: {sentence}", block["label"]["text"].as_str()?))
        });
        insta::assert_snapshot!(under.collect::<Vec<_>>().join("\n"), @"
        Resources: Choose at least one resource.
        Permissions: Choose at least one permission.
        Duration: Write a duration such as 45s, 30m, 2h, 1d or 1h30m.
        Justification: Say what you need it for.
        ");
        assert_eq!(
            answer["errors"].as_object().unwrap().len(),
            4,
            "each of them under an input that is there"
        );
        dana.close_modal().await.unwrap();
    })
    .await;
}

/// A window that stayed open while the bot became another version.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_not_known_any_more_is_answered() {
    run_test_with(read_or_write, async |ctx| {
        let dana = filled(ctx, &["read"], "1h", "incident 4711").await;
        let mut view = dana.modal().await.unwrap().view;
        view["callback_id"] = json!("a_form_of_another_version");
        let sent = dana
            .raw_interaction(json!({ "type": "view_submission", "view": view }))
            .await
            .unwrap();
        let answer = sent.ack.unwrap();
        assert_eq!(answer["response_action"], "update");
        let shown = answer["view"]["blocks"].to_string();
        assert!(
            shown.contains("This was made by another version of apono, so nothing was changed."),
            "{shown}"
        );
        dana.close_modal().await.unwrap();
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("REQUESTED").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_sent_twice_is_one_request() {
    run_test_with(read_or_write, async |ctx| {
        let dana = filled(ctx, &["read"], "1h", "incident 4711").await;
        let view = dana.modal().await.unwrap().view;
        let again = json!({ "type": "view_submission", "view": view });
        let (one, other) = tokio::join!(
            dana.raw_interaction(again.clone()),
            dana.raw_interaction(again.clone())
        );
        for sent in [
            one.unwrap(),
            other.unwrap(),
            dana.raw_interaction(again).await.unwrap(),
        ] {
            assert_eq!(sent.ack, None, "each of them closes the form");
        }
        dana.close_modal().await.unwrap();
        ctx.sees("omar", "AR-1 · Pending").await;
        assert_eq!(ctx.audit_posts("REQUESTED").await.len(), 1);
        assert!(ctx.says("dana", "show AR-2").await.contains("no such request"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_but_the_requester_could_approve_is_refused_at_once() {
    let only_omar = || Setup {
        config: READ_OR_WRITE.replace(
            r#"approvers = ["group:sre"]"#,
            "approvers = [\"omar@example.com\"]\ncontact = \"the data team\"",
        ),
        ..Setup::default()
    };
    run_test_with(only_omar, async |ctx| {
        let refused = errors(ctx.ask("omar", "read", "1h", "incident 4711").await);
        insta::assert_snapshot!(refused, @r#"Resources: Nobody can answer this under the flow "Developers read": you are its only approver, and nobody can decide their own request. Ask the data team about it."#);
        ctx.person("omar").close_modal().await.unwrap();
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("REQUESTED").await.len(), 0);
        ctx.ask("dana", "read", "1h", "incident 4711").await;
        ctx.sees("omar", "Dana Ito (dana@example.com) asks for read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_approver_is_there_for_is_refused_at_once() {
    run_test_with(
        || Setup {
            config: READ_OR_WRITE.replace(r#"approvers = ["group:sre"]"#, r#"approvers = ["una@example.com"]"#),
            ..Setup::default()
        },
        async |ctx| {
            let refused = errors(ctx.ask("dana", "read", "1h", "incident 4711").await);
            insta::assert_snapshot!(refused, @r#"Resources: Nobody can answer this under the flow "Developers read": none of its approvers is an active member of this workspace. Ask Ada Lind (admin)."#);
            ctx.person("dana").close_modal().await.unwrap();
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_went_while_the_form_was_open_is_named_under_resources() {
    run_test_with(any_read, async |ctx| {
        many_shops(ctx, 3);
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        dana.choose("Resources", &["shop_001"]).await.unwrap();
        dana.choose("Permissions", &["read"]).await.unwrap();
        dana.fill("Duration", "1h").await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        many_shops(ctx, 0);
        insta::assert_snapshot!(errors(dana.submit().await.unwrap()), @"Resources: Part of this does not exist, or no access flow lets you request it. Open the form again to see what you can choose.");
        dana.close_modal().await.unwrap();
    })
    .await;
}
