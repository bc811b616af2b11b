//! Off this machine somebody has to say how the way to a database is protected; until then nothing is given, and what is
//! live ends.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::app::{App, Options, StartError};
use apono::config::Config;
use apono::slack::socket::SocketSettings;
use apono::slack::web::Pacing;
use apono::workers::capacity::Capacities;
use sea_orm::DbBackend;
use slack_simulator::Submitted;

use crate::support::bot::{Context, Setup, run_test, run_test_on};
use crate::support::clock::TestClock;

impl Context {
    /// Changes what stands in one of the files with a URL.
    fn edit_url(&self, file: &str, edit: impl FnOnce(&str) -> String) {
        let path = self.folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, edit(&text)).unwrap();
    }

    async fn ends_on_time(&self) {
        self.clock.advance(Duration::from_mins(30));
        self.until("it has ended", async || {
            let store = &self.app().core().store;
            let request = store.request_by_number(RequestNumber(1)).await.unwrap();
            request.is_some_and(|request| request.state.word() == "Expired")
        })
        .await;
    }
}

/// An address of this machine that does not look like one, as a host on the network would not.
fn from_afar(url: &str) -> String {
    url.replace("@127.0.0.1:", "@127.1:")
}

fn unsaid(url: &str) -> String {
    url.replace("?sslmode=disable", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_whose_way_is_not_protected_gets_no_new_grant_also_not_by_a_reload() {
    run_test(async |ctx| {
        ctx.stop().await;
        ctx.edit_url("target_url", from_afar);
        ctx.run().await;
        ctx.granted("30m").await;
        ctx.edit_url("target_url", unsaid);
        let refused = ctx.app().reload().await.unwrap_err().to_string();
        assert!(
            refused.contains("config.toml:") && refused.contains("?sslmode=verify-full"),
            "{refused}"
        );

        let sent = ctx.ask("dana", "write", "10m", "a migration").await;
        assert_eq!(sent, Submitted::Closed);
        ctx.sees("dana", "could not be granted").await;
        let failed = ctx.audit_posts("FAILED").await.pop().unwrap();
        assert!(failed.contains("Step: before the target was touched"), "{failed}");
        assert!(
            failed.contains("nothing says how the connection to 127.1:")
                && failed.contains("?sslmode=verify-full"),
            "{failed}"
        );
        ctx.ends_on_time().await;
        ctx.edit_url("target_url", |url| format!("{url}?sslmode=disable"));
        ctx.app().reload().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admins_hear_what_keeps_a_target_from_being_used() {
    run_test(async |ctx| {
        ctx.stop().await;
        ctx.edit_url("target_url", |url| unsaid(&from_afar(url)));
        ctx.run().await;
        ctx.sees("ada", "Nothing is granted on the following until this is fixed")
            .await;
        let told = ctx.messages_to("ada", "sslmode=verify-full");
        assert_eq!(told.len(), 1, "{told:?}");
        ctx.stop().await;
        ctx.edit_url("target_url", |url| format!("{url}?sslmode=disable"));
        ctx.run().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bots_own_database_is_not_used_over_an_unprotected_way_unless_access_has_to_end() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        ctx.stop().await;
        ctx.edit_url("database_url", |url| unsaid(&from_afar(url)));
        let config = Config::load(&ctx.config_path()).unwrap();
        let problems = config.check_secrets();
        assert!(
            problems
                .iter()
                .any(|problem| problem.text.contains("sslmode=verify-full")),
            "{problems:?}"
        );
        let options = Options {
            clock: std::sync::Arc::new(TestClock::default()),
            pacing: Pacing::Off,
            sockets: SocketSettings::default(),
            proxy: None,
            capacities: Capacities::default(),
        };
        let Err(refused) = App::start(config, options).await else {
            panic!("it started");
        };
        assert!(matches!(refused, StartError::Unprotected(_)), "{refused}");
        insta::assert_snapshot!(refused, @"the database's address: write ?sslmode=verify-full at the end of this URL, or set PGSSLMODE: the connection leaves this machine, and without it anyone in between can pose as the server");

        ctx.edit_url("database_url", |url| format!("{url}?sslmode=disable"));
        ctx.run().await;
        ctx.granted("30m").await;
        ctx.stop().await;
        ctx.edit_url("database_url", unsaid);
        ctx.run().await;
        ctx.sees("ada", "the connection to my own database").await;
        ctx.ends_on_time().await;
        ctx.stop().await;
        ctx.edit_url("database_url", |url| format!("{url}?sslmode=disable"));
        ctx.run().await;
    })
    .await;
}
