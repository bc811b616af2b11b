//! Names in filters: a typo is told from an empty list, to those who may know what there is.

use super::activity::listed;
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, Setup, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

fn with_namesakes() -> Setup {
    let mut setup = with_portal();
    setup.world.rename_person("eve", "Kim Lee");
    setup.world.rename_person("nils", "KIM LEE");
    setup
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_nothing_is_said_under_the_filter_to_those_who_read_everything() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let resource = ctx.target.database.clone();
        let mut sam = signed_in(ctx, "sam").await;
        let typo = format!("{resource}x");
        for (query, why) in [
            (
                format!("resource={typo}"),
                format!(
                    "No resource called \"{typo}\" is offered or was ever requested. Did you mean \"{resource}\"?"
                ),
            ),
            (
                "permission=raed".to_owned(),
                "No permission called \"raed\" is offered or was ever requested. Did you mean \"read\"?".to_owned(),
            ),
            (
                "flow=Developers+raed".to_owned(),
                "No access flow is called \"Developers raed\", and nothing was ever requested under that name. Did you mean \"Developers read\"?".to_owned(),
            ),
            (
                "integration=orders-bd".to_owned(),
                "No integration is called \"orders-bd\", and nothing was ever requested on one of that name. Did you mean \"orders-db\"?".to_owned(),
            ),
            (
                "flow=Payroll".to_owned(),
                "nothing was ever requested under that name.".to_owned(),
            ),
        ] {
            for path in ["/activity", "/active", "/active?by=person"] {
                let and = if path.contains('?') { "&" } else { "?" };
                let page = sam.open(&format!("{path}{and}{query}")).await;
                assert_eq!(page.status, 400, "{path} {query}");
                assert!(page.text().contains(&why), "{path} {query}: {}", page.text());
                assert!(!page.text().contains("fits this filter"), "{}", page.text());
            }
        }
        // Others learn nothing about what there is.
        let mut eve = signed_in(ctx, "eve").await;
        for key in ["resource", "permission", "flow"] {
            let mut pages = Vec::new();
            for name in ["write", "wirte", "Write at once", &resource, &typo] {
                let page = eve.open(&format!("/activity?{key}={}", name.replace(' ', "+"))).await;
                pages.push(page.text());
            }
            assert!(pages[0].contains("No request fits this filter."), "{}", pages[0]);
            assert!(pages.windows(2).all(|two| two[0] == two[1]), "{pages:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_found_in_upper_or_lower_case_and_after_it_is_no_longer_offered() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let upper = ctx.target.database.to_uppercase();
        let mut sam = signed_in(ctx, "sam").await;
        for query in [
            "permission=READ",
            "flow=developers+read",
            &format!("resource={upper}"),
        ] {
            let page = sam.open(&format!("/activity?{query}")).await;
            assert_eq!(listed(&page), ["AR-1"], "{query}");
        }
        ctx.edit_config(|text| text.replace("name = \"Developers read\"", "name = \"Readers\""));
        ctx.app().reload().await.unwrap();
        let page = sam.open("/activity?flow=Developers+read").await;
        assert_eq!(listed(&page), ["AR-1"]);
        let page = sam.open("/activity?flow=Readers").await;
        assert_eq!(listed(&page), [""; 0]);
        assert!(
            page.text().contains("No request fits this filter."),
            "{}",
            page.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_by_name_unless_several_have_it() {
    run_test_with(with_namesakes, async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut ada = signed_in(ctx, "ada").await;
        for query in [
            "grantee=dana+ito",
            "approver=Omar+Khan",
            "person=DANA+ITO",
            // The only one with such a word.
            "grantee=dan",
            "approver=khan",
        ] {
            let page = ada.open(&format!("/activity?{query}")).await;
            assert_eq!(listed(&page), ["AR-1"], "{query}");
        }
        let page = ada
            .open("/flows?permission=read&target=orders-db&person=Dana+Ito")
            .await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = ada.open("/log?actor=omar+khan&kind=requests").await;
        assert!(page.text().contains("APPROVED"), "{}", page.text());

        signed_in(ctx, "eve").await;
        let mut nils = signed_in(ctx, "nils").await;
        let several = "Several people are called \"kim lee\". Use the whole name, an e-mail address or a Slack member ID.";
        for path in [
            "/activity?grantee=kim+lee",
            "/active?person=kim+lee",
            "/log?actor=kim+lee",
            "/people/U0OMAR?with=kim+lee",
            "/flows?permission=read&target=orders-db&person=kim+lee",
        ] {
            let page = ada.open(path).await;
            assert_eq!(page.status, 400, "{path}");
            assert!(page.text().contains(several), "{path}: {}", page.text());
        }
        // Whether there are such people is nothing that others learn.
        let several = nils.open("/activity?grantee=kim+lee").await.text();
        let nobody = nils.open("/activity?grantee=Zoe+Lane").await.text();
        assert_eq!(several, nobody);
        assert!(nobody.contains("No request fits this filter."), "{nobody}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_offers_the_names_of_events_and_knows_no_others() {
    run(async |ctx| {
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/log?event=Policy+changed").await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(
            page.html.contains("<option value=\"policy_changed\">"),
            "{}",
            page.html
        );
        // What its post calls it.
        for (word, event) in [("INSTALLED", "INSTALLED"), ("signed+in", "SIGNED IN")] {
            let page = sam.open(&format!("/log?event={word}")).await;
            assert!(
                page.status == 200 && page.text().contains(event),
                "{}",
                page.text()
            );
        }
        let page = sam.open("/log?integration=orders").await;
        assert_eq!(page.status, 400);
        assert!(
            page.text().contains("No integration is called \"orders\""),
            "{}",
            page.text()
        );
        let page = sam.open("/log?event=grantd").await;
        assert_eq!(page.status, 400);
        let why = "There is no event \"grantd\". Did you mean \"granted\"?";
        assert!(page.text().contains(why), "{}", page.text());
    })
    .await;
}
