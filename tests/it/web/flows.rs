//! The access flows, and why one of them decides.

use insta::assert_snapshot;

use super::browser::Browser;
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_flow_is_a_sentence_for_those_it_includes() {
    run(async |ctx| {
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let text = ctx.plain(&sam.open("/flows").await.text());
        let sentences = text.lines().filter(|line| line.contains(" can request "));
        assert_snapshot!(sentences.collect::<Vec<_>>().join("\n"), @"
        group:developers can request read on orders* (orders-db), at most 8 h; one of group:sre has to approve.
        dana@example.com can request write on every resource (orders-db), at most 1 h; nobody has to approve.
        ");
        let mut omar = signed_in(ctx, "omar").await;
        let text = omar.open("/flows").await.text();
        assert!(text.contains("Developers read") && !text.contains("Write at once"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_the_flow_that_decides_for_oneself_and_for_admins_for_anybody() {
    run(async |ctx| {
        ctx.asks("eve", "read", "2h", "seen once").await;
        ctx.settle().await;
        let resource = ctx.target.database.clone();
        let question = format!("/flows?permission=write&target=orders-db%2F{resource}");
        let mut dana = signed_in(ctx, "dana").await;
        let text = dana.open(&question).await.text();
        assert!(
            text.contains("Allowed by \"Write at once\", at most 1 h; nobody has to approve."),
            "{text}"
        );
        assert!(
            text.contains("Developers read does not match: it gives other permissions"),
            "{text}"
        );
        let of_eve = format!("{question}&person=eve%40example.com");
        assert_eq!(dana.open(&of_eve).await.status, 404);
        let mut ada = signed_in(ctx, "ada").await;
        let text = ada.open(&of_eve).await.text();
        assert!(
            text.contains(", for Eve") && text.contains(" is told: "),
            "{text}"
        );
        assert!(
            text.contains("Write at once does not match: it is not for them"),
            "{text}"
        );
        let page = ada.open(&format!("{question}&person=zoe%40example.com")).await;
        assert_eq!(page.status, 400);
        assert!(page.text().contains("Nobody known to the bot"), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_what_is_unknown_and_what_was_probably_meant() {
    run(async |ctx| {
        ctx.settle().await;
        let resource = ctx.target.database.clone();
        let mut ada = signed_in(ctx, "ada").await;
        let mut dana = signed_in(ctx, "dana").await;
        let asks = async |browser: &mut Browser, permission: &str, target: &str| {
            let target = target.replace('/', "%2F");
            let question = format!("/flows?permission={permission}&target={target}");
            let page = browser.open(&question).await.text();
            assert!(!page.contains("Allowed by"), "{page}");
            page
        };
        let typo = format!("{resource}x");
        let close = format!("Did you mean \"{resource}\"?");
        for browser in [&mut ada, &mut dana] {
            let text = asks(browser, "write", &typo).await;
            let none = format!("There is no resource \"{typo}\" on it now, so nobody can request it. {close}");
            assert!(text.contains(&none), "{text}");
            let text = asks(browser, "wirte", &format!("orders-db/{resource}")).await;
            assert!(text.contains("Did you mean \"write\"?"), "{text}");
            let text = asks(browser, "write", &format!("order-db/{resource}")).await;
            let none = format!(
                "No integration that you can see is called \"order-db\". Did you mean \"orders-db/{resource}\"?"
            );
            assert!(text.contains(&none), "{text}");
            let page = browser.open("/flows?permission=write").await;
            assert_eq!(page.status, 400);
            assert!(page.text().contains("Say which permission, and on which resource."));
        }
        let text = asks(&mut ada, "wirte", &format!("orders-db/{resource}")).await;
        assert!(text.contains(&format!("There is no permission \"wirte\" for {resource} on it")), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_tells_nobody_of_a_flow_an_integration_or_a_resource_that_they_may_not_see() {
    run(async |ctx| {
        ctx.settle().await;
        let resource = ctx.target.database.clone();
        // No flow includes Nils; only Dana's gives write, and Eve may only read.
        let mut nils = signed_in(ctx, "nils").await;
        let mut answers = Vec::new();
        for target in [
            resource.clone(),
            format!("orders-db/{resource}"),
            format!("orders-db/{resource}x"),
            format!("order-db/{resource}"),
            "nothing".to_owned(),
        ] {
            let question = format!("/flows?permission=read&target={}", target.replace('/', "%2F"));
            let page = nils.open(&question).await;
            let text = page.text();
            for hidden in ["Developers read", "Write at once", "Did you mean", "closest"] {
                assert!(!text.contains(hidden), "{hidden}: {text}");
            }
            let alert = page.html.split("role=\"alert\">").nth(1).unwrap();
            let alert = alert.split("</p>").next().unwrap();
            answers.push((
                page.status,
                alert.replace(&target, "it").replace("order-db", "orders-db"),
            ));
        }
        let (with, without): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|(_, said)| said.contains("No integration"));
        for same in [with, without] {
            assert!(same.windows(2).all(|two| two[0] == two[1]), "{same:?}");
        }
        let mut eve = signed_in(ctx, "eve").await;
        let question = format!("/flows?permission=write&target=orders-db%2F{resource}");
        let text = eve.open(&question).await.text();
        assert!(text.contains("No access flow lets you request write"), "{text}");
        assert!(text.contains("Developers read does not match"), "{text}");
        assert!(!text.contains("Write at once"), "{text}");
    })
    .await;
}
