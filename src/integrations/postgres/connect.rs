//! New credentials for a login, and how to log in with an account of one's own.
//!
//! Invariant: the password exists here and in what is returned, nowhere else; the server is sent only its SCRAM verifier.

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

/// Letters and digits that no font lets one take for another.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// 55 letters to choose from make 138 bits.
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
    let held = found.ok_or_else(|| no(Trouble::Missing, "is not on the server"))?;
    if !held.mark.is_of(&target.install, target.request) {
        return Err(no(Trouble::NotOurs, "has a role that is not this request's"));
    }
    if !held.open {
        return Err(no(Trouble::Over, "was revoked"));
    }
    let until = held
        .until
        .ok_or_else(|| no(Trouble::Over, "has lost its deadline on the server"))?;
    if held.read_at >= until {
        return Err(no(Trouble::Over, "is over"));
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

/// No credential is made: people log in as ever, and have more there.
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
            format!("the account {} is not on the server", name.as_str()),
        )
    })?;
    if !account::is_joined(connection, lease, found.oid).await? {
        return Err(IntegrationError::refuse(
            Trouble::Over,
            "somebody took this access away on the server",
        ));
    }
    let mut note = format!(
        "Log in with your own password, as ever: the account {} has this access until {until}. \
         All its sessions are ended then, also those opened before.",
        name.as_str()
    );
    if !found.inherits {
        let groups = plan.groups()?;
        let roles = groups.iter().map(ToString::to_string).collect::<Vec<_>>();
        note = format!(
            "{note} It inherits nothing, so run SET ROLE first: {}.",
            roles.join(", ")
        );
    }
    details(plan, name, note)
}

/// Where to log in as `user`, without a password.
fn details(plan: &Plan, user: &Identifier, mut note: String) -> Result<AccessDetails, IntegrationError> {
    let target = &plan.target;
    let databases = plan.databases();
    let (first, others) = databases
        .split_first()
        .ok_or_else(|| IntegrationError::refuse(Trouble::Missing, "this access names no database"))?;
    if !others.is_empty() {
        note = format!("{note} The same login works in: {}.", others.join(", "));
    }
    let command = psql_command(&target.connect_host, target.connect_port, first, user.as_str());
    Ok(AccessDetails {
        fields: vec![
            ("Host", SecretString::from(target.connect_host.as_str())),
            ("Port", SecretString::from(target.connect_port.to_string())),
            ("Database", SecretString::from(*first)),
            ("User", SecretString::from(user.as_str())),
        ],
        file: None,
        command: SecretString::from(command),
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
            IntegrationError::retry(Trouble::Odd, "the machine gave no random numbers for a password")
        })?;
        // Six bits choose a letter; those beyond the alphabet are thrown away, so that every letter is as likely.
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

/// Quoting of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>, where it is needed.
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
