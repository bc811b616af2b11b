//! What messages say now. What several of them need is fetched once.

use std::time::Duration;

use crate::access::people::Because;
use crate::access::request::State;
use crate::slack::asked::Asked;
use crate::slack::views::card::ToDecide;
use crate::slack::views::kit::{Named, Post};
use crate::slack::views::{card, extension, notice};
use crate::store::{Message, MessageState, ReadEvents, StoreError, StoredEvent, Surface};
use crate::usecases::look::{Beside, RequestView, beside};

use super::alarm;
use super::outcome::Outcome;
use super::run::Run;

/// How long until people who could not be looked up are looked up again.
const PEOPLE_AGAIN: Duration = Duration::from_millis(500);

/// What the due messages need besides the request itself.
struct Known {
    /// Who may decide, according to what is known now; or why that is not known.
    candidates: Result<Vec<Asked>, String>,
    /// What else there is; only for cards that ask for an answer.
    beside: Option<Beside>,
    events: Vec<StoredEvent>,
}

/// Each of `due` with what it says. Messages that cannot be rendered now go to `outcomes`.
pub(super) async fn render(
    run: &Run<'_>,
    due: Vec<Message>,
    outcomes: &mut Vec<Outcome>,
) -> Result<Vec<(Message, Post)>, StoreError> {
    let known = Known {
        candidates: if due.iter().any(|message| asks(message, run.view)) {
            let asked = run.bot.directory.who_may_decide(run.view).await;
            asked.map_err(|error| error.to_string())
        } else {
            Ok(Vec::new())
        },
        beside: if due.iter().any(|message| asks_now(message, run.view)) {
            Some(beside(&run.bot.core, &run.view.request).await?)
        } else {
            None
        },
        events: if due.iter().any(|message| message.surface.is_alarm()) {
            run.bot.core.store.events_of(&run.view.request.id).await?
        } else {
            Vec::new()
        },
    };
    let mut rendered = Vec::with_capacity(due.len());
    for message in due {
        match say(run, &known, &message).await {
            Ok(post) => rendered.push((message, post)),
            Err(why) => outcomes.push(Outcome::Later {
                message,
                after: PEOPLE_AGAIN,
                why,
            }),
        }
    }
    Ok(rendered)
}

async fn say(run: &Run<'_>, known: &Known, message: &Message) -> Result<Post, String> {
    let view = run.view;
    Ok(match message.surface {
        Surface::RequesterCard => card::for_requester(view),
        Surface::ApproverCard => {
            let (because, others) = (may_decide(known, message, view)?, others(known, message));
            card::for_approver(view, to_decide(known, because.as_ref(), &others))
        }
        Surface::ExtensionCard => {
            let asked = view
                .extensions
                .iter()
                .find(|other| other.extension.position == message.extension);
            match asked {
                Some(asked) => {
                    let (because, others) = (may_decide(known, message, view)?, others(known, message));
                    extension::card(view, asked, to_decide(known, because.as_ref(), &others))
                }
                None => card::for_approver(view, None),
            }
        }
        Surface::NoticeGranted
        | Surface::NoticeRejected
        | Surface::NoticeFailed
        | Surface::NoticeEndingSoon
        | Surface::NoticeEnded
        | Surface::NoticeSelfApproved
        | Surface::NoticeExtended
        | Surface::NoticeNotExtended
        | Surface::NoticeNotReached => notice::notice(message, view, card_of(run, message).as_deref()),
        Surface::NotReachedAlarm
        | Surface::OverdueAlarm
        | Surface::UngrantedAlarm
        | Surface::OverdueReminder
        | Surface::OverdueGone => alarm::render(run, &known.events, message)
            .await
            .map_err(|error| error.to_string())?,
    })
}

/// Where the card is that shows the request to the message's person, if Slack has told it.
fn card_of(run: &Run<'_>, message: &Message) -> Option<String> {
    let card = run.messages.iter().find(|card| {
        card.surface == Surface::RequesterCard
            && card.person == message.person
            && card.state == MessageState::Shown
    })?;
    let (channel, ts) = (card.channel.as_ref()?, card.ts.as_ref()?);
    run.bot.directory.address_of(channel, ts)
}

/// Everybody else who may decide.
fn others(known: &Known, message: &Message) -> Vec<Named> {
    let candidates = known.candidates.iter().flatten();
    let others = candidates.filter(|asked| asked.candidate.person != message.person);
    others.map(|asked| asked.named.clone()).collect()
}

fn to_decide<'a>(
    known: &'a Known,
    because: Option<&'a Because>,
    others: &'a [Named],
) -> Option<ToDecide<'a>> {
    because.map(|because| ToDecide {
        because,
        others,
        beside: known.beside.as_ref(),
    })
}

/// Whether the message is the card of something that waits for an answer.
fn asks_now(message: &Message, view: &RequestView) -> bool {
    let mut extensions = view.extensions.iter();
    match message.surface {
        Surface::ApproverCard => view.request.state == State::Pending,
        Surface::ExtensionCard => {
            extensions.any(|asked| asked.extension.position == message.extension && asked.is_open(view))
        }
        _ => false,
    }
}

/// Whether the message says why its person may decide, and not why they did.
fn asks(message: &Message, view: &RequestView) -> bool {
    matches!(message.surface, Surface::ApproverCard | Surface::ExtensionCard)
        && did_decide(message, view).is_none()
}

/// Why the card's person may decide, according to what is known now, or why they did. The click is checked again, with fresh
/// facts.
fn may_decide(known: &Known, message: &Message, view: &RequestView) -> Result<Option<Because>, String> {
    if let Some(decided_as) = did_decide(message, view) {
        return Ok(Some(decided_as));
    }
    // A card that is rendered before people are known would lose its buttons for good.
    let candidates = known.candidates.as_ref().map_err(Clone::clone)?;
    Ok(candidates
        .iter()
        .find(|asked| asked.candidate.person == message.person)
        .map(|asked| asked.candidate.because.clone()))
}

/// Why the card's person could decide, if it was they who did.
fn did_decide(message: &Message, view: &RequestView) -> Option<Because> {
    if message.surface == Surface::ExtensionCard {
        let mut decisions = view.extensions.iter().filter_map(|other| {
            let (person, because) = other.extension.decided_by.as_ref()?;
            (other.extension.position == message.extension && *person == message.person).then_some(because)
        });
        return decisions.next_back().cloned();
    }
    let decided = view
        .decisions
        .iter()
        .find(|decision| decision.by.id == message.person);
    decided
        .filter(|_| view.request.state != State::Pending)
        .map(|decision| decision.decided_as.clone())
}
