//! Second scene: an approver rejects, with a reason, and nothing is granted.

use std::time::Instant;

use super::super::acts::{Entered, Play, taken};
use super::super::cast::{DANA, OMAR, PRIYA};
use super::super::error::DemoError;
use super::super::stage::{BASTION, SHOP};

const REASON: &str = "Please fix it in the shop's back office, it keeps the history";

impl Play<'_> {
    pub(in super::super) async fn a_request_that_is_rejected(&mut self) -> Result<(), DemoError> {
        self.page.part("2. A request that is rejected")?;
        let request = self.number(2);
        let (target, permission) = if self.stage.has_database() {
            (SHOP, "write")
        } else {
            (BASTION, "login")
        };
        self.asks(&Entered {
            target,
            permission,
            duration: "30m",
            justification: "order 3 has the wrong price, I want to fix it by hand",
        })
        .await?;
        self.glances(&PRIYA, &format!("{request} · Pending")).await?;

        self.stage.delivered().await?;
        let priya = self.stage.person(&PRIYA);
        priya.click(&request.to_string(), "Reject").await?;
        priya.fill("Reason", REASON).await?;
        let window = priya.modal().await?;
        self.page.at(&format!(
            "Priya clicks Reject, and a window \"{}\" opens",
            window.title
        ))?;
        self.page.detail().shows(&window.rendered)?;
        self.page.story().shows(&format!("Reason: {REASON}"))?;
        let sent = Instant::now();
        taken(&priya.submit().await?)?;
        self.reads(&DANA, &format!("Rejected {request}")).await?;
        self.page
            .detail()
            .took(sent.elapsed(), "from submitting the window until Dana sees it")?;
        self.glances(&OMAR, &format!("{request} · Rejected")).await?;
        self.audit
            .follow(&self.page.detail(), &format!("REJECTED {request}"))
            .await?;
        let (_, grant) = self.stored(request).await?;
        if grant.is_some() {
            return Err(DemoError::NotAsPromised(
                "something was granted although the request was rejected".to_owned(),
            ));
        }
        Ok(())
    }
}
