//! One request from the form to its end, played by people who try again when Slack tells them that it failed.

use apono::access::ids::RequestNumber;
use apono::access::request::{Request, State};
use apono::store::{ReadEvents, ReadGrants, StoredEvent};
use slack_simulator::{ActError, Actor};

use crate::support::face::Face;

use super::in_slack::InSlack;
use super::invariants;
use super::target::Session;
use super::world::{World, pause};

/// How a life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    OnTime,
    GivenBack,
    Rejected,
    /// On time, after it was extended.
    Later,
}

impl End {
    pub(super) const ALL: [Self; 4] = [Self::OnTime, Self::GivenBack, Self::Rejected, Self::Later];
}

/// Plays one life and looks at what it leaves.
pub(super) async fn live(world: &mut World<'_>, end: End) {
    world.counts.lives += 1;
    let number = RequestNumber(i64::from(world.counts.lives));
    asks(world, number).await;
    if end == End::Rejected {
        decides(world, number, false).await;
    } else {
        decides(world, number, true).await;
        reaches(world, number, |state| state == State::Granted).await;
        let mut session = connects(world, number).await;
        if end == End::Later {
            extends(world, number).await;
        }
        if end == End::GivenBack {
            gives_back(world, number).await;
        } else {
            let until = ends_at(world, number).await;
            let left = until.since(world.now());
            world.advance(left);
        }
        reaches(world, number, State::is_final).await;
        world.counts.checks += invariants::of_the_session(world, &mut session).await;
    }
    world.settle().await;
    world.counts.checks += invariants::of_a_life(world, number, end).await;
}

pub(super) async fn request(world: &World<'_>, number: RequestNumber) -> Option<Request> {
    world.store.request_by_number(number).await.unwrap()
}

async fn reaches(world: &mut World<'_>, number: RequestNumber, wanted: impl Fn(State) -> bool) {
    world
        .until("the request's next state", async |world| {
            let state = request(world, number).await?.state;
            wanted(state).then_some(())
        })
        .await;
}

/// Dana fills in the form and sends it, until she has a request. What was acknowledged is not sent again.
async fn asks(world: &mut World<'_>, number: RequestNumber) {
    let dana = InSlack::new(world, "dana");
    loop {
        world.revive().await;
        if request(world, number).await.is_some() {
            break;
        }
        let sent = world.act(dana.ask("read", "1h")).await;
        if sent.is_ok_and(|acted| acted.is_ok_and(|said| said.is_empty())) {
            assert!(
                request(world, number).await.is_some(),
                "{number} was acknowledged and is not there"
            );
            break;
        }
        pause().await;
    }
    dana.close_windows().await;
}

/// Omar answers, until it is acknowledged; from then on it has to count.
async fn decides(world: &mut World<'_>, number: RequestNumber, approved: bool) {
    let omar = InSlack::new(world, "omar");
    loop {
        world.revive().await;
        if request(world, number).await.unwrap().state != State::Pending {
            break;
        }
        let answered = world
            .act(async {
                if approved {
                    omar.approve(number).await
                } else {
                    omar.reject(number).await
                }
            })
            .await;
        if matches!(answered, Ok(Ok(_))) {
            break;
        }
        pause().await;
    }
    reaches(world, number, |state| state != State::Pending).await;
    omar.close_windows().await;
}

/// Dana opens a session with what Connect shows, and keeps it open. A bot that has just started asks her to try again.
async fn connects(world: &mut World<'_>, number: RequestNumber) -> Session {
    let card = format!("{number} · Granted");
    let dana = InSlack::new(world, "dana");
    loop {
        world.revive().await;
        let shown = world
            .act(async {
                dana.person.click(&card, "Connect").await?;
                Ok::<_, ActError>(answer_to_connect(&dana.person).await)
            })
            .await;
        dana.close_windows().await;
        if let Ok(Ok(window)) = shown
            && window.contains(PASSWORD)
        {
            return world.target.open(&window).await;
        }
        pause().await;
    }
}

const PASSWORD: &str = "Password: ";

async fn answer_to_connect(person: &Actor) -> String {
    loop {
        let window = person.top_modal().map(|modal| modal.rendered);
        let is_answer = |text: &String| text.contains(PASSWORD) || text.contains("Please try again");
        if let Some(window) = window.filter(is_answer) {
            return window;
        }
        pause().await;
    }
}

/// Dana asks for half an hour more, until she has it.
async fn extends(world: &mut World<'_>, number: RequestNumber) {
    let before = ends_at(world, number).await;
    let dana = InSlack::new(world, "dana");
    loop {
        world.revive().await;
        let asked = world.act(dana.extend(number, "30m")).await;
        if matches!(asked, Ok(Ok(_))) || ends_at(world, number).await > before {
            break;
        }
        pause().await;
    }
    world
        .until("the target knows of more time", async |world| {
            let id = request(world, number).await?.id;
            let events = world.store.events_of(&id).await.unwrap();
            let is_confirmed = |stored: &StoredEvent| stored.event.what.name() == "extension_confirmed";
            events.iter().any(is_confirmed).then_some(())
        })
        .await;
}

/// Dana gives it back, until it is acknowledged.
async fn gives_back(world: &mut World<'_>, number: RequestNumber) {
    let dana = InSlack::new(world, "dana");
    loop {
        world.revive().await;
        let told = world.act(dana.give_back(number)).await;
        if matches!(told, Ok(Ok(_))) || request(world, number).await.unwrap().state != State::Granted {
            break;
        }
        pause().await;
    }
}

async fn ends_at(world: &World<'_>, number: RequestNumber) -> apono::access::time::Timestamp {
    let request = request(world, number).await.unwrap();
    world.store.grant(&request.id).await.unwrap().unwrap().until
}
