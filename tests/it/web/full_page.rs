//! The longest lists that a page has: requests with long names and more words than a line shows.

use std::fmt::Write;
use std::time::Duration;

use apono::access::ids::SubmissionId;
use apono::access::people::Facts;
use apono::access::request::Unit;
use apono::audit::event::Via;
use apono::slack::web::Lane;
use apono::usecases::Receipt;
use apono::usecases::ask::{Form, ask};
use sea_orm::DbBackend;

use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, Setup, run_test_on};

/// As many as a page has.
const REQUESTS: usize = 40;

/// The most bytes of a page.
const MOST: usize = 60_000;

const INTEGRATION: &str = "production-hosts";
const PERMISSION: &str = "log-in-as-deploy-user";

/// More than a line shows.
const WHY: &str = "Customers in Frankfurt report that invoices of November arrive twice; I compare the mail queue with what \
                   the billing job wrote, and restart it if it is stuck.";

fn host(number: usize) -> String {
    format!("billing-worker-mail-{number:03}.fra1")
}

fn with_hosts() -> Setup {
    let mut resources = String::new();
    for number in 1..=REQUESTS {
        let name = host(number);
        write!(resources, "{{ name = \"{name}\", hosts = [\"10.0.0.1\"] }}, ").unwrap();
    }
    let setup = with_portal();
    let config = format!(
        r#"{}
[[integrations]]
name = "{INTEGRATION}"
kind = "ssh"
ca_key = {{ made = "keys/ca" }}
principal = "{{account}}-{{resource}}"
resources = [{resources}]
permissions = {{ {PERMISSION} = "deploy" }}

[[flows]]
name = "Hosts for people on call"
requesters = ["group:developers"]
integration = "{INTEGRATION}"
approval = "automatic"
max_duration = "8h"

[limits]
open_requests = 1000
requests_per_hour = 1000
"#,
        setup.config
    );
    Setup { config, ..setup }
}

/// Dana requests one host after the other, and gets them.
async fn all_granted(ctx: &Context) {
    let core = ctx.app().core();
    let directory = &ctx.app().bot().directory;
    let dana = directory
        .fetch(Lane::Interactive, "U0DANA", &core.policy())
        .await
        .unwrap();
    for number in 1..=REQUESTS {
        let unit = Unit {
            resource_id: host(number),
            resource_name: host(number),
            permission: PERMISSION.to_owned(),
        };
        let form = Form {
            id: SubmissionId::new(core.new_id()),
            integration: INTEGRATION.to_owned(),
            kind: "ssh".to_owned(),
            resource_type: "Host".to_owned(),
            units: vec![unit],
            duration: Duration::from_mins(150),
            justification: WHY.to_owned(),
        };
        let facts = Facts::new(vec![dana.clone()]);
        let key = format!("form-{number}");
        let receipt = Receipt::now(Via::Slack, &key);
        ask(core, &facts, &dana, &form, receipt).await.unwrap();
    }
    for number in 1..=i64::try_from(REQUESTS).unwrap() {
        ctx.until_state(number, "Granted").await;
    }
    ctx.settle().await;
}

/// The longest page at `path` that somebody sees who may revoke all of it.
async fn longest(ctx: &mut Context, path: &str) {
    let page = signed_in(ctx, "ada").await.open(path).await;
    assert_eq!(page.html.matches("<td class=\"id\">").count(), REQUESTS, "{path}");
    assert!(page.html.len() <= MOST, "{path}: {} bytes", page.html.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_list_with_long_texts_has_at_most_60_kilobytes_live_and_over() {
    run_test_on(&[DbBackend::Sqlite], with_hosts, async |ctx| {
        all_granted(ctx).await;
        longest(ctx, "/active").await;
        longest(ctx, "/activity").await;
        ctx.clock.advance(Duration::from_hours(3));
        for number in 1..=i64::try_from(REQUESTS).unwrap() {
            ctx.until_state(number, "Expired").await;
        }
        longest(ctx, "/activity").await;
    })
    .await;
}
