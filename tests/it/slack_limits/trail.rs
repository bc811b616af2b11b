//! The posts of the audit channel, of each kind of event, alone and in a digest.

use apono::access::forbidden::{Forbidden, Tried};
use apono::access::ids::{InstallId, RequestNumber, SubmissionId, TextId};
use apono::access::people::{Because, Standing};
use apono::access::policy::Refusal;
use apono::access::reconcile::{Difference, Drift, Tie};
use apono::access::target::{TargetFailure, Trouble};
use apono::audit::cause::{Cause, KeyTrouble, NotGranted};
use apono::audit::chain::Head;
use apono::audit::event::{Actor, Asked, Ended, Event, Origin, PersonFacts, Via, What, Whole};
use apono::audit::on_target::OnTarget;
use apono::audit::overdue::Overdue;
use apono::audit::restored::Restored;
use apono::audit::words::{Words, WordsRef};
use apono::slack::views::audit_post::{self, digest};
use apono::store::StoredEvent;

use super::config::{House, group_name, integration_name};
use super::{MOST, Shown, requests};
use crate::support::databases::START;

pub(super) fn show(house: &House, events: &[StoredEvent], shown: &mut Shown) {
    let words = house.script.text(1, 2_000);
    for stored in events {
        for words in [None, Some(words.as_str())] {
            let post = audit_post::post(stored.seq, &stored.hash, &stored.event, words);
            shown.post(stored.event.what.name(), &post);
        }
    }
    for count in [2, 30, digest::MOST.min(events.len())] {
        shown.post(
            "a digest",
            &digest::digest(&events[..count.min(events.len())], START),
        );
    }
}

/// One of each kind, about a request and, where there is that, about none.
pub(super) fn events(house: &House) -> Vec<StoredEvent> {
    let mut head = Head::EMPTY;
    let mut stored = Vec::new();
    for what in whats(house) {
        for about in [Some(requests::about(house)), None] {
            let origin = Origin {
                via: Via::Slack,
                cause: "test".to_owned(),
                actor: Actor::Person(house.facts(1)),
            };
            let event = Event::new(START, InstallId::new("abcdefgh"), origin, about, what.clone());
            head = head.after(event.canonical().as_bytes());
            stored.push(StoredEvent {
                seq: head.seq,
                hash: head.hash,
                event,
            });
        }
    }
    stored
}

fn whats(house: &House) -> Vec<What> {
    let text = |length: usize| house.script.text(7, length);
    let failure = |length| TargetFailure {
        trouble: Trouble::Odd,
        said: text(length),
    };
    let many: Vec<String> = (0..MOST).map(|n| house.script.text(n, 200)).collect();
    let reason = || words_ref(text(1_000));
    let asked: Vec<Asked> = (0..house.sizes.people)
        .map(|n| Asked {
            person: house.facts(n),
            because: Because::Group(group_name(0)),
        })
        .collect();
    let because = Because::Group(group_name(0));
    let ended = Ended {
        cause: Cause::Changed { target: failure(500) },
        by: Some(house.facts(1)),
        confirmed_at: START,
        lasted_us: u64::MAX >> 12,
        late_us: u64::MAX >> 12,
        sessions_ended: u32::MAX,
        proof: text(2_000),
        open_sessions_go_on: false,
    };
    let integration = integration_name(0);
    let people: Vec<PersonFacts> = (0..house.sizes.people).map(|n| house.facts(n)).collect();
    let ties: Vec<Tie> = many.iter().cloned().map(Tie::Group).collect();
    let refusal = Forbidden::Policy(Refusal::Frozen {
        integration: text(1_000),
    });
    vec![
        What::Requested {
            policy_digest: "d".repeat(64),
            asked: asked.clone(),
            answer_due: START,
            justification: reason(),
        },
        What::Approved {
            decided_as: Some(because.clone()),
            waited_us: 1,
            still_needed: 1,
            reason: Some(reason()),
        },
        What::Rejected {
            decided_as: because.clone(),
            waited_us: 1,
            reason: Some(reason()),
        },
        What::Lapsed {
            asked: asked.clone(),
            waited_us: 1,
        },
        What::Reopened {
            approved_by: people.clone(),
        },
        What::Granted {
            approved_by: people,
            principal: text(63),
            until: START,
            confirmed_at: START,
            deadline_on_target: true,
            live_grants: 1,
        },
        What::Revoking {
            cause: Cause::Changed { target: failure(500) },
        },
        What::Revoked(ended.clone()),
        What::Expired(ended),
        What::Failed {
            cause: Cause::NotGranted(NotGranted::TargetRefused(failure(2_000))),
            tries: 1,
            undo_confirmed_at: Some(START),
        },
        What::CredentialsShown {
            principal: text(63),
            key: Some(text(80)),
            until: Some(START),
        },
        What::CleanedUp { summary: text(3_000) },
        What::Refused {
            tried: Tried::Command(Some(text(100))),
            why: refusal.clone(),
            standing: Some(Standing::Outsider),
        },
        What::RefusedAgain {
            tried: Tried::Command(Some(text(100))),
            why: refusal,
            standing: Some(Standing::Outsider),
            times: 1_000,
            since: START,
            requests: vec![RequestNumber(i64::MAX); MOST],
        },
        What::PolicyChanged {
            from_digest: Some("d".repeat(64)),
            to_digest: "e".repeat(64),
            changes: many.clone(),
            active_before: Some(START),
            needs_restart: many.clone(),
        },
        What::ReloadRefused {
            problems: many.clone(),
        },
        What::TokensExchanged { which: many.clone() },
        What::AuthorityRefused {
            integration: integration.clone(),
            on_record: Some(text(80)),
            why: KeyTrouble::Unusable { said: text(2_000) },
        },
        What::ExtensionAsked {
            added_s: 1,
            would_end: START,
            asked,
            answer_due: START,
            words: Some(reason()),
        },
        What::Extended {
            added_s: 1,
            until: START,
            nth: 1,
            of: 100,
            asked_by: Some(house.facts(1)),
            decided_as: Some(because),
            words: Some(reason()),
        },
        What::ExtensionFailed {
            target: failure(2_000),
            until: START,
        },
        What::TurnedDown {
            cause: Cause::NobodyLeft,
        },
        What::NotReached {
            person: house.facts(1),
            slack_error: "messages_tab_disabled".to_owned(),
            others: 0,
        },
        What::Blocked {
            person: house.facts(0),
            ended: 1,
            reason: Some(reason()),
        },
        What::Frozen {
            integration: integration.clone(),
            reason: Some(reason()),
        },
        What::RevokeAll {
            press: SubmissionId::new("press"),
            whole: Whole::Integration(integration.clone()),
            ending: 1,
            braked: true,
            reason: Some(reason()),
        },
        What::Joined {
            person: house.facts(0),
            same_as: house.facts(1),
        },
        What::AddressAccepted {
            email: house.facts(0).email.unwrap_or_default(),
            was: Some(house.facts(0)),
            now: house.facts(1),
        },
        What::OnTarget(OnTarget::Drift {
            principal: text(63),
            found: ties.iter().cloned().map(Difference::Missing).collect(),
            more: u64::MAX >> 12,
            then: Drift::Enforce,
        }),
        What::OnTarget(OnTarget::Ungranted {
            principal: text(63),
            found: ties.clone(),
            more: u64::MAX >> 12,
            accounts: (0..30).map(|n| house.script.text(n, 63)).collect(),
        }),
        What::OnTarget(OnTarget::Adopted {
            integration: integration.clone(),
            principal: text(63),
            number: RequestNumber(i64::MAX),
            until: START,
            gives: ties,
        }),
        What::OnTarget(OnTarget::LeftOver {
            integration,
            principal: text(63),
            since: START,
            tries: 1,
            target: failure(4_000),
        }),
        What::Overdue(Overdue {
            due: START,
            late_us: 1,
            locked_since: Some(START),
            open_sessions_go_on: true,
            last_error: Some(text(4_000)),
            tries: 1,
            next_try: Some(START),
            others: 1_000,
        }),
        What::Restored(Restored::Found {
            channel_seq: 1,
            channel_head: "h".repeat(64),
            here: 1,
        }),
    ]
}

fn words_ref(body: String) -> WordsRef {
    let words = Words::new(TextId::new("words"), [7; 16], body);
    words.reference().unwrap()
}
