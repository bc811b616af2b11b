//! Both kinds of accounts keep what every kind of target keeps.

use std::any::Any;

use apono::access::grant::Granted;
use apono::access::ids::RequestNumber;
use apono::integrations::postgres::Postgres;
use apono::integrations::{AccessDetails, GrantOrder, Integration};
use sqlx::Connection;

use super::context::{Context, order, password_of, run, run_test, until};
use crate::conformance::{Subject, keeps_the_contract};

const READ: &str = "SELECT * FROM orders";

/// A login for each request.
struct Ephemeral<'a>(&'a Context);

impl Subject for Ephemeral<'_> {
    fn integration(&self) -> Box<dyn Integration> {
        Box::new(Postgres::new(self.0.settings.clone()).unwrap())
    }

    fn order(&self, number: i64) -> GrantOrder {
        GrantOrder {
            request: RequestNumber(number),
            ..order("conforma", &[&self.0.target.database], &["read"])
        }
    }

    async fn session(&self, granted: &Granted, details: &AccessDetails) -> Option<Box<dyn Any>> {
        let password = password_of(details);
        let session = self.0.try_log_in(granted, &password, &self.0.target.database);
        Some(Box::new(session.await.unwrap()))
    }

    async fn works(&self, granted: &Granted, details: &AccessDetails) -> bool {
        let password = password_of(details);
        let database = &self.0.target.database;
        match self.0.try_log_in(granted, &password, database).await {
            Ok(mut session) => run(&mut session, READ).await.is_ok(),
            Err(_) => false,
        }
    }
}

/// A membership for an account that Dana has anyway.
struct Personal<'a>(&'a Context);

const ACCOUNT: &str = "conforms_dana";

impl Subject for Personal<'_> {
    fn integration(&self) -> Box<dyn Integration> {
        Box::new(Postgres::new(self.0.settings.clone()).unwrap())
    }

    fn order(&self, number: i64) -> GrantOrder {
        GrantOrder {
            request: RequestNumber(number),
            account: Some(ACCOUNT.to_owned()),
            ..order("conformb", &[&self.0.target.database], &["read"])
        }
    }

    async fn works(&self, _granted: &Granted, _details: &AccessDetails) -> bool {
        let mut session = self.0.session_of(ACCOUNT).await;
        let works = run(&mut session, READ).await.is_ok();
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(&mut session)
            .await
            .unwrap();
        session.close().await.unwrap();
        // The server ends it a moment later, and a revoke ends every session that the account has by then.
        let is_over = format!("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid})");
        until(self.0, &is_over).await;
        works
    }
}

#[tokio::test]
async fn a_login_for_each_request_keeps_the_contract() {
    run_test("conforms_ephemeral", async |ctx| {
        keeps_the_contract(&Ephemeral(ctx)).await;
    })
    .await;
}

#[tokio::test]
async fn a_membership_for_an_account_keeps_the_contract() {
    run_test("conforms_personal", async |ctx| {
        ctx.with_account(ACCOUNT).await;
        keeps_the_contract(&Personal(ctx)).await;
    })
    .await;
}
