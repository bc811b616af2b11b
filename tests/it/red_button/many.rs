//! More than one change takes up: a hundred grants, and a process that dies after the first few.

use std::fmt::Write;
use std::time::Duration;

use apono::access::filter::Filter;
use apono::access::ids::SubmissionId;
use apono::access::people::Facts;
use apono::access::reader::Reader;
use apono::access::request::{State, Unit};
use apono::audit::event::Via;
use apono::slack::web::Lane;
use apono::store::Page;
use apono::usecases::Receipt;
use apono::usecases::ask::{Form, ask};

use crate::support::bot::{Context, Setup, run_test_with};

const FLOW: &str = r#"
[[flows]]
name = "Hosts at once"
requesters = ["group:developers"]
integration = "hosts"
approval = "automatic"
max_duration = "8h"

[limits]
open_requests = 1000
requests_per_hour = 1000
"#;

/// Certificates for this many hosts: a target that answers at once, because there is none.
fn hosts(count: usize) -> Setup {
    let mut resources = String::new();
    for host in 1..=count {
        write!(resources, "{{ name = \"h{host}\", hosts = [\"10.0.0.1\"] }}, ").unwrap();
    }
    let integration = format!(
        "\n[[integrations]]\nname = \"hosts\"\nkind = \"ssh\"\nca_key = {{ made = \"keys/ca\" }}\nprincipal = \"{{account}}-{{resource}}\"\nresources = [{resources}]\npermissions = {{ login = \"deploy\" }}\n"
    );
    Setup {
        config: format!("{}{integration}{FLOW}", Setup::default().config),
        ..Setup::default()
    }
}

impl Context {
    /// Dana requests each host separately, and gets it.
    async fn dana_has_hosts(&self, count: usize) {
        let core = self.app().core();
        let policy = core.policy();
        let dana = self
            .app()
            .bot()
            .directory
            .fetch(Lane::Interactive, "U0DANA", &policy);
        let dana = dana.await.unwrap();
        for host in 1..=count {
            let form = Form {
                id: SubmissionId::new(core.new_id()),
                integration: "hosts".to_owned(),
                kind: "ssh".to_owned(),
                resource_type: "Host".to_owned(),
                units: vec![Unit {
                    resource_id: format!("h{host}"),
                    resource_name: format!("h{host}"),
                    permission: "login".to_owned(),
                }],
                duration: Duration::from_hours(2),
                justification: "patch day".to_owned(),
            };
            let key = format!("host-{host}");
            let facts = Facts::new(vec![dana.clone()]);
            ask(core, &facts, &dana, &form, Receipt::now(Via::Slack, &key))
                .await
                .unwrap();
        }
        self.until_all(count, "Granted").await;
    }

    /// One after the other, so that each has its own time to get there.
    async fn until_all(&self, count: usize, wanted: &str) {
        for number in 1..=i64::try_from(count).unwrap() {
            self.until_state(number, wanted).await;
        }
    }

    /// How many events of a kind the trail has; the channel may have shown them in digests.
    async fn recorded(&self, kind: &str) -> u64 {
        let store = &self.app().core().store;
        let head = store.head().await.unwrap().seq;
        let counts = store.count_events(0, head).await.unwrap();
        counts.get(kind).copied().unwrap_or(0)
    }

    /// Waits until the channel has it all, as long as it gets on.
    async fn until_posted(&self) {
        let store = &self.app().core().store;
        for seq in 1..=store.head().await.unwrap().seq {
            self.until("the channel gets on", async || {
                store.audit_cursor().await.unwrap() >= seq
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_grants_end_by_one_press() {
    run_test_with(
        || hosts(100),
        async |ctx| {
            ctx.dana_has_hosts(100).await;
            insta::assert_snapshot!(ctx.ada_is_asked("revoke all on hosts").await, @"
            This ends 100 live grants: everything on hosts, whoever has it.
            *AR-1* Dana Ito: login on h1 (hosts), until [time]
            *AR-2* Dana Ito: login on h2 (hosts), until [time]
            *AR-3* Dana Ito: login on h3 (hosts), until [time]
            *AR-4* Dana Ito: login on h4 (hosts), until [time]
            *AR-5* Dana Ito: login on h5 (hosts), until [time]
            and 95 more.
            Access to hosts ends for new logins within 5 min, and open sessions keep running.
            Reason (optional): ____
              Shown in the audit channel.
            And from now on (optional): ____
              Nothing new can be requested or granted on it until an admin thaws it.
            ");
            insta::assert_snapshot!(ctx.ada_presses().await, @"100 requests are being revoked: everything on hosts. Their cards will say when the target has confirmed it.");
            ctx.until_all(100, "Revoked").await;
            ctx.until_posted().await;
            assert_eq!(ctx.recorded("revoking").await, 100);
            assert_eq!(ctx.recorded("revoked").await, 100);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_after_the_press_ends_the_others_at_its_next_start() {
    run_test_with(
        || hosts(15),
        async |ctx| {
            ctx.dana_has_hosts(15).await;
            ctx.until_posted().await;
            ctx.stop_when_quiet().await;
            assert_eq!(ctx.press_while_stopped("ada", "hosts").await, 15);
            let store = ctx.stopped_store().await;
            let live = store
                .with_live_access(&Reader::operator(), &Filter::default(), Page::First, 100)
                .await
                .unwrap();
            store.close().await.unwrap();
            let untouched = live
                .items
                .iter()
                .filter(|request| request.state == State::Granted);
            assert_eq!(untouched.count(), 5, "one change takes up 10");
            ctx.run().await;
            ctx.until_all(15, "Revoked").await;
            ctx.until_posted().await;
            assert_eq!(ctx.recorded("revoking").await, 15);
        },
    )
    .await;
}
