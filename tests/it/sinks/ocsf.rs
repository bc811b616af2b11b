//! `format = "ocsf"`: every kind of event is valid in the schema, which a package has.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use apono::audit::name::NAMES;
use apono::sinks::Record;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::all_files;
use super::products::{Product, record, two_records};
use super::receiver::Receiver;
use crate::slack_limits::one_of_each;
use crate::support::bot::run_test;

const SCRIPT: &str = "tests/ocsf/validate.py";
const REQUIREMENTS: &str = include_str!("../../ocsf/requirements.txt");

/// What the events look like in a request to a product that takes lines.
async fn in_ocsf(records: &[Record]) -> Vec<Value> {
    let product = Product::start("sumo", "format = \"ocsf\"").await;
    product.deliver(records).await.unwrap();
    let body = product.receiver.got().remove(0).body;
    body.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// One of each kind.
async fn records() -> Vec<Record> {
    let numbered = one_of_each().await.into_iter();
    numbered.map(|stored| record(stored.seq, stored.event)).collect()
}

#[tokio::test]
async fn every_kind_of_event_is_valid_in_the_schema() {
    let Some(packages) = packages() else { return };
    let records = records().await;
    let tried: BTreeSet<&str> = records.iter().map(|record| record.event.what.name()).collect();
    assert_eq!(tried, BTreeSet::from(NAMES));
    let events = in_ocsf(&records).await;
    assert_eq!(events.len(), records.len());
    assert_eq!(problems(&packages, &events), "");
}

#[tokio::test]
async fn what_is_not_in_the_schema_would_be_found() {
    let Some(packages) = packages() else { return };
    let mut events = in_ocsf(&two_records()).await;
    events[0]["principal"] = json!("ada");
    events[1]["activity_name"] = json!("Granted");
    insta::assert_snapshot!(problems(&packages, &events), @r"
    requested (3005): : Additional properties are not allowed ('principal' was unexpected)
    granted (3005): activity_name: Granted is called Assign Privileges
    ");
}

/// The classes and activities are what somebody builds searches on.
#[tokio::test]
async fn each_kind_of_event_keeps_its_class() {
    let mut lines = BTreeSet::new();
    for event in in_ocsf(&records().await).await {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        lines.insert(format!(
            "{}: {} {}, {}, {}",
            text(&event["metadata"]["event_code"]),
            event["type_uid"],
            text(&event["type_name"]),
            text(&event["severity"]),
            text(&event["status"]),
        ));
    }
    insta::assert_snapshot!(lines.into_iter().collect::<Vec<_>>().join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_webhooks_have_it_too_and_a_restart_goes_on_with_the_file() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        let folder = ctx.folder.path().to_owned();
        fs::write(folder.join("siem_secret"), "a secret of thirty-two characters").unwrap();
        let format = "format = \"ocsf\"";
        let file = format!("[[sinks]]\nname = \"trail\"\nkind = \"file\"\npath = \"trail.jsonl\"\n{format}\n");
        let webhook = format!(
            "[[sinks]]\nname = \"siem\"\nkind = \"webhook\"\nurl = \"{}\"\nsecrets = [{{ file = \"siem_secret\" }}]\n{format}\n",
            receiver.url()
        );
        ctx.add_to_config(&format!("{file}{webhook}")).await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        for sink in ["trail", "siem"] {
            ctx.until_sink_has_all(sink).await;
        }
        ctx.stop_when_quiet().await;
        ctx.run().await;
        ctx.quiet().await;
        for sink in ["trail", "siem"] {
            ctx.until_sink_has_all(sink).await;
        }

        let text = all_files(&folder.join("trail.jsonl"));
        let written: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let took = receiver.took();
        let sent: Vec<Value> = took
            .iter()
            .flat_map(|got| got.json()["events"].as_array().unwrap().clone())
            .collect();
        for events in [written, sent] {
            let trail: Vec<(u64, String)> = events
                .iter()
                .map(|event| {
                    let raw = event["raw_data"].as_str().unwrap();
                    (event["metadata"]["sequence"].as_u64().unwrap(), raw.to_owned())
                })
                .collect();
            assert_eq!(trail, ctx.trail().await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_and_its_grant_read_like_this() {
    let mut shown = String::new();
    for mut event in in_ocsf(&two_records()).await {
        event["metadata"]["product"]["version"] = json!("[version]");
        writeln!(shown, "{}", serde_json::to_string_pretty(&event).unwrap()).unwrap();
    }
    insta::assert_snapshot!(shown);
}

fn problems(packages: &Path, events: &[Value]) -> String {
    let mut program = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT))
        .arg(packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = program.stdin.take().unwrap();
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    input.write_all(lines.join("\n").as_bytes()).unwrap();
    drop(input);
    let said = program.wait_with_output().unwrap();
    assert!(said.status.success());
    String::from_utf8(said.stdout).unwrap()
}

/// Where `scripts/test` puts the packages of the requirements. `None` only where they are not installed, and then the test says that
/// it left itself out; with `APONO_REQUIRE_OCSF=1` the test fails.
fn packages() -> Option<PathBuf> {
    let user = fs::metadata("/proc/self").unwrap().uid();
    let digest = HEXLOWER.encode(&Sha256::digest(REQUIREMENTS));
    let folder = PathBuf::from(format!("/var/tmp/apono-ocsf-{user}/{}", &digest[..12]));
    if folder.join("ocsf_json_schema").is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("APONO_REQUIRE_OCSF").is_some_and(|v| v == "1");
    assert!(
        !required,
        "the schema of OCSF is not in {}; scripts/test --prepare installs it",
        folder.display()
    );
    let thread = std::thread::current();
    let line = format!(
        "left out {}: no schema of OCSF\n",
        thread.name().unwrap_or("a test")
    );
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    None
}
