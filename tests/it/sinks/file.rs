//! `kind = "file"`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use super::{all_files, events_in};
use crate::support::bot::run_test;

const SINK: &str = r#"
[[sinks]]
name = "trail"
kind = "file"
path = "trail.jsonl"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_file_has_every_event_as_it_was_hashed_and_what_people_wrote() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.add_to_config(SINK).await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_channel_says("*REVOKED*").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;

        let path = ctx.folder.path().join("trail.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(events_in(&text), ctx.trail().await);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let requested = text
            .lines()
            .find(|line| line.contains("{\"requested\":"))
            .unwrap();
        let requested: serde_json::Value = serde_json::from_str(requested).unwrap();
        let words: Vec<&str> = requested["words"]
            .as_object()
            .unwrap()
            .values()
            .map(|it| it.as_str().unwrap())
            .collect();
        assert_eq!(words, ["incident 4711"]);
        insta::assert_snapshot!(
            ctx.plain(requested["message"].as_str().unwrap()),
            @"REQUESTED AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 30 min"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_a_crash_left_unfinished_is_written_again_whole() {
    run_test(async |ctx| {
        ctx.add_to_config(SINK).await;
        ctx.until_sink_has_all("trail").await;
        ctx.stop_when_quiet().await;
        let path = ctx.folder.path().join("trail.jsonl");
        let whole = fs::read_to_string(&path).unwrap();
        // The disk got a part of the last event, and the place of the sink was not stored.
        let torn = &whole[..whole.len() - 20];
        fs::write(&path, torn).unwrap();
        let last = events_in(&whole).last().unwrap().0;
        ctx.execute(&format!(
            "UPDATE setting SET value = '{}' WHERE name = 'sink:trail'",
            last - 1
        ))
        .await;
        ctx.run().await;
        ctx.until_sink_has_all("trail").await;
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(events_in(&text), ctx.trail().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_somebody_else_is_left_alone_and_the_admins_are_told() {
    run_test(async |ctx| {
        let path = ctx.folder.path().join("trail.jsonl");
        fs::write(&path, "the minutes of the meeting").unwrap();
        ctx.add_to_config(SINK).await;
        let told = ctx.reads("ada", "Sink trail is held").await;
        insta::assert_snapshot!(
            told.replace(&ctx.folder.path().display().to_string(), "FOLDER"),
            @"⚠️ Sink trail is held: FOLDER/trail.jsonl holds something else than events, so nothing is written there: move it, or change `path`. Events wait in order, and are tried again every few minutes."
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "the minutes of the meeting");
        fs::remove_file(&path).unwrap();
        ctx.clock.advance(std::time::Duration::from_mins(10));
        ctx.until_sink_has_all("trail").await;
        ctx.sees("ada", "Sink trail takes events again").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_log_shipper_moved_away_is_begun_anew() {
    run_test(async |ctx| {
        ctx.add_to_config(SINK).await;
        ctx.until_sink_has_all("trail").await;
        let path = ctx.folder.path().join("trail.jsonl");
        let away = ctx.folder.path().join("trail-0.jsonl");
        fs::rename(&path, &away).unwrap();
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;
        assert_eq!(events_in(&all_files(&path)), ctx.trail().await);
        assert!(path.exists());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn full_files_and_those_of_other_days_are_put_away() {
    run_test(async |ctx| {
        let path = ctx.folder.path().join("trail.jsonl");
        let mut before = fs::File::create(&path).unwrap();
        // As another day left it.
        writeln!(before, "{{\"seq\":0,\"event\":{{\"at\":1764460800000000}}}}").unwrap();
        ctx.add_to_config(SINK).await;
        ctx.until_sink_has_all("trail").await;
        let away = ctx.folder.path().join("trail-2025-11-30.jsonl");
        assert_eq!(events_in(&fs::read_to_string(away).unwrap()).len(), 1);
        assert_eq!(events_in(&fs::read_to_string(&path).unwrap()), ctx.trail().await);

        // As full as it may be.
        let line = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned();
        let full = format!("{line}\n").repeat((100 << 20) / (line.len() + 1) + 1);
        ctx.stop_when_quiet().await;
        fs::write(&path, &full).unwrap();
        ctx.run().await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;
        let small = fs::metadata(&path).unwrap().len();
        assert!(small < 1 << 20, "{small}");
    })
    .await;
}
