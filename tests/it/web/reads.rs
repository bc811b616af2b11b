//! Who read what about others: in the trail before it is shown, once for each reader, page and hour, and in the audit channel only in
//! the line of the day.

use std::sync::Arc;
use std::time::Duration;

use apono::access::ids::{RequestId, RequestNumber, TextId};
use apono::access::request::{Request, State};
use apono::app::{App, Options};
use apono::audit::event::{Actor, Via, What};
use apono::audit::read::About;
use apono::audit::words::Words;
use apono::clock::Clock;
use apono::config::Config;
use apono::slack::web::Pacing;
use apono::store::StoredEvent;
use apono::usecases::reads::forget_old;
use apono::web::route::Route;
use apono::workers::capacity::Capacities;
use futures_util::future::join_all;
use insta::assert_snapshot;
use sea_orm::DbBackend;

use super::browser::Browser;
use super::signing_in::{new_browser, signed_in};
use super::with_portal;
use crate::support::bot::{Context, run_test_on, run_test_with};
use crate::support::process::apono;

/// How many requests of an hour are named, and the one event for all others.
const MOST: usize = 21;

const HOUR: Duration = Duration::from_hours(1);

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

async fn trail(ctx: &Context) -> Vec<StoredEvent> {
    ctx.app().core().store.events_after(0, 100_000).await.unwrap()
}

/// The reads in the trail: `Sam Reyes portal request AR-1`.
async fn reads(ctx: &Context) -> Vec<String> {
    let events = trail(ctx).await;
    let reads = events.iter().filter_map(|stored| {
        let (Actor::Person(person), What::Read(read)) = (&stored.event.actor, &stored.event.what) else {
            return None;
        };
        let about = read.about.as_ref().map(|about| match about {
            About::Request(number) => format!(" {number}"),
            About::Person(person) => format!(" {}", person.name),
            About::Integration(name) => format!(" {name}"),
            About::Resource { integration, name } => format!(" {name} on {integration}"),
        });
        let said = format!(
            "{} {} {}{}",
            person.name,
            stored.event.via.name(),
            read.page.name(),
            about.unwrap_or_default()
        );
        Some(ctx.plain(&said))
    });
    reads.collect()
}

/// What shows others' data of a page that somebody may see. A new route does not compile without its line here.
fn about_others(route: Route, resource: &str) -> Option<(String, &'static str)> {
    let page = |path: &str, read| Some((path.to_owned(), read));
    match route {
        Route::Request => page("/requests/AR-1", "request AR-1"),
        Route::Revoke => page("/revoke?request=AR-1", "revoke"),
        Route::RedButton => page("/revoke-all?person=U0DANA", "revoke_all Dana Ito"),
        Route::Active => page("/active", "active"),
        Route::Activity => page("/activity", "activity"),
        Route::Dashboard => page("/dashboard", "dashboard"),
        Route::Log => page("/log", "log"),
        Route::Flows => page(
            "/flows?person=U0DANA&permission=read&target=orders-db",
            "why Dana Ito",
        ),
        Route::People => page("/people", "people"),
        Route::Person => page("/people/U0DANA", "person Dana Ito"),
        Route::Integration => page("/integrations/orders-db", "integration orders-db"),
        Route::Resource => page(
            &format!("/integrations/orders-db/resources?name={resource}"),
            "resource orders on orders-db",
        ),
        // Nobody's, or the reader's own. What changes something has an event of its own, and shows what the pages above show.
        Route::Asset
        | Route::Integrations
        | Route::Home
        | Route::SignIn
        | Route::Confirm
        | Route::Link
        | Route::EnterCode
        | Route::Issuer
        | Route::FromIssuer
        | Route::SignOut
        | Route::Zone
        | Route::Sessions
        | Route::EndAllSessions
        | Route::EndSession
        | Route::Ask
        | Route::Waiting
        | Route::SendRequest
        | Route::Connect
        | Route::ExtendRequest
        | Route::EndRequest
        | Route::RevokeSelected
        | Route::PressRedButton
        | Route::AnswerRequest
        | Route::ExportActivity
        | Route::Reports
        | Route::NewReport
        | Route::SaveReport
        | Route::Report
        | Route::EditReport
        | Route::ChangeReport
        | Route::ActOnReport
        | Route::RunReport
        // The lines of a review are tried in `reviews.rs`.
        | Route::Reviews
        | Route::NewReview
        | Route::StartReview
        | Route::Review
        | Route::DecideReview
        | Route::ReviewFile => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_about_others_is_in_the_trail_once_an_hour_and_a_page_of_ones_own_never() {
    run(async |ctx| {
        ctx.granted("2h").await;
        let mut ada = signed_in(ctx, "ada").await;
        let mut expected = Vec::new();
        for route in Route::ALL {
            let found = about_others(route, &ctx.target.database);
            let (method, own) = route.name().split_once(' ').unwrap();
            let is_plain = method == "GET" && !own.contains('{') && own != "/sign-in/oidc/callback";
            let (path, read) = match found {
                Some((path, read)) => (path, Some(read)),
                None if is_plain => (own.to_owned(), None),
                None => continue,
            };
            for _ in 0..2 {
                assert_eq!(ada.open(&path).await.status, 200, "{path}");
            }
            expected.extend(read.map(|read| format!("Ada Lind portal {read}")));
            assert_eq!(reads(ctx).await, expected, "{path}");
        }
        // What compares two people is about both.
        ada.open("/people/U0DANA?with=U0OMAR").await;
        ada.open("/active?by=person").await;
        expected.push("Ada Lind portal person Omar Khan".to_owned());
        assert_eq!(reads(ctx).await, expected);

        let mut dana = signed_in(ctx, "dana").await;
        let mut omar = signed_in(ctx, "omar").await;
        for path in [
            "/",
            "/active",
            "/activity",
            "/dashboard",
            "/requests/AR-1",
            "/people/U0DANA",
        ] {
            assert_eq!(dana.open(path).await.status, 200, "{path}");
        }
        for path in ["/waiting", "/requests/AR-1", "/activity"] {
            assert_eq!(omar.open(path).await.status, 200, "{path}");
        }
        for path in ["/log", "/people/U0ADA", "/requests/AR-999"] {
            assert_eq!(dana.open(path).await.status, 404, "{path}");
        }
        assert_eq!(ada.open("/requests/AR-999").await.status, 404);
        assert_eq!(reads(ctx).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_hour_is_another_event_and_a_restart_is_none() {
    run(async |ctx| {
        ctx.granted("8h").await;
        let mut sam = signed_in(ctx, "sam").await;
        sam.open("/activity").await;
        sam.open("/requests/AR-1").await;
        ctx.quiet().await;
        ctx.stop().await;
        ctx.run().await;
        let mut again = new_browser(ctx);
        again.cookies.clone_from(&sam.cookies);
        again.open("/activity").await;
        again.open("/requests/AR-1").await;
        let hour = ["Sam Reyes portal activity", "Sam Reyes portal request AR-1"];
        assert_eq!(reads(ctx).await, hour);
        ctx.clock.advance(HOUR);
        again.open("/activity").await;
        again.open("/requests/AR-1").await;
        again.open("/activity").await;
        assert_eq!(reads(ctx).await, [hour, hour].concat());
        let events = trail(ctx).await;
        let hours = events.iter().filter_map(|stored| match &stored.event.what {
            What::Read(read) => Some((stored.event.at, read.hour)),
            _ => None,
        });
        let hours: Vec<_> = hours.collect();
        assert_eq!(hours[2].1, hours[0].1.plus(HOUR));
        assert!(
            hours
                .iter()
                .all(|(at, hour)| *at >= *hour && at.since(*hour) < HOUR)
        );
        // What is noted of past hours goes, and of the last one stays.
        let core = ctx.app().core();
        let is_noted = async |before| core.store.has_read_notes(before).await.unwrap();
        forget_old(core).await.unwrap();
        assert!(is_noted(hours[2].1).await);
        ctx.clock.advance(HOUR);
        forget_old(core).await.unwrap();
        assert!(!is_noted(hours[2].1).await);
        assert!(is_noted(hours[2].1.plus(HOUR)).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_follows_the_same_rule_and_shares_its_hour_with_the_portal() {
    run(async |ctx| {
        ctx.granted("2h").await;
        let why = format!("why <@U0DANA|dana> read on {}", ctx.target.database);
        for _ in 0..2 {
            ctx.says("sam", "log").await;
            ctx.says("sam", "active").await;
            ctx.says("sam", "show AR-1").await;
            ctx.says("ada", &why).await;
        }
        for (who, words) in [
            ("sam", "list"),
            ("sam", "whoami"),
            ("dana", "log"),
            ("dana", "active"),
            ("dana", "show AR-1"),
            ("omar", "show AR-1"),
            ("omar", "pending"),
        ] {
            ctx.says(who, words).await;
        }
        let expected = [
            "Sam Reyes slack activity",
            "Sam Reyes slack active",
            "Sam Reyes slack request AR-1",
            "Ada Lind slack why Dana Ito",
        ];
        assert_eq!(reads(ctx).await, expected);
        let mut sam = signed_in(ctx, "sam").await;
        for path in ["/activity", "/active", "/requests/AR-1"] {
            assert_eq!(sam.open(path).await.status, 200, "{path}");
        }
        assert_eq!(reads(ctx).await, expected);
        ctx.person("ada")
            .command("/apono", "revoke all <@U0DANA|dana>")
            .await
            .unwrap();
        ctx.window("ada", "Dana Ito").await;
        assert_eq!(
            reads(ctx).await.last().unwrap(),
            "Ada Lind slack revoke_all Dana Ito"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_not_shown() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let mut dana = signed_in(ctx, "dana").await;
        ctx.execute("ALTER TABLE read_note RENAME TO hidden").await;
        for path in [
            "/activity",
            "/active",
            "/requests/AR-1",
            "/people/U0DANA",
            "/log",
            "/dashboard",
        ] {
            let page = sam.open(path).await;
            assert_eq!(page.status, 500, "{path}");
            assert!(!page.html.contains("AR-1"), "{path}: {}", page.text());
            assert!(!page.html.contains("Dana"), "{path}: {}", page.text());
        }
        assert_eq!(
            dana.open("/activity").await.status,
            200,
            "nothing is recorded about it"
        );
        assert_eq!(reads(ctx).await, Vec::<String>::new());
        ctx.execute("ALTER TABLE hidden RENAME TO read_note").await;
        assert!(sam.open("/activity").await.text().contains("AR-1"));
        assert_eq!(reads(ctx).await, ["Sam Reyes portal activity"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_record_a_page_once() {
    run_test_on(&[DbBackend::Postgres], with_portal, async |ctx| {
        ctx.granted("2h").await;
        let mut here = signed_in(ctx, "sam").await;
        let config = Config::load(&ctx.config_path()).unwrap();
        let clock: Arc<dyn Clock> = Arc::clone(&ctx.clock) as Arc<dyn Clock>;
        let options = Options {
            clock,
            pacing: Pacing::Off,
            sockets: ctx.options.sockets.clone(),
            proxy: None,
            capacities: Capacities::default(),
        };
        let other = App::start(config, options).await.unwrap();
        let mut there = Browser::new(other.portal().unwrap().origin());
        there.cookies.clone_from(&here.cookies);
        for path in [
            "/activity",
            "/active",
            "/requests/AR-1",
            "/people/U0DANA",
            "/dashboard",
        ] {
            let (one, two) = tokio::join!(here.open(path), there.open(path));
            assert_eq!((one.status, two.status), (200, 200), "{path}");
        }
        let expected = [
            "Sam Reyes portal activity",
            "Sam Reyes portal active",
            "Sam Reyes portal request AR-1",
            "Sam Reyes portal person Dana Ito",
            "Sam Reyes portal dashboard",
        ];
        assert_eq!(reads(ctx).await, expected);
        other.stop().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_gets_no_post_and_is_not_behind() {
    run(async |ctx| {
        ctx.granted("8h").await;
        let mut sam = signed_in(ctx, "sam").await;
        ctx.settle().await;
        let core = ctx.app().core();
        let posts = ctx.audit_channel();
        for path in ["/activity", "/log", "/requests/AR-1"] {
            sam.open(path).await;
        }
        ctx.settle().await;
        assert_eq!(ctx.audit_channel(), posts);
        // The next event has its own message, in the thread of its request.
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let last = ctx.simulator.channel_messages("permissions-audit");
        let revoked = last
            .iter()
            .find(|post| post.rendered.contains("*REVOKED*"))
            .unwrap();
        assert!(revoked.thread_ts.is_some(), "{}", revoked.rendered);
        let output = apono(&[
            "audit",
            "verify",
            "--online",
            "--config",
            ctx.config_path().to_str().unwrap(),
        ])
        .output()
        .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("It fits the audit channel"), "{said}");

        // With nothing else to post, a channel that is out of reach is not behind.
        ctx.simulator
            .change_world(|world| world.archive("permissions-audit"));
        ctx.sees("ada", "The audit channel #permissions-audit is archived")
            .await;
        ctx.clock.advance(HOUR);
        sam.open("/activity").await;
        ctx.clock.advance(Duration::from_mins(16));
        assert_eq!(core.store.oldest_unposted().await.unwrap(), None);
        assert!(!core.is_audit_behind().await.unwrap());
        ctx.simulator
            .change_world(|world| world.unarchive("permissions-audit"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_the_day_says_who_read_what() {
    run(async |ctx| {
        ctx.granted("2h").await;
        let mut sam = signed_in(ctx, "sam").await;
        for path in ["/activity", "/log", "/requests/AR-1", "/people/U0DANA", "/people/U0OMAR"] {
            sam.open(path).await;
        }
        ctx.says("ada", "active").await;
        ctx.clock.advance(HOUR);
        sam.open("/activity").await;
        ctx.clock.advance(23 * HOUR);
        let days = ctx
            .eventually("the day is summed up", async || {
                Some(ctx.audit_posts("DAY").await).filter(|days| !days.is_empty())
            })
            .await;
        let line = days[0].lines().filter(|line| line.contains("Read about others"));
        assert_snapshot!(line.collect::<Vec<_>>().join("\n"), @"Read about others: 2 people; Sam Reyes (sam@example.com): activity x2, audit log, request, person x2; Ada Lind (ada@example.com): active");

        // The log and an export have each of them.
        let mut sam = signed_in(ctx, "sam").await;
        let text = ctx.plain(&sam.open("/log?kind=reads&actor=U0SAM&time=..1h").await.text());
        let said = text.lines().filter(|line| line.starts_with("READ "));
        assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @"
        READ Sam Reyes (sam@example.com) read everybody's requests in the portal
        READ Sam Reyes (sam@example.com) read the page of Omar Khan (omar@example.com) in the portal
        READ Sam Reyes (sam@example.com) read the page of Dana Ito (dana@example.com) in the portal
        READ Sam Reyes (sam@example.com) read AR-1 in the portal
        READ Sam Reyes (sam@example.com) read the audit log in the portal
        READ Sam Reyes (sam@example.com) read everybody's requests in the portal
        ");
        let token = sam.open("/sessions").await.token();
        let fields = [("form", token.as_str()), ("rows", "events"), ("format", "jsonl"), ("filter", "")];
        let file = sam.post("/activity/export", &fields).await;
        let in_file = file.html.lines().filter(|line| line.contains(r#""read":{"#));
        assert_eq!(in_file.count(), reads(ctx).await.len());
    })
    .await;
}

/// Many requests of Dana's like AR-1.
async fn many_requests(ctx: &Context, last: i64) {
    let core = ctx.app().core();
    let like = core
        .store
        .request_by_number(RequestNumber(1))
        .await
        .unwrap()
        .unwrap();
    let mut tx = core.store.write().await.unwrap();
    for number in 2..=last {
        let id = format!("{}{number:08}", &like.id.as_str()[..24]);
        let words = Words::new(TextId::new(&id), [7; 16], "incident".to_owned());
        tx.insert_words(&words).await.unwrap();
        tx.insert_request(&Request {
            id: RequestId::new(&id),
            number: RequestNumber(number),
            justification: words.id.clone(),
            state: State::Cancelled,
            ..like.clone()
        })
        .await
        .unwrap();
    }
    tx.seal(Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_reads_does_not_flood_the_trail() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        many_requests(ctx, 60).await;
        let sam = signed_in(ctx, "sam").await;
        for _ in 0..2 {
            let opened = (1..=60).map(|number| {
                let mut tab = new_browser(ctx);
                tab.cookies.clone_from(&sam.cookies);
                async move { tab.open(&format!("/requests/AR-{number}")).await.status }
            });
            assert!(join_all(opened).await.iter().all(|status| *status == 200));
        }
        let all = reads(ctx).await;
        assert_eq!(all.len(), MOST, "{all:?}");
        assert_eq!(all[MOST - 1], "Sam Reyes portal request");
        // Nothing that does not exist gets into the trail, whatever an address says.
        let mut tab = new_browser(ctx);
        tab.cookies.clone_from(&sam.cookies);
        for n in 0..30 {
            for path in [
                format!("/requests/AR-{}", 1_000 + n),
                format!("/people/U0MADEUP{n}"),
                format!("/integrations/made-up-{n}"),
                format!("/integrations/orders-db/resources?name=made-up-{n}"),
                format!("/integrations/made-up-{n}/resources?name={}", ctx.target.database),
            ] {
                assert_eq!(tab.open(&path).await.status, 404, "{path}");
            }
        }
        assert_eq!(reads(ctx).await.len(), MOST);
        // Lists count once, whatever their filter and however many at once.
        let opened = (0..30).map(|n| {
            let mut tab = new_browser(ctx);
            tab.cookies.clone_from(&sam.cookies);
            async move { tab.open(&format!("/activity?integration=x{n}")).await.status }
        });
        join_all(opened).await;
        assert_eq!(reads(ctx).await.len(), MOST + 1);
        let named = trail(ctx).await;
        let named = named.iter().filter(|stored| stored.event.via == Via::Portal);
        assert!(named.count() < 2 * MOST);
    })
    .await;
}
