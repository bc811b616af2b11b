//! What the form offers, and to whom.

use std::time::Duration;

use sea_orm::DbBackend;
use slack_simulator::Submitted;

use super::{any_read, many_databases, many_shops, read_or_write};
use crate::support::bot::{run_test_on, run_test_with};
use crate::support::slow_slack::SlowSlack;

#[tokio::test(flavor = "multi_thread")]
async fn each_choice_narrows_the_next_and_single_choices_are_made_already() {
    run_test_with(read_or_write, async |ctx| {
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        let modal = dana.modal().await.unwrap();
        assert_eq!(modal.title, "Request access");
        assert_eq!(
            modal.labels,
            [
                "Integration",
                "Resource type",
                "Resources",
                "Permissions",
                "Duration",
                "Justification"
            ]
        );
        insta::assert_snapshot!(ctx.plain(&modal.rendered), @"
        Integration: orders-db
        Resource type: Database
        Resources: ____ (Choose one or several)
        Permissions: ____ (Choose resources first)
        Duration: ____ (2h)
          Write 30m, 2 hours, 1d or 1h30m.
        Justification: ____ (What you need it for, with a ticket if there is one)
          Shown to the approvers and in the audit channel.
        ");
        assert_eq!(
            dana.type_in("Permissions", "").await.unwrap(),
            [""; 0],
            "resources come first"
        );

        dana.fill("Justification", "incident 4711").await.unwrap();
        dana.choose("Resources", &[&ctx.target.database]).await.unwrap();
        assert_eq!(dana.options("Permissions").await.unwrap(), ["read", "write"]);
        dana.choose("Permissions", &["read"]).await.unwrap();
        insta::assert_snapshot!(ctx.plain(&dana.modal().await.unwrap().rendered), @"
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: ____ (2h)
          At most 8 h. Write 30m, 2 hours, 1d or 1h30m.
        Usual durations (optional): ____ (Or choose one)
        Justification: incident 4711
          Shown to the approvers and in the audit channel.
        ");
        dana.choose("Permissions", &["read", "write"]).await.unwrap();
        let narrowed = dana.modal().await.unwrap().rendered;
        assert!(
            narrowed.contains("At most 1 h."),
            "the shorter of the two flows: {narrowed}"
        );
        assert!(
            narrowed.contains("incident 4711"),
            "what was written stays: {narrowed}"
        );

        let omar = ctx.person("omar");
        omar.command("/apono", "request").await.unwrap();
        omar.choose("Resources", &[&ctx.target.database]).await.unwrap();
        omar.choose("Permissions", &["read"]).await.unwrap();
        assert_eq!(
            omar.options("Permissions").await.unwrap(),
            ["read"],
            "no flow lets omar write"
        );
        dana.close_modal().await.unwrap();
        omar.close_modal().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_resources_are_searched() {
    run_test_with(any_read, async |ctx| {
        many_shops(ctx, 250);
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        assert_eq!(dana.type_in("Resources", "shop_1").await.unwrap().len(), 100);
        assert_eq!(
            dana.type_in("Resources", "SHOP_24").await.unwrap().len(),
            10,
            "whatever the case"
        );
        assert_eq!(dana.type_in("Resources", "nothing").await.unwrap(), [""; 0]);
        assert_eq!(
            dana.type_in("Resources", "").await.unwrap().len(),
            100,
            "before anything is typed"
        );
        dana.choose("Resources", &["shop_177", "shop_003"]).await.unwrap();
        dana.choose("Permissions", &["read"]).await.unwrap();
        dana.fill("Duration", "1h").await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        let card = ctx.sees("omar", "asks for read").await;
        assert!(
            card.contains("Resources: shop_003, shop_177") || card.contains("Resources: shop_177, shop_003")
        );
        // Far down the list or not, it can all be asked for again.
        dana.command("/apono", "again AR-1").await.unwrap();
        insta::assert_snapshot!(dana.modal().await.unwrap().rendered, @"
        Integration: orders-db
        Resource type: Database
        Resources: shop_003, shop_177
        Permissions: read
        Duration: 1h
          At most 8 h. Write 30m, 2 hours, 1d or 1h30m.
        Usual durations (optional): ____ (Or choose one)
        Justification: ____ (What you need it for, with a ticket if there is one)
          Shown to the approvers and in the audit channel.
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_no_flow_names_reads_so_instead_of_a_form() {
    run_test_with(read_or_write, async |ctx| {
        let sam = ctx.person("sam");
        sam.command("/apono", "request").await.unwrap();
        let modal = sam.modal().await.unwrap();
        assert_eq!(modal.submit, None);
        insta::assert_snapshot!(modal.rendered, @"No access flow lets you request anything yet. Ask Ada Lind (admin).");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_opens_at_once_although_slack_is_slow_to_say_who_asks() {
    run_test_with(read_or_write, async |ctx| {
        ctx.quiet().await;
        ctx.stop().await;
        let api_url = ctx.simulator.api_url();
        let slow = SlowSlack::before(&api_url, "users.info", Duration::from_secs(2)).await;
        ctx.edit_config(|text| text.replace(&api_url, &slow.api_url()));
        ctx.run().await;
        ctx.everybody_is_known().await;
        ctx.clock.advance(Duration::from_mins(2));

        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        let waiting = dana.modal().await.unwrap();
        insta::assert_snapshot!(waiting.rendered, @"Looking up what you can request …");
        dana.choose("Resources", &[&ctx.target.database]).await.unwrap();
        dana.close_modal().await.unwrap();
        ctx.edit_config(|text| text.replace(&slow.api_url(), &api_url));
    })
    .await;
}

/// Slack accepts no menu with more than 100 options; "shop-1" comes after more than 100 names that contain it.
#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_integrations_and_permissions_are_searched() {
    run_test_on(&[DbBackend::Sqlite], read_or_write, async |ctx| {
        ctx.stop().await;
        // Nothing listens there: what they have is in the catalogue alone.
        let nowhere = "postgres://apono:secret@127.0.0.1:1/postgres?sslmode=disable";
        std::fs::write(ctx.folder.path().join("far_url"), nowhere).unwrap();
        let names: Vec<String> = (100..230).chain([1]).map(|n| format!("shop-{n}")).collect();
        let permissions: Vec<String> = (0..150).map(|n| format!("p{n:03}")).collect();
        ctx.edit_config(|text| text + &integrations(&names, &permissions));
        ctx.run().await;
        for name in &names {
            many_databases(ctx, name, 3, &permissions);
        }

        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        let found = dana.type_in("Integration", "SHOP-1").await.unwrap();
        assert_eq!((found.len(), found[0].as_str()), (100, "shop-1"));
        assert_eq!(
            dana.type_in("Integration", "orders").await.unwrap(),
            ["orders-db"]
        );
        assert_eq!(dana.type_in("Integration", "nothing").await.unwrap(), [""; 0]);
        dana.choose("Integration", &["shop-1"]).await.unwrap();
        dana.choose("Resources", &["shop_002"]).await.unwrap();
        assert_eq!(dana.type_in("Permissions", "").await.unwrap().len(), 100);
        assert_eq!(dana.type_in("Permissions", "P149").await.unwrap(), ["p149"]);
        dana.choose("Permissions", &["p149", "p003"]).await.unwrap();
        dana.fill("Duration", "1h").await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        insta::assert_snapshot!(dana.modal().await.unwrap().rendered, @"
        Integration: shop-1
        Resource type: Database
        Resources: shop_002
        Permissions: p149, p003
        Duration: 1h
          At most 8 h. Write 30m, 2 hours, 1d or 1h30m.
        Usual durations (optional): ____ (Or choose one)
        Justification: incident 4711
          Shown to the approvers and in the audit channel.
        ");
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        let card = ctx.sees("omar", "Dana Ito (dana@example.com) asks for").await;
        assert!(card.contains("Permissions: p149, p003"), "{}", card.rendered);
        assert!(card.contains("Integration: shop-1"), "{}", card.rendered);
    })
    .await;
}

/// Each under a flow of its own; the last one has these permissions, and the others one of them.
fn integrations(names: &[String], permissions: &[String]) -> String {
    let permissions: Vec<String> = permissions
        .iter()
        .map(|name| format!("{name} = \"{{resource}}_{name}\""))
        .collect();
    let each = names.iter().map(|name| {
        let is_last = names.last() == Some(name);
        let permissions = if is_last {
            permissions.join(", ")
        } else {
            permissions[0].clone()
        };
        format!(
            "\n[[integrations]]\nname = \"{name}\"\nkind = \"postgres\"\nurl = {{ file = \"far_url\" }}\n\
             permissions = {{ {permissions} }}\n[[flows]]\nname = \"Developers on {name}\"\n\
             requesters = [\"group:developers\"]\nintegration = \"{name}\"\nmax_duration = \"8h\"\n\
             approvers = [\"group:sre\"]\n"
        )
    });
    each.collect()
}
