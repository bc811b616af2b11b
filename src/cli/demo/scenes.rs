//! The three scenes: access that ends by itself, a request that is rejected, and access that an admin ends early.

use std::time::{Duration, Instant};

use crate::access::ids::RequestNumber;
use crate::audit::event::What;
use crate::clock::{Clock, SystemClock};

use super::acts::{Play, Wish};
use super::cast::{ADA, DANA, OMAR, PRIYA};
use super::database_client::{OpenSession, QUERY, WRITE, read_orders, writing_is_refused};
use super::error::DemoError;
use super::transcript::seconds;

impl Play<'_> {
    pub(super) async fn access_that_ends_by_itself(&mut self) -> Result<(), DemoError> {
        let request = RequestNumber(1);
        self.page.part("1. Access that ends by itself")?;
        let began = Instant::now();
        self.asks(&Wish {
            permission: "read",
            duration: "8s",
            justification: "ticket 4711: Hanako says that an order of hers is missing",
        })
        .await?;
        self.reads(&OMAR, &format!("{request} · Pending")).await?;
        self.approves(request).await?;
        let card = self.glances(&PRIYA, &format!("{request} ")).await?;
        if !card.buttons.is_empty() {
            return Err(DemoError::NotAsPromised(
                "Priya's card still has its buttons".to_owned(),
            ));
        }
        self.page
            .tell("Priya was asked too. Her card has lost its buttons and says who decided.")?;
        self.audit
            .follow(self.page, &format!("GRANTED {request}"))
            .await?;

        let clicked = Instant::now();
        let (window, login) = self.opens_connect(request).await?;
        self.page.at("Dana clicks Connect, and a window opens")?;
        self.page.shows(&window)?;
        let mut session = login.open().await?;
        self.page
            .at("Dana, in a database client, with that user and password")?;
        self.page.shows("logged in")?;
        self.page
            .took(clicked.elapsed(), "from the click on Connect to a working login")?;
        self.page.shows(QUERY)?;
        for line in read_orders(&mut session).await? {
            self.page.shows(&format!("  {line}"))?;
        }
        self.page
            .took(began.elapsed(), "from the slash command to these lines")?;
        self.page.shows(WRITE)?;
        self.page
            .shows(&format!("  refused: {}", writing_is_refused(&mut session).await?))?;
        let open = OpenSession::start(session);

        let (_, grant) = self.stored(request).await?;
        let until = grant
            .ok_or_else(|| DemoError::NotAsPromised("there is no grant".to_owned()))?
            .until;
        let left = until.since(SystemClock.now());
        self.page.shows(&format!(
            "Dana leaves a long query running. Her time is over at {until}, in {}.",
            seconds(left)
        ))?;
        let cut = open.is_cut_off(left).await?;
        self.page.at("Dana, in the same database client")?;
        self.page.shows(&format!("the query was cut off: {}", cut.said))?;
        if cut.at < until {
            return Err(DemoError::NotAsPromised(
                "the session was cut off before its time".to_owned(),
            ));
        }
        self.page
            .took(cut.at.since(until), "from the end of her time to the cut")?;
        self.page
            .shows(&format!("a new login is refused: {}", login.is_refused().await?))?;
        self.reads(&DANA, &format!("Ended {request}")).await?;
        self.audit
            .follow(self.page, &format!("CLEANED UP {request}"))
            .await?;
        self.page.took(
            self.lateness(request).await?,
            "from the end of her time until the bot had read back that the access is gone",
        )?;
        Ok(())
    }

    pub(super) async fn a_request_that_is_rejected(&mut self) -> Result<(), DemoError> {
        let request = RequestNumber(2);
        self.page.part("2. A request that is rejected")?;
        self.asks(&Wish {
            permission: "write",
            duration: "30m",
            justification: "order 3 has a wrong price, I want to correct it by hand",
        })
        .await?;
        self.glances(&PRIYA, &format!("{request} · Pending")).await?;

        let priya = self.stage.person(&PRIYA);
        priya.click(&request.to_string(), "Reject").await?;
        priya.modal().await?;
        priya
            .fill(
                "Reason",
                "Please correct it in the shop's back office, it keeps the history.",
            )
            .await?;
        let window = priya.modal().await?;
        self.page.at(&format!(
            "Priya clicks Reject, and a window \"{}\" opens",
            window.title
        ))?;
        self.page.shows(&window.rendered)?;
        let sent = Instant::now();
        priya.submit().await?;
        self.reads(&DANA, &format!("Rejected {request}")).await?;
        self.page
            .took(sent.elapsed(), "from sending the window until Dana reads it")?;
        self.glances(&OMAR, &format!("{request} · Rejected")).await?;
        self.audit
            .follow(self.page, &format!("REJECTED {request}"))
            .await?;
        let (_, grant) = self.stored(request).await?;
        if grant.is_some() {
            return Err(DemoError::NotAsPromised(
                "something was granted although the request was rejected".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) async fn access_that_an_admin_ends_early(&mut self) -> Result<(), DemoError> {
        let request = RequestNumber(3);
        self.page.part("3. Access that an admin ends early")?;
        self.asks(&Wish {
            permission: "read",
            duration: "30m",
            justification: "ticket 4712: numbers for the weekly report",
        })
        .await?;
        self.approves(request).await?;
        let (_, login) = self.opens_connect(request).await?;
        let open = OpenSession::start(login.open().await?);
        self.page.at("Dana, in a database client")?;
        self.page
            .shows("logged in with a new user and a new password from Connect; a long query runs")?;
        self.audit
            .follow(self.page, &format!("CREDENTIALS SHOWN {request}"))
            .await?;

        let ada = self.stage.person(&ADA);
        ada.click(&format!("GRANTED {request}"), "Open").await?;
        let window = ada.modal().await?;
        self.page.at(&format!(
            "Ada, in #permissions-audit, clicks Open; in the window \"{}\"",
            window.title
        ))?;
        self.page.shows(&window.rendered)?;
        let clicked = Instant::now();
        ada.click_in_modal("Revoke").await?;
        self.page.at("Ada clicks Revoke")?;
        let cut = open.is_cut_off(Duration::ZERO).await?;
        let took = clicked.elapsed();
        self.page.at("Dana, in the same database client")?;
        self.page.shows(&format!("the query was cut off: {}", cut.said))?;
        self.page.took(took, "from Ada's click to the cut")?;
        self.page
            .shows(&format!("a new login is refused: {}", login.is_refused().await?))?;
        self.reads(&DANA, &format!("Ended {request}")).await?;
        self.page
            .took(clicked.elapsed(), "from Ada's click until Dana reads it")?;
        self.audit
            .follow(self.page, &format!("CLEANED UP {request}"))
            .await?;
        ada.close_modal().await?;
        Ok(())
    }

    /// From when the access should have ended until it was read back that it has, as the trail says.
    async fn lateness(&self, number: RequestNumber) -> Result<Duration, DemoError> {
        let (request, _) = self.stored(number).await?;
        let events = self.stage.app.core().store.events_of(&request.id).await?;
        let late = events.into_iter().find_map(|stored| {
            let What::Expired(ended) = stored.event.what else {
                return None;
            };
            Some(Duration::from_micros(ended.late_us))
        });
        late.ok_or_else(|| DemoError::NotAsPromised("the trail does not say that it expired".to_owned()))
    }
}
