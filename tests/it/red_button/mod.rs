//! The red button: an admin has everything end that somebody has, or everything on an integration.

mod asking;
mod many;
mod pressing;

use slack_simulator::Submitted;

use crate::support::bot::Context;

impl Context {
    /// Ada types the command and reads the window that it opens.
    pub(crate) async fn ada_is_asked(&self, words: &str) -> String {
        let ada = self.person("ada");
        ada.command("/apono", words).await.unwrap();
        let modal = ada.modal().await.unwrap();
        self.plain(&modal.rendered)
    }

    /// She sends it, and reads what it becomes.
    pub(crate) async fn ada_presses(&self) -> String {
        let ada = self.person("ada");
        assert_eq!(ada.submit().await.unwrap(), Submitted::Updated);
        let shown = self.plain(&ada.modal().await.unwrap().rendered);
        ada.close_modal().await.unwrap();
        shown
    }

    /// Eve has read access too, approved by Priya; it is AR-`number`.
    async fn eve_has_read(&self, number: i64) {
        self.asks("eve", "read", "1h", "another").await;
        self.sees("priya", "Eve Moss (eve@example.com) asks for read")
            .await;
        self.clicks("priya", "Eve Moss (eve@example.com) asks for read", "Approve")
            .await;
        self.until_state(number, "Granted").await;
    }
}
