//! What a hostile or broken Slack could send: real envelopes, each damaged in some place. None stops the bot, and none is taken
//! for more than what it says.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::bot::{Context, Setup, run_test_with};

/// How many damaged envelopes each kind of database gets; `PROPTEST_CASES` changes it.
fn cases() -> usize {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|cases| cases.parse().ok()).unwrap_or(256)
}

/// The usual set-up, in which nobody does too much.
fn unlimited() -> Setup {
    let usual = Setup::default();
    Setup {
        config: usual.config + "\n[limits]\nacts_per_minute = 1000000\n",
        ..usual
    }
}

/// What is put in the place of something, by number: what no such place should hold.
fn instead(what: usize) -> Option<Value> {
    Some(match what {
        0 => return None,
        1 => Value::Null,
        2 => json!(-1),
        3 => json!([]),
        4 => json!({}),
        5 => json!("x".repeat(40_000)),
        6 => json!("\u{0}\u{202e}<!channel> ' ; DROP TABLE request; --"),
        7 => json!([[[[[[{}]]]]]]),
        _ => json!(true),
    })
}

/// Replaces, or leaves out, the member that comes `nth` when all are counted through; false if there are fewer.
fn damage(value: &mut Value, nth: &mut usize, what: usize) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().any(|item| damage(item, nth, what)),
        Value::Object(members) => {
            let names: Vec<String> = members.keys().cloned().collect();
            names.into_iter().any(|name| {
                if *nth > 0 {
                    *nth -= 1;
                    return damage(&mut members[&name], nth, what);
                }
                match instead(what) {
                    Some(instead) => members[&name] = instead,
                    None => drop(members.remove(&name)),
                }
                true
            })
        }
        _ => false,
    }
}

/// Everything that people do with a request, whose life is over then.
async fn life(ctx: &Context) {
    ctx.granted("1h").await;
    ctx.connect("dana").await;
    ctx.says("dana", "list").await;
    ctx.says("dana", "extend AR-1 1h").await;
    ctx.says("dana", "revoke AR-1").await;
    ctx.sees("dana", "AR-1 · Revoked").await;
    ctx.quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_envelopes_stop_nothing_and_give_nothing() {
    run_test_with(unlimited, async |ctx| {
        life(ctx).await;
        let real: Vec<Value> = ctx
            .simulator
            .envelopes()
            .into_iter()
            .map(|envelope| json!({"type": envelope.kind, "envelope_id": envelope.id, "payload": envelope.payload, "accepts_response_payload": false}))
            .collect();
        let mut runner = TestRunner::deterministic();
        let damages = (0..real.len(), 0..250_usize, 0..9_usize);
        for case in 0..cases() {
            let (which, mut nth, what) = damages.new_tree(&mut runner).unwrap().current();
            let mut envelope = real[which].clone();
            damage(&mut envelope["payload"], &mut nth, what);
            if case % 4 > 0 {
                // Otherwise it is one that came before.
                envelope["envelope_id"] = json!(format!("damaged-{case}"));
            }
            ctx.simulator.send_raw(&envelope.to_string());
        }
        // The sockets are still open, and people who do the right thing are served.
        ctx.says("dana", "whoami").await;
        ctx.until("all of it is worked off", async || {
            ctx.app().core().store.inbox_open().await.unwrap() == 0
        })
        .await;
        let store = &ctx.app().core().store;
        assert_eq!(store.live_integrations().await.unwrap(), []);
        let granted = ctx.audit_channel().matches("*GRANTED*").count();
        assert_eq!(granted, 1, "{}", ctx.audit_channel());
        ctx.asks("dana", "write", "10m", "hurry").await;
        ctx.sees("dana", "you have write").await;
    })
    .await;
}
