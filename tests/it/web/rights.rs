//! Who may see and do what in the portal: every route, for every role and relation, in one golden file.

use std::fmt::Write;

use apono::access::filter::Filter;
use apono::access::reader::Reader;
use apono::access::request::State;
use apono::store::Page;
use apono::web::route::Route;
use http::Method;
use insta::assert_snapshot;
use sea_orm::DbBackend;

use super::browser::{Browser, Page as Shown};
use super::connect::login;
use super::oidc::by_role::{self, ADDRESS, names_auditor};
use super::oidc::made_up::MadeUp;
use super::oidc::with_issuer;
use super::signing_in::{new_browser, signed_in};
use super::with_portal;
use crate::support::bot::{Context, Setup, run_test_on};

/// Everybody, in the order in which they try: who decides, decides last.
const PEOPLE: [(&str, &str); 7] = [
    ("", "nobody"),
    ("eve", "outsider"),
    ("dana", "requester"),
    ("sam", "auditor"),
    (BY_ROLE, "by role"),
    ("ada", "admin"),
    ("omar", "approver"),
];

/// Somebody without an account in Slack.
const BY_ROLE: &str = "the firm";

/// Nobody has that many.
const NONE: &str = "AR-999";

/// A request of Dana's that Omar is asked to answer, and one of Omar's that he is not.
const ASKED: &str = "AR-1";
const OTHERS: &str = "AR-2";

/// What somebody tries, and what it is to them.
struct Try {
    path: String,
    relation: &'static str,
    fields: Vec<(&'static str, String)>,
}

fn owned(fields: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    fields
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

fn alone(path: &str) -> Vec<Try> {
    vec![seen(path, "")]
}

fn seen(path: &str, relation: &'static str) -> Try {
    Try {
        path: path.to_owned(),
        relation,
        fields: Vec::new(),
    }
}

/// `path` about each request, `{}` being its number.
fn about(who: &str, path: &str, fields: &[(&'static str, &str)]) -> Vec<Try> {
    let relation = |number: &str| match (who, number) {
        (_, NONE) => "not there",
        ("dana", ASKED) | ("omar", OTHERS) => "mine",
        ("omar", ASKED) => "asked of me",
        _ => "another's",
    };
    [ASKED, OTHERS, NONE]
        .map(|number| Try {
            path: path.replace("{}", number),
            relation: relation(number),
            fields: owned(fields),
        })
        .into()
}

/// Live access of Dana's.
#[derive(Default)]
struct Live {
    number: String,
    version: i64,
}

/// The same about the live access.
fn of_live(who: &str, live: &Live, act: &str, fields: &[(&'static str, &str)]) -> Try {
    Try {
        path: format!("/requests/{}/{act}", live.number),
        relation: if who == "dana" {
            "mine, live"
        } else {
            "other, live"
        },
        fields: owned(fields),
    }
}

/// A built-in report, and one that is not there. Saved ones are in `web/reports.rs`.
fn of_reports(act: &str, fields: &[(&'static str, &str)]) -> Vec<Try> {
    [("who-has-what-now", "built in"), (NONE, "not there")]
        .map(|(report, relation)| Try {
            path: format!("/reports/{report}{act}"),
            relation,
            fields: owned(fields),
        })
        .into()
}

/// A new route does not compile without its line here. Nobody was asked about `live`;
/// `resource` is what the requests are for.
fn tries(route: Route, who: &str, live: &Live, resource: &str) -> Vec<Try> {
    match route {
        Route::Asset => alone("/assets/nothing.css"),
        Route::Home => alone("/"),
        Route::SignIn | Route::Confirm => alone("/sign-in"),
        Route::Link | Route::EnterCode => alone("/sign-in/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        Route::Issuer => alone("/sign-in/oidc"),
        Route::FromIssuer => alone("/sign-in/oidc/callback"),
        // Signing out is last of all.
        Route::SignOut | Route::EndAllSessions => Vec::new(),
        Route::Zone => alone("/zone"),
        Route::Sessions => alone("/sessions"),
        Route::EndSession => alone("/sessions/019ad000000070000000000000000000/end"),
        Route::Ask => alone("/request"),
        Route::SendRequest => vec![Try {
            path: "/request".to_owned(),
            relation: "",
            fields: owned(&[("step", "send"), ("integration", "orders-db")]),
        }],
        Route::Request => about(who, "/requests/{}", &[]),
        Route::Connect => about(who, "/requests/{}/connect", &[])
            .into_iter()
            .chain([of_live(who, live, "connect", &[])])
            .collect(),
        Route::ExtendRequest => about(who, "/requests/{}/extend", &[("duration", "1h")])
            .into_iter()
            .chain([of_live(who, live, "extend", &[("duration", "10m")])])
            .collect(),
        Route::EndRequest => vec![
            Try {
                path: format!("/requests/{}/end", live.number),
                relation: if who == "dana" { "mine" } else { "another's" },
                fields: owned(&[("reason", "no longer needed")]),
            },
            seen(&format!("/requests/{NONE}/end"), "not there"),
        ],
        Route::Revoke => about(who, "/revoke?request={}", &[]),
        Route::RevokeSelected => [
            (
                format!("{}.{}", live.number, live.version),
                if who == "dana" { "mine" } else { "another's" },
            ),
            (format!("{NONE}.1"), "not there"),
        ]
        .into_iter()
        .map(|(request, relation)| Try {
            path: "/revoke".to_owned(),
            relation,
            fields: vec![("request", request), ("reason", "no longer needed".to_owned())],
        })
        .collect(),
        Route::RedButton => [
            ("person=U0NOBODY", "not there"),
            ("person=U0DANA", if who == "dana" { "mine" } else { "another's" }),
        ]
        .map(|(scope, relation)| seen(&format!("/revoke-all?{scope}"), relation))
        .into(),
        // Nothing of Eve's is live.
        Route::PressRedButton => vec![Try {
            path: "/revoke-all".to_owned(),
            relation: "",
            fields: owned(&[("person", "U0EVE")]),
        }],
        Route::AnswerRequest => about(who, "/requests/{}/answer", &[("verdict", "approve")]),
        Route::Waiting => alone("/waiting"),
        Route::Active => alone("/active"),
        Route::Activity => alone("/activity"),
        Route::Dashboard => alone("/dashboard"),
        Route::Reports => alone("/reports"),
        Route::NewReport => alone("/reports/new"),
        Route::SaveReport => vec![Try {
            path: "/reports".to_owned(),
            relation: "",
            fields: vec![
                ("name", format!("Everything, by {who}")),
                ("format", "csv".to_owned()),
                ("column", "request_id".to_owned()),
                ("once", "saved".to_owned()),
            ],
        }],
        Route::Report => of_reports("", &[]),
        Route::EditReport => of_reports("/edit", &[]),
        Route::ChangeReport => of_reports("", &[("name", "Mine")]),
        Route::ActOnReport => of_reports("/act", &[("do", "delete")]),
        Route::RunReport => of_reports("/run", &[("format", "csv")]),
        Route::Reviews => alone("/reviews"),
        Route::NewReview => alone("/reviews/new"),
        // One that starts, and who decides what in it, is in `web/reviews.rs`.
        Route::StartReview => vec![Try {
            path: "/reviews".to_owned(),
            relation: "",
            fields: owned(&[("do", "preview")]),
        }],
        Route::Review => vec![seen("/reviews/RV-999", "not there")],
        Route::DecideReview => vec![Try {
            path: "/reviews/RV-999".to_owned(),
            relation: "not there",
            fields: owned(&[("verdict", "keep"), ("line", "1")]),
        }],
        Route::ReviewFile => vec![Try {
            path: "/reviews/RV-999/pdf".to_owned(),
            relation: "not there",
            fields: Vec::new(),
        }],
        Route::Log => alone("/log"),
        Route::Flows => alone("/flows"),
        Route::People => alone("/people"),
        Route::Person => {
            let relation = if who == "dana" { "mine" } else { "another's" };
            [("/people/U0DANA", relation), ("/people/U0NOBODY", "not there")]
                .map(|(path, relation)| seen(path, relation))
                .into()
        }
        Route::Integrations => alone("/integrations"),
        Route::Integration => ["/integrations/orders-db", "/integrations/none"]
            .map(|path| seen(path, if path.ends_with("none") { "not there" } else { "" }))
            .into(),
        Route::Resource => [resource, "none"]
            .map(|name| {
                let path = format!("/integrations/orders-db/resources?name={name}");
                seen(&path, if name == "none" { "not there" } else { "" })
            })
            .into(),
        Route::ExportActivity => vec![Try {
            path: "/activity/export".to_owned(),
            relation: "",
            fields: owned(&[("rows", "requests"), ("format", "csv")]),
        }],
    }
}

fn outcome(page: &Shown) -> &'static str {
    match (page.status, page.header("location")) {
        (200, _) => "yes",
        (303, to) if to.starts_with("/sign-in") => "sign in",
        (303, _) => "done",
        (403, _) if page.text().contains("Without a Slack account") => "reads only",
        (403, _) => "refused as forged",
        (404, _) => "not found",
        (409, _) => "refused",
        (status, _) => panic!("{status} {}", page.path),
    }
}

/// The usual set-up, in which Dana can extend what she has, and people sign in with this issuer too.
fn with_extensions(issuer: &str) -> Setup {
    let setup = with_issuer(issuer, "apono", None);
    let automatic = "approval = \"automatic\"";
    let extendable = format!("{automatic}\nextensions = {{ times = 2, each = \"1h\" }}");
    Setup {
        config: setup.config.replace(automatic, &extendable),
        ..setup
    }
}

async fn tried(browser: &mut Browser, method: Method, one: &Try) -> Shown {
    if method == Method::GET {
        return browser.ask(method, &one.path, None).await;
    }
    let form = browser.ask(Method::GET, "/sessions", None).await;
    let token = if form.status == 200 {
        form.token()
    } else {
        String::new()
    };
    let mut fields = vec![("form", token.as_str()), ("once", &one.path)];
    fields.extend(one.fields.iter().map(|(name, value)| (*name, value.as_str())));
    browser.post(&one.path, &fields).await
}

async fn browser_of(ctx: &mut Context, issuer: &MadeUp, who: &str) -> Browser {
    match who {
        "" => new_browser(ctx),
        BY_ROLE => by_role::signed_in(ctx, issuer).await,
        _ => signed_in(ctx, who).await,
    }
}

/// Both requests wait for an answer.
async fn two_requests(ctx: &Context) {
    ctx.asks("dana", "read", "2h", "incident 4711").await;
    ctx.sees("omar", "AR-1").await;
    ctx.asks("omar", "read", "2h", "incident 4712").await;
    ctx.sees("priya", "AR-2").await;
    ctx.settle().await;
}

/// Live access of Dana's, if the route is about some: a new one once somebody ended the last.
async fn live_access(ctx: &Context, route: Route) -> Live {
    let is_about_live = matches!(
        route,
        Route::Connect | Route::ExtendRequest | Route::EndRequest | Route::RevokeSelected
    );
    if !is_about_live {
        return Live::default();
    }
    let newest = async || {
        let everybody = Reader::operator();
        let store = &ctx.app().core().store;
        let any = Filter::default();
        let found = store
            .requests_like(&everybody, &any, Page::First, 1)
            .await
            .unwrap();
        found
            .items
            .into_iter()
            .find(|newest| newest.request.state == State::Granted)
    };
    if newest().await.is_none() {
        ctx.settle().await;
        ctx.asks("dana", "write", "30m", "a migration").await;
    }
    let request = ctx.eventually("it is granted", newest).await.request;
    Live {
        number: request.number.to_string(),
        version: request.version,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_golden_file_of_rights() {
    let issuer = MadeUp::start().await;
    let setup = || with_extensions(&issuer.issuer);
    run_test_on(&[DbBackend::Sqlite], setup, async |ctx| {
        names_auditor(ctx, ADDRESS).await;
        two_requests(ctx).await;
        let mut browsers = Vec::new();
        for (who, role) in PEOPLE {
            browsers.push((who, role, browser_of(ctx, &issuer, who).await));
        }
        let mut table = String::new();
        for route in Route::ALL {
            let (method, _) = route.name().split_once(' ').unwrap();
            let method: Method = method.parse().unwrap();
            writeln!(table, "{}", route.name()).unwrap();
            for (who, role, browser) in &mut browsers {
                let live = live_access(ctx, route).await;
                for one in tries(route, who, &live, &ctx.target.database) {
                    let page = tried(browser, method.clone(), &one).await;
                    if route == Route::Connect && page.status == 200 {
                        login(ctx, &page);
                    }
                    let relation = one.relation;
                    writeln!(table, "    {role:<10} {relation:<12} {}", outcome(&page)).unwrap();
                }
            }
        }
        // The two that end sessions, with a session each.
        for route in [Route::SignOut, Route::EndAllSessions] {
            let (_, path) = route.name().split_once(' ').unwrap();
            writeln!(table, "{} at the end", route.name()).unwrap();
            for (who, role) in PEOPLE {
                let mut browser = browser_of(ctx, &issuer, who).await;
                let page = tried(&mut browser, Method::POST, &alone(path)[0]).await;
                let after = browser.ask(Method::GET, "/", None).await;
                writeln!(
                    table,
                    "    {role:<10} {:<12} {}, then {}",
                    "",
                    outcome(&page),
                    outcome(&after)
                )
                .unwrap();
            }
        }
        assert_snapshot!("rights", table);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_counts_without_its_token_and_no_page_has_a_script_or_a_style_of_its_own() {
    run_test_on(&[DbBackend::Sqlite], with_portal, async |ctx| {
        two_requests(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        for route in Route::ALL {
            let (method, path) = route.name().split_once(' ').unwrap();
            let path = path
                .replace("{number}", ASKED)
                .replace("{id}", "019ad000000070000000000000000000")
                .replace("{token}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
                .replace("{account}", "U0DANA")
                .replace("{name}", "orders-db");
            if method == "GET" {
                let page = ada.open(&path).await;
                for part in ["<script", " style=", " onclick=", "javascript:"] {
                    assert!(!page.html.contains(part), "{path} has {part}");
                }
                assert!(page.html.len() < 60_000, "{path} is {} bytes", page.html.len());
            } else {
                for token in ["", "0000000000000000"] {
                    let page = ada.post(&path, &[("form", token), ("verdict", "approve")]).await;
                    assert_eq!(page.status, 403, "{path}");
                }
            }
        }
        assert_eq!(ctx.state_of(1).await, "Pending");
        assert_eq!(ada.open("/").await.path, "/");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_seen_and_what_is_not_there_are_the_same() {
    run_test_on(&[DbBackend::Sqlite], with_portal, async |ctx| {
        two_requests(ctx).await;
        let mut eve = signed_in(ctx, "eve").await;
        let unseen = eve.open("/requests/AR-1").await;
        for path in [
            "/requests/AR-999",
            "/requests/AR-01",
            "/requests/1",
            "/requests/AR-1%00",
            "/requests/AR-99999999999999999999",
        ] {
            let page = eve.open(path).await;
            assert_eq!((page.status, &page.html), (unseen.status, &unseen.html), "{path}");
        }
        assert_eq!(unseen.status, 404);
    })
    .await;
}
