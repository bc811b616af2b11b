//! Targets are compared with what was granted: what was changed by hand, what stands there that nobody knows.

mod changed;
mod quiet;
mod restored;
mod strays;

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::reconcile::Drift;
use apono::access::request::State;
use apono::clock::Clock;
use apono::workers::reconcile::{Look, tick};
use secrecy::ExposeSecret;
use slack_simulator::World;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::bot::{Context, Setup};
use crate::support::postgres_server;

const AR_1: RequestNumber = RequestNumber(1);

/// The usual set-up, with this mode; the next look comes when a test lets the time pass.
pub(crate) fn in_mode(drift: Drift) -> Setup {
    let usual = Setup::default();
    // This continues the integration's section, with which the common part ends.
    Setup {
        world: World::example(),
        config: format!("reconcile = \"{}\"\n{}", drift.name(), usual.config),
    }
}

/// Lets the next look come.
fn later(ctx: &Context) {
    ctx.clock.advance(Duration::from_mins(2));
}

/// Looks now, and waits until that is done.
pub(crate) async fn look(ctx: &Context, drift: Drift) {
    let looked = tick(ctx.app().core(), "orders-db", drift).await;
    assert_eq!(looked.unwrap(), Look::Done);
}

/// The login of AR-1.
pub(crate) fn login(ctx: &Context) -> String {
    format!("apono_{}_ar1_dana_ito", ctx.app().core().install)
}

/// Does something on the target as its administrator; `{login}` is AR-1's, `{db}` the database, and `{without_set}` makes
/// a membership what the bot would make of it.
async fn by_hand(ctx: &Context, sql: &str) {
    let mut server = superuser(ctx).await;
    let tells = server.server_version_num().unwrap() >= 160_000;
    let sql = sql
        .replace("{without_set}", if tells { "WITH SET FALSE" } else { "" })
        .replace("{login}", &login(ctx))
        .replace("{install}", ctx.app().core().install.as_str())
        .replace("{db}", &ctx.target.database);
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut server)
        .await
        .unwrap();
}

/// The bot makes it, since from PostgreSQL 16 on it could not end what others made. It is a login that says of itself that it is a grant of this install, which knows nothing of it. Returns its name.
async fn stray_for_two_hours(ctx: &Context) -> String {
    let stray = format!("apono_{}_ar7_eve_moss", ctx.app().core().install);
    let end = ctx.clock.now().plus(Duration::from_hours(2)).to_rfc3339();
    by_hand(
        ctx,
        &format!(
            "SET ROLE {{db}}_bot; CREATE ROLE {stray} LOGIN VALID UNTIL '{end}' IN ROLE {{db}}_read;
             COMMENT ON ROLE {stray} IS 'apono AR-7 of install {{install}}, login, until {end}'"
        ),
    )
    .await;
    stray
}

/// Whether a role can log in, until when and as what, in one line; `gone` if there is none.
pub(crate) async fn role(ctx: &Context, name: &str) -> String {
    let found: Option<String> = sqlx::query_scalar(
        "SELECT concat_ws(' ', CASE WHEN rolcanlogin THEN 'open' ELSE 'locked' END,
                          (SELECT string_agg(g.rolname, ', ' ORDER BY g.rolname) FROM pg_auth_members e
                           JOIN pg_roles g ON g.oid = e.roleid WHERE e.member = r.oid))
         FROM pg_roles r WHERE rolname = $1",
    )
    .bind(name)
    .fetch_optional(&mut superuser(ctx).await)
    .await
    .unwrap();
    ctx.plain(&found.unwrap_or_else(|| "gone".to_owned()))
}

async fn superuser(ctx: &Context) -> PgConnection {
    let server = postgres_server::shared().unwrap();
    let url = server.superuser_url(&ctx.target.database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

async fn state(ctx: &Context) -> State {
    let store = &ctx.app().core().store;
    store.request_by_number(AR_1).await.unwrap().unwrap().state
}

/// Waits until the audit channel has this many headlines with the word.
async fn until_posted(ctx: &Context, word: &str, times: usize) {
    let word = format!("*{word}*");
    ctx.until(&format!("{times} x {word}"), async || {
        ctx.audit_channel().matches(&word).count() == times
    })
    .await;
}

/// Everything of the audit channel that tells of looks at targets.
async fn told(ctx: &Context) -> String {
    ctx.settle().await;
    let words = ["*DRIFT*", "*SET RIGHT*", "*ADOPTED*", "*ENDED*"];
    let channel = ctx.audit_channel();
    let lines = channel
        .lines()
        .filter(|line| words.iter().any(|word| line.contains(word)));
    lines.collect::<Vec<_>>().join("\n")
}
