//! The bot's own database as it is found in the field: with passwords that change, networks that lose packets, and poolers.

mod pooler;
mod rotation;
mod silence;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use apono::store::DatabaseTarget;

use crate::support::bot::Context;

/// Restarts the bot with another URL of its database, made from the one that it has.
async fn change_url(ctx: &mut Context, change: impl FnOnce(&mut Url)) {
    ctx.stop().await;
    let path = ctx.folder.path().join("database_url");
    let mut url: Url = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    change(&mut url);
    std::fs::write(path, url.as_str()).unwrap();
    ctx.run().await;
}

fn url_of(target: &DatabaseTarget) -> Url {
    let DatabaseTarget::Postgres(url) = target else {
        panic!("{target:?} is no PostgreSQL")
    };
    url.expose_secret().parse().unwrap()
}

fn target(url: &Url) -> DatabaseTarget {
    DatabaseTarget::Postgres(SecretString::from(url.as_str()))
}
