//! A sign-in with an issuer ends in the browser in which it began, once and soon.

use std::time::Duration;

use super::attacks::{back, claims, run, stays_out};
use super::made_up::Signing;
use super::{leave, press};
use crate::web::signing_in::new_browser;

#[tokio::test(flavor = "multi_thread")]
async fn what_began_in_another_browser_ends_nowhere_else() {
    run(async |ctx, issuer| {
        // Mallory begins, and lets Dana's browser open what the issuer sends back: Dana would be signed in as Mallory.
        let mut mallory = new_browser(ctx);
        let to = leave(&mut mallory).await;
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let mut dana = new_browser(ctx);
        let page = back(ctx, &mut dana, &to, "").await;
        assert!(page.status == 403 && stays_out(&page, &dana), "{}", page.text());

        // Also if Dana's browser began one of its own.
        let own = leave(&mut dana).await;
        let page = back(ctx, &mut dana, &to, "").await;
        assert!(page.status == 403 && stays_out(&page, &dana), "{}", page.text());
        // Any site could do that, so it does not end Dana's own.
        for odd in [
            "",
            "?state=made-up&code=x",
            "?state=a&state=b",
            "?error=access_denied",
        ] {
            let page = dana.open(&format!("/sign-in/oidc/callback{odd}")).await;
            assert!(stays_out(&page, &dana), "{odd}: {}", page.text());
        }
        issuer.says(claims(ctx, issuer, &own), Signing::Right);
        let page = back(ctx, &mut dana, &own, "").await;
        assert_eq!(page.path, "/", "{}", page.text());
        // Mallory's still works for Mallory.
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let page = back(ctx, &mut mallory, &to, "").await;
        assert_eq!(page.path, "/", "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_works_once_and_for_ten_minutes() {
    run(async |ctx, issuer| {
        let mut browser = new_browser(ctx);
        let to = leave(&mut browser).await;
        let kept = browser.cookies.clone();
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let page = back(ctx, &mut browser, &to, "").await;
        assert_eq!(page.path, "/", "{}", page.text());
        let mut again = new_browser(ctx);
        again.cookies = kept;
        let page = back(ctx, &mut again, &to, "").await;
        assert!(stays_out(&page, &again), "{}", page.text());

        let mut slow = new_browser(ctx);
        let to = leave(&mut slow).await;
        ctx.clock.advance(Duration::from_mins(10));
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let page = back(ctx, &mut slow, &to, "").await;
        assert!(stays_out(&page, &slow), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_page_begins_it_and_only_our_own_pages_follow() {
    run(async |ctx, issuer| {
        let mut browser = new_browser(ctx);
        let page = browser.post("/sign-in/oidc", &[("form", "")]).await;
        assert_eq!(page.status, 403);
        let theirs = new_browser(ctx).open("/sign-in").await;
        browser.open("/sign-in").await;
        let page = browser.post("/sign-in/oidc", &[("form", &theirs.token())]).await;
        assert_eq!(page.status, 403, "with the form of another browser");
        browser
            .headers
            .insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(press(&mut browser).await.status, 403);

        for (wanted, follows) in [
            ("%2Fflows", "/flows"),
            ("https%3A%2F%2Fevil.example", "/"),
            ("%2F%2Fevil.example", "/"),
            ("%2F%5Cevil.example", "/"),
        ] {
            let mut browser = new_browser(ctx);
            browser.open(&format!("/sign-in?next={wanted}")).await;
            let to = leave(&mut browser).await;
            issuer.says(claims(ctx, issuer, &to), Signing::Right);
            let page = back(ctx, &mut browser, &to, "&next=https%3A%2F%2Fevil.example").await;
            assert_eq!(
                (page.status, page.path.as_str()),
                (200, follows),
                "{}",
                page.text()
            );
        }
    })
    .await;
}
