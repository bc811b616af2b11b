//! Active access in groups, and the button that ends a whole group.

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// AR-1 and AR-2 of Dana's, and AR-3 of Omar's, which Priya approved; all live.
async fn three_granted(ctx: &Context) {
    ctx.granted("2h").await;
    ctx.asks("dana", "write", "30m", "a migration").await;
    ctx.asks("omar", "read", "2h", "incident 4712").await;
    ctx.sees("priya", "AR-3").await;
    ctx.clicks("priya", "AR-3", "Approve").await;
    for number in [2, 3] {
        ctx.until_state(number, "Granted").await;
    }
    ctx.settle().await;
}

async fn presses(browser: &mut Browser, page: &Page, scope: (&str, &str)) -> Page {
    let token = page.token();
    let rest = page.html.split("name=\"once\" value=\"").nth(1).unwrap();
    let once = rest.split('"').next().unwrap();
    let fields = [
        ("form", token.as_str()),
        ("once", once),
        scope,
        ("reason", "laptop stolen"),
    ];
    browser.send("/revoke-all", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn live_access_is_counted_by_person_by_resource_and_by_integration() {
    run(async |ctx| {
        three_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/active?by=person").await;
        let text = page.text();
        assert!(text.contains("Dana Ito dana@example.com\n2"), "{text}");
        assert!(text.contains("Omar Khan omar@example.com\n1"), "{text}");
        assert!(!text.contains("Revoke all"), "{text}");
        assert!(
            page.html.contains("href=\"/active?grantee=U0DANA\""),
            "{}",
            page.html
        );
        let listed = sam.open("/active?grantee=U0DANA").await;
        assert!(listed.text().contains("AR-2") && !listed.text().contains("AR-3"));
        let resource = &ctx.target.database;
        let page = sam.open("/active?by=resource").await;
        assert!(
            page.text().contains(&format!("{resource} orders-db\n3")),
            "{}",
            page.text()
        );
        let page = sam.open("/active?by=integration&permission=write").await;
        assert!(page.text().contains("orders-db\n1"), "{}", page.text());
        assert!(
            page.html
                .contains("href=\"/active?permission=write&#38;integration=orders-db\""),
            "{}",
            page.html
        );
        let page = sam.open("/active?by=person&at=2020-01-01").await;
        assert!(
            page.text().contains("No live access to count."),
            "{}",
            page.text()
        );
        // Others count what is theirs.
        for (who, count) in [
            ("dana", "Dana Ito dana@example.com\n2"),
            ("eve", "No live access"),
        ] {
            let mut browser = signed_in(ctx, who).await;
            let text = browser.open("/active?by=person").await.text();
            assert!(text.contains(count) && !text.contains("Omar"), "{who}: {text}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_ends_everything_of_a_person_after_reading_what_that_is() {
    run(async |ctx| {
        three_granted(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        let groups = ada.open("/active?by=person").await;
        assert!(
            groups.html.contains("href=\"/revoke-all?person=U0DANA\""),
            "{}",
            groups.html
        );
        let page = ada.open("/revoke-all?person=U0DANA").await;
        let text = page.text();
        assert!(
            text.contains("This ends 2 live grants: everything Dana Ito (U0DANA) has."),
            "{text}"
        );
        assert!(
            text.contains("AR-1") && text.contains("AR-2") && !text.contains("AR-3"),
            "{text}"
        );
        assert_eq!(ctx.state_of(1).await, "Granted", "asking changes nothing");
        let pressed = presses(&mut ada, &page, ("person", "U0DANA")).await;
        assert!(
            pressed
                .text()
                .contains("2 requests are being revoked: everything Dana Ito had."),
            "{}",
            pressed.text()
        );
        for number in [1, 2] {
            ctx.until_state(number, "Revoked").await;
        }
        ctx.settle().await;
        assert_eq!(ctx.state_of(3).await, "Granted");
        assert_eq!(ctx.audit_posts("REVOKE ALL").await.len(), 1);
        let again = presses(&mut ada, &page, ("person", "U0DANA")).await;
        assert_eq!(again.status, 409, "{}", again.text());
        let page = ada.open("/revoke-all?person=U0DANA").await;
        assert!(
            page.text().contains("there is nothing to revoke"),
            "{}",
            page.text()
        );
        let page = ada.open("/revoke-all?integration=orders-db").await;
        assert!(
            page.text().contains("everything on orders-db, whoever has it."),
            "{}",
            page.text()
        );
        let pressed = presses(&mut ada, &page, ("integration", "orders-db")).await;
        assert_eq!(pressed.status, 200, "{}", pressed.text());
        ctx.until_state(3, "Revoked").await;
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_presses_the_red_button() {
    run(async |ctx| {
        three_granted(ctx).await;
        for who in ["sam", "omar", "dana", "eve"] {
            let mut browser = signed_in(ctx, who).await;
            for path in ["/revoke-all?person=U0DANA", "/revoke-all?integration=orders-db"] {
                assert_eq!(browser.open(path).await.status, 404, "{who} {path}");
            }
            let token = browser.open("/sessions").await.token();
            for scope in [("person", "U0DANA"), ("integration", "orders-db")] {
                let once = format!("{who}-{}", scope.0);
                let fields = [("form", token.as_str()), ("once", &once), scope];
                let page = browser.post("/revoke-all", &fields).await;
                assert_eq!(page.status, 409, "{who}: {}", page.text());
                assert!(
                    page.text().contains("Only an admin may do that."),
                    "{}",
                    page.text()
                );
            }
        }
        ctx.settle().await;
        assert!(
            ctx.headlines_since("REFUSED").contains("Eve"),
            "{}",
            ctx.headlines_since("REFUSED")
        );
        let mut ada = signed_in(ctx, "ada").await;
        for path in ["person=U0NOBODY", "integration=none", ""] {
            assert_eq!(
                ada.open(&format!("/revoke-all?{path}")).await.status,
                404,
                "{path}"
            );
        }
        for number in [1, 2, 3] {
            assert_eq!(ctx.state_of(number).await, "Granted");
        }
    })
    .await;
}
