//! What can be seen of a real bot: in its database, on its target, and in Slack.

use std::collections::BTreeMap;

use apono::access::ids::RequestNumber;
use apono::access::request::{RevokeCause, State};
use apono::access::time::Timestamp;
use apono::store::{DecisionVerdict, ReadDecisions, ReadEvents, ReadGrants, ReadPeople};
use sqlx::Row;

use super::people::Person;
use super::world::World;

/// One request, as it can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The word people read, and why it is so.
    pub(super) status: (&'static str, &'static str),
    /// Decisions that count: whose, and whether it approves.
    pub(super) decisions: Vec<(Person, bool)>,
    /// When it ends, in the bot's database.
    pub(super) until: Option<Timestamp>,
    /// The open login on the target, by the end that stands there.
    pub(super) login: Option<Timestamp>,
    /// Sessions of the login on the target.
    pub(super) sessions: usize,
    pub(super) events: Vec<&'static str>,
    /// By whose they are: the word on it, and whether it can be decided there.
    pub(super) cards: BTreeMap<Person, Vec<(String, bool)>>,
}

impl World {
    /// Every request, in the order of their numbers.
    pub(super) async fn look(&mut self) -> Vec<Seen> {
        let on_target = self.look_at_target().await;
        let mut seen = Vec::new();
        for number in 1.. {
            let Some(mut one) = self.look_at_database(RequestNumber(number)).await else {
                break;
            };
            if let Some((end, sessions)) = on_target.get(&number) {
                one.login = *end;
                one.sessions = *sessions;
            }
            one.cards = self.look_at_cards(number);
            seen.push(one);
        }
        let last = i64::try_from(seen.len()).unwrap();
        let unknown: Vec<_> = on_target.keys().filter(|number| **number > last).collect();
        assert!(unknown.is_empty(), "logins that nobody asked for: {unknown:?}");
        seen
    }

    async fn look_at_database(&self, number: RequestNumber) -> Option<Seen> {
        let store = &self.ctx.app().core().store;
        let request = store.request_by_number(number).await.unwrap()?;
        let mut decisions = Vec::new();
        for decision in store.decisions(&request.id).await.unwrap() {
            if decision.counts {
                let people = store
                    .people_by_id(std::slice::from_ref(&decision.person))
                    .await
                    .unwrap();
                let approves = decision.verdict == DecisionVerdict::Approve;
                decisions.push((Person::with_id(&people[0].account.user), approves));
            }
        }
        let grant = store.grant(&request.id).await.unwrap();
        let events = store.events_of(&request.id).await.unwrap();
        Some(Seen {
            status: status(request.state),
            decisions,
            until: grant.map(|grant| grant.until),
            login: None,
            sessions: 0,
            events: events.iter().map(|stored| stored.event.what.name()).collect(),
            cards: BTreeMap::new(),
        })
    }

    /// Every login of this bot that is open, or has a session: its end if it is open, and its sessions.
    async fn look_at_target(&mut self) -> BTreeMap<i64, (Option<Timestamp>, usize)> {
        let ours = format!("apono\\_{}\\_ar%", self.ctx.app().core().install);
        let rows = sqlx::query(
            "SELECT rolname::text, rolcanlogin, round(extract(epoch FROM rolvaliduntil) * 1000000)::int8,
               (SELECT count(*) FROM pg_stat_activity WHERE usename = rolname)
             FROM pg_roles WHERE rolname LIKE $1",
        )
        .bind(ours)
        .fetch_all(&mut self.target)
        .await
        .unwrap();
        let each = rows.iter().map(|row| {
            let name: String = row.get(0);
            let number = name.split('_').nth(2).unwrap().strip_prefix("ar").unwrap();
            let end = row.get::<bool, _>(1).then(|| Timestamp::from_micros(row.get(2)));
            let sessions: i64 = row.get(3);
            (number.parse().unwrap(), (end, usize::try_from(sessions).unwrap()))
        });
        each.collect()
    }

    fn look_at_cards(&self, number: i64) -> BTreeMap<Person, Vec<(String, bool)>> {
        let name = format!("AR-{number} · ");
        let mut cards = BTreeMap::new();
        for who in Person::ALL {
            let of_the_request = self.ctx.messages_to(who.handle(), &name).into_iter().map(|card| {
                let after = card.rendered.split(&name).nth(1).unwrap_or_default();
                let word = after.split('*').next().unwrap_or_default().to_owned();
                (word, card.buttons.iter().any(|button| button == "Approve"))
            });
            let of_the_request: Vec<_> = of_the_request.collect();
            if !of_the_request.is_empty() {
                cards.insert(who, of_the_request);
            }
        }
        cards
    }

    /// Remembers cards on which somebody can decide.
    pub(super) fn keep_cards(&mut self, requests: usize) {
        for (number, who) in (1..=requests).flat_map(|number| Person::ALL.map(|who| (number, who))) {
            if self.cards.contains_key(&(who, number)) {
                continue;
            }
            let mut cards = self
                .ctx
                .messages_to(who.handle(), &format!("AR-{number} · "))
                .into_iter();
            if let Some(card) = cards.find(|card| card.buttons.iter().any(|button| button == "Approve")) {
                self.cards.insert((who, number), card);
            }
        }
    }

    /// Whether the sessions that were opened for a request are answered.
    pub(super) async fn answered_sessions(&mut self, request: usize) -> Vec<bool> {
        let mut answered = Vec::new();
        for (_, session) in self.sessions.iter_mut().filter(|(about, _)| *about == request) {
            answered.push(sqlx::query("SELECT 1").execute(session).await.is_ok());
        }
        answered
    }
}

/// What could not be granted in time has one of several causes, and which one is a matter of seconds.
fn status(state: State) -> (&'static str, &'static str) {
    let why = match state {
        State::Revoking(RevokeCause::Undo(_)) | State::Failed(_) => "not granted",
        other => other.stored().1.unwrap_or_default(),
    };
    (state.word(), why)
}
