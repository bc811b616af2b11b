//! What has to be true whenever the process died, and after each life. Each function returns how much it looked at.
//!
//! - I1: no login and no session on the target after its end.
//! - I2: no access without an approved request.
//! - I3: every change of state has one event, in order; that each has its message, in order, is checked at the end of the
//! test.
//! - I4: nothing is decided by its requester or grantee.
//! - I5: no live grant without a timer.
//! - I6: no job stuck and no card stale.
//! - I7: every acknowledged click counts, once.
//! - I8: the trail verifies.
//! - I9: what is kept about the use of access is what the trail says at its end.

use std::collections::BTreeSet;

use apono::access::ids::RequestNumber;
use apono::access::request::State;
use apono::audit::ended::UsedFacts;
use apono::audit::event::What;
use apono::store::{DecisionVerdict, ReadDecisions, ReadEvents};

use super::life::{End, request};
use super::target::Session;
use super::world::World;

/// I2, I4, I5 and I8, at any moment.
pub(super) async fn while_dead(world: &mut World<'_>) -> u32 {
    let store = &world.store;
    assert_eq!(store.grants_without_timer().await.unwrap(), [], "I5");
    assert!(store.audit_verify().await.unwrap().is_ok(), "I8");
    let open = open_logins(world).await;
    for number in &open {
        let request = request(world, *number)
            .await
            .expect("I2: a login that nobody asked for");
        let is_live = matches!(
            request.state,
            State::Approved | State::Granted | State::Revoking(_)
        );
        assert!(
            is_live,
            "I1: {number} is {:?} and its login is open",
            request.state
        );
        let decisions = store.decisions(&request.id).await.unwrap();
        let approved = decisions
            .iter()
            .any(|decision| decision.counts && decision.verdict == DecisionVerdict::Approve);
        assert!(approved, "I2: {number} has a login and no approval");
    }
    decided_by_others(world).await + 2 + u32::try_from(open.len()).unwrap()
}

/// I4, of every request there is.
async fn decided_by_others(world: &World<'_>) -> u32 {
    let mut looked_at = 0;
    for number in 1.. {
        let Some(request) = request(world, RequestNumber(number)).await else {
            break;
        };
        for decision in world.store.decisions(&request.id).await.unwrap() {
            assert_ne!(decision.person, request.requester, "I4");
            assert_ne!(decision.person, request.grantee, "I4");
            looked_at += 1;
        }
    }
    looked_at
}

/// I1: the session that was open at the end of a life is dead, and its login is locked.
pub(super) async fn of_the_session(world: &mut World<'_>, session: &mut Session) -> u32 {
    let is_answered = session.is_answered(world.now()).await;
    assert!(!is_answered, "I1: the session is still answered");
    assert_eq!(open_logins(world).await, BTreeSet::new(), "I1");
    2
}

/// I3, I6 and I7, once everything about a life is worked off.
pub(super) async fn of_a_life(world: &mut World<'_>, number: RequestNumber, end: End) -> u32 {
    let store = &world.store;
    let request = request(world, number).await.unwrap();
    let next = store
        .request_by_number(RequestNumber(number.0 + 1))
        .await
        .unwrap();
    assert_eq!(next, None, "I7: a form counted twice");
    let decisions = store.decisions(&request.id).await.unwrap();
    assert_eq!(decisions.len(), 1, "I7: {decisions:?}");

    let events = store.events_of(&request.id).await.unwrap();
    let names: Vec<&str> = events
        .iter()
        .map(|stored| stored.event.what.name())
        // One for each time that somebody looks.
        .filter(|name| *name != "credentials_shown")
        .collect();
    let wanted: &[&str] = match end {
        End::OnTime => &[
            "requested",
            "approved",
            "granted",
            "revoking",
            "expired",
            "cleaned_up",
        ],
        End::Later => &[
            "requested",
            "approved",
            "granted",
            "extended",
            "extension_confirmed",
            "revoking",
            "expired",
            "cleaned_up",
        ],
        End::GivenBack => &[
            "requested",
            "approved",
            "granted",
            "revoking",
            "revoked",
            "cleaned_up",
        ],
        End::Rejected => &["requested", "rejected"],
    };
    assert_eq!(names, wanted, "I3: {number}");

    let shown = events
        .iter()
        .filter(|stored| stored.event.what.name() == "credentials_shown");
    let shown = u32::try_from(shown.count()).unwrap();
    let usage = store.usage_of(&request.id).await.unwrap();
    assert_eq!(usage.is_some(), end != End::Rejected, "I9: {number}");
    if let Some(usage) = &usage {
        assert_eq!(usage.shown, shown, "I9: {number}");
    }
    let said = events.iter().find_map(|stored| match &stored.event.what {
        What::Expired(ended) | What::Revoked(ended) => ended.used.clone(),
        _ => None,
    });
    assert_eq!(said, usage.as_ref().map(UsedFacts::from), "I9: {number}");

    let wanted = format!("{number} · {}", request.state.word());
    let mut cards = 0;
    for who in ["dana", "omar", "priya"] {
        for card in world.ctx.messages_to(who, &format!("{number} · ")) {
            assert!(card.contains(&wanted), "I6: {who} reads {}", card.rendered);
            cards += 1;
        }
    }
    assert_eq!(cards, 3, "I6: cards about {number}");
    world.counts.checks += while_dead(world).await;
    cards + 6
}

/// Once more after everything: nothing of ours can log in, and nobody of ours is.
pub(super) async fn at_the_end(world: &mut World<'_>) -> u32 {
    assert_eq!(open_logins(world).await, BTreeSet::new(), "I1");
    let install = world.store.install().await.unwrap();
    let sessions = world.target.sessions(&install).await;
    assert_eq!(sessions, 0, "I1");
    2
}

/// The requests whose logins on the target are open.
async fn open_logins(world: &World<'_>) -> BTreeSet<RequestNumber> {
    let install = world.store.install().await.unwrap();
    world.target.open_logins(&install).await
}
