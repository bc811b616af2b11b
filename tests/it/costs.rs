//! What one plain request costs the bot's own database, from the form to "it has ended": a ratchet, so that it does not
//! creep back up.

use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use apono::store::{Cost, Costs};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use slack_simulator::Submitted;

use crate::support::bot::{Context, Setup, run_test_on};
use crate::support::counts::tell;

/// An authority signs on its own: no target is called.
const CONFIG: &str = r#"
[[integrations]]
name = "bastion-ssh"
kind = "ssh"
ca_key = { made = "keys/bastion_ca" }
resources = [{ name = "bastion", hosts = ["127.0.0.1"], port = 22 }]
permissions = { login = "deploy" }

[[flows]]
name = "Developers log in"
requesters = ["group:developers"]
integration = "bastion-ssh"
max_duration = "8h"
approvers = ["group:sre"]
"#;

/// What a request may cost at most. Three of the statements keep the index by which long lists are searched, some say how access is used, and some look for anomalies; on a busy machine
/// fewer changes meet in one commit.
const MOST: Cost = Cost {
    commits: 21,
    statements: 310,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_request_takes_few_commits_and_statements() {
    let found = Mutex::new(Vec::new());
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        run_test_on(&[backend], with_bastion, async |ctx| {
            let raw = ctx.raw_database().await;
            ctx.everybody_is_known().await;
            // The first one opens conversations and remembers people.
            ctx.lives_a_life(&raw, "incident 4710").await;
            let store = &ctx.app().core().store;
            store.watch_costs();
            ctx.lives_a_life(&raw, "incident 4711").await;
            let costs = store.costs();
            let Cost { commits, statements } = total(&costs);
            tell(&format!(
                "a plain request on {backend:?}: {commits} commits, {statements} statements"
            ));
            found.lock().unwrap().push((backend, costs));
        })
        .await;
    }
    for (backend, costs) in found.into_inner().unwrap() {
        println!("{backend:?}: {}", table(&costs));
        let all = total(&costs);
        assert!(all.commits <= MOST.commits && all.statements <= MOST.statements);
    }
}

fn with_bastion() -> Setup {
    Setup {
        config: format!("{}{CONFIG}", Setup::default().config),
        ..Setup::default()
    }
}

impl Context {
    /// Dana requests access, Omar approves, it expires; everything is reported.
    async fn lives_a_life(&self, raw: &DatabaseConnection, why: &str) {
        let (dana, omar) = (self.person("dana"), self.person("omar"));
        dana.command("/apono", "request").await.unwrap();
        dana.choose("Integration", &["bastion-ssh"]).await.unwrap();
        dana.choose("Resource type", &["Host"]).await.unwrap();
        dana.choose("Resources", &["bastion"]).await.unwrap();
        dana.choose("Permissions", &["login"]).await.unwrap();
        dana.fill("Duration", "1m").await.unwrap();
        dana.fill("Justification", why).await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        omar.wait_for("@bot", why).await.unwrap();
        self.everything_is_told(raw).await;
        omar.click(why, "Approve").await.unwrap();
        self.until("it is granted", async || state_of_last(raw).await == "granted")
            .await;
        self.everything_is_told(raw).await;
        self.clock.advance(Duration::from_mins(1));
        self.until("it has expired", async || state_of_last(raw).await == "expired")
            .await;
        self.everything_is_told(raw).await;
    }

    /// Nothing is in progress any more. This bypasses the store, which counts its queries.
    async fn everything_is_told(&self, raw: &DatabaseConnection) {
        self.until("everything is told", async || {
            // What waits for a later time, as the end does, is not under way.
            let now = self.app().core().now().micros();
            let jobs = format!("SELECT COUNT(*) FROM job WHERE lease_until IS NOT NULL OR run_at <= {now} + 10000000");
            let posts = "SELECT h.seq - COALESCE((SELECT MAX(seq) FROM audit_post WHERE posted_at IS NOT NULL), 0) FROM audit_head h";
            number(raw, &jobs).await == 0 && number(raw, posts).await == 0
        })
        .await;
    }
}

async fn state_of_last(raw: &DatabaseConnection) -> String {
    let sql = "SELECT state FROM request ORDER BY number DESC LIMIT 1";
    let row = raw
        .query_one_raw(Statement::from_string(raw.get_database_backend(), sql))
        .await
        .unwrap();
    row.map_or_else(String::new, |row| row.try_get_by_index(0).unwrap())
}

async fn number(raw: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    let row = raw.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

fn total(costs: &Costs) -> Cost {
    costs.values().fold(Cost::default(), |all, cost| Cost {
        commits: all.commits + cost.commits,
        statements: all.statements + cost.statements,
    })
}

fn table(costs: &Costs) -> String {
    let Cost { commits, statements } = total(costs);
    let mut table = format!("{commits} commits, {statements} statements\n");
    let mut places: Vec<_> = costs.iter().collect();
    places.sort_by_key(|(_, cost)| std::cmp::Reverse(cost.statements));
    for (place, cost) in places {
        writeln!(table, "{:>4} {:>5}  {place}", cost.commits, cost.statements).unwrap();
    }
    table
}
