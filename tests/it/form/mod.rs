//! The request form: what it offers, what it refuses, and that it counts once.

mod offered;
mod sent;

use std::collections::BTreeMap;

use slack_simulator::{Actor, Submitted};

use crate::support::bot::{Context, Setup};
use apono::access::resource::Resource;

/// Reading and writing under two flows; the resources are named, because other tests' databases live on the same server.
pub(super) const READ_OR_WRITE: &str = r#"
[[flows]]
name = "Developers read"
requesters = ["group:developers"]
integration = "orders-db"
resources = ["{db}"]
permissions = ["read"]
max_duration = "8h"
approvers = ["group:sre"]

[[flows]]
name = "Developers write"
requesters = ["dana@example.com"]
integration = "orders-db"
resources = ["{db}"]
permissions = ["write"]
max_duration = "1h"
approvers = ["group:sre"]
"#;

pub(super) fn read_or_write() -> Setup {
    Setup {
        config: READ_OR_WRITE.to_owned(),
        ..Setup::default()
    }
}

/// Dana's form, filled in for the test's database.
pub(super) async fn filled(ctx: &Context, permissions: &[&str], duration: &str, why: &str) -> Actor {
    let dana = ctx.person("dana");
    dana.command("/apono", "request").await.unwrap();
    dana.choose("Resources", &[&ctx.target.database]).await.unwrap();
    dana.choose("Permissions", permissions).await.unwrap();
    dana.fill("Duration", duration).await.unwrap();
    dana.fill("Justification", why).await.unwrap();
    dana
}

/// What stands under the fields of a form that was not taken.
pub(super) fn errors(submitted: Submitted) -> String {
    let Submitted::Errors(errors) = submitted else {
        panic!("taken: {submitted:?}");
    };
    let lines: Vec<String> = errors
        .iter()
        .map(|(label, text)| format!("{label}: {text}"))
        .collect();
    lines.join("\n")
}

pub(super) fn any_read() -> Setup {
    Setup {
        config: READ_OR_WRITE.replace(r#"resources = ["{db}"]"#, r#"resources = ["shop_*"]"#),
        ..Setup::default()
    }
}

/// The catalogue as it would be for a server with this many shops.
pub(super) fn many_shops(ctx: &Context, count: usize) {
    many_databases(ctx, "orders-db", count, &["read".to_owned(), "write".to_owned()]);
}

/// The same for another integration and its permissions.
pub(super) fn many_databases(ctx: &Context, integration: &str, count: usize, permissions: &[String]) {
    let resources = (1..=count).map(|n| Resource {
        id: format!("shop_{n:03}"),
        resource_type: "Database".to_owned(),
        name: format!("shop_{n:03}"),
        path: format!("db.example.com:5432/shop_{n:03}"),
        tags: BTreeMap::new(),
        permissions: permissions.to_vec(),
        owner: None,
    });
    let core = ctx.app().core();
    core.catalogue.replace(integration, resources.collect());
}
