//! The request form: opened, narrowed, searched and submitted.

use std::time::Duration;

use serde_json::{Value, json};

use crate::access::duration;
use crate::access::forbidden::Forbidden;
use crate::access::ids::{RequestNumber, SubmissionId};
use crate::access::people::{Person, Standing};
use crate::access::policy::Refusal;
use crate::access::request::Request;
use crate::store::ReadExtensions;
use crate::telling::{self, refusals};
use crate::usecases::form::{self, Field, Filled, Misfilled};
use crate::usecases::look::{self, Onlooker};
use crate::usecases::offer::{self, Chosen};
use crate::usecases::wish::{self, Wish};
use crate::usecases::{Receipt, UseCaseError, ask, extend};

use super::super::act::{ButtonPlace, Form, Sender};
use super::super::actions;
use super::super::identity::IdentityError;
use super::super::views::in_window::in_form;
use super::super::views::{answers, details, form as view, text};
use super::super::web::ViewRef;
use super::filling::Filling;
use super::form::{FACTS_WITHIN, Sent};
use super::{Bot, HandlerError};

/// How long opening waits for what the form needs before it shows a waiting view instead.
const PATIENCE: Duration = Duration::from_millis(600);

impl Bot {
    /// Opens the form at once; slow lookups are filled in afterwards.
    pub async fn open_form(
        &self,
        sender: &Sender,
        trigger_id: &str,
        place: Option<&ButtonPlace>,
        response_url: Option<&str>,
        filling: Filling<'_>,
    ) {
        let id = SubmissionId::new(self.core.new_id());
        let view = self.first_view(sender, &id, filling);
        tokio::pin!(view);
        let opened = match tokio::time::timeout(PATIENCE, &mut view).await {
            Ok(view) => self.put_up(trigger_id, place, &view).await,
            Err(_) => match self.put_up(trigger_id, place, &view::loading_modal()).await {
                Ok(ViewRef { id, .. }) => self.web.views_update(&id, None, &view.await).await,
                Err(error) => Err(error),
            },
        };
        match opened {
            Ok(_) => {}
            Err(error) if error.opened_before() => {}
            Err(error) => {
                tracing::warn!(%error, "the request form could not be opened");
                if let Some(url) = response_url {
                    self.respond(url, answers::ASK_AGAIN).await;
                }
            }
        }
    }

    async fn first_view(
        &self,
        sender: &Sender,
        id: &SubmissionId,
        filling: Filling<'_>,
    ) -> slack_morphism::prelude::SlackView {
        let person = match self.form_person(sender).await {
            Ok(person) => person,
            Err(sentence) => return view::nothing_modal(&sentence),
        };
        let typed = match filling {
            Filling::Typed(words) => wish::read(&self.core, &person, words),
            Filling::Nothing | Filling::Like(_) => Wish::default(),
        };
        let wanted = match filling {
            Filling::Like(request) => offer::like(&self.core, request),
            Filling::Nothing | Filling::Typed(_) => typed.chosen.clone(),
        };
        let (chosen, offer) = offer::offer(&self.core, &person, &wanted);
        if offer.integrations.is_empty() {
            let who_helps = self.who_helps(Some(&person));
            return view::nothing_modal(&telling::form::nothing(&who_helps));
        }
        let filled = match filling {
            Filling::Like(request) => view::Filled {
                duration: Some(duration::compact(self.at_first(request).await)),
                duration_block: actions::DURATION.to_owned(),
                note: telling::form::left_out(request, &chosen, &offer),
                justification: None,
            },
            Filling::Nothing | Filling::Typed(_) => view::Filled {
                duration: typed.duration.map(duration::compact),
                duration_block: actions::DURATION.to_owned(),
                note: view::not_understood(&typed),
                justification: typed.justification,
            },
        };
        view::form_modal(id, &chosen, &offer, &filled)
    }

    /// How long `request` was originally requested for; including extensions if the database does not answer now.
    async fn at_first(&self, request: &Request) -> Duration {
        match self.core.store.extensions(&request.id).await {
            Ok(extensions) => extend::asked_at_first(request, &extensions),
            Err(error) => {
                tracing::warn!(%error, "the extensions of a request could not be read");
                request.duration
            }
        }
    }

    async fn form_person(&self, sender: &Sender) -> Result<Person, String> {
        match self.directory.admits(&sender.account).await {
            Ok(true) => {}
            Ok(false) => return Err(refusals::forbidden(&Forbidden::Account(Standing::Outsider))),
            Err(error) => return Err(unknown_now(&error)),
        }
        let policy = self.core.policy();
        let found = self.directory.find(&sender.account.user, &policy).await;
        let person = found.map_err(|error| unknown_now(&error))?;
        match self.core.store.is_blocked(&person.id).await {
            Ok(false) => Ok(person),
            Ok(true) => Err(refusals::forbidden(&Forbidden::Blocked)),
            Err(error) => Err(telling::answers::why_not(&UseCaseError::Store(error))),
        }
    }

    /// Narrows an open form to what its choices allow.
    pub async fn narrow(&self, sender: &Sender, sent: &Form) {
        let Ok(person) = self.form_person(sender).await else {
            return;
        };
        let (chosen, offer) = offer::offer(&self.core, &person, &chosen(sent));
        let just_chosen = sent.one(actions::USUAL);
        let filled = view::Filled {
            duration: just_chosen.or(sent.one(actions::DURATION)).map(str::to_owned),
            duration_block: match just_chosen {
                Some(duration) => view::duration_block(sent.block_of(actions::DURATION), duration),
                None => sent.block_of(actions::DURATION).to_owned(),
            },
            note: None,
            justification: sent.one(actions::JUSTIFICATION).map(str::to_owned),
        };
        let view = view::form_modal(
            &SubmissionId::new(&sent.private_metadata),
            &chosen,
            &offer,
            &filled,
        );
        // If the hash does not match, a newer choice has changed the view meanwhile: its own update follows.
        match self
            .web
            .views_update(&sent.view_id, Some(&sent.hash), &view)
            .await
        {
            Ok(_) => {}
            Err(error) if error.code() == Some("hash_conflict") => {}
            Err(error) => tracing::warn!(%error, "the request form could not be narrowed"),
        }
    }

    /// The options of a searched select for what was typed; answered from memory.
    pub async fn suggest(&self, sender: &Sender, action: &str, query: &str, sent: &Form) -> Value {
        let Ok(person) = self.form_person(sender).await else {
            return json!({ "options": [] });
        };
        let chosen = chosen(sent);
        let options: Vec<_> = if action == actions::RESOURCES {
            let found = offer::search(&self.core, &person, &chosen, query);
            found.iter().map(view::option_of).collect()
        } else {
            let (_, offer) = offer::offer(&self.core, &person, &chosen);
            let names = match action {
                actions::INTEGRATION => offer.integrations,
                actions::RESOURCE_TYPE => offer.resource_types,
                actions::PERMISSIONS => offer.permissions,
                _ => Vec::new(),
            };
            let found = offer::search_names(&names, query);
            let option = |name| match action {
                actions::PERMISSIONS => view::permission(name, &offer.sensitive),
                _ => view::named(name),
            };
            found.into_iter().map(option).collect()
        };
        json!({ "options": options })
    }

    pub(super) async fn submit_request(&self, sent: Sent<'_>) -> Result<Option<Value>, HandlerError> {
        let block_of = |field| sent.form.block_of(action_of(field));
        let report = sent.report(None);
        let person = match self.onlooker(sent.sender).await {
            Ok(person) => person,
            Err(error) => {
                let block = block_of(Field::Resources);
                return self.refuse_form(error, None, block, report).await;
            }
        };
        let filled = Filled {
            id: SubmissionId::new(&sent.form.private_metadata),
            chosen: chosen(sent.form),
            duration: sent.form.one(actions::DURATION).unwrap_or_default(),
            justification: text::clean(sent.form.one(actions::JUSTIFICATION).unwrap_or_default()),
        };
        let form = match form::read(&self.core, &person, filled) {
            Ok(form) => form,
            Err(Misfilled {
                refusal: Some(refusal),
                ..
            }) => {
                // Slack showed it to them a moment ago.
                let error = UseCaseError::Refused(refusal);
                let block = block_of(form::field_of(&error));
                return self.refuse_form(error.into(), Some(&person), block, report).await;
            }
            Err(Misfilled { wrong, .. }) => {
                let errors = wrong
                    .iter()
                    .map(|wrong| (block_of(wrong.field()), telling::form::wrong(wrong)));
                return Ok(Some(in_form(errors.collect())));
            }
        };
        let policy = self.core.policy();
        let approvers = policy.approvers_on(&form.integration);
        let known = tokio::time::timeout(FACTS_WITHIN, self.directory.facts_about(approvers, &policy));
        let Ok(Ok(facts)) = known.await else {
            let sentence = telling::answers::why_not(&UseCaseError::Refused(Refusal::StaleFacts));
            return Ok(Some(in_form(vec![(block_of(Field::Resources), sentence)])));
        };
        let facts = facts.with([person.clone()]);
        match ask::ask(&self.core, &facts, &person, &form, sent.receipt()).await {
            Ok(_) => Ok(None),
            Err(error @ UseCaseError::Store(_)) => Err(error.into()),
            Err(error @ (UseCaseError::HasAlready(number) | UseCaseError::AskedAlready(number))) => {
                Ok(Some(self.instead(&person, number, &error, sent.receipt()).await))
            }
            // Input that can be corrected is answered, and nothing is stored.
            Err(error) if error.forbidden().is_none() => Ok(Some(in_form(vec![(
                block_of(form::field_of(&error)),
                telling::answers::why_not(&error),
            )]))),
            Err(error) => {
                let block = block_of(form::field_of(&error));
                self.refuse_form(error.into(), Some(&person), block, report).await
            }
        }
    }

    /// Shows the request that makes this one needless, instead of the form.
    async fn instead(
        &self,
        person: &Person,
        number: RequestNumber,
        why: &UseCaseError,
        receipt: Receipt<'_>,
    ) -> Value {
        let sentence = telling::answers::why_not(why);
        let (onlooker, origin) = (Onlooker::of(&self.core, person), receipt.origin(person));
        match look::show(&self.core, &onlooker, number, details::EVENTS, origin).await {
            Ok((view, events)) => json!({
                "response_action": "update",
                "view": details::instead_modal(&sentence, &view, &events),
            }),
            Err(error) => {
                tracing::warn!(%error, %number, "an existing request could not be shown instead of the form");
                in_form(vec![(actions::RESOURCES, sentence)])
            }
        }
    }
}

fn unknown_now(error: &IdentityError) -> String {
    tracing::warn!(%error, "the person opening a form could not be looked up");
    telling::answers::why_not(&UseCaseError::Refused(Refusal::StaleFacts))
}

/// The input of a field.
const fn action_of(field: Field) -> &'static str {
    match field {
        Field::Integration => actions::INTEGRATION,
        Field::ResourceType => actions::RESOURCE_TYPE,
        Field::Resources => actions::RESOURCES,
        Field::Permissions => actions::PERMISSIONS,
        Field::Duration => actions::DURATION,
        Field::Justification => actions::JUSTIFICATION,
    }
}

fn chosen(sent: &Form) -> Chosen {
    Chosen {
        integration: sent.one(actions::INTEGRATION).map(str::to_owned),
        resource_type: sent.one(actions::RESOURCE_TYPE).map(str::to_owned),
        resources: sent.many(actions::RESOURCES),
        permissions: sent.many(actions::PERMISSIONS),
    }
}
