//! Every `sql` fence runs: a page's fences one after the other, by psql, as the superuser of a new server with a database
//! `orders`, which has what the pages say is there. Variables that a page leaves to its reader (`:'password'`) have some value.

use std::io::Write;
use std::process::{Command, Stdio};

use apono::store::{DatabaseTarget, Store};
use apono::throwaway_postgres::ThrowawayPostgres;
use secrecy::ExposeSecret;

use super::markdown::{Fence, Page};
use super::{Wrong, assert_nothing_wrong, pages, said};
use crate::support::databases::START;
use crate::support::postgres_server;

/// Roles and a schema that a reader has by then: the owner of their tables, the bot's role, and what a bounded role comes with.
const ASSUMED: &str = "CREATE ROLE orders_owner; CREATE ROLE apono_bot LOGIN; CREATE ROLE apono_bot_owner;
    CREATE SCHEMA apono AUTHORIZATION apono_bot_owner;";

#[test]
fn every_statement_runs() {
    if postgres_server::shared().is_none() {
        return;
    }
    assert_nothing_wrong(&pages().iter().flat_map(wrong_statements).collect::<Vec<_>>());
}

#[test]
fn a_statement_that_fails_is_found() {
    if postgres_server::shared().is_none() {
        return;
    }
    let text = "```sql\nCREATE ROLE orders_read;\nCREATE ROLE orders_bot LOGIN PASSWORD :'password';\n```\n\
                ```sql\nGRANT CONNECT ON DATABASE orders TO orders_read;\nGRANT orders_writes TO orders_bot;\n```\n";
    insta::assert_debug_snapshot!(said(wrong_statements, text), @r#"
    [
        "6: ERROR:  role \"orders_writes\" does not exist",
    ]
    "#);
}

fn wrong_statements(page: &Page) -> Vec<Wrong> {
    let fences: Vec<&Fence> = page.fences_of("sql").collect();
    if fences.is_empty() {
        return Vec::new();
    }
    let server = ThrowawayPostgres::start().unwrap();
    assert_eq!(run(&server, "postgres", "CREATE DATABASE orders;"), Ok(()));
    assert_eq!(run(&server, "orders", ASSUMED), Ok(()));
    tokio::runtime::Runtime::new().unwrap().block_on(migrate(&server));
    let mut wrong = Vec::new();
    for fence in fences {
        let failed = run(&server, "orders", &fence.text).err();
        wrong.extend(failed.map(|what| Wrong::new(page, fence.line, what)));
    }
    wrong
}

/// The bot's own tables, which the page about the trail's format reads.
async fn migrate(server: &ThrowawayPostgres) {
    let store = Store::open(&DatabaseTarget::Postgres(server.superuser_url("orders")))
        .await
        .unwrap();
    store.migrate(START).await.unwrap();
    store.close().await.unwrap();
}

/// Runs the text as a file for psql; an error is what psql says first.
fn run(server: &ThrowawayPostgres, database: &str, text: &str) -> Result<(), String> {
    let url = server.superuser_url(database);
    let mut psql = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "-v",
            "ON_ERROR_STOP=1",
            "-v",
            "password=a password",
        ])
        .args(["-f", "-", url.expose_secret()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = psql.wait_with_output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let error = said
        .lines()
        .find_map(|line| line.find("ERROR:").map(|at| &line[at..]));
    Err(error.or(said.lines().next()).unwrap_or("psql failed").to_owned())
}
