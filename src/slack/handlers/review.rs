//! The window in which a reviewer decides about lines, a few at a time.

use serde_json::{Value, json};

use crate::access::forbidden::Forbidden;
use crate::access::people::Person;
use crate::access::review::Verdict;
use crate::audit::read::Page;
use crate::store::{Review, ReviewLine};
use crate::telling::reviews::why_not;
use crate::usecases::look::Onlooker;
use crate::usecases::reviews::{self, Decided};
use crate::usecases::{UseCaseError, actor};

use super::super::act::Input;
use super::super::actions;
use super::super::views::in_window::in_form;
use super::super::views::review;
use super::buttons::Window;
use super::form::Sent;
use super::{Bot, HandlerError, once};

impl Bot {
    /// The lines that wait for them, or that none does.
    pub(super) async fn open_review(&self, by: &Person, window: Window<'_>) -> Result<(), HandlerError> {
        let found = self.reviewed(by, window.value, window.key).await?;
        let lines = self.waiting_lines(by, &found).await?;
        let lines: Vec<&ReviewLine> = lines.iter().collect();
        self.put(&review::window(&found, &lines, &[]), window).await
    }

    /// The review, if they may see it. That an admin reads others' data is recorded before it is shown.
    async fn reviewed(&self, by: &Person, id: &str, key: &str) -> Result<Review, HandlerError> {
        let (core, onlooker) = (&self.core, Onlooker::of(&self.core, by));
        let found = onlooker.review(core, id).await?.ok_or(Forbidden::NotYours)?;
        if !found.reviewer_ids.contains(&by.id) {
            let origin = once(key).origin(by);
            onlooker.reader(core, Page::Review, None, origin).await?;
        }
        Ok(found)
    }

    async fn waiting_lines(&self, by: &Person, review: &Review) -> Result<Vec<ReviewLine>, HandlerError> {
        if review.ended.is_some() || self.core.now() >= review.due {
            return Ok(Vec::new());
        }
        let may = reviews::may_decide(&self.core, &*self.directory, by, review).await?;
        let mut lines = self.core.store.review_lines(&review.id).await?;
        lines.retain(|line| line.outcome.is_none() && may.decide(review, line));
        Ok(lines)
    }

    /// Decides about each line that has a choice, and shows the next ones.
    pub(super) async fn submit_review(&self, sent: Sent<'_>) -> Result<Option<Value>, HandlerError> {
        let (form, block) = (sent.form, sent.form.first_block());
        let by = match self.actor(sent.sender).await {
            Ok(by) => by,
            Err(error) => return self.refuse_form(error, None, &block, sent.report(None)).await,
        };
        let said = match self.decide_lines(&by, sent).await {
            Ok(Some(said)) => said,
            Ok(None) => {
                let said = "Choose Keep or Revoke for at least one line.";
                return Ok(Some(in_form(vec![(&block, said.to_owned())])));
            }
            Err(error @ HandlerError::UseCase(UseCaseError::Store(_))) => return Err(error),
            Err(error) => {
                return self
                    .refuse_form(error, Some(&by), &block, sent.report(None))
                    .await;
            }
        };
        let found = self.reviewed(&by, &form.private_metadata, sent.key).await?;
        let lines = self.waiting_lines(&by, &found).await?;
        let lines: Vec<&ReviewLine> = lines.iter().collect();
        let next = review::window(&found, &lines, &said);
        Ok(Some(json!({ "response_action": "update", "view": next })))
    }

    /// What there is to say about lines that were not decided as chosen; `None` if nothing was chosen.
    async fn decide_lines(&self, by: &Person, sent: Sent<'_>) -> Result<Option<Vec<String>>, HandlerError> {
        if let Some(judged) = actor::decides_nothing(by) {
            return Err(judged.into());
        }
        let note = sent.reason();
        let chosen: Vec<(i64, Verdict)> = sent.form.inputs.iter().filter_map(chosen).collect();
        if chosen.is_empty() {
            return Ok(None);
        }
        let mut said = Vec::new();
        for (line, verdict) in chosen {
            let key = format!("{}/{line}", sent.key);
            let decided = reviews::decide(
                &self.core,
                &*self.directory,
                by,
                (&sent.form.private_metadata, line),
                (verdict, note.as_deref()),
                once(&key),
            );
            match decided.await {
                Ok(Decided::Kept | Decided::Revoked) | Err(UseCaseError::SeenBefore) => {}
                Ok(other) => said.push(why_not(line, &other)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(said))
    }
}

/// The line and what was chosen for it.
fn chosen((action, input): (&String, &Input)) -> Option<(i64, Verdict)> {
    let line = action.strip_prefix(actions::REVIEW_LINE)?.parse().ok()?;
    Some((line, Verdict::named(input.values.first()?)?))
}
