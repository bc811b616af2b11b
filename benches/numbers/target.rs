//! A real PostgreSQL as the target, as durable as one in production: it waits for its disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use apono::access::grant::Granted;
use apono::access::ids::{InstallId, RequestNumber};
use apono::access::request::Unit;
use apono::access::time::Timestamp;
use apono::integrations::postgres::{AccountKind, KIND, Permission, Postgres, PostgresSettings};
use apono::integrations::{GrantOrder, Integration, OrderUnit};
use apono::secrets::SecretRef;
use apono::throwaway_postgres::{SampleTarget, ThrowawayPostgres};
use futures_util::{StreamExt, stream};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::machine;
use crate::seed::About;

/// The integration's name in [`CONFIG`].
const NAME: &str = "orders-db";

const DATABASE: &str = "orders";

/// How many roles are created at once.
const AT_ONCE: usize = 8;

/// Its part of the config.
pub(crate) const CONFIG: &str = r#"
[[integrations]]
name = "orders-db"
kind = "postgres"
url = { file = "target" }
permissions = { read = "{resource}_read" }

[[flows]]
name = "Developers read"
requesters = ["U0DANA"]
integration = "orders-db"
max_duration = "30d"
approvers = ["U0OMAR"]
"#;

pub(crate) struct Target {
    server: ThrowawayPostgres,
    sample: SampleTarget,
}

impl Target {
    /// `None` if PostgreSQL is not installed, which is reported.
    pub(crate) async fn start() -> Option<Self> {
        let started = tokio::task::spawn_blocking(ThrowawayPostgres::start)
            .await
            .unwrap();
        let server = match started {
            Ok(server) => server,
            Err(error) => {
                eprintln!("it is NOT measured: {error}");
                return None;
            }
        };
        machine::make_durable(&server).await;
        let sample = server.create_target(DATABASE).await.unwrap();
        Some(Self { server, sample })
    }

    /// The admin URL, which the bot uses too.
    pub(crate) fn url(&self) -> &str {
        self.sample.admin_url.expose_secret()
    }

    pub(crate) fn server(&self) -> &ThrowawayPostgres {
        &self.server
    }

    /// The integration as the bot creates it from a config in `folder`; also writes the secret.
    pub(crate) fn integration(&self, folder: &Path) -> Arc<Postgres> {
        let secret = folder.join("target");
        fs::write(&secret, self.url()).unwrap();
        let settings = PostgresSettings {
            name: NAME.to_owned(),
            url: SecretRef::File(secret),
            permissions: vec![Permission::of("read", "{resource}_read")],
            resources: None,
            connect_host: None,
            connect_port: None,
            allow_roles: std::collections::BTreeMap::new(),
            account: AccountKind::Ephemeral,
            replicas: Vec::new(),
            bounded: false,
            longest: None,
        };
        Arc::new(Postgres::new(settings).unwrap())
    }
}

/// A new database on the server, for the bot itself.
pub(crate) async fn database(server: &ThrowawayPostgres, name: &str) -> SecretString {
    let url = server.superuser_url("postgres");
    let mut cluster = PgConnection::connect(url.expose_secret()).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    cluster.execute(create).await.unwrap();
    server.superuser_url(name)
}

/// What requests for it are about.
pub(crate) fn about() -> About {
    About {
        integration: NAME,
        kind: KIND,
        resource_type: "Database",
        unit: Unit {
            resource_id: DATABASE.to_owned(),
            resource_name: DATABASE.to_owned(),
            permission: "read".to_owned(),
        },
    }
}

pub(crate) fn order(install: &InstallId, request: RequestNumber, about: &About) -> GrantOrder {
    let unit = about.unit.clone();
    GrantOrder {
        install: install.clone(),
        request,
        grantee_name: "Dana Ito".to_owned(),
        account: None,
        units: vec![OrderUnit {
            resource_id: unit.resource_id,
            resource_name: unit.resource_name,
            permission: unit.permission,
        }],
    }
}

/// Creates a real login for each number with the bot's own code, in the order of the numbers.
pub(crate) async fn grant(
    integration: &Arc<Postgres>,
    install: &InstallId,
    ends: impl Iterator<Item = (RequestNumber, Timestamp)>,
) -> Vec<(RequestNumber, Granted, Timestamp)> {
    let made = stream::iter(ends).map(|(number, until)| {
        let integration = Arc::clone(integration);
        let granted = integration.prepare(&order(install, number, &about())).unwrap();
        async move {
            integration.grant(&granted, until).await.unwrap();
            (number, granted, until)
        }
    });
    made.buffered(AT_ONCE).collect().await
}
