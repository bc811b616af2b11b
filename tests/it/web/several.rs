//! Several requests that end together: only what a page listed, and each on its own.

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// AR-1, which Omar approved, and AR-2, which nobody had to; both are Dana's and live.
async fn two_granted(ctx: &Context) {
    ctx.granted("2h").await;
    ctx.asks("dana", "write", "30m", "a migration").await;
    ctx.until_state(2, "Granted").await;
    ctx.settle().await;
}

/// The values of the hidden fields with this name.
fn hidden(page: &Page, name: &str) -> Vec<String> {
    let field = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let values = page.html.split(field.as_str()).skip(1);
    values
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// Sends the form of a page that asks, as it is.
async fn confirms(browser: &mut Browser, page: &Page, reason: &str) -> Page {
    let (token, once) = (page.token(), hidden(page, "once").remove(0));
    let requests = hidden(page, "request");
    let mut fields = vec![
        ("form", token.as_str()),
        ("once", once.as_str()),
        ("reason", reason),
    ];
    fields.extend(requests.iter().map(|one| ("request", one.as_str())));
    browser.send("/revoke", &fields).await
}

/// Which requests a page lets the reader select.
fn boxes(page: &Page) -> Vec<&str> {
    let boxes = page
        .html
        .split("type=\"checkbox\" name=\"request\" value=\"")
        .skip(1);
    boxes.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_selects_two_and_each_ends_with_its_own_event() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        for path in ["/active", "/activity"] {
            let page = ada.open(path).await;
            assert_eq!(boxes(&page), ["AR-2", "AR-1"], "{path}");
            assert!(page.text().contains("Revoke selected…"), "{}", page.text());
        }
        let page = ada.open("/revoke?request=AR-1&request=AR-2&request=AR-1").await;
        let text = page.text();
        assert!(text.contains("Revoke these 2?"), "{text}");
        for said in [
            "read on orders",
            "write on orders",
            "Dana Ito",
            " left",
            "(optional)",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert_eq!(ctx.state_of(1).await, "Granted", "asking changes nothing");
        let done = confirms(&mut ada, &page, "laptop stolen").await;
        assert_eq!(done.status, 200);
        let text = done.text();
        assert!(text.contains("2 requests end"), "{text}");
        assert!(
            text.contains("Revoking… AR-1 ends as soon as the target confirms."),
            "{text}"
        );
        for number in [1, 2] {
            ctx.until_state(number, "Revoked").await;
        }
        ctx.settle().await;
        for number in [1, 2] {
            let page = ada.open(&format!("/requests/AR-{number}")).await;
            assert!(page.text().contains("laptop stolen"), "{}", page.text());
        }
        // Sent again, as by a reload, it ends nothing and says what is.
        let again = confirms(&mut ada, &page, "twice").await;
        assert_eq!(again.status, 409);
        assert!(again.text().contains("AR-1 was revoked at"), "{}", again.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_after_the_page_was_shown_stays() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        let page = ada.open("/revoke?request=AR-1&request=AR-2").await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let done = confirms(&mut ada, &page, "").await;
        let text = done.text();
        assert!(text.contains("1 of 2 end"), "{text}");
        assert!(
            text.contains("AR-1 changed after this page was shown, so nothing was done about it."),
            "{text}"
        );
        ctx.until_state(2, "Revoked").await;
        ctx.settle().await;
        let page = ada.open("/revoke?request=AR-1&request=AR-2").await;
        let text = page.text();
        assert!(
            text.contains("These end, or are over:\nAR-2: Revoked.\nAR-1: Revoked.")
                && !text.contains("stay as they are"),
            "{text}"
        );
        assert!(hidden(&page, "request").is_empty(), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_has_to_say_why_and_ends_only_what_they_approved() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut omar = signed_in(ctx, "omar").await;
        let page = omar.open("/revoke?request=AR-1&request=AR-2").await;
        assert_eq!(hidden(&page, "request").len(), 1, "{}", page.text());
        assert!(
            page.text()
                .contains("AR-2: There is no such request, or it is not yours to read."),
            "{}",
            page.text()
        );
        let refused = confirms(&mut omar, &page, " ").await;
        assert_eq!(refused.status, 409);
        assert!(
            refused.text().contains("Say why you end them"),
            "{}",
            refused.text()
        );
        assert_eq!(ctx.state_of(1).await, "Granted");
        let done = confirms(&mut omar, &page, "no longer needed").await;
        assert_eq!(done.status, 200, "{}", done.text());
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        assert_eq!(ctx.state_of(2).await, "Granted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_with_a_forged_form_what_they_may_not_end() {
    run(async |ctx| {
        two_granted(ctx).await;
        for who in ["eve", "sam"] {
            let mut browser = signed_in(ctx, who).await;
            for path in ["/active", "/activity"] {
                assert_eq!(boxes(&browser.open(path).await), [""; 0], "{who} {path}");
            }
            let token = browser.open("/sessions").await.token();
            for version in 1..=6 {
                let (first, second) = (format!("AR-1.{version}"), format!("AR-2.{version}"));
                let once = format!("{who}-{version}");
                let fields = [
                    ("form", token.as_str()),
                    ("once", &once),
                    ("request", &first),
                    ("request", &second),
                    ("request", "AR-999.1"),
                ];
                let page = browser.post("/revoke", &fields).await;
                assert_eq!(page.status, 409, "{who}: {}", page.text());
            }
            let unseen = browser.open("/revoke?request=AR-1").await.text();
            let nothing = browser.open("/revoke?request=AR-9").await.text();
            if who == "eve" {
                assert_eq!(unseen.replace("AR-1", "AR-9"), nothing);
            }
        }
        let mut ada = signed_in(ctx, "ada").await;
        let token = ada.open("/sessions").await.token();
        let many: Vec<String> = (1..=51).map(|number| format!("AR-{number}.3")).collect();
        for requests in [&many[..], &["AR-1".to_owned()], &["AR-1.x".to_owned()], &[]] {
            let mut fields = vec![("form", token.as_str()), ("once", "x")];
            fields.extend(requests.iter().map(|one| ("request", one.as_str())));
            assert_eq!(ada.post("/revoke", &fields).await.status, 403, "{requests:?}");
        }
        let long = "x".repeat(100_000);
        let fields = [("form", token.as_str()), ("request", "AR-1.3"), ("reason", &long)];
        assert_eq!(ada.post("/revoke", &fields).await.status, 413);
        let all: Vec<String> = (1..=51).map(|number| format!("request=AR-{number}")).collect();
        let page = ada.open(&format!("/revoke?{}", all.join("&"))).await;
        assert_eq!(page.status, 400);
        assert!(
            page.text().contains("At most 50 can end at once."),
            "{}",
            page.text()
        );
        assert_eq!(ada.open("/revoke").await.status, 400);
        for number in [1, 2] {
            assert_eq!(ctx.state_of(number).await, "Granted");
        }
    })
    .await;
}
