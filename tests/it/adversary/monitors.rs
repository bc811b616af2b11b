//! Somebody on the network of the monitors, or a page in a browser on this machine, against health and metrics.

use std::net::SocketAddr;

use sea_orm::DbBackend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::bot::{Context, Setup, run_test_on};

/// As many as are answered at once.
const CLIENTS: usize = 512;

fn with_metrics() -> Setup {
    let setup = Setup::default();
    Setup {
        config: format!("\n[metrics]\nlisten = \"127.0.0.1:0\"\n{}", setup.config),
        ..setup
    }
}

/// The first line of what is answered to a request with these hosts.
async fn answer(at: SocketAddr, path: &str, hosts: &[&str]) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let hosts: Vec<String> = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
    let hosts = hosts.concat();
    let ask = format!("GET {path} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut said = String::new();
    // A connection that is cut says nothing more.
    let _ = stream.read_to_string(&mut said).await;
    said.lines().next().unwrap_or_default().to_owned()
}

/// Asks again and again on one connection, and on a new one once that is closed.
async fn keep_asking(at: SocketAddr) {
    loop {
        let Ok(mut stream) = TcpStream::connect(at).await else {
            continue;
        };
        let ask = format!("GET /healthz HTTP/1.1\r\nHost: {at}\r\n\r\n");
        let mut said = [0; 1024];
        while stream.write_all(ask.as_bytes()).await.is_ok() {
            let Ok(1..) = stream.read(&mut said).await else {
                break;
            };
            // Often enough that the connection is never idle, and seldom enough that the machine has something else to do.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_name_leads_to_this_machine_reads_nothing() {
    run_test_on(&[DbBackend::Sqlite], with_metrics, async |ctx: &mut Context| {
        let at = ctx.app().metrics().unwrap();
        let port = at.port();
        for path in ["/metrics", "/healthz", "/readyz"] {
            for hosts in [
                &["rebound.example.com"][..],
                &["127.0.0.1.rebound.example.com"],
                &["localhost.example.com"],
                &["127.0.0.1", "rebound.example.com"],
                &[""],
                &[],
            ] {
                let said = answer(at, path, hosts).await;
                assert!(
                    ["421", "400"].iter().any(|status| said.contains(status)),
                    "{path} {hosts:?}: {said}"
                );
            }
        }
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            let said = answer(at, "/metrics", &[&format!("{host}:{port}")]).await;
            assert_eq!(said, "HTTP/1.1 200 OK", "{host}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_never_stop_asking_do_not_keep_the_others_out() {
    run_test_on(&[DbBackend::Sqlite], with_metrics, async |ctx: &mut Context| {
        let at = ctx.app().metrics().unwrap();
        let mut asking = JoinSet::new();
        for _ in 0..CLIENTS {
            asking.spawn(keep_asking(at));
        }
        ctx.until("the others are answered", async || {
            answer(at, "/healthz", &[&at.to_string()]).await == "HTTP/1.1 200 OK"
        })
        .await;
        asking.shutdown().await;
    })
    .await;
}
