//! A reload that removes what somebody waits for closes the request at once, with the true cause; what policy alone no longer
//! allows stays open, and live access runs until its end.

use apono::access::ids::RequestNumber;
use apono::config::Config;
use slack_simulator::Submitted;

use crate::support::bot::{Context, run_test};
use crate::support::steps::send_request;

const AR_1: RequestNumber = RequestNumber(1);

/// The config no longer has the permission `read`.
fn without_read(text: &str) -> String {
    text.replace("{ read = \"{resource}_read\", write", "{ write")
        .replace("permissions = [\"read\"]", "permissions = [\"write\"]")
}

/// The config lists the resources on offer: only these.
fn listing(text: &str, listed: &str) -> String {
    let kind = "kind = \"postgres\"\n";
    text.replace(kind, &format!("{kind}resources = [\"only\", \"{listed}\"]\n"))
}

async fn reload_without_read(ctx: &Context) {
    ctx.edit_config(|text| without_read(&text));
    ctx.app().reload().await.unwrap();
}

/// The words of the channel's posts, oldest first, from the config's change on.
fn words_since_the_change(ctx: &Context) -> Vec<String> {
    let posts = ctx.simulator.channel_messages("permissions-audit");
    let words = posts.iter().filter_map(|post| post.rendered.split('*').nth(1));
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    let change = words.iter().rposition(|word| word == "POLICY CHANGED").unwrap();
    words.split_off(change)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_request_for_a_removed_permission_is_closed_and_everybody_reads_why() {
    run_test(async |ctx| {
        ctx.asked().await;
        reload_without_read(ctx).await;
        insta::assert_snapshot!(ctx.reads("dana", "Rejected AR-1").await, @"
        ❌ *Rejected* AR-1: read on orders (orders-db)
        Closed: a permission it asks for is no longer in the config.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.reads("omar", "AR-1 · Rejected").await, @"
        ❌ *AR-1 · Rejected* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Dana Ito wrote:
        > incident 4711
        Closed: a permission it asks for is no longer in the config.
        ");
        insta::assert_snapshot!(ctx.audit_posts("REJECTED").await.pop().unwrap(), @"
        ❌ *REJECTED* AR-1 the permission read is no longer in the config of orders-db: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        [Open]
        #6 · [head] · [time]
        ");
        assert_eq!(words_since_the_change(ctx), ["POLICY CHANGED", "REJECTED"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_request_that_is_not_granted_yet_is_closed_the_same_way() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.says("ada", "freeze orders-db a migration").await;
        ctx.approves("omar").await;
        ctx.reads("omar", "AR-1 · Approved").await;
        reload_without_read(ctx).await;
        insta::assert_snapshot!(ctx.reads("dana", "Failed AR-1").await, @"
        ⚠️ *Failed* AR-1: read on orders (orders-db) could not be granted
        Approved by Omar Khan (omar@example.com), group:sre. It could not be granted: a permission it asks for is no longer in the config; the target was not touched.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.audit_posts("FAILED").await.pop().unwrap(), @"
        ⚠️ *FAILED* AR-1 not granted; nothing left on orders-db: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Step: before the target was touched
        Cause: the permission read is no longer in the config of orders-db
        Tries: 0
        Undo confirmed at: nothing to undo
        Next step: request something else, or ask an admin about the config
        [Open]
        #8 · [head] · [time]
        ");
        ctx.reads("omar", "AR-1 · Failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_can_go_is_named() {
    run_test(async |ctx| {
        let whole = std::fs::read_to_string(ctx.config_path()).unwrap();
        let listed = listing(&whole, &ctx.target.database);
        let retired = whole.replace("kind = \"postgres\"", "kind = \"postgres\"\nretired = true");
        let bare = whole[..whole.find("[[integrations]]").unwrap()].to_owned();
        let mut said = Vec::new();
        for (number, gone) in (1..).zip([listing(&whole, "another"), retired, bare]) {
            std::fs::write(ctx.config_path(), &listed).unwrap();
            ctx.app().reload().await.unwrap();
            ctx.until("the resource is on offer", async || {
                let found = ctx.app().core().catalogue.of("orders-db");
                found
                    .all()
                    .any(|entry| entry.resource.name == ctx.target.database)
            })
            .await;
            // A look at the target that began before the reload may still end after it.
            ctx.until("the request is made", async || {
                let dana = ctx.person("dana");
                let sent = send_request(&dana, &ctx.target.database, "read", "2h", "incident 4711").await;
                let is_made = matches!(sent, Ok(Submitted::Closed));
                if !is_made {
                    let _ = dana.close_modal().await;
                }
                is_made
            })
            .await;
            ctx.sees("omar", &format!("AR-{number} · Pending")).await;
            std::fs::write(ctx.config_path(), gone).unwrap();
            ctx.app().reload().await.unwrap();
            ctx.sees("omar", &format!("AR-{number} · Rejected")).await;
            let post = ctx.audit_posts("REJECTED").await.pop().unwrap();
            said.push(post.lines().next().unwrap().to_owned());
        }
        insta::assert_snapshot!(said.join("\n"), @"
        ❌ *REJECTED* AR-1 the resource orders is no longer in the config of orders-db: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        ❌ *REJECTED* AR-2 the integration orders-db is retired: nothing is granted on it any more: Dana Ito (dana@example.com), read on orders (orders-db),…
        ❌ *REJECTED* AR-3 the integration orders-db is no longer in the config: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        ");
        std::fs::write(ctx.config_path(), whole).unwrap();
        ctx.app().reload().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_policy_alone_no_longer_allows_stays_open_and_live_access_stays_live() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        ctx.asks("eve", "read", "2h", "a report").await;
        ctx.sees("omar", "AR-2 · Pending").await;
        ctx.edit_config(|text| {
            text.replace("requesters = [\"group:developers\"]", "requesters = [\"U0EVE\"]")
        });
        ctx.app().reload().await.unwrap();
        ctx.edit_config(|text| text.replace("max_duration = \"8h\"", "max_duration = \"1h\""));
        ctx.app().reload().await.unwrap();
        ctx.asks("dana", "write", "10m", "to see that nothing was held up")
            .await;
        ctx.sees("dana", "you have write").await;
        ctx.settle().await;
        assert_eq!(
            [ctx.state_of(1).await, ctx.state_of(2).await],
            ["Granted", "Pending"]
        );
        reload_without_read(ctx).await;
        ctx.sees("eve", "Rejected AR-2").await;
        assert_eq!(ctx.state_of(1).await, "Granted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_open_is_closed_at_the_next_start() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.stop_when_quiet().await;
        // It died right after the commit that put the new config in force.
        ctx.edit_config(|text| without_read(&text));
        let config = Config::load(&ctx.config_path()).unwrap();
        let core = ctx.stopped_core().await;
        let mut tx = core.store.write().await.unwrap();
        tx.activate_policy(&config.policy.digest, &config.text, core.now())
            .await
            .unwrap();
        tx.seal(Vec::new()).await.unwrap();
        core.store.close().await.unwrap();
        ctx.run().await;
        ctx.sees("dana", "Rejected AR-1").await;
        ctx.reads("omar", "AR-1 · Rejected").await;
        let request = ctx.app().core().store.request_by_number(AR_1).await.unwrap();
        assert_eq!(
            request.unwrap().state.stored(),
            ("rejected", Some("permission_gone"))
        );
    })
    .await;
}
