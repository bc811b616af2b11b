//! A report that falls due while the bot is not there: it arrives once the bot is.

use std::time::Duration;

use crate::audit::event::Via;
use crate::usecases::Receipt;
use crate::usecases::reports::{DEFAULT_COLUMNS, Draft, save};

use super::super::error::DemoError;
use super::{HOUR, Part, Past};

/// How long before the bot starts it is saved.
pub(super) const SAVED: Duration = Duration::from_hours(3);

impl Past<'_> {
    /// The auditor wants to have it at the full hour before the last one, each day.
    pub(super) async fn save_report(&mut self) -> Result<(), DemoError> {
        let place = self
            .crowd
            .iter()
            .position(|someone| someone.part == Part::Auditor);
        let Some(owner) = place.map(|place| &self.people[place]) else {
            return Ok(());
        };
        let due = self.until.minus(HOUR).to_rfc3339();
        let hour: String = due.chars().skip("2026-11-24T".len()).take(2).collect();
        let draft = Draft {
            name: "Access of the last 30 days".to_owned(),
            is_shared: true,
            query: "granted=30d..".to_owned(),
            meant: "granted=30d..".to_owned(),
            format: "csv".to_owned(),
            columns: DEFAULT_COLUMNS.map(|column| column.name().to_owned()).into(),
            cron: format!("0 {hour} * * *"),
            zone: "UTC".to_owned(),
            recipient: String::new(),
        };
        let wrong = |error| DemoError::NotAsPromised(format!("the report of the past: {error}"));
        let drafted = draft
            .checked(&self.core, owner, &owner.account.user, self.core.now())
            .map_err(wrong)?;
        let receipt = Receipt::now(Via::Portal, "demo/report");
        save(&self.core, owner, drafted, receipt).await.map_err(wrong)?;
        Ok(())
    }
}
