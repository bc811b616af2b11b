//! Attacks with the password of a bounded bot, by its functions and past them.
//!
//! What such a thief can do is what `setup-sql --bounded` says and no more: every other step is refused by the server.

mod accounts;
mod functions;
mod giving;
mod set_up;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use crate::postgres_target::context::{Context, run};
use crate::postgres_target::personal::PASSWORD;

pub(super) const NOT_ALLOWED: &str = "42501";

/// Of the password `secret`.
const VERIFIER: &str = "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$\
                        ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=:PiPoFgA5WUoziU9lZOGNmxb0mzNmYHZ0z4aQpN7QfFc=";

/// What a role's comment says: whose it is, and until when.
fn note(install: &str, number: u32, kind: &str) -> String {
    format!("apono AR-{number} of install {install}, {kind}, until 2026-11-28T10:00:00.000000Z")
}

/// What a thief does with the bot's password.
struct Thief {
    bot: PgConnection,
    install: &'static str,
}

impl Thief {
    async fn of(ctx: &Context, install: &'static str) -> Self {
        Self {
            bot: PgConnection::connect(ctx.target.admin_url.expose_secret())
                .await
                .unwrap(),
            install,
        }
    }

    async fn tries(&mut self, sql: &str) -> Result<(), String> {
        run(&mut self.bot, sql).await
    }

    /// It is allowed.
    async fn does(&mut self, sql: &str) {
        self.tries(sql).await.unwrap();
    }

    /// Each is refused as not allowed.
    async fn may_not(&mut self, attacks: &[&str]) {
        for attack in attacks {
            assert_eq!(self.tries(attack).await, Err(NOT_ALLOWED.to_owned()), "{attack}");
        }
    }

    fn role(&self, number: u32) -> String {
        format!("apono_{}_ar{number}_dana", self.install)
    }

    fn make(&self, number: u32, login: bool, until: &str) -> String {
        let note = note(self.install, number, if login { "login" } else { "lease" });
        format!(
            "SELECT apono.make('{}', {until}, {login}, '{note}')",
            self.role(number)
        )
    }

    /// A login for an hour, or a lease.
    async fn makes(&mut self, number: u32, login: bool) -> String {
        self.does(&self.make(number, login, "now() + interval '1h'"))
            .await;
        self.role(number)
    }
}

pub(super) async fn session_of(ctx: &Context, user: &str) -> PgConnection {
    let url = ctx
        .server
        .url(user, &SecretString::from(PASSWORD), &ctx.target.database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// The members of the bot's groups, of its own role and of the functions' owner, and what its role may.
async fn powers(ctx: &Context) -> String {
    let name = &ctx.target.database;
    ctx.ask(&format!(
        "SELECT concat_ws(' ', (SELECT string_agg(g.rolname || ':' || m.rolname, ' ' ORDER BY g.rolname, m.rolname)
             FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid JOIN pg_roles m ON m.oid = e.member
             WHERE g.rolname ~ '^{name}_' AND m.rolname !~ '_owner$'), r.rolcreaterole, r.rolsuper)
         FROM pg_roles r WHERE r.rolname = '{name}_bot'"
    ))
    .await
}
