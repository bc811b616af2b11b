//! `kind = "s3"`, against a server that checks signatures and rights and keeps locks.

mod moto;

use std::fs;
use std::time::Duration;

use insta::assert_snapshot;
use sea_orm::DbBackend;

use self::moto::{BUCKET, Moto, Object, UNLOCKED};
use super::event_in;
use crate::support::bot::{Context, Setup, run_test, run_test_on};
use crate::support::canary::Secret;
use crate::support::process::apono;

const SQLITE: &[DbBackend] = &[DbBackend::Sqlite];

/// The config of a sink, with the keys in files.
fn sink(name: &str, moto: &Moto, bucket: &str, more: &str) -> String {
    format!(
        "[[sinks]]\nname = \"{name}\"\nkind = \"s3\"\nendpoint = \"{}\"\nbucket = \"{bucket}\"\nregion = \"eu-central-1\"\n\
         access_key_id = {{ file = \"s3_id\" }}\nsecret_access_key = {{ file = \"s3_secret\" }}\nevery = \"1s\"\n{more}",
        moto.here.endpoint
    )
}

/// What the objects hold, in order.
fn events(objects: &[Object]) -> Vec<(u64, String)> {
    let lines = objects.iter().flat_map(|object| object.body.lines());
    lines.map(event_in).collect()
}

impl Context {
    fn keep_keys(&mut self, id: &str, secret: &str) {
        let folder = self.folder.path();
        fs::write(folder.join("s3_id"), id).unwrap();
        fs::write(folder.join("s3_secret"), secret).unwrap();
        self.secrets.push(Secret::new("the secret key", secret));
    }

    async fn archived(&self, name: &str) {
        self.settle().await;
        self.until_sink_has_all(name).await;
    }

    /// The days on which an object may be locked that is put there now, as a day may end meanwhile.
    fn in_a_year(&self) -> [String; 2] {
        let now = self.app().core().now();
        [364, 365].map(|days| now.plus(Duration::from_hours(24) * days).to_rfc3339()[..10].to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_in_an_object_that_nobody_can_delete_for_as_long_as_was_said() {
    run_test(async |ctx| {
        let Some(mut moto) = Moto::start() else {
            return;
        };
        let [id, secret, token] = &moto.here.for_a_while;
        ctx.keep_keys(id, secret);
        fs::write(ctx.folder.path().join("s3_token"), token).unwrap();
        ctx.secrets.push(Secret::new("the session token", token));
        let more = "prefix = \"apono/prod\"\nkeep_for = \"365d\"\nsession_token = { file = \"s3_token\" }\n";
        ctx.add_to_config(&sink("archive", &moto, BUCKET, more)).await;
        ctx.granted("30m").await;
        ctx.archived("archive").await;
        let objects = moto.objects(BUCKET);
        assert_eq!(events(&objects), ctx.trail().await);
        let install = ctx.app().core().install.to_string();
        for object in &objects {
            let (first, last) = (
                event_in(object.body.lines().next().unwrap()).0,
                event_in(object.body.lines().last().unwrap()).0,
            );
            let (folders, name) = object.key.rsplit_once('/').unwrap();
            assert_eq!(name, format!("{install}-{first:012}-{last:012}.jsonl"));
            assert!(folders.starts_with("apono/prod/20"), "{folders}");
            assert_eq!(object.lock.as_deref(), Some("COMPLIANCE"));
            let until = object.until.as_ref().unwrap();
            assert!(ctx.in_a_year().contains(&until[..10].to_owned()), "{until}");
            assert_eq!(moto.delete(object), "AccessDenied");
        }
        assert_eq!(moto.objects(BUCKET).len(), objects.len());
        let line: serde_json::Value = serde_json::from_str(objects[0].body.lines().next().unwrap()).unwrap();
        assert_snapshot!(ctx.plain(&line["message"].to_string()), @r#""INSTALLED install [install]; the audit trail starts here""#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_delivered_again_are_another_version_of_the_same_object() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(mut moto) = Moto::start() else {
            return;
        };
        ctx.keep_keys(&moto.here.id, &moto.here.secret);
        ctx.granted("30m").await;
        for name in ["archive", "again"] {
            let more = "keep_for = \"1d\"\nlock = \"governance\"\nevents = [\"granted\"]\n";
            ctx.add_to_config(&sink(name, &moto, BUCKET, more)).await;
            ctx.archived(name).await;
        }
        let objects = moto.objects(BUCKET);
        let [one, other] = &objects[..] else {
            panic!("{objects:?}");
        };
        assert_eq!((&one.key, &one.body), (&other.key, &other.body));
        assert_eq!(one.lock.as_deref(), Some("GOVERNANCE"));

        let config = ctx.config_path();
        let config = config.to_str().unwrap();
        let tested = apono(&["sinks", "test", "archive", "--config", config])
            .output()
            .unwrap();
        let said = String::from_utf8(tested.stdout).unwrap();
        let (_, said) = said.split_once(&ctx.app().core().install.to_string()).unwrap();
        let (range, until) = said.split_once(".jsonl, locked until 20").unwrap();
        assert!(range.starts_with("-0000") && until.ends_with("Z.\n"), "{said}");
        assert_eq!(moto.objects(BUCKET).len(), 3);
        ctx.app().core().wakes.all();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_holds_the_sink_and_the_right_one_is_used_without_a_restart() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(mut moto) = Moto::start() else {
            return;
        };
        ctx.keep_keys(&moto.here.id, &moto.here.secret);
        fs::write(ctx.folder.path().join("s3_secret"), "another").unwrap();
        let more = "lock = \"off\"\n";
        ctx.add_to_config(&sink("archive", &moto, UNLOCKED, more)).await;
        let told = ctx.person("ada").wait_for("@bot", "Sink archive is held").await;
        assert_snapshot!(ctx.plain(&told.unwrap().rendered), @"⚠️ Sink archive is held: it answered HTTP 403 (SignatureDoesNotMatch): secret_access_key is not the one of access_key_id. Events wait in order, and are tried again every few minutes.");
        assert!(moto.objects(UNLOCKED).is_empty());

        fs::write(ctx.folder.path().join("s3_secret"), &moto.here.secret).unwrap();
        ctx.granted("30m").await;
        ctx.settle().await;
        let store = &ctx.app().core().store;
        ctx.until("it is tried again", async || {
            ctx.clock.advance(Duration::from_secs(30));
            store.sink_place("archive").await.unwrap() > 0
        })
        .await;
        ctx.archived("archive").await;
        let objects = moto.objects(UNLOCKED);
        assert_eq!(events(&objects), ctx.trail().await);
        assert!(objects.iter().all(|object| object.lock.is_none()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_locks_nothing_gets_nothing_if_a_lock_is_wanted() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(mut moto) = Moto::start() else {
            return;
        };
        ctx.keep_keys(&moto.here.id, &moto.here.secret);
        let more = "keep_for = \"365d\"\n";
        ctx.add_to_config(&sink("archive", &moto, UNLOCKED, more)).await;
        let told = ctx.person("ada").wait_for("@bot", "Sink archive is held").await;
        assert_snapshot!(ctx.plain(&told.unwrap().rendered), @r#"⚠️ Sink archive is held: the bucket has no object lock; make one that has, or write lock = "off". Events wait in order, and are tried again every few minutes."#);
        assert!(moto.objects(UNLOCKED).is_empty());
    })
    .await;
}
