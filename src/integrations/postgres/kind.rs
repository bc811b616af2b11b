//! Registers the kind for PostgreSQL.

use std::sync::Arc;

use super::config::{self, PostgresConfig};
use super::promises::PROMISES;
use super::{Bounds, KIND, Postgres, PostgresSettings, TargetSetup, Unfinished, reap_sql, setup_groups};
use crate::access::accounts::Accounts;
use crate::access::grant::Granted;
use crate::document::Section;
use crate::integrations::kind::{Around, Kind, NoSql, OfGrants, SetUp, Settings, Sql};
use crate::integrations::promises::Promises;
use crate::integrations::reconciled::Reconciled;
use crate::integrations::{Integration, IntegrationConfig, IntegrationError};

/// The kind `postgres`.
#[derive(Debug)]
pub struct PostgresKind;

impl Kind for PostgresKind {
    fn name(&self) -> &'static str {
        KIND
    }

    fn keys(&self) -> &'static [&'static str] {
        config::KEYS
    }

    fn absent(&self) -> &'static [(&'static str, &'static str)] {
        &[("resources", "everything on the server")]
    }

    fn example(&self) -> &'static str {
        include_str!("example.toml")
    }

    fn promises(&self) -> &'static [Promises] {
        PROMISES
    }

    fn read(
        &self,
        section: &Section<'_>,
        name: &str,
        _earlier: &[IntegrationConfig],
    ) -> Option<Arc<dyn Settings>> {
        Some(Arc::new(config::read(section, name)?))
    }

    fn of_grants(&self) -> Arc<dyn OfGrants> {
        Arc::new(OfSnapshots::default())
    }
}

/// Each try creates the target again, so the progress of revokes is kept here.
#[derive(Default)]
struct OfSnapshots {
    unfinished: Unfinished,
}

impl OfGrants for OfSnapshots {
    fn make(&self, granted: &Granted) -> Result<Arc<dyn Integration>, IntegrationError> {
        let made = Postgres::from_granted(granted)?;
        Ok(Arc::new(made.going_on_with(self.unfinished.clone())))
    }
}

impl Settings for PostgresConfig {
    fn kind(&self) -> &'static dyn Kind {
        &PostgresKind
    }

    fn permissions(&self) -> Vec<&str> {
        let permissions = self.target.permissions.iter();
        permissions.map(|permission| permission.name.as_str()).collect()
    }

    fn resources(&self) -> Option<Vec<&str>> {
        let listed = self.target.resources.as_ref()?;
        Some(listed.iter().map(String::as_str).collect())
    }

    fn accounts(&self) -> Option<&Accounts> {
        self.accounts.as_ref()
    }

    fn reconciled(&self) -> Option<Reconciled> {
        Some(self.reconciled)
    }

    fn sql(&self) -> Result<&dyn Sql, NoSql> {
        Ok(self)
    }

    fn for_reap(&self) -> Result<Arc<dyn Integration>, IntegrationError> {
        Ok(Arc::new(Postgres::for_reap(self.target.clone())?))
    }

    fn make(&self, around: &Around) -> Result<Arc<dyn Integration>, IntegrationError> {
        let settings = PostgresSettings {
            longest: around.longest,
            ..self.target.clone()
        };
        Ok(Arc::new(Postgres::new(settings)?))
    }
}

impl Sql for PostgresConfig {
    fn is_bounded(&self) -> bool {
        self.target.bounded
    }

    fn set_up(&self, wanted: &SetUp) -> Result<String, IntegrationError> {
        let setup = match &wanted.role {
            Some((role, home)) => TargetSetup::for_role(&self.target, role, home),
            None => TargetSetup::of(&self.target)?,
        };
        if wanted.bounded {
            setup.bounded_sql(&Bounds {
                longest: wanted.longest,
                install: wanted.install.clone(),
            })
        } else {
            setup.sql()
        }
    }

    fn group_roles(&self) -> Result<String, IntegrationError> {
        setup_groups::sql(&self.target)
    }

    fn reap(&self) -> Result<String, IntegrationError> {
        let accounts = self.accounts.iter().flat_map(Accounts::names);
        let accounts: Vec<String> = accounts.map(str::to_owned).collect();
        reap_sql(&accounts, self.target.bounded)
    }
}
