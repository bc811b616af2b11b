//! Notices: messages sent once about what happened, so the requester's phone rings when it matters.

use crate::access::request::{FailCause, RejectCause, RevokeCause, State};
use crate::slack::actions::Button;
use crate::store::{Message, Surface};
use crate::usecases::look::RequestView;

use super::kit::{Look, Post, PostBuilder, button};
use crate::telling::more_time::outcome;
use crate::telling::request::{To, standing};
use crate::telling::wording;

const SELF_APPROVED: &str = "The account that requested this and the one that approved it belong to the same person. The access is being revoked; the audit channel will say when it is gone.";

/// Its mark, word and headline, for a request that nobody granted.
fn rejected(view: &RequestView, access: &str) -> (&'static str, &'static str, String) {
    let number = view.request.number;
    if view.request.state == State::Rejected(RejectCause::Lapsed) {
        let headline = format!("{number}: nobody answered your request for {access}");
        return ("⌛", "Lapsed", headline);
    }
    ("❌", "Rejected", format!("{number}: {access}"))
}

/// The notice for `message`, which is not a card.
///
/// `card` is the address of the card that shows its request, if Slack has told it.
pub fn notice(message: &Message, view: &RequestView, card: Option<&str>) -> Post {
    let surface = message.surface;
    let access = wording::access(&view.about);
    let number = view.request.number;
    let (emoji, word, headline) = match surface {
        Surface::NoticeGranted => ("🔓", "Granted", format!("{number}: you have {access}")),
        Surface::NoticeRejected => rejected(view, &access),
        Surface::NoticeFailed => ("⚠️", "Failed", format!("{number}: {access} could not be granted")),
        Surface::NoticeEndingSoon => ("⏰", "Ends soon", format!("{number}: {access}")),
        Surface::NoticeEnded => ("🏁", "Ended", format!("{number}: {access}")),
        Surface::NoticeSelfApproved => (
            "⚠️",
            "Self-approved",
            format!(
                "{number}: {} approved their own {access}",
                wording::grantee(&view.about).named()
            ),
        ),
        Surface::NoticeExtended => ("⏱️", "Extended", format!("{number}: {access}")),
        Surface::NoticeNotExtended => ("❌", "Not extended", format!("{number}: {access}")),
        Surface::NoticeNotReached => (
            "📪",
            "Not reached",
            format!(
                "{number}: nobody could be asked about the request by {}",
                view.about.requester.named()
            ),
        ),
        Surface::RequesterCard
        | Surface::ApproverCard
        | Surface::ExtensionCard
        | Surface::NotReachedAlarm
        | Surface::OverdueAlarm
        | Surface::UngrantedAlarm
        | Surface::OverdueReminder
        | Surface::OverdueGone => ("📝", "Request", number.to_string()),
    };
    let asked = view
        .extensions
        .iter()
        .find(|other| other.extension.position == message.extension);
    let says = match (surface, asked) {
        (Surface::NoticeSelfApproved, _) => SELF_APPROVED.into(),
        (Surface::NoticeExtended | Surface::NoticeNotExtended, Some(asked)) => outcome(view, asked),
        (Surface::NoticeNotReached, _) => standing(view, To::Others),
        _ => standing(view, To::Requester),
    };
    let mut post = PostBuilder::default().headline(emoji, word, &headline).line(says);
    if surface == Surface::NoticeNotReached {
        post = post.line(
            "Its approvers are deactivated or do not accept messages from apps. Ask one of them to allow messages, or name an approver who accepts them. I try again every 5 minutes.",
        );
    }
    if surface == Surface::NoticeEndingSoon && view.more.is_ok() {
        let id = view.request.id.as_str();
        post = post.buttons(vec![button(Button::Extend, "Extend", id, Look::Plain)]);
    }
    // A notice is never edited, so the buttons are on the card, which is.
    let to_card = match surface {
        Surface::NoticeGranted => {
            format!("Connect and Revoke are on its card, or use `/apono connect {number}`.")
        }
        Surface::NoticeRejected | Surface::NoticeFailed | Surface::NoticeEnded
            if can_be_asked_again(view.request.state) =>
        {
            format!("`/apono again {number}` asks for the same again.")
        }
        _ => String::new(),
    };
    if !to_card.is_empty() {
        post = post.hint(&to_card);
    }
    match card {
        Some(card) => post.link(card, "Open the card").build(),
        None => post.build(),
    }
}

/// Whether it makes sense to request the same again: nobody has to change anything first.
const fn can_be_asked_again(state: State) -> bool {
    match state {
        State::Rejected(cause) => matches!(cause, RejectCause::ByApprover | RejectCause::Lapsed),
        State::Failed(cause) => matches!(
            cause,
            FailCause::TargetUnreachable
                | FailCause::PeopleUnknown
                | FailCause::TimeOver
                | FailCause::AuditBehind
                | FailCause::NotCompared
        ),
        State::Revoked(cause) => matches!(
            cause,
            RevokeCause::GivenBack
                | RevokeCause::ByAdmin
                | RevokeCause::ByApprover
                | RevokeCause::Changed
                | RevokeCause::Reviewed
        ),
        State::Expired => true,
        State::Pending | State::Approved | State::Granted | State::Revoking(_) | State::Cancelled => false,
    }
}
