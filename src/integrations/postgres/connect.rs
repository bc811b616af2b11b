//! New credentials for a login, and how to log in with a personal account.
//!
//! Invariant: the password exists here and in the returned value, and nowhere else; the server is sent only its SCRAM
//! verifier.

use postgres_protocol::password::scram_sha_256;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::super::{AccessDetails, IntegrationError};
use super::account::{self, Account};
use super::login::Login;
use super::names::Identifier;
use super::server::{Server, commit};
use super::steps::Step;
use super::target::Plan;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;

/// Letters and digits that cannot be confused in any font.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// With 55 characters to choose from this is 138 bits.
const PASSWORD_LENGTH: usize = 24;

pub(crate) async fn connect(server: &Server, plan: &Plan) -> Result<AccessDetails, IntegrationError> {
    let Plan {
        login,
        account,
        target,
        ..
    } = plan;
    let (mut tx, found) = Login::hold(server, plan).await?;
    let no = |cause, what: &str| IntegrationError::refuse(cause, format!("this access {what}"));
    let held = found.ok_or_else(|| no(Trouble::Missing, "does not exist on the server"))?;
    if !held.mark.is_of(&target.install, target.request) {
        return Err(no(Trouble::NotOurs, "has a role that belongs to another request"));
    }
    if !held.open {
        return Err(no(Trouble::Over, "was revoked"));
    }
    let until = held
        .until
        .ok_or_else(|| no(Trouble::Over, "has no deadline on the server any more"))?;
    if held.read_at >= until {
        return Err(no(Trouble::Over, "has ended"));
    }
    if let Some(account) = account {
        return with_own_account(&mut tx, plan, account, held.oid, until).await;
    }
    let password = new_password()?;
    let verifier = scram_sha_256(password.expose_secret().as_bytes());
    let doing = "setting the password";
    let set = Step::Verifier {
        role: login,
        verifier: &verifier,
    };
    set.on(&mut tx, target.bounded, doing).await?;
    commit(tx, doing).await?;

    let note = format!("This password works until {until} and replaces any earlier one.");
    let mut details = details(plan, login, note)?;
    details.fields.push(("Password", password));
    details.made = true;
    Ok(details)
}

/// No credential is made: people log in as usual, and have more access there.
async fn with_own_account(
    connection: &mut PgConnection,
    plan: &Plan,
    name: &Identifier,
    lease: i64,
    until: Timestamp,
) -> Result<AccessDetails, IntegrationError> {
    let held = Account::find(connection, name).await?;
    let found = held.ok_or_else(|| {
        IntegrationError::refuse(
            Trouble::Missing,
            format!("the account {} does not exist on the server", name.as_str()),
        )
    })?;
    if !account::is_joined(connection, lease, found.oid).await? {
        return Err(IntegrationError::refuse(
            Trouble::Over,
            "somebody took this access away on the server",
        ));
    }
    let mut note = format!(
        "Log in with your own password, as usual: the account {} has this access until {until}. \
         All its sessions end then, including those opened earlier.",
        name.as_str()
    );
    if !found.inherits {
        let groups = plan.groups()?;
        let roles = groups.iter().map(ToString::to_string).collect::<Vec<_>>();
        note = format!(
            "{note} It does not inherit rights, so run SET ROLE first: {}.",
            roles.join(", ")
        );
    }
    details(plan, name, note)
}

/// The server and database for logging in as `user`, without a password.
fn details(plan: &Plan, user: &Identifier, mut note: String) -> Result<AccessDetails, IntegrationError> {
    let target = &plan.target;
    let databases = plan.databases();
    let (first, others) = databases
        .split_first()
        .ok_or_else(|| IntegrationError::refuse(Trouble::Missing, "this access names no database"))?;
    if !others.is_empty() {
        note = format!("{note} The same login also works for: {}.", others.join(", "));
    }
    let command = psql_command(&target.connect_host, target.connect_port, first, user.as_str());
    Ok(AccessDetails {
        fields: vec![
            ("Host", SecretString::from(target.connect_host.as_str())),
            ("Port", SecretString::from(target.connect_port.to_string())),
            ("Database", SecretString::from(*first)),
            ("User", SecretString::from(user.as_str())),
        ],
        command: SecretString::from(command),
        others: String::new(),
        note,
        made: false,
        credential: None,
    })
}

fn new_password() -> Result<SecretString, IntegrationError> {
    let mut password = Zeroizing::new(String::with_capacity(PASSWORD_LENGTH));
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while password.len() < PASSWORD_LENGTH {
        getrandom::fill(&mut *bytes).map_err(|_| {
            IntegrationError::retry(
                Trouble::Odd,
                "the machine provided no random numbers for a password",
            )
        })?;
        // Six bits select a character; values beyond the alphabet are thrown away, so every character is equally likely.
        let letters = bytes
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte & 0x3f)));
        let room = PASSWORD_LENGTH - password.len();
        password.extend(letters.take(room).map(|&letter| char::from(letter)));
    }
    Ok(SecretString::from(password.as_str()))
}

/// A line for a POSIX shell; `psql` asks for the password.
fn psql_command(host: &str, port: u16, database: &str, user: &str) -> String {
    let pairs = [
        ("host", host),
        ("port", &port.to_string()),
        ("dbname", database),
        ("user", user),
    ]
    .map(|(key, value)| format!("{key}={}", conninfo_value(value)));
    let mut shell = String::new();
    for c in pairs.join(" ").chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            shell.push('\\');
        }
        shell.push(c);
    }
    format!("psql \"{shell}\"")
}

/// Quoting of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>, only if needed.
fn conninfo_value(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_command_holds_no_password_and_survives_odd_names() {
        insta::assert_snapshot!(psql_command("db.example.com", 5432, "orders", "apono_x_ar1_dana"),
            @r#"psql "host=db.example.com port=5432 dbname=orders user=apono_x_ar1_dana""#);
        insta::assert_snapshot!(psql_command("db", 5432, "Dana's $HOME", "u"),
            @r#"psql "host=db port=5432 dbname='Dana\\'s \$HOME' user=u""#);
    }

    #[test]
    fn passwords_are_long_plain_and_never_the_same() {
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let password = new_password().unwrap();
            let password = password.expose_secret();
            assert_eq!(password.len(), PASSWORD_LENGTH);
            assert!(password.bytes().all(|b| ALPHABET.contains(&b)));
            assert!(seen.insert(password.to_owned()));
        }
    }
}
