//! What is shown about an access review, at its largest.

use apono::access::review::AtDue;
use apono::access::usage::Used;
use apono::slack::views::review;
use apono::store::{Review, ReviewLine};
use apono::usecases::reviews::{Round, Told, Waiting};

use super::config::House;
use super::{Shown, requests};
use crate::support::databases::START;

pub(super) fn show(house: &House, shown: &mut Shown) {
    let found = Review {
        id: "RV-4294967295".to_owned(),
        number: 4_294_967_295,
        name: house.script.text(7, 80),
        filter: house.script.text(7, 2_000),
        due: START,
        at_due: AtDue::Nothing,
        starter_id: house.people[0].id.clone(),
        starter: house.facts(0),
        reviewer_ids: vec![house.people[0].id.clone()],
        reviewers: vec![house.facts(0)],
        started_at: START,
        ended: None,
    };
    let facts = requests::about(house);
    let line = |position| ReviewLine {
        position,
        request: facts.id.clone(),
        requester: house.people[1].id.clone(),
        grantee: house.people[1].id.clone(),
        facts: facts.clone(),
        granted_at: Some(START),
        until: Some(START),
        used: Some(Used::GivenOut),
        decision: None,
        outcome: None,
    };
    let lines: Vec<ReviewLine> = (1_990..2_001).map(line).collect();
    let lines: Vec<&ReviewLine> = lines.iter().collect();
    let said = vec!["Line 2000 was closed before: not reviewed, so revoked.".to_owned(); 10];
    shown.view("a review", &review::window(&found, &lines, &said));
    shown.view("a review without lines", &review::window(&found, &[], &said));
    for round in Round::ALL {
        for user in [Some("U0DANA".to_owned()), None] {
            let told = Told {
                review: found.clone(),
                round,
                lines: 2_000,
                user,
            };
            let post = review::waits(&told, Some("https://access.example.com"));
            shown.post("a review waits", &post);
        }
    }
    let waiting = Waiting {
        review: found,
        lines: 2_000,
    };
    let many = vec![waiting; 30];
    shown.text(
        "reviews",
        &review::listed(Some("https://access.example.com"), &many),
    );
}
