//! Every page as everybody, light and dark, at three widths, with scripts and without.

use std::collections::BTreeSet;
use std::fmt::Write;

use apono::web::route::Route;

use super::checks::{EVERY_LOOK, FEW_LOOKS, barriers, controls, faults, sideways, spoil, unseen_focus};
use super::run;
use super::window::{Look, Window};
use super::world::{self, EXPIRED, LIVE, PENDING};
use crate::web::with_portal;

/// Everybody, and the name of their account.
const PEOPLE: [(&str, &str); 6] = [
    ("admin", "ada"),
    ("auditor", "sam"),
    ("approver", "omar"),
    ("requester", "dana"),
    ("outsider", "eve"),
    ("nobody", ""),
];

const NOT_FOUND: &str = "Not found";
const SIGN_IN: &str = "Sign in";

/// The addresses of a page, and how its heading begins for those who may see it. A new route does not compile without its line here.
fn addresses(route: Route, resource: &str) -> Vec<(String, String)> {
    let page = |path: &str, heading: &str| (path.to_owned(), heading.to_owned());
    match route {
        // Not pages.
        Route::Asset
        | Route::Confirm
        | Route::EnterCode
        | Route::Issuer
        // Nobody can be sent here without an issuer.
        | Route::FromIssuer
        | Route::SignOut
        | Route::Zone
        | Route::EndAllSessions
        | Route::EndSession
        | Route::SendRequest
        | Route::Connect
        | Route::ExtendRequest
        | Route::EndRequest
        | Route::RevokeSelected
        | Route::PressRedButton
        | Route::AnswerRequest
        | Route::ExportActivity
        | Route::SaveReport
        | Route::ChangeReport
        | Route::ActOnReport
        | Route::RunReport
        | Route::StartReview
        | Route::DecideReview
        | Route::ReviewFile
        // Of a review that is there: `web/reviews.rs`.
        | Route::Review
        // Of saved reports alone; the form is that of a new one.
        | Route::EditReport => Vec::new(),
        Route::Home => vec![page("/", "My access")],
        // Who is signed in already is led to the start page.
        Route::SignIn => vec![page("/sign-in", "My access")],
        Route::Link => vec![page(
            "/sign-in/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Enter the code",
        )],
        Route::Sessions => vec![page("/sessions", "Sessions")],
        Route::Request => [PENDING, LIVE, EXPIRED, "AR-2"]
            .map(|number| page(&format!("/requests/{number}"), &format!("{number}: ")))
            .into(),
        Route::Ask => vec![
            page("/request", "Request access"),
            page(
                "/request?integration=fleet&type=Host&permission=login",
                "Request access",
            ),
        ],
        Route::Revoke => vec![page(&format!("/revoke?request={LIVE}&request=AR-99"), "")],
        Route::RedButton => vec![page("/revoke-all?person=U0DANA", "Revoke all")],
        Route::Waiting => vec![page("/waiting", "Waiting for me")],
        Route::Active => vec![
            page("/active", "Active access"),
            page("/active?at=yesterday", "Active access at"),
            page("/active?by=resource", "Active access"),
        ],
        Route::Activity => vec![
            page("/activity", "Activity"),
            page("/activity?text=nosuchword", "Activity"),
            page("/activity?created=whenever&flow=a", "Activity"),
        ],
        Route::Dashboard => vec![page("/dashboard", "Dashboard")],
        Route::Reports => vec![page("/reports", "Reports")],
        Route::NewReport => vec![page("/reports/new?status=granted", "New report")],
        Route::Report => vec![page("/reports/never-used", "Never used")],
        Route::Reviews => vec![page("/reviews", "Access reviews")],
        Route::NewReview => vec![page("/reviews/new?integration=orders-db", "New review")],
        Route::Log => vec![
            page("/log", "Audit log"),
            page("/log?kind=administration", "Audit log"),
            page("/log?kind=anomalies", "Audit log"),
        ],
        Route::Flows => vec![
            page("/flows", "Flows"),
            page(&format!("/flows?permission=write&target={resource}"), "Flows"),
        ],
        Route::People => vec![page("/people", "People"), page("/people?text=nosuchname", "People"), page("/people?live=some", "People")],
        Route::Person => vec![
            page("/people/U0DANA", "Dana-Annegret"),
            page("/people/U0DANA?with=U0OMAR", "Dana-Annegret"),
            page("/people/U0DANA?with=nosuchname", "Dana-Annegret"),
        ],
        Route::Integrations => vec![page("/integrations", "Integrations")],
        Route::Integration => vec![
            page("/integrations/orders-db", "orders-db"),
            page("/integrations/fleet", "fleet"),
        ],
        Route::Resource => vec![page(
            &format!("/integrations/orders-db/resources?name={resource}"),
            resource,
        )],
    }
}

/// Whether somebody may see what is at an address.
fn may_see(role: &str, route: Route, path: &str) -> bool {
    let reads_all = ["admin", "auditor"].contains(&role);
    let is = |numbers: &[&str]| numbers.iter().any(|number| path.ends_with(number));
    match route {
        Route::Request => match role {
            "requester" => true,
            "approver" => is(&[PENDING, EXPIRED]),
            _ => reads_all,
        },
        Route::Person => reads_all || role == "requester" && !path.contains("with="),
        Route::RedButton => role == "admin",
        Route::Integrations
        | Route::Integration
        | Route::Resource
        | Route::Log
        | Route::People
        | Route::NewReview => reads_all,
        _ => true,
    }
}

fn heading(role: &str, route: Route, (path, heading): &(String, String)) -> String {
    match (role, route) {
        ("nobody", Route::Link) => heading.clone(),
        ("nobody", _) => SIGN_IN.to_owned(),
        ("requester", Route::Revoke) => "Give back".to_owned(),
        (_, Route::Revoke) => "Revoke".to_owned(),
        _ if may_see(role, route, path) => heading.clone(),
        _ => NOT_FOUND.to_owned(),
    }
}

/// What is wrong with one page for one reader.
async fn looked_at(window: &Window, path: &str, heading: &str, looks: &[(u32, Look)]) -> Vec<String> {
    window.look(1280, Look::Light).await;
    window.open(path).await;
    let shown = window.heading().await;
    if !shown.starts_with(heading) {
        return vec![format!("it is {shown:?} instead of {heading:?}")];
    }
    let mut found = faults(window, looks).await;
    let with_scripts = controls(window).await;
    let mut said = window.console().await;
    // That is what the browser itself says of a page that is not there, or not for this filter.
    let is_refused = heading == NOT_FOUND || path.contains("whenever") || path.contains("with=nosuchname");
    said.retain(|line| !(is_refused && line.contains("the server responded with a status of 40")));
    found.extend(said.into_iter().map(|line| format!("the console says: {line}")));
    window.scripts(false).await;
    window.open(path).await;
    let (shown, without) = (window.heading().await, controls(window).await);
    window.scripts(true).await;
    // The same again, which is not to be taken for the next page's.
    window.console().await;
    if !shown.starts_with(heading) || without != with_scripts {
        found.push(format!("without scripts it is {shown:?}: {without:?}"));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_right_for_everybody_in_every_look() {
    run(world::busy, async |ctx, chromium| {
        let target = world::requests_in_every_state(ctx).await;
        let resource = ctx.target.database.clone();
        let mut wrong = String::new();
        let mut same = BTreeSet::new();
        for (role, who) in PEOPLE {
            let window = if who.is_empty() {
                Window::open_for(ctx, chromium, role).await
            } else {
                Window::signed_in(ctx, chromium, who).await
            };
            // Others' pages are made of the same parts.
            let looks = if role == "admin" {
                &EVERY_LOOK[..]
            } else {
                &FEW_LOOKS[..]
            };
            for route in Route::ALL {
                for one in addresses(route, &resource) {
                    let heading = heading(role, route, &one);
                    // These are the same for everybody, wherever they stand.
                    let is_same = [NOT_FOUND, SIGN_IN].contains(&&*heading);
                    let found = if is_same && !same.insert(heading.clone()) {
                        window.open(&one.0).await;
                        let shown = window.heading().await;
                        window.console().await;
                        if shown == heading { Vec::new() } else { vec![shown] }
                    } else {
                        looked_at(&window, &one.0, &heading, looks).await
                    };
                    for fault in found {
                        writeln!(wrong, "{role} {}: {fault}", one.0).unwrap();
                    }
                }
            }
            window.close().await;
        }
        world::ends(ctx, target).await;
        assert!(wrong.is_empty(), "{wrong}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_of_a_page_can_fail() {
    run(with_portal, async |ctx, chromium| {
        let window = Window::signed_in(ctx, chromium, "dana").await;
        assert_eq!(faults(&window, &EVERY_LOOK).await, [""; 0]);
        assert_eq!(window.console().await, [""; 0]);
        spoil(&window, "<img src=\"/assets/nothing.png\">").await;
        let found = barriers(&window).await;
        assert!(found.iter().any(|fault| fault.contains("image-alt")), "{found:?}");
        ctx.until("the console", async || !window.console().await.is_empty())
            .await;
        spoil(&window, "<svg width=\"2000\" height=\"9\"></svg>").await;
        assert!(!sideways(&window).await.is_empty());
        // The stylesheet takes the outline from what has this name.
        spoil(&window, "<button id=\"main\">Press</button>").await;
        let found = unseen_focus(&window).await;
        assert!(found.iter().any(|fault| fault.contains("Press")), "{found:?}");
        let script =
            "data:text/html,<h1>Before</h1><script>document.querySelector('h1').innerText = 'After'</script>";
        for (run, heading) in [(true, "After"), (false, "Before")] {
            window.scripts(run).await;
            window.open(script).await;
            assert_eq!(window.heading().await, heading);
        }
        window.close().await;
    })
    .await;
}
