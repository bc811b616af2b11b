//! Changing what a login created: only a member may change what a role owns, and only a role that may use a schema can name
//! what is in it, which may be only the groups.
//!
//! Invariant: the bot is a member of the login and of its groups for one transaction, and not any longer.

use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::super::IntegrationError;
use super::errors::failed;
use super::groups;
use super::names::Identifier;
use super::server::{WRITING, commit, run};
use super::steps::MEMBERSHIP_OPTIONS_SINCE;
use super::target::Plan;

/// How many statements go into one transaction: each may lock an object until it ends.
pub(crate) const AT_ONCE: usize = 200;

/// Runs statements as a member of the login and its groups, in a transaction of their own.
pub(crate) async fn run_as_member(
    connection: &mut PgConnection,
    plan: &Plan,
    doing: &'static str,
    sql: String,
) -> Result<(), IntegrationError> {
    let mut member = Member::begin(connection, plan, doing).await?;
    member.run(sql).await?;
    member.finish().await
}

/// A transaction in which the bot has the rights of a login and its groups.
pub(crate) struct Member<'c> {
    tx: Transaction<'c, Postgres>,
    lent: Vec<Identifier>,
    doing: &'static str,
}

impl<'c> Member<'c> {
    pub(crate) async fn begin(
        connection: &'c mut PgConnection,
        plan: &Plan,
        doing: &'static str,
    ) -> Result<Self, IntegrationError> {
        let tx = connection.begin_with(WRITING).await.map_err(failed(doing))?;
        let mut member = Self {
            tx,
            lent: Vec::new(),
            doing,
        };
        member.lend(&plan.login).await?;
        if !plan.target.claimed {
            for group in plan.groups()? {
                if groups::exists(&mut member.tx, &group).await? && member.can_give(&group).await? {
                    member.lend(&group).await?;
                }
            }
        }
        Ok(member)
    }

    /// Gives the bot the rights of a role, unless it already has them.
    pub(crate) async fn lend(&mut self, role: &Identifier) -> Result<(), IntegrationError> {
        let has_rights: bool = sqlx::query_scalar("SELECT pg_has_role(current_user, $1::name, 'USAGE')")
            .bind(role.as_str())
            .fetch_one(&mut *self.tx)
            .await
            .map_err(failed(self.doing))?;
        if !has_rights {
            self.run(format!("GRANT {role} TO CURRENT_USER")).await?;
            self.lent.push(role.clone());
        }
        Ok(())
    }

    /// From PostgreSQL 16 on this needs `ADMIN OPTION` on the role.
    async fn can_give(&mut self, role: &Identifier) -> Result<bool, IntegrationError> {
        if self.tx.server_version_num().unwrap_or_default() < MEMBERSHIP_OPTIONS_SINCE {
            return Ok(true);
        }
        sqlx::query_scalar("SELECT pg_has_role(current_user, $1::name, 'MEMBER WITH ADMIN OPTION')")
            .bind(role.as_str())
            .fetch_one(&mut *self.tx)
            .await
            .map_err(failed(self.doing))
    }

    /// Every name and text in `sql` is quoted.
    pub(crate) async fn run(&mut self, sql: String) -> Result<(), IntegrationError> {
        run(&mut self.tx, self.doing, sql).await
    }

    /// Takes back the borrowed rights, and commits.
    pub(crate) async fn finish(mut self) -> Result<(), IntegrationError> {
        for role in std::mem::take(&mut self.lent).into_iter().rev() {
            self.run(format!("REVOKE {role} FROM CURRENT_USER")).await?;
        }
        commit(self.tx, self.doing).await
    }
}
