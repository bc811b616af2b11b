//! `apono integrations setup-sql`: what an administrator runs on a target before the bot can use it.

use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::config::IntegrationKind;
use crate::integrations::postgres::TargetSetup;

use super::{failed, integration_of};

/// Prints the SQL. It needs the admin URL for the role's name, and speaks to nobody: the role may not be there yet.
pub(super) fn setup_sql(name: &str, path: &Path) -> ExitCode {
    let integration = match integration_of(name, path) {
        Ok(integration) => integration,
        Err(code) => return code,
    };
    match &integration.kind {
        IntegrationKind::Postgres(postgres) => {
            let settings = app::integrations::postgres_settings(name, postgres);
            match TargetSetup::of(&settings).and_then(|setup| setup.sql()) {
                Ok(sql) => {
                    print!("{sql}");
                    ExitCode::SUCCESS
                }
                Err(error) => failed("the SQL cannot be written", &error),
            }
        }
        IntegrationKind::Ssh(_) => failed(
            &format!("{name} is no database"),
            &"`apono ssh trust` prints what its hosts need",
        ),
    }
}
