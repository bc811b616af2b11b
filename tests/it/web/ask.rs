//! Requesting access in the portal: the same offer, judgement and words as the form in Slack.

use insta::assert_snapshot;
use slack_simulator::{CallMishap, Trouble};

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

/// Said alike of what does not exist and of what somebody's flows do not give them.
const NOT_OFFERED: &str = "Part of this does not exist, or no access flow lets you request it.";

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// The value of the box with this label.
fn boxed(page: &Page, label: &str) -> String {
    let line = page
        .html
        .lines()
        .find(|line| line.contains("type=\"checkbox\"") && line.contains(&format!("> {label}<")));
    let line = line.unwrap_or_else(|| panic!("no {label} on {}", page.html));
    let value = line.split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

fn once(page: &Page) -> String {
    let rest = page.html.split("name=\"once\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Sends the form of `page` with these choices.
async fn sends(browser: &mut Browser, page: &Page, step: &str, fields: &[(&str, &str)]) -> Page {
    let (token, once) = (page.token(), once(page));
    let mut all = vec![("form", token.as_str()), ("once", &once), ("step", step)];
    all.extend(fields);
    browser.send("/request", &all).await
}

/// The form with the one resource to be ticked. The test's server has many databases, so it is searched for.
async fn searched(ctx: &Context, browser: &mut Browser) -> (Page, String) {
    let page = browser.open("/request").await;
    let name = ctx.target.database.as_str();
    let fields = [("integration", "orders-db"), ("type", "Database"), ("find", name)];
    let page = sends(browser, &page, "narrow", &fields).await;
    let resource = boxed(&page, name);
    (page, resource)
}

/// The form once everything can be chosen, and the value of the one resource.
async fn narrowed(ctx: &Context, browser: &mut Browser) -> (Page, String) {
    let (page, resource) = searched(ctx, browser).await;
    let fields = [
        ("integration", "orders-db"),
        ("type", "Database"),
        ("resource", resource.as_str()),
    ];
    (sends(browser, &page, "narrow", &fields).await, resource)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_narrows_step_by_step_and_makes_one_request() {
    run(async |ctx| {
        let mut dana = signed_in(ctx, "dana").await;
        // Nothing looks as if it could be sent before there is something to send.
        let (page, _) = searched(ctx, &mut dana).await;
        let text = page.text();
        assert!(text.contains("Continue"), "{text}");
        for later in ["Send request", "Duration", "Justification", "Update the choices"] {
            assert!(!text.contains(later), "{later}: {text}");
        }
        let (page, resource) = narrowed(ctx, &mut dana).await;
        let text = page.text();
        let shown = [
            "Update the choices",
            "Duration",
            "Write 30m, 2 hours, 1d or 1h30m.",
            "Justification",
        ];
        assert!(text.contains("Send request"), "{text}");
        for words in ["Database", "Permissions", "read", "write"]
            .into_iter()
            .chain(shown)
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        let chosen = [
            ("integration", "orders-db"),
            ("type", "Database"),
            ("resource", resource.as_str()),
            ("permission", "read"),
            ("duration", "2h"),
            ("justification", "<b>incident</b>\n4711"),
        ];
        let narrowed = sends(&mut dana, &page, "narrow", &chosen).await;
        let text = narrowed.text();
        assert!(text.contains("At most 8 h."), "{text}");
        assert!(narrowed.html.contains("&#60;b&#62;incident"), "{}", narrowed.html);
        let made = sends(&mut dana, &narrowed, "send", &chosen).await;
        assert_eq!(
            (made.status, made.path.as_str()),
            (200, "/requests/AR-1"),
            "{}",
            made.text()
        );
        assert!(made.text().contains("<b>incident</b> 4711"), "{}", made.text());
        ctx.sees("omar", "AR-1").await;
        // Sent twice, it is one request.
        let again = sends(&mut dana, &narrowed, "send", &chosen).await;
        assert_eq!((again.status, again.path.as_str()), (200, "/requests/AR-1"));
        ctx.settle().await;
        assert!(!dana.open("/").await.text().contains("AR-2"));
        // What is asked already is shown instead.
        let double = sends(&mut dana, &page, "send", &chosen).await;
        assert_eq!(double.status, 409);
        assert!(
            double.text().contains(
                "AR-1: You already requested that: AR-1 is in progress. To request it again, withdraw that one first, on its page."
            ),
            "{}",
            double.text()
        );
        assert!(double.html.contains("href=\"/requests/AR-1\""));
        ctx.approves("omar").await;
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        assert!(
            ctx.headlines_since("REQUESTED")
                .contains("Dana Ito (dana@example.com) asks for read")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_beside_its_field_and_makes_nothing() {
    run(async |ctx| {
        let mut dana = signed_in(ctx, "dana").await;
        let page = dana.open("/request").await;
        let empty = sends(&mut dana, &page, "send", &[]).await;
        assert_eq!(empty.status, 409);
        // There is one integration, and one type on it.
        assert_eq!(
            empty.text().matches("There was only one choice").count(),
            2,
            "{}",
            empty.text()
        );
        assert!(
            !empty.text().contains("Choose an integration."),
            "{}",
            empty.text()
        );
        for sentence in [
            "Choose at least one resource.",
            "Write a duration such as 45s",
            "Say what you need it for.",
        ] {
            assert!(empty.text().contains(sentence), "{sentence}: {}", empty.text());
        }
        let (page, resource) = narrowed(ctx, &mut dana).await;
        let with = |changed: &'static [(&'static str, &'static str)]| {
            let mut fields = vec![
                ("integration", "orders-db"),
                ("type", "Database"),
                ("permission", "read"),
                ("duration", "2h"),
                ("justification", "incident 4711"),
            ];
            fields.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
            fields.extend(changed);
            fields
        };
        for (changed, sentence) in [
            (
                &[("duration", "9h")][..],
                "The flow \"Developers read\" allows at most 8 h.",
            ),
            (&[("duration", "0s")], "The duration must be longer than zero."),
            (&[("permission", "everything")], NOT_OFFERED),
            (&[("justification", "\u{200b}")], "Say what you need it for."),
        ] {
            let mut fields = with(changed);
            fields.push(("resource", &resource));
            let page = sends(&mut dana, &page, "send", &fields).await;
            assert_eq!(page.status, 409, "{changed:?}");
            assert!(page.text().contains(sentence), "{sentence}: {}", page.text());
        }
        let long = "x".repeat(2_001);
        let mut fields = with(&[("justification", "")]);
        fields.retain(|(name, _)| *name != "justification");
        fields.extend([("justification", long.as_str()), ("resource", &resource)]);
        let refused = sends(&mut dana, &page, "send", &fields).await;
        assert!(
            refused.text().contains("longer than 2,000 characters"),
            "{}",
            refused.text()
        );
        let long = "x".repeat(100_000);
        let refused = sends(&mut dana, &page, "send", &[("justification", &long)]).await;
        assert_eq!(refused.status, 413);
        assert!(
            dana.open("/")
                .await
                .text()
                .contains("You have made no requests yet.")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn continue_says_what_is_missing_and_a_single_choice_is_made() {
    run(async |ctx| {
        ctx.settle().await;
        // Dana can choose among many databases.
        let mut dana = signed_in(ctx, "dana").await;
        let page = dana.open("/request").await;
        let waits = page.html.split("name=\"waits\" value=\"").nth(1).unwrap();
        let waits = waits.split('"').next().unwrap().to_owned();
        let missing = "Choose at least one resource.";
        assert!(!page.text().contains(missing), "{}", page.text());
        let fields = [
            ("integration", "orders-db"),
            ("type", "Database"),
            ("waits", waits.as_str()),
        ];
        let asked = sends(&mut dana, &page, "narrow", &fields).await;
        assert_eq!(asked.status, 409);
        assert!(asked.text().contains(missing), "{}", asked.text());
        assert!(!asked.text().contains("Justification"), "{}", asked.text());
        // Looking for a resource is no choice of none, and neither is what the page before did not have.
        let found = sends(&mut dana, &page, "find", &fields).await;
        assert_eq!(found.status, 200);
        assert!(!found.text().contains(missing), "{}", found.text());
        let other = [fields[0], fields[1], ("waits", "type orders-db")];
        assert_eq!(sends(&mut dana, &page, "narrow", &other).await.status, 200);

        // Eve can only read one.
        let mut eve = signed_in(ctx, "eve").await;
        let page = eve.open("/request").await;
        let resource = boxed(&page, &ctx.target.database);
        for value in [&resource, "read"] {
            let ticked = format!("value=\"{value}\" checked");
            assert!(page.html.contains(&ticked), "{value}: {}", page.html);
        }
        assert!(page.text().contains("At most 8 h."), "{}", page.text());
        // Who asks for something else is not given that instead.
        let fields = [
            ("integration", "orders-db"),
            ("type", "Database"),
            ("resource", "0123456789abcdef0123456789abcdef"),
            ("permission", "read"),
        ];
        let refused = sends(&mut eve, &page, "send", &fields).await;
        assert_eq!(refused.status, 409);
        assert!(!refused.html.contains(" checked"), "{}", refused.html);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_for_more_than_their_flows_or_for_somebody_else() {
    run(async |ctx| {
        let mut dana = signed_in(ctx, "dana").await;
        let (page, resource) = narrowed(ctx, &mut dana).await;
        let fields = [
            ("integration", "orders-db"),
            ("type", "Database"),
            ("resource", resource.as_str()),
            ("permission", "write"),
            ("duration", "30m"),
            ("justification", "mine now"),
            ("requester", "U0DANA"),
            ("grantee", "U0DANA"),
            ("for", "dana@example.com"),
        ];
        // Eve may read, but not write; and a form makes requests of whoever sends it, and of nobody else.
        let mut eve = signed_in(ctx, "eve").await;
        let form = eve.open("/request").await;
        let refused = sends(&mut eve, &form, "send", &fields).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text().contains(NOT_OFFERED), "{}", refused.text());
        ctx.settle().await;
        assert!(
            ctx.headlines_since("REFUSED").contains("Eve"),
            "{}",
            ctx.headlines_since("REFUSED")
        );
        assert!(
            dana.open("/")
                .await
                .text()
                .contains("You have made no requests yet.")
        );
        // Another's form, with its token or its number, is not Eve's.
        let token = eve.open("/sessions").await.token();
        let (other, number) = (page.token(), once(&page));
        let mut stolen = vec![("form", other.as_str()), ("once", &number), ("step", "send")];
        stolen.extend(fields);
        assert_eq!(eve.post("/request", &stolen).await.status, 403);
        let made = sends(&mut dana, &page, "send", &fields).await;
        assert_eq!(made.path, "/requests/AR-1", "{}", made.text());
        let mut replayed = vec![("form", token.as_str()), ("once", &number), ("step", "send")];
        replayed.extend(fields);
        assert_eq!(eve.post("/request", &replayed).await.status, 409);
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        // Somebody without any flow has no form.
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/request").await;
        assert_snapshot!(page.text(), @"
        Request access
        No access flow lets you request anything yet. Ask Ada Lind (admin).
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_ended_is_asked_again_and_without_slack_it_says_why_not() {
    run(async |ctx| {
        ctx.granted("90m").await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let mut dana = signed_in(ctx, "dana").await;
        for path in ["/requests/AR-1", "/activity", "/"] {
            let page = dana.open(path).await;
            assert!(page.html.contains("href=\"/request?again=AR-1\""), "{path}");
        }
        let page = dana.open("/request?again=AR-1").await;
        let resource = boxed(&page, &ctx.target.database);
        assert!(
            page.html.contains(&format!("value=\"{resource}\" checked")),
            "{}",
            page.html
        );
        assert!(page.html.contains("value=\"read\" checked"), "{}", page.html);
        assert!(
            page.html.contains("name=\"duration\" value=\"1h30m\""),
            "{}",
            page.html
        );
        let fields = [
            ("integration", "orders-db"),
            ("type", "Database"),
            ("resource", resource.as_str()),
            ("permission", "read"),
            ("duration", "1h30m"),
            ("justification", "the same again"),
        ];
        let down = Trouble::on("users.info", CallMishap::Status(503));
        ctx.simulator.calls_meet(down.times(1_000));
        let refused = sends(&mut dana, &page, "send", &fields).await;
        assert_eq!(refused.status, 409);
        assert!(
            refused
                .text()
                .contains("I could not look people up in Slack just now"),
            "{}",
            refused.text()
        );
        ctx.simulator.end_troubles();
        let made = sends(&mut dana, &page, "send", &fields).await;
        assert_eq!(made.path, "/requests/AR-2", "{}", made.text());
        ctx.sees("omar", "AR-2").await;
        // Others fill in their own form with nothing of it.
        let mut eve = signed_in(ctx, "eve").await;
        let page = eve.open("/request?again=AR-1").await;
        let empty = eve.open("/request").await;
        assert_eq!(page.text(), empty.text());
        assert!(!page.html.contains("1h30m\" placeholder"), "{}", page.html);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_what_no_flow_gives_get_the_same_answer() {
    run(async |ctx| {
        ctx.settle().await;
        let own = ctx.target.database.clone();
        let entries = ctx.app().core().catalogue.of("orders-db");
        let of = |is_own: bool| {
            let mut all = entries.all();
            let entry = all.find(|entry| entry.resource.name.starts_with(&own) == is_own);
            entry.unwrap().value.clone()
        };
        let (own, hidden) = (of(true), of(false));
        let mut eve = signed_in(ctx, "eve").await;
        let mut answers = Vec::new();
        for (integration, resource, permission) in [
            ("orders-db", hidden.as_str(), "read"),
            ("orders-db", "0123456789abcdef0123456789abcdef", "read"),
            ("nowhere", hidden.as_str(), "read"),
            ("orders-db", own.as_str(), "write"),
            ("orders-db", own.as_str(), "everything"),
        ] {
            let form = eve.open("/request").await;
            let fields = [
                ("integration", integration),
                ("type", "Database"),
                ("resource", resource),
                ("permission", permission),
                ("duration", "30m"),
                ("justification", "what is there?"),
            ];
            let refused = sends(&mut eve, &form, "send", &fields).await;
            assert_eq!(refused.status, 409);
            assert!(refused.text().contains(NOT_OFFERED), "{}", refused.text());
            let alerts = refused.html.split("role=\"alert\">").skip(1);
            let alerts: Vec<String> = alerts
                .map(|rest| rest.split("</p>").next().unwrap().to_owned())
                .collect();
            answers.push((resource == own, alerts));
        }
        // Where Eve can request something, its form is there too.
        for (is_own, alerts) in &answers {
            let same = answers.iter().find(|(other, _)| other == is_own).unwrap();
            assert_eq!(alerts, &same.1);
        }
        ctx.settle().await;
        let refused = ctx.headlines_since("REFUSED");
        assert!(refused.contains("Eve"), "what exists is in the trail: {refused}");
    })
    .await;
}
