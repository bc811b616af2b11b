//! Everything that the bot writes on a server, as steps, and the SQL for each step.
//!
//! Invariant: a bounded bot writes only through the functions of `apono integrations setup-sql --bounded`, each of which
//! checks its step again; an unbounded bot writes the same with its own `CREATEROLE`.

use std::fmt;

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::failed;
use super::names::{Identifier, Literal};
use crate::access::time::Timestamp;

/// A person with a few tools open needs several connections; nobody needs all of the server's.
const CONNECTION_LIMIT: u32 = 20;

/// From this version on a membership says whether it is inherited and whether it allows `SET ROLE`.
pub(crate) const MEMBERSHIP_OPTIONS_SINCE: u32 = 160_000;

/// One write. Role names are not quoted here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// Creates a role that is in no group yet, with its end in the same statement.
    Make {
        role: &'a Identifier,
        login: bool,
        until: Timestamp,
        note: &'a str,
    },
    /// Changes nothing but locks the role's row, so everything read afterwards stays true until the commit.
    Touch {
        role: &'a Identifier,
    },
    /// A new end, never for a role that was locked.
    Extend {
        role: &'a Identifier,
        until: Timestamp,
        note: &'a str,
    },
    Give {
        group: &'a Identifier,
        role: &'a Identifier,
        set_role: bool,
    },
    Take {
        group: &'a Identifier,
        role: &'a Identifier,
    },
    /// Makes an account a member of its lease.
    Join {
        lease: &'a Identifier,
        account: &'a Identifier,
    },
    Part {
        lease: &'a Identifier,
        account: &'a Identifier,
    },
    /// No login, no password, no time and no connection, whatever authentication the server uses.
    Lock {
        role: &'a Identifier,
        /// None keeps the present comment, which is not ours.
        note: Option<&'a str>,
    },
    Verifier {
        role: &'a Identifier,
        verifier: &'a str,
    },
}

/// Whose rights the bot writes with, and the server's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct How {
    bounded: bool,
    /// As `server_version_num`.
    version: u32,
}

impl How {
    pub(crate) fn on(connection: &PgConnection, bounded: bool) -> Self {
        Self {
            bounded,
            version: connection.server_version_num().unwrap_or_default(),
        }
    }
}

impl Step<'_> {
    /// Runs it. Returns the driver's error, for callers that decide by its SQLSTATE.
    pub(crate) async fn try_on(
        &self,
        connection: &mut PgConnection,
        bounded: bool,
    ) -> Result<(), sqlx::Error> {
        let sql = self.sql(How::on(connection, bounded));
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(connection)
            .await
            .map(drop)
    }

    /// Runs it; `doing` is read after "while".
    pub(crate) async fn on(
        &self,
        connection: &mut PgConnection,
        bounded: bool,
        doing: &'static str,
    ) -> Result<(), IntegrationError> {
        self.try_on(connection, bounded).await.map_err(failed(doing))
    }

    fn sql(&self, how: How) -> String {
        if how.bounded {
            self.call()
        } else {
            self.direct(how.version)
        }
    }

    fn direct(&self, version: u32) -> String {
        let options = |set_role: bool| {
            if version < MEMBERSHIP_OPTIONS_SINCE {
                ""
            } else if set_role {
                " WITH ADMIN FALSE, INHERIT TRUE, SET TRUE"
            } else {
                " WITH ADMIN FALSE, INHERIT TRUE, SET FALSE"
            }
        };
        match self {
            Self::Make {
                role,
                login,
                until,
                note,
            } => {
                let login = if *login { "LOGIN" } else { "NOLOGIN" };
                format!(
                    "CREATE ROLE {role} {login} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT \
                     CONNECTION LIMIT {CONNECTION_LIMIT} VALID UNTIL {}; COMMENT ON ROLE {role} IS {}",
                    Literal(&until.to_rfc3339()),
                    Literal(note)
                )
            }
            Self::Touch { role } => format!("ALTER ROLE {role} INHERIT"),
            Self::Extend { role, until, note } => format!(
                "ALTER ROLE {role} VALID UNTIL {}; COMMENT ON ROLE {role} IS {}",
                Literal(&until.to_rfc3339()),
                Literal(note)
            ),
            Self::Give {
                group,
                role,
                set_role,
            } => format!("GRANT {group} TO {role}{}", options(*set_role)),
            Self::Take { group, role } => format!("REVOKE {group} FROM {role}"),
            Self::Join { lease, account } => format!("GRANT {lease} TO {account}{}", options(false)),
            Self::Part { lease, account } => format!("REVOKE {lease} FROM {account}"),
            Self::Lock { role, note } => {
                let lock = format!(
                    "ALTER ROLE {role} NOLOGIN PASSWORD NULL VALID UNTIL '-infinity' CONNECTION LIMIT 0"
                );
                note.map_or(lock.clone(), |note| {
                    format!("{lock}; COMMENT ON ROLE {role} IS {}", Literal(note))
                })
            }
            Self::Verifier { role, verifier } => {
                format!("ALTER ROLE {role} PASSWORD {}", Literal(verifier))
            }
        }
    }

    /// The same through a function of the bounded role.
    fn call(&self) -> String {
        let name = |role: &Identifier| Literal(role.as_str()).to_string();
        let until = |until: Timestamp| format!("{}::pg_catalog.timestamptz", Literal(&until.to_rfc3339()));
        let (function, arguments): (&str, Vec<String>) = match self {
            Self::Make {
                role,
                login,
                until: end,
                note,
            } => {
                let arguments = [
                    name(role),
                    until(*end),
                    login.to_string(),
                    Literal(note).to_string(),
                ];
                ("make", arguments.into())
            }
            Self::Touch { role } => ("touch", vec![name(role)]),
            Self::Extend {
                role,
                until: end,
                note,
            } => ("extend", vec![name(role), until(*end), Literal(note).to_string()]),
            Self::Give {
                group,
                role,
                set_role,
            } => ("give", vec![name(group), name(role), set_role.to_string()]),
            Self::Take { group, role } => ("take", vec![name(group), name(role)]),
            Self::Join { lease, account } => ("join", vec![name(lease), name(account)]),
            Self::Part { lease, account } => ("part", vec![name(lease), name(account)]),
            Self::Lock { role, note } => {
                let note = note.map_or_else(|| "NULL".to_owned(), |note| Literal(note).to_string());
                ("lock", vec![name(role), note])
            }
            Self::Verifier { role, verifier } => {
                ("verifier", vec![name(role), Literal(verifier).to_string()])
            }
        };
        Call(function, &arguments).to_string()
    }
}

/// A call of one of the bounded role's functions.
struct Call<'a>(&'a str, &'a [String]);

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SELECT apono.\"{}\"({})", self.0, self.1.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(step: &Step<'_>, version: u32) -> String {
        step.sql(How {
            bounded: false,
            version,
        })
    }

    #[test]
    fn a_membership_lets_nobody_set_the_role_where_the_server_can_say_so() {
        let (group, role) = (
            Identifier::new("orders_read").unwrap(),
            Identifier::new("r").unwrap(),
        );
        let give = |set_role| Step::Give {
            group: &group,
            role: &role,
            set_role,
        };
        insta::assert_snapshot!(sql(&give(false), 150_018), @r#"GRANT "orders_read" TO "r""#);
        insta::assert_snapshot!(sql(&give(false), 160_000), @r#"GRANT "orders_read" TO "r" WITH ADMIN FALSE, INHERIT TRUE, SET FALSE"#);
        insta::assert_snapshot!(sql(&give(true), 180_006), @r#"GRANT "orders_read" TO "r" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE"#);
    }

    #[test]
    fn a_bounded_bot_calls_a_function_for_each_step() {
        let role = Identifier::new("it's").unwrap();
        let make = Step::Make {
            role: &role,
            login: true,
            until: Timestamp::from_seconds(1_795_449_909),
            note: "apono AR-1",
        };
        let how = How {
            bounded: true,
            version: 180_000,
        };
        insta::assert_snapshot!(make.sql(how), @r#"SELECT apono."make"(E'it''s', E'2026-11-23T16:05:09.000000Z'::pg_catalog.timestamptz, true, E'apono AR-1')"#);
        insta::assert_snapshot!(Step::Touch { role: &role }.sql(how), @r#"SELECT apono."touch"(E'it''s')"#);
    }
}
