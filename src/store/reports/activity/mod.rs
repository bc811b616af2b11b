//! The one list of requests: what a filter lets through, newest first, page by page, with what a row of a page shows.
//!
//! Invariant: it is made for a [`Reader`], and has nothing that they may not see. A page is named by the number of a request,
//! so rows that are added meanwhile move nothing.

mod bounds;
mod condition;
mod meet;
mod plan;
mod rows;
mod sql;

#[cfg(test)]
#[cfg(feature = "demo")]
mod plan_tests;

use std::collections::HashSet;

use crate::access::filter::Filter;
use crate::access::ids::{RequestId, RequestNumber};
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::access::time::Timestamp;

use super::super::Store;
use super::super::error::StoreError;
use super::page::{Page, Paged};

pub use rows::{Found, GivenAnswer, Stamps};

impl Store {
    /// Requests in any state that the reader may see and the filter lets through, newest first.
    pub async fn requests_like(
        &self,
        reader: &Reader,
        filter: &Filter,
        page: Page,
        limit: u64,
    ) -> Result<Paged<Found>, StoreError> {
        let Paged { items, newer, older } = self.numbers_like(reader, filter, page, limit).await?;
        Ok(Paged {
            items: self.requests_numbered(&items).await?,
            newer,
            older,
        })
    }

    /// The numbers of the same page.
    pub async fn numbers_like(
        &self,
        reader: &Reader,
        filter: &Filter,
        page: Page,
        limit: u64,
    ) -> Result<Paged<RequestNumber>, StoreError> {
        let numbers = plan::numbers(self.reader(), reader, filter, page, limit.saturating_add(1)).await?;
        Ok(page.cut(numbers, limit).map(RequestNumber))
    }

    /// The requests with these numbers, newest first. The caller asks who may read each.
    pub async fn requests_numbered(&self, numbers: &[RequestNumber]) -> Result<Vec<Found>, StoreError> {
        let numbers: Vec<i64> = numbers.iter().map(|number| number.0).collect();
        rows::numbered(self.reader(), &numbers).await
    }

    /// Requests whose access is live or is being taken away and that the filter lets through, newest first.
    pub async fn with_live_access(
        &self,
        reader: &Reader,
        filter: &Filter,
        page: Page,
        limit: u64,
    ) -> Result<Paged<Request>, StoreError> {
        let Some(live) = filter.of_live() else {
            return Ok(Paged::empty());
        };
        let found = self.requests_like(reader, &live, page, limit).await?;
        Ok(found.map(|found| found.request))
    }

    /// Requests whose access is overdue, that the reader may see and the filter lets through, newest first.
    pub async fn overdue_like(
        &self,
        reader: &Reader,
        filter: &Filter,
        now: Timestamp,
    ) -> Result<Vec<Found>, StoreError> {
        let overdue = self.overdue(now).await?;
        let seen = self.let_through(reader, filter, &overdue).await?;
        let ids: Vec<&str> = seen.iter().map(RequestId::as_str).collect();
        rows::of(self.reader(), &ids).await
    }

    /// Those of `requests` that the reader may see and the filter lets through.
    pub async fn let_through(
        &self,
        reader: &Reader,
        filter: &Filter,
        requests: &[RequestId],
    ) -> Result<HashSet<RequestId>, StoreError> {
        plan::among(self.reader(), reader, filter, requests).await
    }

    /// How many these are, if they are at most `most`: counting costs no more than reading as many.
    pub async fn requests_at_most(
        &self,
        reader: &Reader,
        filter: &Filter,
        most: u64,
    ) -> Result<Option<u64>, StoreError> {
        let one_more = most.saturating_add(1);
        let numbers = plan::numbers(self.reader(), reader, filter, Page::First, one_more).await?;
        let found = numbers.len() as u64;
        Ok((found <= most).then_some(found))
    }
}
