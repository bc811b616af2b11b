//! What is counted, while people ask for and use access.

use std::time::Duration;

use super::{of_bot, run, value};
use crate::support::bot::Context;

/// The metrics once one of them has this value.
async fn once(ctx: &Context, series: &str, wanted: f64) -> String {
    ctx.eventually(series, async || {
        let text = of_bot(ctx, "/metrics").await.text;
        (value(&text, series) == Some(wanted)).then_some(text)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_and_its_access_are_counted_from_the_click_to_the_end() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let text = once(
            ctx,
            "apono_live_grants{integration=\"orders-db\",kind=\"postgres\"}",
            1.0,
        )
        .await;
        let is =
            |series: &str, wanted: f64| assert_eq!(value(&text, series), Some(wanted), "{series}\n{text}");
        for event in ["requested", "approved", "granted"] {
            is(&format!("apono_events_total{{event=\"{event}\"}}"), 1.0);
        }
        is("apono_requests{state=\"granted\"}", 1.0);
        is("apono_requests{state=\"pending\"}", 0.0);
        is("apono_database_up", 1.0);
        is("apono_overdue", 0.0);
        is("apono_inbox", 0.0);
        is("apono_target_up{integration=\"orders-db\"}", 1.0);
        is("apono_sockets{sockets=\"open\"}", 2.0);
        for lane in ["provision", "revoke", "clean_up", "timer", "deliver", "report"] {
            is(&format!("apono_jobs{{lane=\"{lane}\",state=\"ready\"}}"), 0.0);
        }
        // The end of the access, and what reminds of it.
        assert!(
            value(&text, "apono_jobs{lane=\"timer\",state=\"waiting\"}") >= Some(1.0),
            "{text}"
        );
        let acks = value(&text, "apono_ack_seconds_count{kind=\"interactive\"}");
        assert!(acks >= Some(2.0), "a form and a click: {acks:?}");
        let calls = value(
            &text,
            "apono_target_call_seconds_count{integration=\"orders-db\",call=\"grant\"}",
        );
        assert_eq!(calls, Some(1.0), "{text}");
        ctx.clock.advance(Duration::from_hours(3));
        ctx.until_state(1, "Expired").await;
        let text = once(ctx, "apono_events_total{event=\"expired\"}", 1.0).await;
        assert_eq!(value(&text, "apono_requests{state=\"granted\"}"), Some(0.0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_answer_is_down_until_it_answers() {
    run(async |ctx| {
        let mut door = ctx.door_to_target().await;
        ctx.granted("2h").await;
        ctx.settle().await;
        door.shut().await;
        ctx.says("dana", "revoke AR-1").await;
        let up = "apono_target_up{integration=\"orders-db\"}";
        let text = once(ctx, up, 0.0).await;
        let failed = "apono_target_failures_total{integration=\"orders-db\",trouble=\"unreachable\"}";
        assert!(value(&text, failed) >= Some(1.0), "{text}");
        assert_eq!(
            value(&text, "apono_troubles{trouble=\"target\"}"),
            Some(1.0),
            "{text}"
        );
        door.open();
        ctx.until_tried_again(Duration::from_mins(1), "revoked", async || {
            ctx.state_of(1).await == "Revoked"
        })
        .await;
        once(ctx, up, 1.0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_nothing_is_named_in_them() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let text = of_bot(ctx, "/metrics").await.text.to_lowercase();
        for name in ["dana", "omar", "example.com", "u0", "ar-1", "@", "\"read\""] {
            assert!(!text.contains(name), "{name} is in\n{text}");
        }
    })
    .await;
}
