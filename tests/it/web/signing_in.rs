//! How people sign in over the portal in these tests: as people do, with what the bot tells them in Slack.

use super::browser::{Browser, Page};
use crate::support::bot::Context;
use crate::support::canary::Secret;

/// What the bot told somebody.
pub(crate) struct Handed {
    /// The path of the link.
    pub(crate) path: String,
    pub(crate) code: String,
}

/// Somebody types `/apono portal`.
pub(crate) async fn handed(ctx: &Context, who: &str) -> Handed {
    let person = ctx.person(who);
    let before = person.ephemerals().len();
    person.command("/apono", "portal").await.unwrap();
    let answer = ctx
        .eventually("the link", async || person.ephemerals().into_iter().nth(before))
        .await;
    let inside = |from: &str, to: &str| {
        let rest = answer.text.split(from).nth(1).unwrap();
        rest.split(to).next().unwrap().to_owned()
    };
    let origin = ctx.app().portal().unwrap().origin();
    Handed {
        path: inside(origin, "|"),
        code: inside("*`", "`*"),
    }
}

/// A browser that was never here.
pub(crate) fn new_browser(ctx: &Context) -> Browser {
    Browser::new(ctx.app().portal().unwrap().origin())
}

/// Opens the link and enters a code.
pub(crate) async fn enter(browser: &mut Browser, path: &str, code: &str) -> Page {
    let page = browser.open(path).await;
    browser
        .send(path, &[("form", &page.token()), ("code", code)])
        .await
}

/// A browser in which somebody is signed in.
pub(crate) async fn signed_in(ctx: &mut Context, who: &str) -> Browser {
    let handed = handed(ctx, who).await;
    let mut browser = new_browser(ctx);
    let page = enter(&mut browser, &handed.path, &handed.code).await;
    assert!(page.text().contains("Sign in as"), "{}", page.text());
    let page = browser.send("/sign-in", &[("form", &page.token())]).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"), "{}", page.text());
    let secret = &browser.cookies["apono-session"];
    ctx.secrets.push(Secret::new("what opens a session", secret));
    browser
}
