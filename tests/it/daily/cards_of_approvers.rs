//! An approver's card says what a yes would mean: what the permission is on the target, what else the requester has, how the
//! same was answered before, who else is asked, and whether it is sensitive. Only listed hosts become links.

use serde_json::Value;
use slack_simulator::{SeenMessage, Submitted};

use crate::support::bot::{Context, run_test};

/// Writing is sensitive and needs an answer, and justifications may link to the tickets.
async fn with_marks_and_links(ctx: &Context) {
    ctx.edit_config(|text| {
        text.replace(
            "[requests]\n",
            "[requests]\nlink_hosts = [\"Tickets.example.com\"]\n",
        )
        .replace(
            "kind = \"postgres\"\n",
            "kind = \"postgres\"\nsensitive = [\"write\"]\n",
        )
        .replace("approval = \"automatic\"", "approvers = [\"group:sre\"]")
    });
    ctx.app().reload().await.unwrap();
}

/// Every element of this type in a message's blocks.
fn elements(message: &SeenMessage, kind: &str) -> Vec<Value> {
    fn find(value: &Value, kind: &str, found: &mut Vec<Value>) {
        if value["type"] == kind && value["elements"].is_null() {
            found.push(value.clone());
        }
        match value {
            Value::Array(list) => list.iter().for_each(|value| find(value, kind, found)),
            Value::Object(map) => map.values().for_each(|value| find(value, kind, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    find(&message.blocks, kind, &mut found);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_says_what_a_yes_would_mean() {
    run_test(async |ctx| {
        with_marks_and_links(ctx).await;
        ctx.granted("2h").await;
        let why = "see https://tickets.example.com/OPS-7, not https://evil.example/OPS-7";
        let sent = ctx.ask("dana", "write ⚠️ sensitive", "30m", why).await;
        assert_eq!(sent, Submitted::Closed);
        ctx.sees("omar", "AR-2 · Pending").await;
        insta::assert_snapshot!(ctx.reads("omar", "AR-2 · Pending").await, @r#"
        📝 *AR-2 · Pending* Dana Ito (dana@example.com) asks for write on orders (orders-db)
        Request: AR-2
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: write
        Sensitive: ⚠️ write
        Duration: 30 min
        Access flow: Write at once
        Why you: you are in the group sre, which approves the flow "Write at once"
        Dana Ito wrote:
        > see https://tickets.example.com/OPS-7, not https://evil.example/OPS-7
        Approving gives group role orders_write for 30 min: until [time] if approved at [time].
        Other live access at [time]: AR-1 read on orders (orders-db) until [time].
        Latest requests for the same: none.
        From: @Dana Ito. Also asked: @Priya Shah
        [Approve] [Reject]
        Waiting for an answer until [time].
        "#);
        insta::assert_snapshot!(ctx.audit_posts("REQUESTED").await.pop().unwrap(), @"
        📝 *REQUESTED* AR-2 Dana Ito (dana@example.com) asks for write on orders (orders-db), 30 min
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Flow: Write at once (policy [digest])
        Sensitive: ⚠️ write
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        Answer due: [time]
        Dana wrote:
        > see https://tickets.example.com/OPS-7, not https://evil.example/OPS-7
        [Open]
        #8 · [head] · [time]
        ");

        let card = ctx.sees("omar", "AR-2 · Pending").await;
        let links: Vec<String> = elements(&card, "link")
            .iter()
            .map(|link| link["url"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(links, ["https://tickets.example.com/OPS-7"]);
        assert!(elements(&card, "link").iter().all(|link| link["text"].is_null()));
        let mentioned: Vec<Value> = elements(&card, "user")
            .iter()
            .map(|user| user["user_id"].clone())
            .collect();
        assert_eq!(mentioned, ["U0DANA", "U0PRIYA"]);

        ctx.clicks("omar", "AR-2 · Pending", "Approve").await;
        ctx.sees("dana", "you have write").await;
        let decided = ctx.reads("omar", "AR-2 · Granted").await;
        assert!(!decided.contains("Other live access"), "{decided}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_requests_for_the_same_stand_on_the_card_and_others_do_not() {
    run_test(async |ctx| {
        with_marks_and_links(ctx).await;
        ctx.asked().await;
        ctx.clicks("omar", "AR-1 · Pending", "Reject").await;
        ctx.gives_reason("omar", "not today").await;
        ctx.sees("dana", "*Rejected* AR-1").await;
        ctx.asks("dana", "write ⚠️ sensitive", "30m", "a migration").await;
        ctx.asks("dana", "read", "1h", "again").await;
        let card = ctx.reads("omar", "AR-3 · Pending").await;
        let about_others: Vec<&str> = card
            .lines()
            .filter(|line| line.starts_with("Other live") || line.starts_with("Latest requests"))
            .collect();
        insta::assert_snapshot!(about_others.join("\n"), @"
        Other live access at [time]: none.
        Latest requests for the same: AR-1 (Rejected).
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_pinged_in_a_channel_and_nothing_typed_is_a_link_there() {
    run_test(async |ctx| {
        with_marks_and_links(ctx).await;
        ctx.asks(
            "dana",
            "read",
            "30m",
            "<@U0OMAR> <!channel> https://tickets.example.com/1",
        )
        .await;
        ctx.sees("omar", "AR-1 · Pending").await;
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        for post in ctx.simulator.channel_messages("permissions-audit") {
            for kind in ["user", "link", "broadcast", "usergroup"] {
                assert_eq!(elements(&post, kind), [Value::Null; 0], "{}", post.rendered);
            }
            assert!(
                !post.text.contains("<@") && !post.text.contains("<!"),
                "{}",
                post.text
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_marks_and_hosts_are_said_with_what_to_write() {
    run_test(async |ctx| {
        let right = std::fs::read_to_string(ctx.config_path()).unwrap();
        ctx.edit_config(|text| {
            text.replace(
                "[requests]\n",
                "[requests]\nlink_hosts = [\"https://tickets.example.com\", \"*.example.com\", \"a.example.com:8443\"]\n",
            )
            .replace("kind = \"postgres\"\n", "kind = \"postgres\"\nsensitive = [\"wriet\"]\n")
        });
        insta::assert_snapshot!(ctx.app().reload().await.unwrap_err(), @r#"
        config.toml:14:15: Write a host's name alone, such as "tickets.example.com", with a port if it has one: "tickets.example.com:8443".
        config.toml:14:46: Write a host's name alone, such as "tickets.example.com", with a port if it has one: "tickets.example.com:8443".
        config.toml:32:14: This integration has no permission "wriet"; did you mean "write"?
        "#);
        std::fs::write(ctx.config_path(), right).unwrap();
    })
    .await;
}
