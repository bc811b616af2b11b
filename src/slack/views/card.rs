//! Cards: messages that follow a request's state. One for the requester, one for each approver.

use slack_morphism::prelude::SlackBlockButtonElement;

use crate::access::people::Because;
use crate::access::request::{FailCause, RejectCause, RevokeCause, State};
use crate::audit::cause::HeldUp;
use crate::slack::actions::Button;
use crate::store::DecisionVerdict;
use crate::usecases::look::{NotReached, RequestView};

use super::approve::approve_button;
use super::extension;
use super::kit::{Look, Post, PostBuilder, button, confirm};
use super::text::clean;
use crate::telling::wording;

const JUSTIFICATION: usize = 1_500;

/// The card of somebody who may decide. `because` is `None` once they may not any more.
pub fn for_approver(view: &RequestView, because: Option<&Because>) -> Post {
    let about = &view.about;
    let open = view.request.state == State::Pending && because.is_some();
    let headline = format!("{} asks for {}", about.requester.named(), wording::access(about));
    let mut fields = base_fields(view);
    if let Some(because) = because {
        fields.push(("Why you", wording::why_you(because, &wording::flows(about))));
    }
    let mut post = start(view, &headline).fields(&fields);
    if let Some(words) = &view.justification {
        post = post.words(&about.requester.name, words, JUSTIFICATION);
    }
    if open {
        let id = view.request.id.as_str();
        post = post.buttons(vec![
            approve_button(about, id, Button::Approve, Button::ReadAndApprove),
            button(Button::Reject, "Reject", id, Look::Danger),
        ]);
    }
    post.context(&standing(view)).build()
}

/// The requester's card.
pub fn for_requester(view: &RequestView) -> Post {
    let about = &view.about;
    let mut post =
        start(view, &format!("your request for {}", wording::access(about))).fields(&base_fields(view));
    if let Some(words) = &view.justification {
        post = post.words("You", words, JUSTIFICATION);
    }
    post = post.buttons(requester_buttons(view));
    let mut small = standing(view);
    if let (State::Granted, Some(guarantees)) = (view.request.state, &view.guarantees) {
        small = format!("{small} {}", wording::promise(guarantees));
    }
    post.context(&small).build()
}

/// What the requester can do now. Each click is judged anew.
fn requester_buttons(view: &RequestView) -> Vec<SlackBlockButtonElement> {
    let id = view.request.id.as_str();
    let access = clean(&wording::access(&view.about));
    match view.request.state {
        State::Pending => vec![
            button(Button::Cancel, "Cancel", id, Look::Plain).with_confirm(confirm(
                "Withdraw the request?",
                &format!("Nobody is asked for {access} any more."),
                "Withdraw",
            )),
        ],
        State::Granted => {
            let extend = view
                .more
                .map(|_| button(Button::Extend, "Extend", id, Look::Plain));
            let revoke = button(Button::Revoke, "Revoke", id, Look::Danger).with_confirm(confirm(
                "Give the access back?",
                &format!("{access} ends {}.", wording::early_end(view.guarantees.as_ref())),
                "Revoke",
            ));
            [
                Some(button(Button::Connect, "Connect", id, Look::Primary)),
                extend,
                Some(revoke),
            ]
            .into_iter()
            .flatten()
            .collect()
        }
        State::Approved | State::Revoking(_) => Vec::new(),
        State::Rejected(_) | State::Cancelled | State::Expired | State::Revoked(_) | State::Failed(_) => {
            // Only where there still is something to ask for.
            let again = view
                .guarantees
                .map(|_| button(Button::Again, "Request again", id, Look::Plain));
            again.into_iter().collect()
        }
    }
}

fn start(view: &RequestView, headline: &str) -> PostBuilder {
    let state = view.request.state;
    let word = format!("{} · {}", view.request.number, state.word());
    PostBuilder::default().headline(emoji(state), &word, headline)
}

/// The fields that every card has, in the order of the design.
fn base_fields(view: &RequestView) -> Vec<(&'static str, String)> {
    let about = &view.about;
    let mut fields = vec![
        ("Request", view.request.number.to_string()),
        ("Requester", wording::person(&about.requester)),
        ("Integration", about.integration.clone()),
        ("Resource type", about.resource_type.clone()),
        ("Resources", wording::resources(about)),
        ("Permissions", about.permissions.join(", ")),
        ("Duration", wording::duration(about)),
        ("Access flow", wording::flows(about)),
    ];
    if let Some(grantee) = &about.grantee {
        fields.insert(2, ("For", wording::person(grantee)));
    }
    fields
}

pub(super) const fn emoji(state: State) -> &'static str {
    match state {
        State::Pending => "📝",
        State::Approved => "✅",
        State::Granted => "🔓",
        State::Revoking(_) => "⏳",
        State::Rejected(RejectCause::Lapsed) => "⌛",
        State::Rejected(
            RejectCause::ByApprover | RejectCause::Left | RejectCause::Blocked | RejectCause::NobodyLeft,
        ) => "❌",
        State::Cancelled => "↩️",
        State::Expired => "🏁",
        State::Revoked(_) => "🔒",
        State::Failed(_) => "⚠️",
    }
}

/// Where it stands and who made it so, in a sentence or two.
pub fn standing(view: &RequestView) -> String {
    let decided = decided(view);
    let ended = view.grant.as_ref().and_then(|grant| grant.ended_at);
    let now = match view.request.state {
        State::Pending => format!(
            "Waiting for an answer until {}.{}",
            view.request.answer_due,
            not_reached(view)
        ),
        State::Approved => match view.held_up {
            Some(HeldUp::Frozen) => format!(
                "An admin froze {}, so it waits to be set up, but not for long.",
                view.about.integration
            ),
            Some(HeldUp::RestoredBackup) => {
                "My database was restored from an older backup, so it waits to be set up, but not for long."
                    .to_owned()
            }
            Some(HeldUp::AuditBehind) => {
                "The audit channel does not get its messages, so it waits to be set up, but not for long."
                    .to_owned()
            }
            // The look at the channel after a start takes a moment.
            Some(HeldUp::NotCompared) | None => "The access is being set up.".to_owned(),
        },
        State::Granted => match &view.grant {
            Some(grant) => {
                let under_way =
                    extension::under_way(view).map_or_else(String::new, |more| format!(" {more}"));
                format!("Live until {} ({}).{under_way}", grant.until, lasts(view))
            }
            None => "Live.".to_owned(),
        },
        State::Revoking(cause) => format!("Being taken away: {}.{}", why_revoked(cause), last_login(view)),
        State::Rejected(RejectCause::ByApprover) => String::new(),
        State::Rejected(RejectCause::Lapsed) => "Nobody answered in time.".to_owned(),
        State::Rejected(RejectCause::Left) => "The requester left the workspace.".to_owned(),
        State::Rejected(RejectCause::Blocked) => "An admin blocked the requester.".to_owned(),
        State::Rejected(RejectCause::NobodyLeft) => {
            "Nobody is left who can answer it: its approvers left or were blocked.".to_owned()
        }
        State::Cancelled => "Cancelled before anything was granted.".to_owned(),
        State::Expired => format!("Its time is over; confirmed gone{}.{}", at(ended), go_on(view)),
        State::Revoked(cause) => format!(
            "Ended early: {}; confirmed gone{}.{}",
            why_revoked(cause),
            at(ended),
            go_on(view)
        ),
        State::Failed(cause) => {
            let why = why_failed(cause);
            match (&view.grant, ended) {
                (Some(_), Some(_)) => {
                    format!(
                        "It could not be granted: {why}; nothing is left of it{}.",
                        at(ended)
                    )
                }
                (Some(_), None) | (None, _) => {
                    format!("It could not be granted: {why}; the target was not touched.")
                }
            }
        }
    };
    format!("{decided} {now}").trim().to_owned()
}

/// Whom the request did not reach, after where it stands.
fn not_reached(view: &RequestView) -> String {
    let NotReached { people, nobody_else } = &view.not_reached;
    let names = wording::some_of(people);
    match (people.is_empty(), nobody_else) {
        (true, _) => String::new(),
        (false, false) => format!(" Slack takes no messages for {names}, so only the others were asked."),
        (false, true) => {
            format!(
                " Nobody was asked yet: Slack takes no messages for {names}. The admins know of it, and I go on trying."
            )
        }
    }
}

/// While it is being taken away: until when what was shown still opens logins.
fn last_login(view: &RequestView) -> String {
    let until = view
        .grant
        .as_ref()
        .and_then(|grant| grant.granted.credentials_until);
    until.map_or_else(String::new, |until| {
        format!(" No new certificate is given; the last one opens logins until {until}.")
    })
}

/// After its end, where the kind cannot end sessions and there may have been some.
fn go_on(view: &RequestView) -> &'static str {
    let shown = view
        .grant
        .as_ref()
        .is_some_and(|grant| grant.granted.credentials_until.is_some());
    let cannot_end = view
        .guarantees
        .is_some_and(|guarantees| !guarantees.ends_sessions);
    if shown && cannot_end {
        " Sessions that were open then are not ended."
    } else {
        ""
    }
}

/// `3 h, 1 h of it added`.
fn lasts(view: &RequestView) -> String {
    let total = wording::duration(&view.about);
    let added = view.request.duration.saturating_sub(view.at_first);
    if added.is_zero() {
        total
    } else {
        format!("{total}, {} of it added", crate::access::duration::spoken(added))
    }
}

fn at(time: Option<crate::access::time::Timestamp>) -> String {
    time.map_or_else(String::new, |time| format!(" at {time}"))
}

fn decided(view: &RequestView) -> String {
    let counted = view.decisions.iter().filter(|decision| decision.counts);
    let sentences = counted.map(|decision| {
        let verb = match decision.verdict {
            DecisionVerdict::Approve => "Approved",
            DecisionVerdict::Reject => "Rejected",
        };
        let reason = decision.reason.as_ref().map_or_else(String::new, |reason| {
            format!(": {}", clean(reason).trim_end_matches('.'))
        });
        format!(
            "{verb} by {}, {}{reason}.",
            decision.by.named(),
            wording::decided_as(&decision.decided_as)
        )
    });
    let sentences: Vec<String> = sentences.collect();
    let automatic = match view.request.state {
        State::Pending | State::Rejected(_) | State::Cancelled => false,
        State::Approved
        | State::Granted
        | State::Revoking(_)
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => sentences.is_empty(),
    };
    if automatic {
        return format!("Approved automatically by \"{}\".", wording::flows(&view.about));
    }
    sentences.join(" ")
}

const fn why_failed(cause: FailCause) -> &'static str {
    match cause {
        FailCause::NotAllowedAnyMore => "the access flows do not allow it any more",
        FailCause::TargetRefused => "the target refused it, and an admin has to look at its set-up",
        FailCause::TargetUnreachable => "the target did not answer in time",
        FailCause::PeopleUnknown => "Slack did not say in time who is who",
        FailCause::TimeOver => "its time was over first",
        FailCause::Frozen => "an admin froze the integration",
        FailCause::AuditBehind => "the audit channel did not get its messages in time",
        FailCause::RestoredBackup => {
            "my database was restored from an older backup, and nobody accepted that in time"
        }
        FailCause::Left => "the requester left the workspace",
        FailCause::Blocked => "an admin blocked the requester",
    }
}

fn why_revoked(cause: RevokeCause) -> &'static str {
    match cause {
        RevokeCause::TimeOver => "its time is over",
        RevokeCause::GivenBack => "given back",
        RevokeCause::ByAdmin => "revoked by an admin",
        RevokeCause::Left => "whoever had it left the workspace",
        RevokeCause::Blocked => "an admin blocked whoever had it",
        RevokeCause::Changed => "somebody changed it on the target",
        RevokeCause::SelfApproved => "whoever had it approved it too, by another account",
        RevokeCause::Undo(_) => "it could not be granted",
    }
}
