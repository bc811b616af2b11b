//! Rules of the policy function, as tables and as properties.

use proptest::prelude::*;

use super::*;
use crate::access::accounts::Accounts;
use crate::access::explain::standpoint;
use crate::access::flows::PersonRef;
use crate::access::pattern::Pattern;
use crate::access::people::{Limits, SlackAccount};
use crate::access::progress::progress;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const HOUR: Duration = Duration::from_hours(1);

fn person(handle: &str) -> Person {
    Person {
        id: PersonId::new(handle),
        account: SlackAccount {
            enterprise: None,
            team: Some("T".to_owned()),
            user: format!("U0{}", handle.to_uppercase()),
        },
        other_ids: Vec::new(),
        name: handle.to_owned(),
        email: Some(format!("{handle}@example.com")),
        standing: Standing::Member,
        fetched_at: NOW,
    }
}

fn email(handle: &str) -> PersonRef {
    PersonRef::Email(format!("{handle}@example.com"))
}

fn flow(name: &str, resources: &str, permissions: &[&str], approval: Approval) -> Flow {
    Flow {
        name: name.to_owned(),
        requesters: vec![Who::Group("developers".to_owned())],
        integration: "orders-db".to_owned(),
        resources: vec![Pattern::new(resources)],
        permissions: permissions.iter().map(|&name| name.to_owned()).collect(),
        extensions: None,
        max_duration: HOUR,
        durations: Vec::new(),
        approval,
        contact: Some("#dba".to_owned()),
    }
}

fn by_sre() -> Approval {
    Approval::OneOf(vec![Who::Group("sre".to_owned())])
}

fn policy(flows: Vec<Flow>) -> Policy {
    Policy {
        groups: [
            (
                "developers".to_owned(),
                vec![email("dana"), email("omar"), PersonRef::Slack("U0GUS".to_owned())],
            ),
            ("sre".to_owned(), vec![email("omar"), email("priya")]),
        ]
        .into(),
        flows,
        ..Policy::default()
    }
}

fn everybody() -> Facts {
    Facts::new(["dana", "omar", "priya", "eve"].map(person).to_vec())
}

fn unit(resource: &str, permission: &str) -> Unit {
    Unit {
        resource_id: resource.to_owned(),
        resource_name: resource.to_owned(),
        permission: permission.to_owned(),
    }
}

fn ask<'a>(requester: &'a PersonId, units: &'a [Unit]) -> Ask<'a> {
    Ask {
        requester,
        grantee: requester,
        integration: "orders-db",
        units,
        duration: Some(HOUR),
        moment: Moment::Click,
    }
}

fn who_decides(verdict: &Verdict<'_>) -> Vec<String> {
    let waits_for = progress(verdict, &[]).candidates().iter();
    waits_for.map(|candidate| candidate.person.to_string()).collect()
}

#[test]
fn who_is_the_requester_by_the_config_decides_nothing_though_nobody_joined_the_accounts_yet() {
    let policy = Policy {
        people: vec![vec![email("dana"), PersonRef::Slack("U0PRIYA".to_owned())]],
        ..policy(vec![flow("read", "orders", &["read"], by_sre())])
    };
    let dana = PersonId::new("dana");
    let units = [unit("orders", "read")];
    let facts = everybody();
    let verdict = decide(&policy, &facts, &ask(&dana, &units), NOW).unwrap();
    assert_eq!(who_decides(&verdict), ["omar"]);
}

#[test]
fn the_first_flow_in_file_order_decides() {
    let policy = policy(vec![
        flow("by hand", "orders", &["read"], by_sre()),
        flow("at once", "*", &[], Approval::Automatic),
    ]);
    let dana = PersonId::new("dana");
    let name = |units: &[Unit]| {
        decide(&policy, &everybody(), &ask(&dana, units), NOW)
            .unwrap()
            .flows[0]
            .name
            .clone()
    };
    assert_eq!(name(&[unit("orders", "read")]), "by hand");
    assert_eq!(name(&[unit("orders", "write")]), "at once");
}

/// Dana acts through an account that the config names only as another one of hers.
#[test]
fn another_account_of_somebody_counts_wherever_the_config_names_them() {
    let mut policy = policy(vec![flow("All", "*", &[], by_sre())]);
    let other = Person {
        email: None,
        ..person("dana2")
    };
    policy.people = vec![vec![email("dana"), PersonRef::Slack("U0DANA2".to_owned())]];
    policy.accounts.insert(
        "orders-db".to_owned(),
        Accounts::new(vec![(email("dana"), "dana_ito".to_owned())]),
    );
    let standpoint = standpoint(&policy, &other);
    assert_eq!(standpoint.groups, ["developers"]);
    assert_eq!(standpoint.asks.len(), 1);
    let facts = Facts::new(vec![other.clone(), person("omar")]);
    let units = [unit("orders", "read")];
    let verdict = decide(&policy, &facts, &ask(&other.id, &units), NOW).unwrap();
    assert_eq!(verdict.account, Some("dana_ito"));
}

#[test]
fn the_requester_never_decides_and_somebody_else_must_be_there() {
    let policy = policy(vec![flow("by hand", "*", &[], by_sre())]);
    let omar = PersonId::new("omar");
    let units = [unit("orders", "read")];
    let facts = everybody();
    let verdict = decide(&policy, &facts, &ask(&omar, &units), NOW).unwrap();
    assert_eq!(who_decides(&verdict), ["priya"]);

    let mut priya = person("priya");
    priya.standing = Standing::Deactivated;
    let refusal = decide(&policy, &facts.with([priya]), &ask(&omar, &units), NOW).unwrap_err();
    assert!(matches!(
        refusal,
        Refusal::NobodyCanDecide {
            why: NobodyBecause::OnlyTheRequester,
            ..
        }
    ));
}

#[test]
fn units_under_several_flows_need_somebody_who_may_decide_them_all() {
    let only_priya = Approval::OneOf(vec![Who::Person(email("priya"))]);
    let policy = policy(vec![
        flow("orders", "orders", &[], by_sre()),
        flow("payroll", "payroll", &[], only_priya),
    ]);
    let dana = PersonId::new("dana");
    let verdict_units = [unit("orders", "read"), unit("payroll", "read")];
    let facts = everybody();
    let verdict = decide(&policy, &facts, &ask(&dana, &verdict_units), NOW).unwrap();
    assert_eq!(who_decides(&verdict), ["priya"]);
    assert_eq!(verdict.flows.len(), 2);
}

#[test]
fn nothing_fits_names_the_nearest_flow_and_its_contact() {
    let policy = policy(vec![
        flow("payroll", "payroll", &["read"], by_sre()),
        flow("orders", "orders*", &["read"], by_sre()),
    ]);
    let dana = PersonId::new("dana");
    let units = [unit("orders", "write")];
    let refusal = decide(&policy, &everybody(), &ask(&dana, &units), NOW).unwrap_err();
    let Refusal::NoFlow { nearest, .. } = refusal else {
        panic!("{refusal:?}")
    };
    assert_eq!(
        nearest,
        Some(NearestFlow {
            name: "orders".to_owned(),
            contact: Some("#dba".to_owned())
        })
    );
}

#[test]
fn a_flow_that_does_not_include_the_requester_is_not_named() {
    let mut closest = flow("orders", "orders*", &["read"], by_sre());
    closest.requesters = vec![Who::Person(email("omar"))];
    let dana = PersonId::new("dana");
    let units = [unit("orders", "read")];
    for (flows, named) in [
        (vec![closest.clone()], None),
        (
            vec![closest, flow("payroll", "payroll", &["write"], by_sre())],
            Some("payroll"),
        ),
    ] {
        let policy = policy(flows);
        let refusal = decide(&policy, &everybody(), &ask(&dana, &units), NOW).unwrap_err();
        let Refusal::NoFlow { nearest, .. } = refusal else {
            panic!("{refusal:?}")
        };
        assert_eq!(nearest.as_ref().map(|nearest| nearest.name.as_str()), named);
    }
}

#[test]
fn longer_than_the_flow_allows_is_refused_with_the_maximum() {
    let policy = policy(vec![flow("orders", "*", &[], by_sre())]);
    let dana = PersonId::new("dana");
    let units = [unit("orders", "read")];
    let mut ask = ask(&dana, &units);
    ask.duration = Some(HOUR + Duration::from_secs(1));
    let refusal = decide(&policy, &everybody(), &ask, NOW).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::TooLong {
            flow: "orders".to_owned(),
            max: HOUR
        }
    );
}

#[test]
fn a_click_wants_fresh_facts_and_a_form_does_not() {
    let policy = policy(vec![flow("orders", "*", &[], by_sre())]);
    let dana = PersonId::new("dana");
    let units = [unit("orders", "read")];
    let later = NOW.plus(Duration::from_secs(61));
    let mut ask = ask(&dana, &units);
    assert_eq!(
        decide(&policy, &everybody(), &ask, later),
        Err(Refusal::StaleFacts)
    );
    ask.moment = Moment::Form;
    assert!(decide(&policy, &everybody(), &ask, later).is_ok());
}

#[test]
fn people_without_standing_are_refused_and_a_guest_only_asks_by_slack_id() {
    let policy = policy(vec![flow("orders", "*", &[], by_sre())]);
    let units = [unit("orders", "read")];
    for standing in [Standing::Deactivated, Standing::Bot, Standing::Outsider] {
        let dana = Person {
            standing,
            ..person("dana")
        };
        let refusal = decide(
            &policy,
            &everybody().with([dana.clone()]),
            &ask(&dana.id, &units),
            NOW,
        )
        .unwrap_err();
        assert_eq!(refusal, Refusal::RequesterNotAllowed(standing));
    }
    let gus = Person {
        standing: Standing::Guest,
        email: None,
        ..person("gus")
    };
    assert!(
        decide(
            &policy,
            &everybody().with([gus.clone()]),
            &ask(&gus.id, &units),
            NOW
        )
        .is_ok()
    );
    let guest_approver = Person {
        standing: Standing::Guest,
        ..person("priya")
    };
    let dana = PersonId::new("dana");
    let facts = everybody().with([guest_approver]);
    assert_eq!(
        who_decides(&decide(&policy, &facts, &ask(&dana, &units), NOW).unwrap()),
        ["omar"]
    );
}

proptest! {
    #[test]
    fn whatever_the_flows_say_nobody_decides_their_own_request(
        approvers in prop::collection::vec(prop::sample::select(vec!["dana", "omar", "priya", "eve"]), 1..4),
        requester in prop::sample::select(vec!["dana", "omar"]),
    ) {
        let named = approvers.iter().map(|handle| Who::Person(email(handle))).collect();
        let policy = policy(vec![flow("any", "*", &[], Approval::OneOf(named))]);
        let id = PersonId::new(requester);
        let units = [unit("orders", "read")];
        match decide(&policy, &everybody(), &ask(&id, &units), NOW) {
            Ok(verdict) => {
                let decides = who_decides(&verdict);
                prop_assert!(!decides.is_empty());
                prop_assert!(!decides.contains(&requester.to_owned()));
            }
            Err(refusal) => {
                prop_assert!(approvers.iter().all(|handle| *handle == requester), "{refusal:?}");
            }
        }
    }
}

#[test]
fn a_freeze_refuses_new_requests_and_cards_still_name_who_decides() {
    let policy = policy(vec![flow("orders", "*", &[], by_sre())]);
    let dana = PersonId::new("dana");
    let units = [unit("orders", "read")];
    let frozen = Limits {
        frozen: ["orders-db".to_owned()].into(),
        ..Limits::default()
    };
    let facts = everybody().limited(frozen);
    let mut ask = ask(&dana, &units);
    for moment in [Moment::Form, Moment::Submit, Moment::Provision] {
        ask.moment = moment;
        let refused = decide(&policy, &facts, &ask, NOW);
        assert!(matches!(refused, Err(Refusal::Frozen { .. })), "{moment:?}");
    }
    for moment in [Moment::Card, Moment::Click] {
        ask.moment = moment;
        let verdict = decide(&policy, &facts, &ask, NOW).unwrap();
        assert!(who_decides(&verdict).contains(&"priya".to_owned()), "{moment:?}");
    }
}
