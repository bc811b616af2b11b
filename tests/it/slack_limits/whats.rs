//! One event of each kind, at its largest.

use std::time::Duration;

use apono::access::anomaly::Kind;
use apono::access::forbidden::{Forbidden, Tried};
use apono::access::ids::{RequestNumber, SubmissionId, TextId};
use apono::access::people::{Because, Standing};
use apono::access::policy::Refusal;
use apono::access::reconcile::{Difference, Drift, Tie};
use apono::access::target::{TargetFailure, Trouble};
use apono::audit::anomaly::Anomaly;
use apono::audit::cause::{Cause, KeyTrouble, NotGranted, Waited};
use apono::audit::day::{Day, Now, ReaderOfDay, Since, TrailState};
use apono::audit::ended::{Sampled, UsedFacts};
use apono::audit::event::{Asked, Down, Ended, PersonFacts, What, Whole};
use apono::audit::exported::{Exported, Format, Rows};
use apono::audit::on_target::{OnTarget, SessionsKept};
use apono::audit::overdue::Overdue;
use apono::audit::portal::{Portal, WhyOut};
use apono::audit::read::{About, Page, Read};
use apono::audit::report::{NoFile, ReportFacts, Reporting, WhyHalted};
use apono::audit::restored::{Elsewhere, Restored, SlackApp};
use apono::audit::review::Reviewing;
use apono::audit::sink::ToSink;
use apono::audit::verify::Misfit;
use apono::audit::words::{Words, WordsRef};
use apono::usecases::export::Column;

use super::MOST;
use super::config::{House, group_name, integration_name, permission_name};
use crate::support::databases::START;

/// One of each kind.
pub(super) fn whats(house: &House) -> Vec<What> {
    let mut all = of_requests_and_people(house);
    all.extend(on_target(house).into_iter().map(What::OnTarget));
    all.extend(restored(house).into_iter().map(What::Restored));
    all.extend(portal(house).into_iter().map(What::Portal));
    all.extend(reads(house).into_iter().map(What::Read));
    all.extend(Kind::ALL.map(|kind| What::Anomaly(anomaly(house, kind))));
    all
}

/// One of each kind but those about targets and restored databases, at its largest.
fn of_requests_and_people(house: &House) -> Vec<What> {
    let text = |length: usize| house.script.text(7, length);
    let failure = |length| failure(house, length);
    let many: Vec<String> = (0..MOST).map(|n| house.script.text(n, 200)).collect();
    let reason = || words_ref(text(1_000));
    let report = || ReportFacts {
        name: text(80),
        shared: true,
        filter: text(2_000),
        format: Format::Html,
        columns: Column::ALL.map(|column| column.name().to_owned()).into(),
        schedule: Some(text(60)),
        to: Some(text(21)),
        paused: true,
    };
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
        open_sessions_go_on: true,
        used: Some(UsedFacts {
            shown: u32::MAX,
            last_shown_at: Some(START),
            sampled: Some(Sampled {
                looks: u32::MAX,
                first_look_at: START,
                last_look_at: START,
                most_at_once: u32::MAX,
                first_seen_at: Some(START),
                last_seen_at: Some(START.plus(Duration::from_secs(1))),
            }),
            shows_sessions: true,
        }),
    };
    let integration = integration_name(0);
    let people: Vec<PersonFacts> = (0..house.sizes.people).map(|n| house.facts(n)).collect();
    let refusal = Forbidden::Policy(Refusal::Frozen {
        integration: text(1_000),
    });
    vec![
        What::Requested {
            policy_digest: "d".repeat(64),
            asked: asked.clone(),
            answer_due: START,
            justification: reason(),
            sensitive: (0..house.sizes.permissions).map(permission_name).collect(),
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
            reason: Some(reason()),
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
            decided_as: Some(because.clone()),
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
            strays: 1_000,
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
        What::Exported(Exported {
            rows: Rows::Requests,
            format: Format::Jsonl,
            since: Some(START),
            until: Some(START),
            report: Some(text(80)),
            filter: text(2_000),
        }),
        What::ToSink(ToSink::SetAside {
            sink: text(63),
            seq: u64::MAX,
            said: text(1_000),
        }),
        What::ToSink(ToSink::Replayed {
            sink: text(63),
            from: u64::MAX,
        }),
        What::ToSink(ToSink::Tested { sink: text(63) }),
        What::Reporting(Reporting::Saved { report: report() }),
        What::Reporting(Reporting::Changed {
            was: report(),
            now: ReportFacts {
                name: text(80),
                ..report()
            },
        }),
        What::Reporting(Reporting::Deleted { report: report() }),
        What::Reporting(Reporting::Ran {
            report: text(80),
            format: Format::Html,
            rows: u64::MAX,
            bytes: u64::MAX,
            digest: "0".repeat(64),
            due: Some(START),
            to: Some(text(254)),
            no_file: Some(NoFile::TooLarge),
        }),
        What::Reporting(Reporting::Halted {
            report: text(80),
            why: WhyHalted::Unreadable,
        }),
        What::Reporting(Reporting::NotDelivered {
            report: text(80),
            to: text(254),
            due: START,
            why: text(1_000),
        }),
        What::Reviewing(Reviewing::Started {
            review: "RV-4294967295".to_owned(),
            name: text(80),
            filter: text(2_000),
            lines: 2_000,
            reviewers: (0..house.sizes.people.min(20)).map(|n| house.facts(n)).collect(),
            due: START,
            revokes: true,
        }),
        What::Reviewing(Reviewing::Kept {
            review: "RV-4294967295".to_owned(),
            line: 2_000,
            note: Some(reason()),
        }),
        What::Reviewing(Reviewing::Ended {
            review: "RV-4294967295".to_owned(),
            name: text(80),
            kept: 2_000,
            revoked: 2_000,
            ended_before: 2_000,
            not_reviewed: 2_000,
            revoked_undecided: 2_000,
            digest: "0".repeat(64),
        }),
        What::Genesis,
        What::Cancelled {
            was: Waited::Approved,
            reason: Some(reason()),
        },
        What::Started {
            version: text(100),
            policy_digest: "d".repeat(64),
            down: Some(Down::LastSeen(START)),
        },
        What::Stopped,
        What::PolicyChangedFurther {
            part: u32::MAX,
            of: u32::MAX,
            changes: many.clone(),
        },
        What::AuthorityRecorded {
            integration: integration.clone(),
            fingerprint: text(80),
            made: true,
        },
        What::ExtensionConfirmed {
            until: START,
            deadline_on_target: true,
        },
        What::ExtensionRejected {
            decided_as: because,
            waited_us: 1,
            reason: Some(reason()),
        },
        What::ExtensionLapsed { waited_us: 1 },
        What::Unblocked {
            person: house.facts(0),
        },
        What::Thawed {
            integration: integration.clone(),
        },
        What::Day(day(house)),
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
    ]
}

fn anomaly(house: &House, kind: Kind) -> Anomaly {
    let number = RequestNumber(i64::MAX);
    Anomaly {
        kind,
        person: house.facts(0),
        request: number,
        integration: integration_name(0),
        count: u64::MAX,
        others: vec![number; 10],
        resource: Some(house.script.text(7, 200)),
        rests_on: vec![u64::MAX; 11],
    }
}

fn on_target(house: &House) -> Vec<OnTarget> {
    let text = |length: usize| house.script.text(7, length);
    let failure = |length| failure(house, length);
    let integration = integration_name(0);
    let ties: Vec<Tie> = (0..MOST).map(|n| Tie::Group(house.script.text(n, 200))).collect();
    vec![
        OnTarget::Drift {
            principal: text(63),
            found: ties.iter().cloned().map(Difference::Missing).collect(),
            more: u64::MAX >> 12,
            then: Drift::Enforce,
        },
        OnTarget::Ungranted {
            principal: text(63),
            found: ties.clone(),
            more: u64::MAX >> 12,
            accounts: (0..30).map(|n| house.script.text(n, 63)).collect(),
        },
        OnTarget::Adopted {
            integration: integration.clone(),
            principal: text(63),
            number: RequestNumber(i64::MAX),
            until: START,
            gives: ties,
        },
        OnTarget::LeftOver {
            integration,
            principal: text(63),
            since: START,
            tries: 1,
            target: failure(4_000),
        },
        OnTarget::SetRight {
            principal: text(63),
            until: START,
        },
        OnTarget::TakenOff { principal: text(63) },
        OnTarget::SessionsOrdered { account: text(63) },
        OnTarget::SessionsEnded {
            account: text(63),
            sessions: u32::MAX,
            by: house.facts(1),
        },
        OnTarget::SessionsKept {
            account: text(63),
            by: house.facts(1),
            why: SessionsKept::Target(failure(2_000)),
        },
        OnTarget::Ended {
            integration: integration_name(0),
            principal: text(63),
            number: RequestNumber(i64::MAX),
            is_known: true,
            sessions_ended: u32::MAX,
            proof: text(2_000),
        },
        OnTarget::Cleaned {
            integration: integration_name(0),
            principal: text(63),
            summary: text(3_000),
        },
    ]
}

fn restored(house: &House) -> Vec<Restored> {
    let app = |n| SlackApp {
        bot: house.script.text(n, 20),
        team: house.script.text(n, 20),
    };
    let reason = || words_ref(house.script.text(7, 1_000));
    vec![
        Restored::Found {
            channel_seq: 1,
            channel_head: "h".repeat(64),
            here: 1,
        },
        Restored::Accepted {
            channel_seq: 1,
            next_request: RequestNumber(i64::MAX),
            reason: reason(),
        },
        Restored::Moved {
            why: Elsewhere::App {
                was: app(1),
                is: app(2),
            },
            reason: reason(),
        },
    ]
}

fn day(house: &House) -> Day {
    let since = Since {
        request: RequestNumber(i64::MAX),
        since: START,
    };
    let many = u64::MAX >> 12;
    Day {
        from: START,
        until: START,
        first_seq: many,
        last_seq: many,
        head: "h".repeat(64),
        requested: many,
        granted: many,
        rejected: many,
        lapsed: many,
        closed: many,
        expired: many,
        revoked: many,
        failed: many,
        refused: many,
        readers: (0..house.sizes.people.min(8)).map(|n| reader(house, n)).collect(),
        more_readers: many,
        now: Now {
            live: many,
            overdue: many,
            longest_live: Some(since.clone()),
            oldest_pending: Some(since),
        },
        trail: TrailState::DoesNotFit(Misfit::Unreadable {
            seq: many,
            said: house.script.text(7, 2_000),
        }),
    }
}

fn reader(house: &House, nth: usize) -> ReaderOfDay {
    ReaderOfDay {
        person: house.facts(nth),
        pages: Page::ALL.map(|page| (page, u64::MAX >> 12)).into(),
    }
}

fn reads(house: &House) -> Vec<Read> {
    let integration = || integration_name(0);
    let about = [
        None,
        Some(About::Request(RequestNumber(i64::MAX))),
        Some(About::Person(house.facts(1))),
        Some(About::Integration(integration())),
        Some(About::Resource {
            integration: integration(),
            name: house.script.text(7, 1_000),
        }),
    ];
    let each = about.into_iter().flat_map(|about| {
        Page::ALL.map(|page| Read {
            page,
            about: about.clone(),
            hour: START,
        })
    });
    each.collect()
}

fn failure(house: &House, length: usize) -> TargetFailure {
    TargetFailure {
        trouble: Trouble::Odd,
        said: house.script.text(7, length),
    }
}

fn words_ref(body: String) -> WordsRef {
    let words = Words::new(TextId::new("words"), [7; 16], body);
    words.reference().unwrap()
}

fn portal(house: &House) -> Vec<Portal> {
    let mut all = vec![Portal::SignedIn {
        session: "s".repeat(32),
        browser: "an unknown browser on an unknown system".to_owned(),
        address: "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff".to_owned(),
        until: START,
        issuer: Some(format!("https://{}", "i".repeat(120))),
    }];
    all.push(Portal::IdentityBound {
        person: house.facts(1),
        issuer: format!("https://{}", "i".repeat(120)),
        subject: "s".repeat(255),
        email: format!("{}@example.com", "e".repeat(200)),
        instead_of: Some("b".repeat(255)),
    });
    all.extend(
        [
            WhyOut::ByThemselves,
            WhyOut::Blocked,
            WhyOut::Left,
            WhyOut::TooMany,
            WhyOut::Replaced,
            WhyOut::NoRole,
            WhyOut::HasAccount,
        ]
        .map(|why| Portal::SignedOut {
            person: house.facts(1),
            sessions: u64::MAX >> 12,
            why,
        }),
    );
    all
}
