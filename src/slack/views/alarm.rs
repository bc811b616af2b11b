//! The alarm about access that should be gone (the one post that is edited) and the replies in its thread. And the alarm
//! about access that nobody granted.

use crate::access::ids::RequestId;
use crate::access::time::Timestamp;
use crate::audit::event::What;
use crate::audit::on_target::OnTarget;
use crate::slack::actions::Button;
use crate::store::{Job, StoredEvent};
use crate::usecases::look::RequestView;

use super::audit_post::{self, Alarm};
use crate::telling::Phrase;
use crate::telling::request::{To, standing};
use crate::telling::wording::minutes;

use super::kit::{Look, Post, PostBuilder, button, confirm};
use super::text::{clean, escape, shorten_middle};
use crate::telling::wording;

/// The longest text that Slack takes on a button.
const BUTTON: usize = 75;

/// What is known about access that should be gone, at the moment of a post.
pub struct Late<'a> {
    pub view: &'a RequestView,
    /// When it should have ended.
    pub due: Timestamp,
    pub now: Timestamp,
}

/// The trail's text, with mentions. Only the first of an integration's alarms mentions people: the others would only
/// drown it out.
pub fn overdue(stored: &StoredEvent, others: u64, mentioned: &[String]) -> Post {
    let mentioned = if others == 0 { mentioned } else { &[] };
    let alarm = Alarm {
        mentioned,
        buttons: Vec::new(),
    };
    audit_post::post_with(stored.seq, &stored.hash, &stored.event, None, alarm)
}

/// Somebody has access that nobody granted: the trail's text, with mentions, and a button for each account that
/// joined.
pub fn ungranted(request: &RequestId, stored: &StoredEvent, mentioned: &[String]) -> Post {
    let accounts: &[String] = match &stored.event.what {
        What::OnTarget(OnTarget::Ungranted { accounts, .. }) => accounts,
        _ => &[],
    };
    let buttons = accounts.iter().map(|account| {
        let (value, shown) = (joined_value(request, account), clean(account));
        let text = shorten_middle(&format!("End the sessions of {shown}"), BUTTON);
        let ask = format!(
            "This ends every session {shown} has on the server now, whatever is running in it. If an application uses this account, its connections will break; it can log in again at once."
        );
        button(Button::EndSessions, &text, &value, Look::Danger)
            .with_confirm(confirm("End the sessions?", &ask, "End them"))
    });
    let alarm = Alarm {
        mentioned,
        buttons: buttons.collect(),
    };
    audit_post::post_with(stored.seq, &stored.hash, &stored.event, None, alarm)
}

/// A request reached nobody who could answer it: the trail's text, with mentions.
pub fn not_reached(stored: &StoredEvent, mentioned: &[String]) -> Post {
    let alarm = Alarm {
        mentioned,
        buttons: Vec::new(),
    };
    audit_post::post_with(stored.seq, &stored.hash, &stored.event, None, alarm)
}

/// What replaces it once somebody was reached, or the request no longer waits.
pub fn reached(view: &RequestView) -> Post {
    let RequestView { request, about, .. } = view;
    let rest = format!(
        "{} {}, {}",
        request.number,
        about.requester.named(),
        wording::access(about)
    );
    let id = request.id.as_str();
    PostBuilder::default()
        .headline("📬", "NOT REACHED, NOW OVER", &rest)
        .line(standing(view, To::Others))
        .buttons(vec![button(Button::Open, "Open", id, Look::Plain)])
        .build()
}

/// The value of a button about an account that joined: whose access, and which account.
fn joined_value(request: &RequestId, account: &str) -> String {
    format!("{request} {account}")
}

/// The reverse of it.
pub fn of_joined_value(value: &str) -> (RequestId, &str) {
    let (request, account) = value.split_once(' ').unwrap_or((value, ""));
    (RequestId::new(request), account)
}

/// The answer to the admin who ordered it.
pub fn ordered(account: &str) -> String {
    format!(
        "The sessions of {} are being ended. The audit channel will say how many there were.",
        escape(&clean(account))
    )
}

/// What replaces it once the access is gone.
pub fn over(late: &Late<'_>) -> Post {
    let Late { view, .. } = late;
    let mut fields = vec![("Was due", late.due.into())];
    fields.extend(gone(view));
    let id = view.request.id.as_str();
    PostBuilder::default()
        .headline("🏁", "OVERDUE, NOW GONE", headline(late, "ended", "late"))
        .fields(&fields)
        .buttons(vec![button(Button::Open, "Open", id, Look::Plain)])
        .build()
}

/// In the thread: still overdue. `revoke` is the job that keeps trying.
pub fn still(late: &Late<'_>, revoke: Option<&Job>, mentioned: &[String]) -> Post {
    let mut fields = Vec::new();
    if let Some(revoke) = revoke {
        fields.push(("Tries", revoke.attempt.into()));
        let next = if revoke.run_at <= late.now {
            "now".into()
        } else {
            revoke.run_at.into()
        };
        fields.push(("Next try", next));
    }
    let mut post = PostBuilder::default().headline(
        "⏰",
        "STILL OVERDUE",
        headline(late, "still live", "past its end"),
    );
    if !fields.is_empty() {
        post = post.fields(&fields);
    }
    if let Some(revoke) = revoke {
        post = post.long("Last error", revoke.last_error.as_deref().unwrap_or("none yet"));
    }
    post.mention(mentioned).build()
}

/// The last word in the thread.
pub fn said_gone(late: &Late<'_>) -> Post {
    PostBuilder::default()
        .headline("🏁", "GONE", headline(late, "ended", "late"))
        .fields(&gone(late.view))
        .build()
}

fn headline(late: &Late<'_>, what: &str, than: &str) -> String {
    let Late { view, due, now } = late;
    let ended = view.grant.as_ref().and_then(|grant| grant.ended_at);
    let span = minutes(ended.unwrap_or(*now).since(*due));
    format!(
        "{} {what} {span} {than}: {}, {}",
        view.request.number,
        wording::grantee(&view.about).named(),
        wording::access(&view.about)
    )
}

fn gone(view: &RequestView) -> Vec<(&'static str, Phrase)> {
    let Some(grant) = &view.grant else {
        return Vec::new();
    };
    let ended = grant.ended_at.map(|at| ("Confirmed gone at", Phrase::from(at)));
    let proof = grant.proof.clone().map(|proof| ("Proof", proof.into()));
    ended.into_iter().chain(proof).collect()
}
