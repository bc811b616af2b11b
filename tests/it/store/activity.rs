//! The one list of requests: each filter and each pair of filters, page by page, against a plain model, on both databases.

use std::time::Duration;

use apono::access::filter::{DecidedBy, Filter, Span, Status};
use apono::access::ids::{PersonId, RequestId, RequestNumber, SubmissionId, TextId};
use apono::access::reader::Reader;
use apono::access::request::{RejectCause, Request, RevokeCause, State, Unit};
use apono::access::time::Timestamp;
use apono::access::usage::{Looks, Sessions, Tells, Used};
use apono::audit::words::Words;
use apono::store::{Decision, DecisionVerdict, Found, GivenAnswer, Page, Stamps, Store, Tx};

use super::fixtures::{decision, grant, later, person};
use crate::support::databases::{START, TestDatabase, on_both};

const COUNT: i64 = 44;

/// A stored request, as lists should have it, and its words.
struct Made {
    found: Found,
    words: Vec<String>,
}

const WHY: [&str; 4] = [
    "Deploy of INC-4711",
    "débogage nocturne",
    "請求書の修正",
    "rotate keys",
];

/// Dana, Gus, Omar and Priya.
async fn people(store: &Store) -> Vec<PersonId> {
    let mut people = Vec::new();
    for user in ["U0DANA", "U0GUS", "U0OMAR", "U0PRIYA"] {
        people.push(person(store, user).await);
    }
    people
}

/// Requests of every fate, by and for several people, one every ten minutes.
async fn made(store: &Store) -> Vec<Made> {
    let people = people(store).await;
    let mut all = Vec::new();
    for number in 1..=COUNT {
        all.push(make(store, &people, number).await);
    }
    all
}

async fn make(store: &Store, people: &[PersonId], number: i64) -> Made {
    let pick = usize::try_from(number).unwrap();
    let created = START.plus(Duration::from_mins(10 * number.unsigned_abs()));
    let fate = if number % 11 == 0 { 8 } else { number % 8 };
    let integration = ["orders-db", "bastion"][pick % 2];
    let (requester, mut flows) = (
        &people[pick % 3 % 2],
        vec![format!("Developers on {integration}")],
    );
    if number % 5 == 0 {
        flows.push("Night shift".to_owned());
    }
    let unit = |resource: usize, permission: &str| Unit {
        resource_id: format!("id-{resource}"),
        resource_name: ["orders", "invoices", "hosts"][resource].to_owned(),
        permission: permission.to_owned(),
    };
    let mut units = vec![unit(pick % 3, ["read", "write"][pick / 2 % 2])];
    if number % 4 == 0 {
        units = vec![unit(0, "read"), unit(1, "write")];
    }
    let words = Words::new(
        TextId::new(format!("w{number}")),
        [7; 16],
        WHY[pick % 4].to_owned(),
    );
    let mut tx = store.write().await.unwrap();
    let submission = SubmissionId::new(format!("s{number}"));
    assert!(
        tx.claim_submission(&submission, requester, created)
            .await
            .unwrap()
    );
    tx.insert_words(&words).await.unwrap();
    let mut request = Request {
        id: RequestId::new(format!("r{number}")),
        number: tx.next_number().await.unwrap(),
        submission,
        requester: requester.clone(),
        grantee: if number % 3 == 0 {
            people[1].clone()
        } else {
            requester.clone()
        },
        integration: integration.to_owned(),
        kind: "postgres".to_owned(),
        resource_type: "Database".to_owned(),
        units,
        flows,
        policy_digest: "digest".to_owned(),
        duration: Duration::from_hours(2),
        justification: words.id,
        state: if fate == 7 {
            State::Approved
        } else {
            State::Pending
        },
        version: 1,
        created_at: created,
        changed_at: created,
        answer_due: created,
    };
    tx.insert_request(&request).await.unwrap();
    tx.seal(vec![]).await.unwrap();
    assert_eq!(request.number, RequestNumber(number));

    let after = |minutes: i64| created.plus(Duration::from_mins(minutes.unsigned_abs()));
    let (decided, granted, ended) = (after(1), after(2), after(5 + number % 5 * 60));
    let by_person = [1, 2, 3, 4, 5]
        .contains(&fate)
        .then(|| people[2 + pick % 2].clone());
    let path: Vec<(State, Timestamp)> = match fate {
        0 => vec![],
        1 => vec![(State::Approved, decided)],
        2 => vec![(State::Approved, decided), (State::Granted, granted)],
        3 => vec![
            (State::Approved, decided),
            (State::Granted, granted),
            (State::Granted, after(3)),
            (State::Revoking(RevokeCause::TimeOver), ended),
            (State::Expired, ended),
        ],
        4 => vec![
            (State::Approved, decided),
            (State::Granted, granted),
            (State::Revoking(RevokeCause::ByAdmin), ended),
            (State::Revoked(RevokeCause::ByAdmin), ended),
        ],
        5 => vec![(State::Rejected(RejectCause::ByApprover), decided)],
        6 => vec![(State::Rejected(RejectCause::Lapsed), decided)],
        7 => vec![
            (State::Granted, granted),
            (State::Revoking(RevokeCause::GivenBack), ended),
            (State::Revoked(RevokeCause::GivenBack), ended),
        ],
        _ => vec![(State::Cancelled, decided)],
    };
    let mut made = Found {
        request: request.clone(),
        became: Stamps {
            decided_at: (fate == 7).then_some(created),
            decided_by: (fate == 7).then_some(DecidedBy::Automatic),
            ..Stamps::default()
        },
        until: None,
        used: None,
        last_used: None,
        account: None,
        answers: Vec::new(),
    };
    for (state, at) in path {
        let was = request.version;
        request = Request {
            state,
            version: was + 1,
            changed_at: at,
            ..request
        };
        let mut tx = store.write().await.unwrap();
        let mut access = grant(&request);
        match state {
            State::Granted => access.confirmed_at = Some(granted),
            State::Expired | State::Revoked(_) => {
                (access.confirmed_at, access.ended_at) = (Some(granted), Some(ended));
            }
            _ => {}
        }
        if access.confirmed_at.is_some() {
            tx.put_grant(&access).await.unwrap();
            made.until = Some(access.until);
            made.account = Some(access.granted.principal.clone());
        }
        tx.update_request(&request, was).await.unwrap();
        if state == State::Granted && made.used.is_none() {
            (made.used, made.last_used) = use_it(&mut tx, &request.id, number, at).await;
        }
        if let Some(approver) = by_person.as_ref().filter(|_| was == 1) {
            let verdict = if fate == 5 {
                DecisionVerdict::Reject
            } else {
                DecisionVerdict::Approve
            };
            let decided = Decision {
                verdict,
                decided_at: at,
                ..decision(&request, &format!("d{number}"), approver)
            };
            tx.insert_decision(&decided).await.unwrap();
            made.answers.push(GivenAnswer {
                by: decided.person,
                verdict,
                decided_as: decided.decided_as,
                reason: decided.reason,
            });
        }
        tx.seal(vec![]).await.unwrap();
    }
    if fate != 0 && fate != 7 {
        made.became.decided_at = Some(decided);
        made.became.decided_by = Some(match fate {
            6 => DecidedBy::Lapsed,
            8 => DecidedBy::Cancelled,
            _ => DecidedBy::Person,
        });
    }
    if [2, 3, 4, 7].contains(&fate) {
        made.became.granted_at = Some(granted);
        made.became.ended_at = (fate != 2).then_some(ended);
    }
    made.request = request.clone();
    let mut words: Vec<String> = vec![WHY[pick % 4].to_lowercase().replace("débogage", "debogage")];
    words.extend(request.resources().iter().map(ToString::to_string));
    words.push(request.integration.clone());
    Made { found: made, words }
}

/// Each way to be used in turn, or nothing that tells.
async fn use_it(
    tx: &mut Tx,
    request: &RequestId,
    number: i64,
    at: Timestamp,
) -> (Option<Used>, Option<Timestamp>) {
    let way = number / 8 % 5;
    let tells = match way {
        0 => return (None, None),
        1 => Tells::Credentials,
        _ => Tells::Sessions,
    };
    tx.begin_usage(request, tells).await.unwrap();
    if way == 2 {
        return (Some(Used::Never), None);
    }
    tx.note_shown(request, at).await.unwrap();
    let found = Sessions {
        count: u32::from(way == 4),
        ..Sessions::default()
    };
    match way {
        1 => (Some(Used::GivenOut), None),
        3 => {
            tx.add_looks(request, &Looks::at(at, &found)).await.unwrap();
            (Some(Used::NotSeen), None)
        }
        _ => {
            tx.add_looks(request, &Looks::at(at, &found)).await.unwrap();
            (Some(Used::Seen), Some(at))
        }
    }
}

/// Whether the filter lets it through, in the plainest words.
fn lets(filter: &Filter, made: &Made) -> bool {
    let Found { request, .. } = &made.found;
    let is = |wanted: &Option<String>, has: &str| wanted.as_ref().is_none_or(|wanted| wanted == has);
    let by = |wanted: &Option<PersonId>, has: &[&PersonId]| {
        wanted.as_ref().is_none_or(|wanted| has.contains(&wanted))
    };
    let within = |span: Span, time: Option<Timestamp>| {
        span.is_open()
            || time.is_some_and(|time| {
                span.from.is_none_or(|from| time >= from) && span.to.is_none_or(|to| time < to)
            })
    };
    let status = |status: &Status| match status {
        Status::Lapsed => request.state == State::Rejected(RejectCause::Lapsed),
        status => request.state.stored().0 == status.name(),
    };
    let live = filter.live.is_open()
        || made
            .found
            .became
            .granted_at
            .is_some_and(|granted| filter.live.to.is_none_or(|to| granted < to))
            && made
                .found
                .became
                .ended_at
                .is_none_or(|ended| filter.live.from.is_none_or(|from| ended > from));
    let approvers: Vec<&PersonId> = made.found.answers.iter().map(|answer| &answer.by).collect();
    let starts = |word: &str| {
        let all = made.words.iter().flat_map(|words| words.split([' ', '-']));
        all.flat_map(|word| {
            word.char_indices()
                .map(|(at, _)| &word[at..])
                .take(if word.is_ascii() { 1 } else { 9 })
        })
        .any(|own| own.starts_with(word))
    };
    by(&filter.person, &[&request.requester, &request.grantee])
        && by(&filter.requester, &[&request.requester])
        && by(&filter.grantee, &[&request.grantee])
        && by(&filter.approver, &approvers)
        && is(&filter.integration, &request.integration)
        && (filter.flow.is_none() || request.flows.iter().any(|flow| is(&filter.flow, flow)))
        && request
            .units
            .iter()
            .any(|unit| is(&filter.resource, &unit.resource_name) && is(&filter.permission, &unit.permission))
        && (filter.status.is_empty() || filter.status.iter().any(status))
        && filter
            .decided_by
            .is_none_or(|how| made.found.became.decided_by == Some(how))
        && within(filter.created(), Some(request.created_at))
        && within(filter.decided, made.found.became.decided_at)
        && within(filter.granted, made.found.became.granted_at)
        && within(filter.ended, made.found.became.ended_at)
        && live
        && filter.used.is_none_or(|used| made.found.used == Some(used))
        && filter
            .text
            .as_ref()
            .is_none_or(|text| text.split(' ').all(starts))
}

fn filters(people: &[PersonId]) -> Vec<Filter> {
    let text = |text: &str| Some(text.to_owned());
    let span = |from: u64, to: u64| Span {
        from: Some(later(from * 60)),
        to: Some(later(to * 60)),
    };
    let from = |minutes: u64| Span {
        from: Some(later(minutes * 60)),
        to: None,
    };
    let with = |change: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    vec![
        with(&|filter| filter.person = Some(people[1].clone())),
        with(&|filter| filter.requester = Some(people[0].clone())),
        with(&|filter| filter.grantee = Some(people[1].clone())),
        with(&|filter| filter.approver = Some(people[3].clone())),
        with(&|filter| filter.integration = text("bastion")),
        with(&|filter| filter.resource = text("invoices")),
        with(&|filter| filter.permission = text("read")),
        with(&|filter| filter.flow = text("Night shift")),
        with(&|filter| filter.flow = text("Developers on orders-db")),
        with(&|filter| filter.status = vec![Status::Lapsed]),
        with(&|filter| filter.status = vec![Status::Expired, Status::Granted, Status::Rejected]),
        with(&|filter| filter.decided_by = Some(DecidedBy::Automatic)),
        with(&|filter| filter.decided_by = Some(DecidedBy::Person)),
        with(&|filter| (filter.from, filter.to) = (span(100, 301).from, span(100, 301).to)),
        with(&|filter| filter.decided = span(100, 251)),
        with(&|filter| filter.granted = from(200)),
        with(&|filter| filter.ended = span(120, 400)),
        with(&|filter| filter.live = Span::at(later(200 * 60))),
        with(&|filter| filter.live = span(300, 310)),
        with(&|filter| filter.live = from(600)),
        with(&|filter| {
            filter.live = Span {
                from: None,
                ..span(0, 150)
            }
        }),
        with(&|filter| filter.used = Some(Used::NotSeen)),
        with(&|filter| filter.used = Some(Used::Seen)),
        with(&|filter| filter.text = text("deb")),
        with(&|filter| filter.text = text("inc 47 ord")),
        with(&|filter| filter.text = text("修正")),
        with(&|filter| filter.text = text("nowhere")),
    ]
}

fn both(one: &Filter, other: &Filter) -> Filter {
    let mut both = serde_json::to_value(one).unwrap();
    let other = serde_json::to_value(other).unwrap();
    both.as_object_mut()
        .unwrap()
        .extend(other.as_object().unwrap().clone());
    serde_json::from_value(both).unwrap()
}

/// All pages of three, from the first to the last.
async fn forward(store: &Store, reader: &Reader, filter: &Filter) -> Vec<Found> {
    let (mut all, mut page) = (Vec::new(), Page::First);
    loop {
        let read = store.requests_like(reader, filter, page, 3).await.unwrap();
        assert_eq!(read.newer, page != Page::First);
        all.extend(read.items.clone());
        match read.items.last() {
            Some(last) if read.older => page = Page::Before(last.request.number.0),
            Some(_) | None => return all,
        }
    }
}

async fn compare(store: &Store, reader: &Reader, filter: &Filter, made: &[Made]) {
    let may_read = |made: &&Made| reader.may_read(&made.found.request) && lets(filter, made);
    let expected: Vec<&Found> = made
        .iter()
        .rev()
        .filter(may_read)
        .map(|made| &made.found)
        .collect();
    let found = forward(store, reader, filter).await;
    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    let count = expected.len() as u64;
    assert_eq!(
        store.requests_at_most(reader, filter, 50).await.unwrap(),
        Some(count)
    );
    if count > 1 {
        assert_eq!(
            store.requests_at_most(reader, filter, count - 1).await.unwrap(),
            None
        );
        // Back again, from the oldest.
        let oldest = Page::After(expected[expected.len() - 1].request.number.0);
        let back = store.requests_like(reader, filter, oldest, 3).await.unwrap();
        let before = &expected[expected.len().saturating_sub(4)..expected.len() - 1];
        assert_eq!(back.items.iter().collect::<Vec<_>>(), before, "{filter:?}");
        assert!(back.older && back.newer == (expected.len() > 4));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_and_each_pair_finds_what_a_plain_reading_of_it_finds() {
    on_both(async |db| {
        let made = made(&db.store).await;
        let people = people(&db.store).await;
        let filters = filters(&people);
        let found: Vec<usize> = filters
            .iter()
            .map(|filter| made.iter().filter(|made| lets(filter, made)).count())
            .collect();
        assert!(found[..26].iter().all(|count| *count > 0), "{found:?}");
        compare(&db.store, &Reader::operator(), &Filter::default(), &made).await;
        for (place, one) in filters.iter().enumerate() {
            for other in &filters[place..] {
                compare(&db.store, &Reader::operator(), &both(one, other), &made).await;
            }
            compare(&db.store, &Reader::own(people[1].clone()), one, &made).await;
        }
    })
    .await;
}

/// As an earlier version leaves them, before an upgrade or while it still runs next to this one.
async fn forget_the_index(db: &TestDatabase) {
    for sql in [
        "UPDATE request SET decided_at = NULL, decided_by = NULL, granted_at = NULL, ended_at = NULL, indexed_version = NULL",
        "DELETE FROM request_term",
    ] {
        db.execute(sql).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_an_earlier_version_are_found_after_a_start() {
    on_both(async |db| {
        let made = made(&db.store).await;
        let people = people(&db.store).await;
        forget_the_index(db).await;
        db.store.migrate(START).await.unwrap();
        for filter in filters(&people) {
            compare(&db.store, &Reader::operator(), &filter, &made).await;
        }
        // One that an earlier version changed meanwhile.
        db.execute("UPDATE request SET version = version + 1, state = 'failed', reason_kind = 'frozen' WHERE number = 1")
            .await
            .unwrap();
        db.store.migrate(START).await.unwrap();
        assert_eq!(db.number("SELECT COUNT(*) FROM request WHERE indexed_version <> version").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blanked_text_is_found_no_more() {
    on_both(async |db| {
        made(&db.store).await;
        let find = async |text: &str| {
            let filter = Filter {
                text: Some(text.to_owned()),
                ..Filter::default()
            };
            let found = db
                .store
                .requests_like(&Reader::operator(), &filter, Page::First, 50)
                .await
                .unwrap();
            found.items.iter().any(|found| found.request.number.0 == 4)
        };
        assert!(find("deploy").await && find("4711").await && find("invoices").await);
        db.execute("UPDATE words SET body = NULL WHERE id = 'w4'")
            .await
            .unwrap();
        assert!(
            !find("deploy").await && !find("4711").await,
            "the words left the index"
        );
        assert!(find("invoices").await, "the names did not");
        let left = "SELECT COUNT(*) FROM request_term WHERE number = 4 AND term LIKE '%deploy%'";
        assert_eq!(db.number(left).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_two_accounts_is_found_as_one() {
    on_both(async |db| {
        let made = made(&db.store).await;
        let people = people(&db.store).await;
        let mut tx = db.store.write().await.unwrap();
        tx.join_people(&people[2], &people[3]).await.unwrap();
        tx.join_people(&people[0], &people[1]).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        let count = async |change: &dyn Fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            db.store
                .requests_at_most(&Reader::operator(), &filter, 100)
                .await
                .unwrap()
        };
        let decided = made.iter().filter(|made| !made.found.answers.is_empty()).count() as u64;
        assert_eq!(
            count(&|filter| filter.approver = Some(people[2].clone())).await,
            Some(decided)
        );
        assert_eq!(
            count(&|filter| filter.approver = Some(people[3].clone())).await,
            Some(0)
        );
        assert_eq!(
            count(&|filter| filter.person = Some(people[0].clone())).await,
            Some(made.len() as u64)
        );
    })
    .await;
}
