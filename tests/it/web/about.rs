//! The pages about a person, an integration and a resource.

use std::time::Duration;

use super::browser::Page;
use super::signing_in::signed_in;
use super::with_portal;
use crate::ssh_target::front_door;
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

fn path_of_resource(ctx: &Context) -> String {
    format!("/integrations/orders-db/resources?name={}", ctx.target.database)
}

/// What people read in the section with this heading.
fn section(page: &Page, heading: &str) -> String {
    assert_eq!(page.status, 200, "{}: {}", page.path, page.text());
    let text = page.text();
    let after = text
        .split_once(&format!("\n{heading}"))
        .unwrap_or_else(|| panic!("no {heading}:\n{text}"));
    after.1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_had_asked_and_decided() {
    run(async |ctx| {
        two_granted(ctx).await;
        let before = ctx.app().core().now().to_rfc3339();
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/people/U0DANA").await;
        let text = page.text();
        assert!(text.starts_with("Dana Ito\ndana@example.com U0DANA"), "{text}");
        let (now, rest) = section(&page, "Has now")
            .split_once("Asked for and had")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        assert!(now.contains("AR-2") && !now.contains("AR-1"), "{now}");
        let (asked, decided) = rest.split_once("Decided").unwrap();
        assert!(asked.contains("AR-1") && asked.contains("AR-2"), "{asked}");
        assert!(decided.contains("No decisions yet."), "{decided}");
        let page = sam.open(&format!("/people/U0DANA?at={before}")).await;
        let then = section(&page, "Had at ");
        let (then, _) = then.split_once("Asked for and had").unwrap();
        assert!(then.contains("AR-1") && then.contains("AR-2"), "{then}");
        assert!(section(&sam.open("/people/U0OMAR").await, "Decided").contains("AR-1"));
        assert_eq!(sam.open("/people/U0DANA?at=soon").await.status, 400);
        ctx.says("ada", "block <@U0DANA|dana> a laptop was stolen").await;
        ctx.settle().await;
        let text = sam.open("/people/U0DANA").await.text();
        assert!(
            text.contains("Blocked by Ada Lind (ada@example.com) since "),
            "{text}"
        );
        assert!(text.contains("They wrote: “a laptop was stolen”"), "{text}");
        assert!(text.contains("May ask for\nNothing while blocked."), "{text}");
        for (query, has_dana) in [("yes", true), ("no", false)] {
            let text = sam.open(&format!("/people?blocked={query}")).await.text();
            assert_eq!(text.contains("Dana Ito"), has_dana, "{query}: {text}");
        }

        // Others see themselves, and nothing of what they may not read.
        let mut omar = signed_in(ctx, "omar").await;
        let own = omar.open("/people/U0OMAR").await;
        assert!(
            own.text().contains("Has now") && !own.text().contains("Decided"),
            "{}",
            own.text()
        );
        let other = omar.open("/people/U0DANA").await;
        let nobody = omar.open("/people/U0NOBODY").await;
        assert_eq!((other.status, &other.html), (404, &nobody.html));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_roles_groups_and_flows_for_those_who_may_see_them() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let text = sam.open("/people/U0DANA").await.text();
        for said in [
            "In Slack\nfull member\nRoles\nnone\nGroups\ndevelopers\nMay ask for\n",
            "Developers read\nread on ",
            "(orders-db), at most 8 h; one of group:sre has to approve",
            "Write at once\nwrite on every resource (orders-db), at most 1 h; nobody has to approve",
        ] {
            assert!(text.contains(said), "no {said:?}: {text}");
        }
        let of_ada = sam.open("/people/U0ADA").await.text();
        assert!(of_ada.contains("Roles\nadmin"), "{of_ada}");
        assert!(
            of_ada.contains("Nothing: no access flow includes them."),
            "{of_ada}"
        );
        let mut dana = signed_in(ctx, "dana").await;
        assert!(
            dana.open("/people/U0DANA")
                .await
                .text()
                .contains("Developers read")
        );
        assert_eq!(dana.open("/people/U0OMAR").await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_kept_nothing_is_asked() {
    front_door::run_test_on_top_of(&with_portal().config, "5m", async |ctx| {
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let text = sam.open("/integrations/bastion-ssh").await.text();
        let said = "Last answer\nNothing is asked there: the bot keeps nothing on it.";
        assert!(text.contains(said), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_says_how_it_is_what_it_offers_and_who_has_access() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/integrations/orders-db").await;
        let text = page.text();
        assert!(text.starts_with("orders-db\npostgres"), "{text}");
        for said in [
            "Who has access now",
            "AR-2",
            "Developers read",
            "group:developers",
            "nobody: approved automatically",
            "read, write",
            "open sessions are ended",
        ] {
            assert!(text.contains(said), "no {said:?}: {text}");
        }
        assert!(
            !text.contains("none since the bot started") && !text.contains("froze"),
            "{text}"
        );
        let resource = format!("href=\"{}\"", path_of_resource(ctx));
        assert!(page.html.contains(&resource), "{}", page.html);
        ctx.says("ada", "freeze orders-db a migration").await;
        ctx.settle().await;
        let text = sam.open("/integrations/orders-db").await.text();
        assert!(
            text.contains("Frozen by Ada Lind (ada@example.com) since "),
            "{text}"
        );
        assert!(text.contains("They wrote: “a migration”"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_are_listed_with_how_each_is() {
    run(async |ctx| {
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/integrations").await;
        let text = page.text();
        assert!(text.contains("orders-db postgres\nno trouble known\n"), "{text}");
        for link in ["/integrations/orders-db", "/active?integration=orders-db"] {
            assert!(
                page.html.contains(&format!("href=\"{link}\"")),
                "{link}: {}",
                page.html
            );
        }
        ctx.says("ada", "freeze orders-db a migration").await;
        ctx.settle().await;
        let text = sam.open("/integrations").await.text();
        assert!(text.contains("orders-db postgres\nfrozen\n"), "{text}");
        let mut dana = signed_in(ctx, "dana").await;
        assert_eq!(dana.open("/integrations").await.status, 404);
        assert!(!dana.open("/").await.html.contains("href=\"/integrations\""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_read_about_somebody_is_found() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        for path in ["/people/U0DANA", "/requests/AR-1", "/requests/AR-2"] {
            assert_eq!(sam.open(path).await.status, 200);
        }
        let found = |page: &Page| page.html.matches("<strong>READ</strong>").count();
        let about = sam.open("/log?event=read&about=dana%40example.com").await;
        assert_eq!(found(&about), 1, "{}", about.text());
        assert!(about.text().contains("the page of Dana Ito"), "{}", about.text());
        let about = sam.open("/log?event=read&about=AR-2").await;
        assert_eq!(found(&about), 1, "{}", about.text());
        let wrong = sam.open("/log?about=nobody").await;
        assert_eq!(wrong.status, 400, "{}", wrong.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_says_who_has_it_had_it_may_ask_and_decides() {
    run(async |ctx| {
        two_granted(ctx).await;
        let before = ctx.app().core().now().to_rfc3339();
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let path = path_of_resource(ctx);
        let page = sam.open(&path).await;
        let now = section(&page, "Who has it now");
        let (now, rest) = now.split_once("Who may ask, and who decides").unwrap();
        assert!(now.contains("AR-2") && !now.contains("AR-1"), "{now}");
        assert!(rest.contains("group:sre") && rest.contains("AR-1"), "{rest}");
        let page = sam.open(&format!("{path}&at={before}")).await;
        let then = section(&page, "Who had it at ");
        let (then, _) = then.split_once("Who may ask").unwrap();
        assert!(then.contains("AR-1") && then.contains("AR-2"), "{then}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_lists_lead_to_their_pages_for_those_who_may_read_them() {
    run(async |ctx| {
        two_granted(ctx).await;
        let links = [
            "/people/U0DANA".to_owned(),
            "/integrations/orders-db".to_owned(),
            path_of_resource(ctx),
        ];
        let mut sam = signed_in(ctx, "sam").await;
        let mut dana = signed_in(ctx, "dana").await;
        let (all, own) = (sam.open("/activity").await, dana.open("/activity").await);
        for path in links {
            let link = format!("href=\"{path}\"");
            assert!(all.html.contains(&link), "{link}: {}", all.html);
            assert!(!own.html.contains(&link), "{link}: {}", own.html);
        }
        for link in all.html.split("href=\"").skip(1) {
            let path = link.split('"').next().unwrap().replace("&amp;", "&");
            if path.starts_with("/people") || path.starts_with("/integrations") {
                assert_eq!(sam.open(&path).await.status, 200, "{path}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_answer_is_said_with_why() {
    run(async |ctx| {
        ctx.stop_when_quiet().await;
        let mut door = ctx.door_before_target();
        ctx.start_app().await;
        ctx.until("it was asked", async || {
            ctx.app().core().contacts.last("orders-db").is_some()
        })
        .await;
        let mut sam = signed_in(ctx, "sam").await;
        ctx.settle().await;
        door.shut().await;
        ctx.clock.advance(Duration::from_hours(1));
        ctx.until("it is in trouble", async || {
            !ctx.app().core().troubles.on("orders-db").is_empty()
        })
        .await;
        let text = sam.open("/integrations/orders-db").await.text();
        assert!(text.contains("orders-db does not answer: "), "{text}");
        assert!(text.contains("Since 20"), "{text}");
    })
    .await;
}
