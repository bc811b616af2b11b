//! What is shown of a request from its first card to its last notice, in each state that it can be in.

use std::sync::Arc;
use std::time::Duration;

use apono::access::extension::ExtensionState;
use apono::access::filter::Filter;
use apono::access::flows::Extensions;
use apono::access::grant::{Grant, Granted};
use apono::access::ids::PersonId;
use apono::access::ids::{RequestId, RequestNumber, SubmissionId, TextId};
use apono::access::people::{Because, Person};
use apono::access::request::{FailCause, MAX_UNITS, RejectCause, Request, RevokeCause, State, Unit};
use apono::access::time::Timestamp;
use apono::access::usage::{Few, Looks, Sessions, Tells, Usage};
use apono::audit::cause::HeldUp;
use apono::audit::event::RequestFacts;
use apono::integrations::ssh::PastedKey;
use apono::integrations::{AccessDetails, EarlyRevoke, Guarantees, PersonKey};
use apono::slack::views::kit::Named;
use apono::slack::views::lists::{Eye, Viewer};
use apono::slack::views::{
    alarm, answer, answers, approve, brakes, card, connect_form, credentials, details, ending, extension,
    left_over, lists, notice, red_button, reject, silent,
};
use apono::store::{
    DecisionVerdict, Extension, Job, JobKind, KnownPerson, Message, MessageState, OpenCounts, Paged, Stamps,
    StoredEvent, Surface,
};
use apono::usecases::UseCaseError;
use apono::usecases::limits::Braked;
use apono::usecases::look::{Beside, DecisionView, ExtensionView, Listed, NotReached, RequestView};
use apono::usecases::red_button::{Ending, Extent, Pressed, Scope};
use apono::usecases::revoke::Part;
use secrecy::SecretString;

use super::config::{House, group_name, integration_name, permission_name, show_listing};
use super::{MOST, Shown};
use crate::support::databases::START;

const STATES: [State; 12] = [
    State::Pending,
    State::Approved,
    State::Granted,
    State::Revoking(RevokeCause::TimeOver),
    State::Revoking(RevokeCause::Undo(FailCause::TargetRefused)),
    State::Rejected(RejectCause::ByApprover),
    State::Rejected(RejectCause::NobodyLeft),
    State::Cancelled,
    State::Expired,
    State::Revoked(RevokeCause::ByAdmin),
    State::Failed(FailCause::TargetUnreachable),
    State::Failed(FailCause::RestoredBackup),
];

const EXTENSION_STATES: [ExtensionState; 6] = [
    ExtensionState::Pending,
    ExtensionState::OnItsWay,
    ExtensionState::Applied,
    ExtensionState::Rejected,
    ExtensionState::Lapsed,
    ExtensionState::Failed,
];

const GUARANTEES: Guarantees = Guarantees {
    early_revoke: EarlyRevoke::AtLatest(Duration::from_mins(5)),
    ends_sessions: false,
    reads_back: true,
    target_deadline: true,
};

pub(super) fn show(house: &House, events: &[StoredEvent], shown: &mut Shown) {
    for state in STATES {
        show_cards(house, &view(house, state), events, shown);
    }
    show_alarms(
        house,
        &view(house, State::Revoking(RevokeCause::TimeOver)),
        events,
        shown,
    );
    show_lists(house, shown);
    show_red_button(house, shown);
    show_windows(house, shown);
}

fn show_cards(house: &House, view: &RequestView, events: &[StoredEvent], shown: &mut Shown) {
    let beside = beside(house);
    let named = |person: &Person| Named {
        user: person.account.user.clone(),
        name: person.name.clone(),
    };
    let others: Vec<Named> = house.people.iter().map(named).collect();
    let why = [Because::Named, Because::Group(group_name(0))];
    for because in [None, Some(&why[0]), Some(&why[1])] {
        let to_decide = because.map(|because| card::ToDecide {
            because,
            others: &others,
            beside: Some(&beside),
        });
        shown.post("an approver's card", &card::for_approver(view, to_decide));
        if let Some(to_decide) = to_decide {
            shown.view("an answer", &answer::answer_modal(view, None, to_decide));
            for asked in &view.extensions {
                shown.view("an answer", &answer::answer_modal(view, Some(asked), to_decide));
            }
        }
        for asked in &view.extensions {
            shown.post("an extension's card", &extension::card(view, asked, to_decide));
        }
    }
    shown.post("the requester's card", &card::for_requester(view));
    for surface in Surface::ALL {
        shown.post(
            "a notice",
            &notice::notice(
                &message(view, surface),
                view,
                Some("https://example.slack.com/archives/D1/p1"),
            ),
        );
    }
    let events = Paged {
        items: events[..20].to_vec(),
        newer: false,
        older: true,
    };
    for part in [Some(Part::Holder), Some(Part::Admin), None] {
        shown.post("details", &details::details(view, &events, part));
        shown.view("details", &details::details_modal(view, &events, part));
    }
    let sentence = answers::why_not(&UseCaseError::AskedAlready(RequestNumber(i64::MAX)));
    shown.view(
        "instead of a form",
        &details::instead_modal(&sentence, view, &events),
    );
    shown.view("an approval", &approve::approve_modal(view, START));
    shown.view("an end", &ending::end_modal(view, true));
    shown.view("a rejection", &reject::reject_modal(view));
    let rule = Extensions {
        times: 100,
        each: Duration::from_hours(24 * 366),
        ask_again: true,
    };
    shown.view("an extension", &extension::extend_modal(view, &rule));
    for asked in &view.extensions {
        shown.view("an extension's approval", &approve::extension_modal(view, asked));
        shown.view("an extension's rejection", &reject::extension_modal(view, asked));
    }
    show_listing(shown, "a history", &lists::history(&view.request, &events));
}

fn show_alarms(house: &House, view: &RequestView, events: &[StoredEvent], shown: &mut Shown) {
    let late = alarm::Late {
        view,
        due: START,
        now: START.plus(Duration::from_hours(30)),
    };
    let mentioned: Vec<String> = (0..MOST).map(|n| format!("U{n:010}")).collect();
    let job = job(house);
    shown.post("an end that was late", &alarm::over(&late));
    shown.post("reached after all", &alarm::reached(view));
    shown.post("still late", &alarm::still(&late, Some(&job), &mentioned));
    shown.post("the last word", &alarm::said_gone(&late));
    for stored in events {
        shown.post("overdue", &alarm::overdue(stored, 0, &mentioned));
        shown.post("not reached", &alarm::not_reached(stored, &mentioned));
        shown.post(
            "ungranted",
            &alarm::ungranted(&view.request.id, stored, &mentioned),
        );
    }
    let told = left_over::told(&granted(house), &house.script.text(3, 200), Some(START), &job);
    shown.text("left over", &told);
    for why in [silent::Why::Silent, silent::Why::Stopped] {
        let integrations: Vec<String> = (0..house.sizes.integrations).map(integration_name).collect();
        let last = silent::LastHeard {
            at: START,
            live: &[RequestNumber(i64::MAX); 10],
            count: 1_000,
            integrations: &integrations,
        };
        shown.text(
            "silent",
            &silent::note(why, &last, &house.core.install, &mentioned),
        );
    }
}

fn show_lists(house: &House, shown: &mut Shown) {
    let page = |count: usize| Paged {
        items: (0..count).map(|_| request(house, State::Granted)).collect(),
        newer: true,
        older: true,
    };
    let live = |count: usize| Paged {
        items: (0..count)
            .map(|n| Listed {
                request: request(house, State::Granted),
                requester: house.facts(n),
                grantee: house.facts(n),
                approvers: Vec::new(),
                became: Stamps::default(),
                grant: Some(grant(house)),
                usage: Some(usage()),
                justification: None,
                may_extend: true,
                guarantees: None,
            })
            .collect(),
        newer: true,
        older: true,
    };
    for count in [0, 1, 20] {
        for eye in [Eye::Own, Eye::Auditor, Eye::Admin] {
            let person = PersonId::new("somebody");
            let viewer = Viewer {
                person: &person,
                eye,
                answers: true,
            };
            let (filter, about) = (Filter::default(), " of somebody on something");
            show_listing(shown, "requests", &lists::requests(&page(count), viewer));
            show_listing(
                shown,
                "live access",
                &lists::live(&live(count), viewer, &filter, about, START),
            );
            show_listing(
                shown,
                "the log",
                &lists::log(&live(count), viewer, &filter, about, START),
            );
        }
    }
}

fn show_red_button(house: &House, shown: &mut Shown) {
    let counts = OpenCounts {
        pending: 1_000,
        approved: 1_000,
        granted: 1_000,
        revoking: 1_000,
    };
    let first = (0..5).map(|n| Ending {
        request: request(house, State::Granted),
        grantee: house.facts(n),
        until: Some(START),
    });
    let extent = Extent {
        counts,
        strays: 1_000,
        first: first.collect(),
        may_brake: true,
    };
    let person = KnownPerson {
        id: house.people[0].id.clone(),
        account: house.people[0].account.clone(),
        name: house.people[0].name.clone(),
        email: house.people[0].email.clone(),
    };
    let on = Scope::On(integration_name(0));
    let named = red_button::Named::Integration {
        name: integration_name(0),
    };
    let asked = red_button::Asked {
        form: SubmissionId::new("f".repeat(32)),
        named,
    };
    let reason = house.script.text(4, 3_000);
    for scope in [&Scope::Of(person.clone()), &on] {
        let modal = red_button::modal(&asked, scope, &extent, Some(&GUARANTEES), Some(&reason));
        shown.view("the red button", &modal);
        shown.text("nothing to end", &red_button::nothing_to_end(scope, &extent));
        let pressed = Pressed {
            requests: 1_000,
            strays: 1_000,
        };
        shown.view("pressed", &red_button::pressed_modal(scope, pressed, true));
    }
    shown.text(
        "blocked",
        &brakes::blocked(&person, Braked::Done { ended: 1_000 }),
    );
    let name = integration_name(0);
    shown.text("frozen", &brakes::frozen(&name, Braked::Done { ended: 0 }));
    shown.text("no such", &brakes::no_such_integration(&reason, Some(&name)));
}

fn show_windows(house: &House, shown: &mut Shown) {
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUDyQ6jRPJhwVpGi7FfBNMHzVwT8/9lJAKdFtHSB7Qe";
    let number = RequestNumber(i64::MAX);
    let id = RequestId::new("r".repeat(32));
    let keys: Vec<PersonKey> = (0..5)
        .map(|n| PastedKey::read(&format!("{line} {}", house.script.text(n, 60))).unwrap())
        .map(|key| key.kept())
        .collect();
    for known in [&keys[..0], &keys[..1], &keys[..]] {
        shown.view("a key is asked for", &connect_form::key_modal(number, &id, known));
    }
    let text = |length: usize| SecretString::from(house.script.text(5, length));
    let access = AccessDetails {
        fields: vec![
            ("Host", text(253)),
            ("Database", text(63)),
            ("Password", text(40)),
        ],
        command: text(8_000),
        others: house.script.text(5, 2_000),
        note: format!("They work until the access ends: {}", house.script.text(6, 1_000)),
        made: true,
        credential: None,
    };
    shown.view("credentials", &credentials::credentials_modal(number, &access));
    shown.view("credentials", &credentials::wait_modal(number));
}

/// As much as one request can be about.
pub(super) fn about(house: &House) -> RequestFacts {
    let request = request(house, State::Pending);
    RequestFacts {
        id: request.id.clone(),
        number: request.number,
        requester: house.facts(0),
        grantee: Some(house.facts(1)),
        integration: request.integration.clone(),
        kind: request.kind.clone(),
        resource_type: request.resource_type.clone(),
        resources: request.resources().into_iter().map(str::to_owned).collect(),
        permissions: request.permissions().into_iter().map(str::to_owned).collect(),
        duration_s: request.duration.as_secs(),
        flows: request.flows,
    }
}

fn request(house: &House, state: State) -> Request {
    let unit = |n: usize| Unit {
        resource_id: format!("{n}"),
        resource_name: house.script.text(n % house.sizes.resources, 63),
        permission: permission_name(n % house.sizes.permissions),
    };
    Request {
        id: RequestId::new("r".repeat(32)),
        number: RequestNumber(i64::MAX),
        submission: SubmissionId::new("form"),
        requester: house.people[0].id.clone(),
        grantee: house.people[1].id.clone(),
        integration: integration_name(0),
        kind: "postgres".to_owned(),
        resource_type: "Database".to_owned(),
        units: (0..MAX_UNITS).map(unit).collect(),
        flows: vec![house.script.text(0, 100)],
        policy_digest: "d".repeat(64),
        duration: Duration::from_secs(366 * 86_400 - 1),
        justification: TextId::new("words"),
        state,
        version: 1,
        created_at: START,
        changed_at: START,
        answer_due: START,
    }
}

fn view(house: &House, state: State) -> RequestView {
    let words = house.script.text(7, 2_000);
    let decision = |n: usize, verdict| DecisionView {
        by: house.facts(n),
        verdict,
        decided_as: Because::Group(group_name(0)),
        reason: Some(house.script.text(8, 1_000)),
        counts: n == 1,
    };
    let extensions = EXTENSION_STATES
        .into_iter()
        .zip(1_i64..)
        .map(|(state, position)| ExtensionView {
            extension: Extension {
                request: RequestId::new("r".repeat(32)),
                position,
                asked_by: house.people[0].id.clone(),
                asked_at: START,
                added: Duration::from_secs(366 * 86_400 - 1),
                words: None,
                state,
                decided_by: Some((house.people[1].id.clone(), Because::Group(group_name(0)))),
                reason: None,
                decided_at: Some(START),
                until: Some(START),
            },
            asked_by: house.facts(0),
            words: Some(words.clone()),
            decided_by: Some(house.facts(1)),
            reason: Some(house.script.text(9, 1_000)),
        });
    RequestView {
        request: request(house, state),
        about: about(house),
        justification: Some(words.clone()),
        decisions: vec![
            decision(0, DecisionVerdict::Approve),
            decision(1, DecisionVerdict::Reject),
        ],
        grant: Some(grant(house)),
        usage: Some(usage()),
        not_yet: Some(words.clone()),
        not_reached: NotReached {
            people: house.people.iter().map(|person| person.name.clone()).collect(),
            nobody_else: true,
        },
        held_up: Some(HeldUp::Frozen),
        extensions: extensions.collect(),
        at_first: Duration::from_secs(1),
        more: Ok(Extensions {
            times: 100,
            each: Duration::from_secs(1),
            ask_again: true,
        }),
        guarantees: Some(GUARANTEES),
        means: (0..MAX_UNITS)
            .map(|n| format!("group role {}", permission_name(n)))
            .collect(),
        sensitive: (0..house.sizes.permissions).map(permission_name).collect(),
        link_hosts: Arc::default(),
    }
}

/// Used as much as can be.
fn usage() -> Usage {
    let names = Few {
        kept: vec!["x".repeat(64); 5],
        more: true,
    };
    let found = Sessions {
        count: u32::MAX,
        addresses: names.clone(),
        applications: names,
    };
    let mut looks = Looks::at(START, &found);
    looks.count = u32::MAX;
    Usage {
        tells: Tells::Sessions,
        shown: u32::MAX,
        shown_at: Some(START),
        looks: Some(looks),
    }
}

/// What a person may be told besides a request.
fn beside(house: &House) -> Beside {
    Beside {
        as_of: START,
        live: vec![(request(house, State::Granted), START); 100],
        before: vec![request(house, State::Failed(FailCause::TargetRefused)); 3],
    }
}

fn granted(house: &House) -> Granted {
    Granted {
        integration: integration_name(0),
        kind: "postgres".to_owned(),
        principal: house.script.text(1, 63),
        target: serde_json::Value::Null,
        credentials_until: Some(START),
    }
}

fn grant(house: &House) -> Grant {
    Grant {
        request: RequestId::new("r".repeat(32)),
        granted: granted(house),
        until: START,
        tries: 1,
        first_tried_at: START,
        confirmed_at: Some(START),
        target_deadline: Some(START),
        ended_at: Some(Timestamp::from_seconds(1_800_100_000)),
        sessions_ended: Some(u32::MAX),
        proof: Some(house.script.text(2, 1_000)),
        cleaned_at: None,
    }
}

fn job(house: &House) -> Job {
    Job {
        id: "job".to_owned(),
        kind: JobKind::Revoke,
        key: "r".repeat(32),
        fence: 1,
        attempt: u32::MAX,
        run_at: START,
        last_error: Some(house.script.text(4, 4_000)),
        integration: Some(integration_name(0)),
        request: None,
        begun: Vec::new(),
    }
}

fn message(view: &RequestView, surface: Surface) -> Message {
    Message {
        id: "m".repeat(32),
        request: view.request.id.clone(),
        person: view.request.requester.clone(),
        surface,
        extension: 2,
        generation: 1,
        channel: None,
        ts: None,
        shown_version: None,
        state: MessageState::Wanted,
        first_attempt_at: None,
        retry: None,
    }
}
