//! `kind = "syslog"`, against a real rsyslog.

mod rsyslog;

use std::fs;
use std::time::Duration;

use insta::assert_snapshot;
use sea_orm::DbBackend;
use tokio::net::TcpListener;

use self::rsyslog::{Input, Rsyslog};
use super::event_in;
use crate::support::bot::{Context, Setup, run_test_on};
use crate::support::certified::Certified;
use crate::support::process::apono;

const SQLITE: &[DbBackend] = &[DbBackend::Sqlite];

fn sink(to: &str, more: &str) -> String {
    format!("[[sinks]]\nname = \"siem\"\nkind = \"syslog\"\nto = \"{to}\"\n{more}")
}

/// The message without what differs from machine to machine and from run to run, up to the text.
fn head(message: &str) -> String {
    let (before, _) = message.split_once(" {").unwrap();
    let before = before.replace(env!("CARGO_PKG_VERSION"), "[version]");
    let mut parts: Vec<&str> = before.split(' ').collect();
    assert!(parts[1].starts_with("20"), "{message}");
    assert_eq!(parts[2], hostname());
    assert_eq!(parts[4], std::process::id().to_string());
    (parts[1], parts[2], parts[4]) = ("[time]", "[host]", "[process]");
    parts.join(" ")
}

fn hostname() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    name.trim_end().to_owned()
}

/// What was logged, each event once, in the order in which they first came.
fn events(server: &Rsyslog) -> Vec<(u64, String)> {
    let mut events: Vec<(u64, String)> = Vec::new();
    for message in server.messages() {
        let (_, text) = message.split_once("] {").unwrap();
        let event = event_in(&format!("{{{text}"));
        if !events.contains(&event) {
            events.push(event);
        }
    }
    events
}

impl Context {
    /// Trusts the authority of the server, which counts from the next start.
    async fn trust(&mut self, server: &Rsyslog) {
        let folder = self.folder.path();
        fs::copy(server.folder.path().join("ca.pem"), folder.join("ca.pem")).unwrap();
        self.stop().await;
        self.edit_config(|config| config.replace("[slack]\n", "[slack]\nca_file = \"ca.pem\"\n"));
        self.run().await;
    }

    async fn until_logged(&self, server: &Rsyslog) {
        self.settle().await;
        self.until_sink_has_all("siem").await;
        let trail = self.trail().await;
        self.until("everything is logged", async || {
            let logged = events(server);
            assert!(logged.len() <= trail.len(), "{}", server.own());
            logged == trail
        })
        .await;
    }
}

/// One life of access, over one way.
async fn arrives(ctx: &mut Context, server: &Rsyslog, to: &str) {
    ctx.add_to_config(&sink(to, "")).await;
    ctx.granted("30m").await;
    ctx.until_logged(server).await;
    assert_eq!(server.messages().len(), ctx.trail().await.len(), "each came once");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tcp_every_event_arrives_in_order_with_its_fields() {
    run_test_on(
        &[DbBackend::Sqlite, DbBackend::Postgres],
        Setup::default,
        async |ctx| {
            let Some(server) = Rsyslog::start(Input::Tcp) else {
                return;
            };
            let to = format!("tcp://127.0.0.1:{}", server.port);
            arrives(ctx, &server, &to).await;
            let granted = server.messages();
            let granted = granted
                .iter()
                .find(|message| message.contains(" granted ["))
                .unwrap();
            assert_snapshot!(head(granted), @r#"109 [time] [host] apono [process] granted [meta sequenceId="7"][origin software="apono" swVersion="[version]"]"#);
            assert!(granted.contains("] {\"seq\":"), "{granted}");
            let config = ctx.config_path();
            let tested = apono(&["sinks", "test", "siem", "--config", config.to_str().unwrap()])
                .output()
                .unwrap();
            let said = String::from_utf8(tested.stdout).unwrap();
            assert_snapshot!(said.trim_end(), @"siem took the event: it was written to the connection; syslog acknowledges nothing.");
            ctx.app().core().wakes.all();
            ctx.until("the test is there", async || {
                server
                    .messages()
                    .iter()
                    .any(|message| message.contains(" tested ["))
            })
            .await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_every_event_arrives_at_a_server_that_the_ca_file_vouches_for() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(server) = Rsyslog::start(Input::Tls) else {
            return;
        };
        ctx.trust(&server).await;
        let to = format!("tls://localhost:{}", server.port);
        arrives(ctx, &server, &to).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_udp_every_event_arrives_if_nothing_is_lost() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(server) = Rsyslog::start(Input::Udp) else {
            return;
        };
        ctx.until("it listens", async || server.own().contains("start"))
            .await;
        let to = format!("udp://127.0.0.1:{}", server.port);
        arrives(ctx, &server, &to).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_with_messages_unread_gets_them_again() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(mut server) = Rsyslog::start(Input::Tcp) else {
            return;
        };
        ctx.add_to_config(&sink(&format!("tcp://127.0.0.1:{}", server.port), ""))
            .await;
        ctx.granted("30m").await;
        ctx.until_logged(&server).await;
        let before = ctx.trail().await.len();

        server.signal("STOP");
        ctx.ask("dana", "write", "30m", "unread").await;
        ctx.settle().await;
        ctx.until_sink_has_all("siem").await;
        let taken = ctx.trail().await.len();
        server.kill();
        assert!(events(&server).len() == before && before < taken);

        ctx.ask("dana", "write", "10m", "nobody listens").await;
        ctx.settle().await;
        server.start_again();
        ctx.until("it is tried again", async || {
            ctx.clock.advance(Duration::from_secs(10));
            events(&server).len() > taken
        })
        .await;
        ctx.until_logged(&server).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_holds_up_no_other_sink() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = format!("tls://localhost:{}", silent.local_addr().unwrap().port());
        ctx.add_to_config(&sink(&to, "")).await;
        let (connection, _) = silent.accept().await.unwrap();
        ctx.add_to_config("[[sinks]]\nname = \"trail\"\nkind = \"file\"\npath = \"trail.jsonl\"\n")
            .await;
        ctx.granted("30m").await;
        ctx.settle().await;
        ctx.until_sink_has_all("trail").await;
        assert_eq!(ctx.app().core().store.sink_place("siem").await.unwrap(), 0);
        drop(connection);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_certificate_of_another_name_gets_nothing_and_the_admins_are_told() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(server) = Rsyslog::certified(Input::Tls, &Certified::named("another.example")) else {
            return;
        };
        ctx.trust(&server).await;
        ctx.add_to_config(&sink(&format!("tls://localhost:{}", server.port), ""))
            .await;
        let told = ctx
            .person("ada")
            .wait_for("@bot", "Sink siem is held")
            .await
            .unwrap();
        assert_snapshot!(ctx.plain(&told.rendered), @"⚠️ Sink siem is held: its certificate is for another name than the host in `to`. Events wait in order, and are tried again every few minutes.");
        assert!(server.messages().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_certificate_of_its_clients_gets_the_one_in_the_config() {
    run_test_on(SQLITE, Setup::default, async |ctx| {
        let Some(server) = Rsyslog::start(Input::MutualTls) else {
            return;
        };
        ctx.trust(&server).await;
        let to = format!("tls://localhost:{}", server.port);
        ctx.add_to_config(&sink(&to, "")).await;
        let told = ctx
            .person("ada")
            .wait_for("@bot", "Sink siem is held")
            .await
            .unwrap();
        assert_snapshot!(ctx.plain(&told.rendered), @"⚠️ Sink siem is held: it aborted TLS; if it wants a certificate of its clients, check client_cert and client_key. Events wait in order, and are tried again every few minutes.");
        assert_eq!(ctx.app().core().store.sink_place("siem").await.unwrap(), 0);
        for name in ["cert.pem", "key.pem"] {
            fs::copy(server.folder.path().join(name), ctx.folder.path().join(name)).unwrap();
        }
        ctx.add_to_config("client_cert = \"cert.pem\"\nclient_key = { file = \"key.pem\" }\n")
            .await;
        ctx.granted("30m").await;
        ctx.until_logged(&server).await;
    })
    .await;
}
