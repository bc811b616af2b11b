//! 19. A trail that was cut off.

use std::process::Output;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use slack_simulator::{CallMishap, Trouble};

use crate::support::bot::{Context, Setup, run_test, run_test_on};
use crate::support::process::apono;

fn verify(config: &str, more: &[&str]) -> Output {
    let arguments = [&["audit", "verify", "--config", config][..], more].concat();
    apono(&arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = if output.status.success() {
        &output.stdout
    } else {
        &output.stderr
    };
    String::from_utf8(text.clone()).unwrap()
}

fn config(ctx: &Context) -> String {
    ctx.config_path().to_str().unwrap().to_owned()
}

/// The number of events, and the head as the newest post shows it.
async fn newest(ctx: &Context) -> (u64, String) {
    ctx.quiet().await;
    let head = ctx.app().core().store.head().await.unwrap();
    let posts = ctx.simulator.channel_messages("permissions-audit");
    let mark = format!("#{} · {} · ", head.seq, head.hash.short());
    assert!(posts.iter().any(|post| post.rendered.contains(&mark)));
    (head.seq, head.hash.short())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intact_trail_fits_the_channel_and_a_noted_head_while_the_bot_runs() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let (seq, head) = newest(ctx).await;
        let output = verify(&config(ctx), &["--online", "--head", &head]);
        let said = said(&output);
        assert!(output.status.success(), "{said}");
        let fits = "It fits the audit channel permissions-audit: ";
        assert!(
            said.contains(fits) && said.contains(&format!(" were compared, up to event #{seq}.")),
            "{said}"
        );
        assert!(
            said.contains(&format!("The head {head} is that of event #{seq} of {seq}.")),
            "{said}"
        );
        // The bot notices nothing of it.
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_channel_says("CLEANED UP").await;
        assert!(verify(&config(ctx), &["--head", &head]).status.success());
    })
    .await;
}

/// A copy of the bot's database, with a config of its own, as somebody who can write to it leaves it.
async fn tampered(ctx: &Context, name: &str, statements: &[String]) -> String {
    let file = ctx.folder.path().join(format!("{name}.db"));
    let raw = ctx.raw_database().await;
    let copy = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO $1",
        [file.to_str().unwrap().into()],
    );
    raw.execute_raw(copy).await.unwrap();
    raw.close().await.unwrap();
    let copy = Database::connect(format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    for statement in statements {
        copy.execute_unprepared(statement).await.unwrap();
    }
    copy.close().await.unwrap();
    let text = std::fs::read_to_string(ctx.config_path()).unwrap();
    let config = ctx.folder.path().join(format!("{name}.toml"));
    std::fs::write(
        &config,
        text.replace("sqlite://apono.db", &format!("sqlite://{name}.db")),
    )
    .unwrap();
    config.to_str().unwrap().to_owned()
}

/// What removes all events after `last`.
fn cutting(last: u64) -> [String; 3] {
    [
        "DROP TRIGGER audit_event_no_delete".to_owned(),
        format!("DELETE FROM audit_event WHERE seq > {last}"),
        format!(
            "UPDATE audit_head SET seq = {last}, hash = (SELECT hash FROM audit_event WHERE seq = {last})"
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_tail_is_found_by_the_channel_and_by_a_noted_head() {
    run_test_on(&[DbBackend::Sqlite], Setup::default, async |ctx| {
        ctx.granted("30m").await;
        let (seq, head) = newest(ctx).await;
        let last = seq - 2;
        let cut = tampered(ctx, "cut", &cutting(last)).await;
        // The trail alone is intact.
        assert!(verify(&cut, &[]).status.success());
        // Whoever can cut the trail can write into the database that an operator accepted that; the trail has to say so.
        let accepted = "INSERT INTO setting (name, value) VALUES ('channel_accepted', '9999999999.000000')";
        let as_if = tampered(
            ctx,
            "as_if",
            &[&cutting(last)[..], &[accepted.to_owned()]].concat(),
        )
        .await;
        assert_eq!(verify(&as_if, &["--online"]).status.code(), Some(1));
        let online = verify(&cut, &["--online"]);
        assert_eq!(online.status.code(), Some(1));
        let first = last + 1;
        let expected = format!(
            "the trail does not fit the audit channel permissions-audit: event #{first} with the head "
        );
        assert!(said(&online).contains(&expected), "{}", said(&online));
        assert!(
            said(&online).contains(&format!("but the trail ends at #{last}: its end was cut off")),
            "{}",
            said(&online)
        );
        let noted = verify(&cut, &["--head", &head]);
        assert_eq!(noted.status.code(), Some(1));
        let expected = format!(
            "no event of this trail, #1 to #{last}, has the head {head}: the end of the trail was cut off"
        );
        assert!(said(&noted).contains(&expected), "{}", said(&noted));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_cannot_be_read_is_said_and_fails() {
    run_test(async |ctx| {
        ctx.quiet().await;
        let forbidden = CallMishap::Error("missing_scope".to_owned());
        let ongoing = ctx
            .simulator
            .calls_meet(Trouble::on("conversations.history", forbidden));
        let output = verify(&config(ctx), &["--online"]);
        ongoing.end();
        assert_eq!(output.status.code(), Some(1));
        let said = said(&output);
        assert!(
            said.contains("the audit channel cannot be read back") && said.contains("missing_scope"),
            "{said}"
        );
        assert!(said.contains("channels:history"), "{said}");
    })
    .await;
}

#[test]
fn a_head_that_is_none_is_refused_with_what_one_looks_like() {
    let output = verify("config.toml", &["--head", "12345"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("a head is 12 to 64 hexadecimal digits"),
        "{}",
        said(&output)
    );
}
