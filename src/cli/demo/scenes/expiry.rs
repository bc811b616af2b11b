//! First scene: access is requested, approved, used, and gone when it expires.

use std::time::{Duration, Instant};

use sqlx::PgConnection;

use super::super::acts::{Entered, Play};
use super::super::cast::{DANA, OMAR, PRIYA};
use super::super::database_client::{Login, OpenSession, QUERY, WRITE, read_orders, writing_is_refused};
use super::super::error::DemoError;
use super::super::stage::SHOP;
use super::super::transcript::spoken;
use crate::access::ids::RequestNumber;
use crate::audit::event::What;
use crate::clock::{Clock, SystemClock};
use crate::store::ReadEvents;

impl Play<'_> {
    pub(in super::super) async fn access_that_ends_by_itself(&mut self) -> Result<(), DemoError> {
        self.page.part("1. Access that expires automatically")?;
        let request = self.number(1);
        let began = Instant::now();
        self.asks(&Entered {
            target: SHOP,
            permission: "read",
            duration: "12s",
            justification: "ticket 4711: Hanako says one of her orders is missing",
        })
        .await?;
        self.reads(&OMAR, &format!("{request} · Pending")).await?;
        self.approves(request).await?;
        let priya = self.stage.person(&PRIYA);
        let card = self
            .stage
            .until("Priya's card to say who decided", async || {
                let cards = priya.read_channel("@bot")?.into_iter();
                let mut hers = cards.filter(|card| card.contains(&request.to_string()));
                Ok(hers.rfind(|card| card.contains("Approved by Omar")))
            })
            .await?;
        self.glances_at(&PRIYA, &card)?;
        if !card.buttons.is_empty() {
            return Err(DemoError::NotAsPromised(
                "Priya's card still has its buttons".to_owned(),
            ));
        }
        let detail = self.page.detail();
        detail.tell("Priya was asked too. Her card has no buttons any more and says who decided.")?;
        self.audit
            .follow(self.page, &format!("GRANTED {request}"))
            .await?;
        detail.tell("Every post repeats who, what and where. Repeated lines are left out here.")?;

        let clicked = Instant::now();
        let (window, login) = self.opens_connect(request).await?;
        detail.at("Dana clicks Connect, and a window opens")?;
        detail.shows(&window)?;
        self.page
            .story()
            .at("Dana clicks Connect, and a window shows a user and a password made for her")?;
        let session = login.open().await?;
        self.page.says(
            "Dana, in a database client, with that user and password",
            "logged in",
        )?;
        self.page
            .detail()
            .took(clicked.elapsed(), "from the click on Connect to a working login")?;
        let open = self.reads_but_cannot_write(session, began).await?;
        self.loses_it_in_time(request, &login, open).await
    }

    /// A query for the orders, an attempt to delete them, and a query that keeps running.
    async fn reads_but_cannot_write(
        &self,
        mut session: PgConnection,
        began: Instant,
    ) -> Result<OpenSession, DemoError> {
        let detail = self.page.detail();
        detail.shows(QUERY)?;
        for line in read_orders(&mut session).await? {
            detail.shows(&format!("  {line}"))?;
        }
        detail.took(began.elapsed(), "from the slash command to these lines")?;
        self.page.shows(WRITE)?;
        let refusal = writing_is_refused(&mut session).await?;
        self.page.shows(&format!("  refused: {refusal}"))?;
        Ok(OpenSession::start(session))
    }

    async fn loses_it_in_time(
        &mut self,
        request: RequestNumber,
        login: &Login,
        open: OpenSession,
    ) -> Result<(), DemoError> {
        let (_, grant) = self.stored(request).await?;
        let until = grant
            .ok_or_else(|| DemoError::NotAsPromised("there is no grant".to_owned()))?
            .until;
        let left = until.since(SystemClock.now());
        let left_for = spoken(left);
        self.page.detail().tell(&format!(
            "Dana leaves a long query running. Her access expires at {until}, in {left_for}. Waiting for that."
        ))?;
        self.page.story().tell(&format!(
            "Dana leaves a long query running. Her access expires in {left_for}. Waiting for that."
        ))?;
        let cut = open.cut_off(left).await?;
        self.page.at("Dana, in the same database client")?;
        self.page.shows(&format!("the query was cut off: {}", cut.said))?;
        if cut.at < until {
            return Err(DemoError::NotAsPromised(
                "the session was cut off too early".to_owned(),
            ));
        }
        self.page
            .took(cut.at.since(until), "from the expiry to the cut")?;
        let refusal = login.is_refused().await?;
        self.page.shows(&format!("a new login is refused: {refusal}"))?;
        self.reads_in_full(&DANA, &format!("Ended {request}")).await?;
        self.audit
            .follow(self.page, &format!("CLEANED UP {request}"))
            .await?;
        self.page.detail().took(
            self.lateness(request).await?,
            "from the expiry until the bot had checked on the server that the access is gone",
        )?;
        Ok(())
    }

    /// From when the access should have ended until the bot read back that it had, according to the trail.
    pub(super) async fn lateness(&self, request: RequestNumber) -> Result<Duration, DemoError> {
        let (request, _) = self.stored(request).await?;
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
