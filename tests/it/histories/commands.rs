//! What can happen in a history, and what is worth trying at a moment: mostly what fits, and some of what must not count.

use proptest::prelude::*;
use proptest::strategy::Union;

use super::model::Model;
use super::people::Person;
use super::request::Status;

/// The maximum number of requests in one history: every one is checked after each command.
const MOST_REQUESTS: usize = 7;

/// One step of a history. Requests are named by their number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Ask {
        who: Person,
        permission: Permission,
        hours: u32,
    },
    Approve {
        who: Person,
        request: usize,
    },
    /// The same click twice at the same moment.
    ApproveTwice {
        who: Person,
        request: usize,
    },
    /// Omar and Priya at the same moment.
    ApproveTogether {
        request: usize,
    },
    Reject {
        who: Person,
        request: usize,
    },
    Cancel {
        who: Person,
        request: usize,
    },
    Revoke {
        who: Person,
        request: usize,
    },
    /// For two hours more.
    Extend {
        who: Person,
        request: usize,
    },
    /// The grantee opens a session.
    Connect {
        request: usize,
    },
    Wait {
        hours: u32,
    },
    TargetFails,
    TargetIsBack,
    /// No call and no socket gets through, so nobody can do anything.
    SlackIsGone,
    SlackIsBack,
    /// The next few posts and edits meet this.
    SlackFails(Failure),
    /// The next few envelopes come twice.
    EnvelopesTwice,
    Restart,
    Reload(Config),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    Read,
    Write,
}

impl Permission {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    RateLimited,
    Unavailable,
    LostRequest,
    LostResponse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Config {
    Usual,
    /// Reading is allowed for two hours at most.
    Tight,
    /// It cannot be used, so everything stays as it is.
    Wrong,
}

impl Command {
    /// Who does it; nobody if it happens around them.
    pub(super) fn people(&self, model: &Model) -> Vec<Person> {
        match self {
            Self::Ask { who, .. }
            | Self::Approve { who, .. }
            | Self::ApproveTwice { who, .. }
            | Self::Reject { who, .. }
            | Self::Cancel { who, .. }
            | Self::Revoke { who, .. }
            | Self::Extend { who, .. } => vec![*who],
            Self::ApproveTogether { .. } => vec![Person::Omar, Person::Priya],
            Self::Connect { request } => vec![model.request(*request).requester],
            Self::Wait { .. }
            | Self::TargetFails
            | Self::TargetIsBack
            | Self::SlackIsGone
            | Self::SlackIsBack
            | Self::SlackFails(_)
            | Self::EnvelopesTwice
            | Self::Restart
            | Self::Reload(_) => Vec::new(),
        }
    }

    /// Whether it can happen at all; whether it may is the model's affair.
    pub(super) fn is_possible(&self, model: &Model) -> bool {
        let exists = |request: &usize| model.slack_is_up && *request <= model.requests.len();
        let asks = |request: &usize| exists(request) && model.request(*request).is_put_to_people();
        match self {
            Self::Ask { .. } => model.slack_is_up && model.requests.len() < MOST_REQUESTS,
            Self::Approve { request, .. }
            | Self::ApproveTwice { request, .. }
            | Self::Reject { request, .. } => asks(request),
            Self::ApproveTogether { request } => asks(request) && model.comes_to_the_same(*request),
            Self::Cancel { request, .. } | Self::Revoke { request, .. } | Self::Extend { request, .. } => {
                exists(request)
            }
            Self::Connect { request } => {
                exists(request) && model.target_is_up && model.request(*request).status == Status::Granted
            }
            Self::Wait { .. } | Self::Restart => true,
            Self::TargetFails => model.target_is_up,
            Self::TargetIsBack => !model.target_is_up,
            Self::SlackIsBack => !model.slack_is_up,
            Self::SlackIsGone | Self::SlackFails(_) | Self::EnvelopesTwice | Self::Reload(_) => {
                model.slack_is_up
            }
        }
    }
}

/// What is tried next.
pub(super) fn next(model: &Model) -> BoxedStrategy<Command> {
    let mut choices: Vec<(u32, BoxedStrategy<Command>)> = vec![
        (
            7,
            (1..=2_u32)
                .prop_map(|twice| Command::Wait { hours: 2 * twice })
                .boxed(),
        ),
        (1, Just(Command::Restart).boxed()),
    ];
    if model.target_is_up {
        choices.push((2, Just(Command::TargetFails).boxed()));
    } else {
        choices.push((8, Just(Command::TargetIsBack).boxed()));
    }
    if model.slack_is_up {
        choices.extend(around());
        if model.requests.len() < MOST_REQUESTS {
            choices.push((12, asking()));
        }
        for number in 1..=model.requests.len() {
            choices.extend(about(model, number));
        }
    } else {
        choices.push((12, Just(Command::SlackIsBack).boxed()));
    }
    Union::new_weighted(choices).boxed()
}

/// What happens to Slack and to the config.
fn around() -> Vec<(u32, BoxedStrategy<Command>)> {
    let failures = [
        Failure::RateLimited,
        Failure::Unavailable,
        Failure::LostRequest,
        Failure::LostResponse,
    ];
    let configs = [Config::Usual, Config::Tight, Config::Tight, Config::Wrong];
    vec![
        (1, Just(Command::SlackIsGone).boxed()),
        (
            2,
            prop::sample::select(failures.to_vec())
                .prop_map(Command::SlackFails)
                .boxed(),
        ),
        (2, Just(Command::EnvelopesTwice).boxed()),
        (
            2,
            prop::sample::select(configs.to_vec())
                .prop_map(Command::Reload)
                .boxed(),
        ),
    ]
}

fn asking() -> BoxedStrategy<Command> {
    let wishes = [
        (Person::Dana, Permission::Read),
        (Person::Dana, Permission::Write),
        (Person::Eve, Permission::Read),
        (Person::Eve, Permission::Write),
        (Person::Omar, Permission::Read),
    ];
    let hours = prop_oneof![4 => Just(1_u32), 4 => Just(3), 1 => Just(11)];
    (prop::sample::select(wishes.to_vec()), hours)
        .prop_map(|((who, permission), hours)| Command::Ask {
            who,
            permission,
            hours,
        })
        .boxed()
}

/// What people try with one request: what fits its status, and now and then something else, by anybody.
fn about(model: &Model, number: usize) -> Vec<(u32, BoxedStrategy<Command>)> {
    let request = model.request(number);
    let owner = request.requester;
    let mut choices = vec![(1, out_of_place(request.is_put_to_people(), number))];
    match request.status {
        Status::Pending => choices.push((12, deciding(&request.approvers, owner, number))),
        Status::Approved => choices.push((3, ending(owner, number))),
        Status::Granted => {
            choices.push((3, ending(owner, number)));
            let extend = Command::Extend {
                who: owner,
                request: number,
            };
            choices.push((5, Just(extend).boxed()));
            if model.target_is_up {
                choices.push((5, Just(Command::Connect { request: number }).boxed()));
            }
        }
        Status::Revoking(_) | Status::Rejected | Status::Lapsed | Status::Cancelled | Status::Ended(_) => {}
    }
    choices
}

fn deciding(approvers: &[Person], owner: Person, request: usize) -> BoxedStrategy<Command> {
    let who = prop::sample::select(approvers.to_vec());
    prop_oneof![
        6 => who.clone().prop_map(move |who| Command::Approve { who, request }),
        2 => who.clone().prop_map(move |who| Command::ApproveTwice { who, request }),
        2 => Just(Command::ApproveTogether { request }),
        2 => who.prop_map(move |who| Command::Reject { who, request }),
        2 => Just(Command::Approve { who: owner, request }),
        1 => Just(Command::Cancel { who: owner, request }),
    ]
    .boxed()
}

fn ending(owner: Person, request: usize) -> BoxedStrategy<Command> {
    prop::sample::select(vec![owner, Person::Ada])
        .prop_map(move |who| Command::Revoke { who, request })
        .boxed()
}

fn out_of_place(is_put_to_people: bool, request: usize) -> BoxedStrategy<Command> {
    let who = prop::sample::select(Person::ALL.to_vec());
    let kinds = if is_put_to_people { 0..6_u32 } else { 0..3 };
    (who, kinds)
        .prop_map(move |(who, kind)| match kind {
            0 => Command::Cancel { who, request },
            // An approver may end what they approved, with a reason; the model knows only whose access it is, and the admin.
            1 if matches!(who, Person::Omar | Person::Priya) => Command::Revoke {
                who: Person::Gus,
                request,
            },
            1 => Command::Revoke { who, request },
            2 => Command::Extend { who, request },
            3 => Command::Approve { who, request },
            4 => Command::ApproveTwice { who, request },
            _ => Command::Reject { who, request },
        })
        .boxed()
}
