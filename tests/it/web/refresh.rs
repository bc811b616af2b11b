//! Refresh on a page that answers a form opens a page, and sends nothing again.

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::run_test_with;

/// Sends the form of `page` that goes to `path`, with every hidden field that it has there.
async fn sends(browser: &mut Browser, page: &Page, path: &str, more: &[(&str, &str)]) -> Page {
    let form = page
        .html
        .split("<form ")
        .find(|form| form.contains(&format!("action=\"{path}\"")))
        .unwrap_or_else(|| panic!("no form goes to {path} on {}", page.html));
    let form = form.split("</form>").next().unwrap();
    let hidden = form.split("type=\"hidden\" name=\"").skip(1).map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        (name, rest.split('"').next().unwrap())
    });
    let fields: Vec<(&str, &str)> = hidden.chain(more.iter().copied()).collect();
    browser.send(path, &fields).await
}

/// Where Refresh leads.
fn refresh(page: &Page) -> String {
    let before = page.html.split("\">Refresh</a>").next().unwrap();
    before.rsplit("href=\"").next().unwrap().replace("&#38;", "&")
}

async fn refreshes(browser: &mut Browser, page: &Page, at: &str) {
    assert_eq!(refresh(page), at, "{}", page.text());
    let again = browser.open(at).await;
    assert_eq!(again.status, 200, "{at}: {}", again.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_opens_the_page_that_a_form_was_on() {
    run_test_with(with_portal, async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut omar = signed_in(ctx, "omar").await;
        let page = omar.open("/requests/AR-1").await;
        refreshes(&mut omar, &page, "/requests/AR-1").await;
        let refused = sends(&mut omar, &page, "/requests/AR-1/end", &[]).await;
        assert_eq!(refused.status, 409);
        refreshes(&mut omar, &refused, "/requests/AR-1").await;
        let page = omar.open("/revoke?request=AR-1").await;
        let refused = sends(&mut omar, &page, "/revoke", &[]).await;
        assert_eq!(refused.status, 409);
        refreshes(&mut omar, &refused, "/revoke?request=AR-1").await;

        let mut dana = signed_in(ctx, "dana").await;
        let page = dana.open("/request").await;
        let refused = sends(&mut dana, &page, "/request", &[("step", "send")]).await;
        assert_eq!(refused.status, 409);
        refreshes(&mut dana, &refused, "/request").await;

        let mut ada = signed_in(ctx, "ada").await;
        let page = ada.open("/activity?status=granted&created=today").await;
        refreshes(&mut ada, &page, "/activity?status=granted&created=today").await;
        let page = ada.open("/revoke?request=AR-1&request=AR-99").await;
        let ended = sends(&mut ada, &page, "/revoke", &[]).await;
        assert_eq!(ended.status, 200);
        refreshes(&mut ada, &ended, "/revoke?request=AR-1").await;
        ctx.until_state(1, "Revoked").await;
        let page = ada.open("/revoke-all?person=U0DANA").await;
        let token = page.token();
        let fields = [("form", token.as_str()), ("once", "x"), ("person", "U0DANA")];
        let pressed = ada.send("/revoke-all", &fields).await;
        refreshes(&mut ada, &pressed, "/revoke-all?person=U0DANA").await;
    })
    .await;
}
