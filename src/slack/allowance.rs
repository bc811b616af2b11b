//! How much one account may do in a minute, so nobody can drown out the others: counted in this process, before
//! anything is stored.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;
use serde_json::json;

use crate::access::people::SlackAccount;

use super::act::{Act, Incoming, Unknown};
use super::actions::FormKind;
use super::handlers::Bot;
use super::handlers::commands::Command;
use super::socket::Ack;
use super::views::answers;

/// How many accounts are tracked before the quiet ones are forgotten.
const KEPT: usize = 1_000;

/// How many times more often an account may do light acts, which ask nobody for anything: more than anybody can do by hand.
const ROOM: NonZeroU32 = NonZeroU32::new(4).expect("4 is not zero");

/// Counts what accounts do.
#[derive(Default)]
pub struct Allowances {
    acts: Counter,
    /// Counted separately, so other acts never keep anybody from ending something.
    light: Counter,
}

/// Counts one kind of act.
#[derive(Default)]
struct Counter {
    /// With the quota it was built for, which a reload can change.
    limiter: Mutex<Option<(NonZeroU32, Arc<Limiter>)>>,
}

type Limiter = DefaultKeyedRateLimiter<SlackAccount>;

impl Allowances {
    /// Takes one act of `account` from what it may do; false if there is nothing left just now. `per_minute` is for acts
    /// of the heavier sort.
    fn take(&self, account: &SlackAccount, weight: Weight, per_minute: NonZeroU32) -> bool {
        match weight {
            Weight::Act => self.acts.take(account, per_minute),
            Weight::Light => self.light.take(account, per_minute.saturating_mul(ROOM)),
        }
    }
}

impl Counter {
    fn take(&self, account: &SlackAccount, per_minute: NonZeroU32) -> bool {
        let limiter = self.limiter(per_minute);
        if limiter.len() > KEPT {
            limiter.retain_recent();
        }
        limiter.check_key(account).is_ok()
    }

    fn limiter(&self, per_minute: NonZeroU32) -> Arc<Limiter> {
        let mut current = self.limiter.lock();
        match &*current {
            Some((quota, limiter)) if *quota == per_minute => Arc::clone(limiter),
            Some(_) | None => {
                let limiter = Arc::new(RateLimiter::keyed(Quota::per_minute(per_minute)));
                *current = Some((per_minute, Arc::clone(&limiter)));
                limiter
            }
        }
    }
}

/// How much an act counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// It is stored, answered or asked of Slack.
    Act,
    /// It fills in a form, takes access away, or keeps it from being given.
    Light,
}

impl Weight {
    const fn light_if(is_light: bool) -> Self {
        if is_light { Self::Light } else { Self::Act }
    }
}

/// Where an account that does too much is told so.
enum Told {
    /// In the acknowledgement of a command.
    AtOnce,
    /// Where the button was.
    There(String),
    /// Under this block of the form.
    InForm(String),
    /// With an empty search result.
    NoOptions,
    Nowhere,
}

/// The answer to one act too many, of which nothing is stored. `None` if the act is allowed.
pub(super) fn too_much(bot: &Arc<Bot>, incoming: &Incoming) -> Option<Ack> {
    let account = &incoming.by.account;
    let (weight, told) = counted(&incoming.act, || is_known_admin(bot, account))?;
    let per_minute = bot.core.rules().allowance.acts_per_minute;
    if bot.allowances.take(account, weight, per_minute) {
        return None;
    }
    tracing::warn!(user = account.user, "an account reached its limit per minute");
    Some(match told {
        Told::AtOnce => Ack::with(json!({ "response_type": "ephemeral", "text": answers::TOO_FAST })),
        Told::InForm(block) => {
            Ack::with(json!({ "response_action": "errors", "errors": { block: answers::TOO_FAST } }))
        }
        Told::There(url) => {
            let bot = Arc::clone(bot);
            Ack::bare().then(async move { bot.respond(&url, answers::TOO_FAST).await })
        }
        Told::NoOptions => Ack::with(json!({ "options": [] })),
        Told::Nowhere => Ack::bare(),
    })
}

/// What counts, and for how much: everything a person does, and nothing that Slack reports on its own. `is_admin` says whether
/// they are known as an admin.
fn counted(act: &Act, is_admin: impl FnOnce() -> bool) -> Option<(Weight, Told)> {
    match act {
        Act::Command(typed) => Some((of_command(&Command::read(&typed.text), is_admin), Told::AtOnce)),
        Act::Click(pressed) => {
            let told = pressed.response_url.clone().map_or(Told::Nowhere, Told::There);
            Some((Weight::light_if(pressed.action.gives_back()), told))
        }
        Act::Unknown { what, .. } => Some(match what {
            Unknown::Button {
                response_url: Some(url),
                ..
            } => (Weight::Act, Told::There(url.clone())),
            Unknown::Button { .. } | Unknown::Form => (Weight::Act, Told::Nowhere),
            Unknown::Choice => (Weight::Light, Told::Nowhere),
            Unknown::Query => (Weight::Light, Told::NoOptions),
        }),
        Act::Submit(form) => {
            let brakes = form.kind == FormKind::End || (form.kind == FormKind::RedButton && is_admin());
            Some((Weight::light_if(brakes), Told::InForm(form.first_block())))
        }
        Act::Choice(_) => Some((Weight::Light, Told::Nowhere)),
        Act::Suggest { .. } => Some((Weight::Light, Told::NoOptions)),
        Act::Shortcut { .. } | Act::Said { .. } => Some((Weight::Act, Told::Nowhere)),
        Act::ChannelChanged | Act::TokensRevoked | Act::PersonChanged { .. } | Act::Noise => None,
    }
}

fn of_command(command: &Command, is_admin: impl FnOnce() -> bool) -> Weight {
    match command {
        Command::Cancel { .. } | Command::Revoke { .. } => Weight::Light,
        Command::RevokeAll { .. } | Command::Block { .. } | Command::Freeze { .. } => {
            Weight::light_if(is_admin())
        }
        Command::Request { .. }
        | Command::Help
        | Command::Unknown { .. }
        | Command::Unfinished { .. }
        | Command::List
        | Command::Active { .. }
        | Command::Pending
        | Command::Log { .. }
        | Command::Connect { .. }
        | Command::Whoami
        | Command::Portal
        | Command::Reports
        | Command::Reviews
        | Command::Why { .. }
        | Command::Show { .. }
        | Command::Again { .. }
        | Command::Extend { .. }
        | Command::Unblock { .. }
        | Command::Thaw { .. }
        | Command::Accept { .. } => Weight::Act,
    }
}

/// From what is already known: Slack is asked only about acts that are allowed.
fn is_known_admin(bot: &Bot, account: &SlackAccount) -> bool {
    let policy = bot.core.policy();
    let facts = bot.directory.known.facts();
    let mut accounts = facts
        .people()
        .iter()
        .filter(|person| person.account.user == account.user);
    accounts.any(|person| policy.is_admin(person))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::slack::act::{Form, Typed};
    use crate::slack::actions;
    use crate::slack::encoded::Words;

    fn account(user: &str) -> SlackAccount {
        SlackAccount {
            enterprise: None,
            team: Some("T1".to_owned()),
            user: user.to_owned(),
        }
    }

    #[test]
    fn what_one_account_does_is_not_counted_against_another_and_a_new_quota_starts_anew() {
        let allowances = Allowances::default();
        let two = NonZeroU32::new(2).unwrap();
        let take = |user, weight, quota| allowances.take(&account(user), weight, quota);
        let taken: Vec<bool> = (0..3).map(|_| take("U1", Weight::Act, two)).collect();
        assert_eq!(taken, [true, true, false]);
        let light = (0..30).filter(|_| take("U1", Weight::Light, two)).count();
        assert_eq!(light, 8);
        assert!(take("U2", Weight::Act, two));
        assert!(take("U1", Weight::Act, NonZeroU32::new(3).unwrap()));
    }

    fn weight(act: &Act, is_admin: bool) -> Option<Weight> {
        counted(act, || is_admin).map(|(weight, _)| weight)
    }

    fn form(kind: FormKind) -> Form {
        Form {
            view_id: String::new(),
            hash: String::new(),
            kind,
            private_metadata: String::new(),
            inputs: BTreeMap::new(),
        }
    }

    fn command(text: &str) -> Act {
        Act::Command(Typed {
            text: Words::decode(text),
            trigger_id: String::new(),
            response_url: String::new(),
        })
    }

    #[test]
    fn choices_give_backs_and_the_brakes_of_admins_have_more_room_than_the_rest_and_a_limit() {
        let typed = Act::Suggest {
            action: actions::RESOURCES.to_owned(),
            query: "a".to_owned(),
            form: form(FormKind::Request),
        };
        for light in [
            Act::Choice(form(FormKind::Request)),
            typed,
            command("revoke AR-1"),
            command("cancel AR-1"),
        ] {
            assert_eq!(weight(&light, false), Some(Weight::Light), "{light:?}");
        }
        for brake in [
            command("block <@U0DANA|dana>"),
            command("freeze orders-db"),
            Act::Submit(form(FormKind::RedButton)),
        ] {
            assert_eq!(weight(&brake, true), Some(Weight::Light), "{brake:?}");
            assert_eq!(weight(&brake, false), Some(Weight::Act), "{brake:?}");
        }
        for act in [command("list"), Act::Submit(form(FormKind::Request))] {
            assert_eq!(weight(&act, true), Some(Weight::Act), "{act:?}");
        }
        assert_eq!(weight(&Act::Noise, false), None);
    }
}
