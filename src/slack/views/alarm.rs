//! The alarm of access that should be gone: the one post that is edited, and what stands in its thread.

use crate::access::time::Timestamp;
use crate::slack::actions;
use crate::store::{Job, StoredEvent};
use crate::usecases::look::RequestView;

use super::audit_post;
use super::card::minutes;
use super::kit::{Look, Post, PostBuilder, button};
use super::wording;

/// What is known of access that should be gone, at the moment of a post.
pub struct Late<'a> {
    pub view: &'a RequestView,
    /// When it should have ended.
    pub due: Timestamp,
    pub now: Timestamp,
}

/// As the trail says it, with mentions. Only the first of an integration's alarms mentions people: the others would only
/// drown it.
pub fn overdue(stored: &StoredEvent, others: u64, mentioned: &[String]) -> Post {
    let mentioned = if others == 0 { mentioned } else { &[] };
    audit_post::post_mentioning(stored.seq, &stored.hash, &stored.event, None, mentioned)
}

/// What takes its place once the access is gone.
pub fn over(late: &Late<'_>) -> Post {
    let Late { view, .. } = late;
    let mut fields = vec![("Was due", late.due.to_string())];
    fields.extend(gone(view));
    let id = view.request.id.as_str();
    PostBuilder::default()
        .headline(
            "🏁",
            "OVERDUE, NOW GONE",
            &headline(late, "was taken away", "late"),
        )
        .fields(&fields)
        .buttons(vec![button(actions::OPEN, "Open", id, Look::Plain)])
        .build()
}

/// In the thread: it is still so. `revoke` is the job that goes on trying.
pub fn still(late: &Late<'_>, revoke: Option<&Job>, mentioned: &[String]) -> Post {
    let mut fields = Vec::new();
    if let Some(revoke) = revoke {
        let error = revoke.last_error.clone();
        fields.push(("Last error", error.unwrap_or_else(|| "none yet".to_owned())));
        fields.push(("Tries", revoke.attempt.to_string()));
        let next = if revoke.run_at <= late.now {
            "now".to_owned()
        } else {
            revoke.run_at.to_string()
        };
        fields.push(("Next try", next));
    }
    let mut post = PostBuilder::default().headline(
        "⏰",
        "STILL OVERDUE",
        &headline(late, "still live", "past its end"),
    );
    if !fields.is_empty() {
        post = post.fields(&fields);
    }
    post.mention(mentioned).build()
}

/// The last word in the thread.
pub fn said_gone(late: &Late<'_>) -> Post {
    PostBuilder::default()
        .headline("🏁", "GONE", &headline(late, "was taken away", "late"))
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
        wording::grantee(&view.about).name,
        wording::access(&view.about)
    )
}

fn gone(view: &RequestView) -> Vec<(&'static str, String)> {
    let Some(grant) = &view.grant else {
        return Vec::new();
    };
    let ended = grant.ended_at.map(|at| ("Confirmed gone at", at.to_string()));
    let proof = grant.proof.clone().map(|proof| ("Proof", proof));
    ended.into_iter().chain(proof).collect()
}
