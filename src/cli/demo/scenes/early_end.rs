//! Third scene: an admin who reads the audit channel ends access at once.

use std::time::{Duration, Instant};

use super::super::acts::{Entered, Play};
use super::super::cast::{ADA, DANA};
use super::super::database_client::OpenSession;
use super::super::error::DemoError;
use super::super::stage::SHOP;

impl Play<'_> {
    pub(in super::super) async fn access_that_an_admin_ends_early(&mut self) -> Result<(), DemoError> {
        self.page.part("3. Access that an admin ends early")?;
        let request = self.number(3);
        self.asks(&Entered {
            target: SHOP,
            permission: "read",
            duration: "30m",
            justification: "ticket 4712: numbers for the weekly report",
        })
        .await?;
        self.approves(request).await?;
        let (_, login) = self.opens_connect(request).await?;
        let open = OpenSession::start(login.open().await?);
        self.page.says(
            "Dana, in a database client",
            "logged in with a new user and password; a long query runs",
        )?;
        self.audit
            .follow(&self.page.detail(), &format!("CREDENTIALS SHOWN {request}"))
            .await?;

        let ada = self.stage.person(&ADA);
        ada.click(&format!("GRANTED {request}"), "Open").await?;
        let window = ada.modal().await?;
        let detail = self.page.detail();
        detail.at(&format!(
            "Ada, in #permissions-audit, clicks Open; in the window \"{}\"",
            window.title
        ))?;
        detail.message(&window.rendered)?;
        let clicked = Instant::now();
        self.revokes().await?;
        detail.at("Ada clicks Revoke")?;
        self.page
            .story()
            .at("Ada opens the request in #permissions-audit and clicks Revoke")?;
        let cut = open.cut_off(Duration::ZERO).await?;
        let took = clicked.elapsed();
        let what = format!("the query was cut off: {}", cut.said);
        self.page.says("Dana, in the same database client", &what)?;
        self.page.took(took, "from Ada's click to the cut")?;
        self.reads_in_full(&DANA, &format!("Ended {request}")).await?;
        detail.took(clicked.elapsed(), "from Ada's click until Dana sees it")?;
        // The bot ends the sessions first and then locks the login; both are done when Dana sees the message.
        let refusal = login.is_refused().await?;
        detail.shows(&format!("a new login is refused: {refusal}"))?;
        self.audit
            .follow(self.page, &format!("CLEANED UP {request}"))
            .await?;
        ada.close_modal().await?;
        Ok(())
    }
}
