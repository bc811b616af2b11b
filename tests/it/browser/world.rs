//! A team with long names in several scripts, and requests in every state.

use std::time::Duration;

use slack_simulator::{Submitted, World};

use crate::support::bot::{Context, Setup};
use crate::support::door::Door;
use crate::web::with_portal;

/// Pending: Dana asked Omar and Priya.
pub(super) const PENDING: &str = "AR-5";
/// Live on all hosts; Dana's, and nobody was asked.
pub(super) const LIVE: &str = "AR-4";
/// Expired: Dana's, approved by Omar.
pub(super) const EXPIRED: &str = "AR-1";
/// It should have ended: Dana's, and nobody was asked.
pub(super) const OVERDUE: i64 = 2;

const HOSTS: usize = 37;

const FLEET: &str = r#"
[[integrations]]
name = "fleet"
kind = "ssh"
ca_key = { made = "keys/fleet_ca" }
resources = [{hosts}]
permissions = { login = "deploy" }
principal = "{account}@{resource}"

[[flows]]
name = "Everybody in development, on every host of the fleet, for the length of a shift"
requesters = ["group:developers"]
integration = "fleet"
approval = "automatic"
max_duration = "8h"
"#;

fn hosts() -> Vec<String> {
    (1..=HOSTS)
        .map(|number| format!("build-worker-{number:02}.eu-central.compute.internal.example.com"))
        .collect()
}

pub(super) fn busy() -> Setup {
    let mut world = World::example();
    for (who, name) in [
        ("dana", "Dana-Annegret Ito-Wolfeschlegelsteinhausenbergerdorff"),
        ("omar", "عمر خان"),
        ("priya", "山田 花子"),
    ] {
        world.rename_person(who, name);
    }
    let names: Vec<String> = hosts().iter().map(|host| format!("\"{host}\"")).collect();
    let fleet = FLEET.replace("{hosts}", &names.join(", "));
    let setup = with_portal();
    Setup {
        world,
        config: format!("{}{fleet}", setup.config),
    }
}

/// One request in each state; the overdue one can end once the door is open.
pub(super) async fn requests_in_every_state(ctx: &mut Context) -> Door {
    let mut target = ctx.door_to_target().await;
    // AR-1, until its time is over.
    ctx.granted("30m").await;
    ctx.clock.advance(Duration::from_mins(31));
    ctx.until_state(1, "Expired").await;
    ctx.settle().await;
    ctx.asks("dana", "write", "45m", "マイグレーションの実行 (issue #812)")
        .await;
    ctx.until_state(OVERDUE, "Granted").await;
    ctx.asks("omar", "read", "2h", "تحقيق في حادثة الدفع رقم ٤٧١١")
        .await;
    ctx.sees("priya", "AR-3").await;
    ctx.clicks("priya", "AR-3", "Reject").await;
    ctx.gives_reason("priya", "この期間は凍結中です。来週にもう一度申請してください。")
        .await;
    ctx.until_state(3, "Rejected").await;
    on_all_hosts(ctx).await;
    ctx.until_state(4, "Granted").await;
    let words = "<b>incident</b> & \"4711\": <script>alert(1)</script> https://grafana.example.com/d/\
                 aVeryLongAddressWithoutAnySpaceInItThatHasToBreakSomewhereOnANarrowScreen?from=now-6h&to=now";
    ctx.asks("dana", "read", "8h", words).await;
    ctx.sees("omar", PENDING).await;
    ctx.settle().await;
    target.shut().await;
    ctx.clock.advance(Duration::from_mins(46));
    ctx.until_tried_again(Duration::from_secs(40), "the alarm", async || {
        let posts = ctx.simulator.channel_messages("permissions-audit");
        posts.iter().any(|post| post.text.contains("OVERDUE"))
    })
    .await;
    target
}

async fn on_all_hosts(ctx: &Context) {
    ctx.until("the hosts are known", async || {
        ctx.app().core().catalogue.of("fleet").all().count() == HOSTS
    })
    .await;
    let dana = ctx.person("dana");
    let hosts = hosts();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    dana.command("/apono", "request").await.unwrap();
    dana.choose("Integration", &["fleet"]).await.unwrap();
    dana.choose("Resource type", &["Host"]).await.unwrap();
    dana.choose("Resources", &hosts).await.unwrap();
    dana.choose("Permissions", &["login"]).await.unwrap();
    dana.fill("Duration", "8h").await.unwrap();
    dana.fill("Justification", "kernel update").await.unwrap();
    assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
}

/// Lets the overdue access end.
pub(super) async fn ends(ctx: &Context, mut target: Door) {
    target.open();
    ctx.until_tried_again(Duration::from_mins(1), "its end", async || {
        ctx.state_of(OVERDUE).await == "Expired"
    })
    .await;
}
