//! Commands that only read.

use serde_json::Value;

use crate::access::ids::RequestNumber;
use crate::access::people::Person;
use crate::usecases::look::Onlooker;
use crate::usecases::portal::hand_out;
use crate::usecases::{Receipt, look, reviews, revoke};

use super::super::super::views::listing::Reading;
use super::super::super::views::{details, portal, report, review};
use super::super::readings::IN_ANSWER;
use super::super::{Bot, HandlerError};
use super::{post_body, text_body};

impl Bot {
    /// The first page of a list, with a button for the others.
    pub(super) async fn read(
        &self,
        by: &Person,
        reading: &Reading,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let listing = self.listing(by, reading, IN_ANSWER, receipt).await?;
        self.answered(receipt, post_body(&listing.answer(reading))).await
    }

    pub(super) async fn show(
        &self,
        by: &Person,
        number: RequestNumber,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let core = &self.core;
        let onlooker = Onlooker::of(core, by);
        let origin = receipt.origin(by);
        let (view, events) = look::show(core, &onlooker, number, details::EVENTS, origin).await?;
        let part = revoke::part_of(core, &core.store, &view.request, by).await?;
        self.answered(receipt, post_body(&details::details(&view, &events, part)))
            .await
    }

    /// A link and a code with which this person, and nobody else, can sign in to the portal.
    pub(super) async fn portal_link(&self, by: &Person, receipt: Receipt<'_>) -> Result<Value, HandlerError> {
        let Some(origin) = &self.portal else {
            return self.answered(receipt, text_body(portal::OFF)).await;
        };
        let handed = hand_out(&self.core, by, receipt).await?;
        Ok(text_body(&portal::link(origin, &handed)))
    }

    /// The reports that they may run, which the portal does.
    pub(super) async fn reports(&self, by: &Person, receipt: Receipt<'_>) -> Result<Value, HandlerError> {
        let Some(origin) = &self.portal else {
            return self.answered(receipt, text_body(portal::OFF)).await;
        };
        let saved = Onlooker::of(&self.core, by).reports(&self.core).await?;
        self.answered(receipt, text_body(&report::listed(origin, &saved)))
            .await
    }

    /// The access reviews in which lines wait for them.
    pub(super) async fn reviews(&self, by: &Person, receipt: Receipt<'_>) -> Result<Value, HandlerError> {
        let waiting = reviews::waiting_for(&self.core, &*self.directory, by).await?;
        let said = review::listed(self.portal.as_deref(), &waiting);
        self.answered(receipt, text_body(&said)).await
    }
}
