//! 9. Durations as people write them, and choices of them.

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn usual_durations_are_offered_and_fill_in_the_form() {
    run_test(async |ctx| {
        let dana = ctx.person("dana");
        let line = format!("request read {}", ctx.target.database);
        dana.command("/apono", &line).await.unwrap();
        let options = dana.options("Usual durations").await.unwrap();
        assert_eq!(options, ["30 min", "1 h", "4 h", "8 h"]);
        dana.choose("Usual durations", &["4 h"]).await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        dana.submit().await.unwrap();
        let shown = ctx.says("dana", "show AR-1").await;
        assert!(shown.contains("Duration: 4 h"), "{shown}");
    })
    .await;
}

/// With durations of the flow's own, and the shortest of a real installation.
fn own(config: &str) -> String {
    let config = config.replace("min_duration = \"1s\"", "min_duration = \"1m\"");
    config.replacen(
        "max_duration = \"8h\"",
        "max_duration = \"8h\"\ndurations = [\"15m\", \"3h\"]",
        1,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_may_offer_its_own_and_a_minute_is_the_least() {
    run_test(async |ctx| {
        ctx.restart_with(|config| own(&config)).await;
        let dana = ctx.person("dana");
        let line = format!("request read {}", ctx.target.database);
        dana.command("/apono", &line).await.unwrap();
        assert_eq!(dana.options("Usual durations").await.unwrap(), ["15 min", "3 h"]);
        dana.fill("Justification", "incident 4711").await.unwrap();
        dana.fill("Duration", "45s").await.unwrap();
        let refused = format!("{:?}", dana.submit().await.unwrap());
        assert!(
            refused.contains("The shortest time that you can ask for is 1 min."),
            "{refused}"
        );
        for (written, read) in [
            ("2 hours", "2 h"),
            ("90 minutes", "1 h 30 min"),
            ("0.5h", "30 min"),
        ] {
            dana.fill("Duration", written).await.unwrap();
            let sent = dana.submit().await.unwrap();
            let shown = ctx.says("dana", "list").await;
            assert!(shown.contains(read), "{written}: {sent:?} {shown}");
            let number = shown
                .split("*AR-")
                .nth(1)
                .unwrap()
                .split('*')
                .next()
                .unwrap()
                .to_owned();
            ctx.says("dana", &format!("cancel AR-{number}")).await;
            dana.command("/apono", &line).await.unwrap();
            dana.fill("Justification", "incident 4711").await.unwrap();
        }
    })
    .await;
}
