//! What every kind of target keeps, whatever it is: the same steps for each, against its real server.
//!
//! A kind says how its target is reached and whether access works ([`Subject`]); what has to be true stands here alone.

use std::any::Any;
use std::time::Duration;

use apono::access::grant::Granted;
use apono::access::ids::InstallId;
use apono::access::reconcile::Held;
use apono::access::time::Timestamp;
use apono::access::usage::Tells;
use apono::clock::{Clock, SystemClock};
use apono::integrations::{
    AccessDetails, Certify, Connect, EarlyRevoke, GrantOrder, Integration, IntegrationError, LiveGrant,
};

/// One kind on a target of its own.
pub(crate) trait Subject {
    /// Built anew, as after a restart.
    fn integration(&self) -> Box<dyn Integration>;

    /// What Dana asks for with this number; always the same access.
    fn order(&self, number: i64) -> GrantOrder;

    /// The public key of the person who connects, for kinds that certify one.
    fn public_key(&self) -> Option<String> {
        None
    }

    /// A session with these details, open until it is dropped, for kinds whose targets show sessions.
    async fn session(&self, _granted: &Granted, _details: &AccessDetails) -> Option<Box<dyn Any>> {
        None
    }

    /// Whether these details give the access that was requested.
    async fn works(&self, granted: &Granted, details: &AccessDetails) -> bool;
}

fn install(order: &GrantOrder) -> &InstallId {
    &order.install
}

fn later(span: Duration) -> Timestamp {
    SystemClock.now().plus(span)
}

/// As it is read back from the database after a crash.
fn stored(granted: &Granted) -> Granted {
    serde_json::from_str(&serde_json::to_string(granted).unwrap()).unwrap()
}

/// What stands on the target, by its place and name; sessions come and go.
async fn standing(subject: &impl Subject, order: &GrantOrder) -> Vec<(String, String, Held)> {
    let integration = subject.integration();
    match integration.state() {
        Some(target) => seen(target.inspect(install(order)).await.unwrap()),
        None => Vec::new(),
    }
}

/// How many sessions the grant has, as the target shows them.
async fn sessions(subject: &impl Subject, order: &GrantOrder, granted: &Granted) -> u32 {
    let integration = subject.integration();
    let Some(target) = integration.state() else {
        return 0;
    };
    let found = target.inspect(install(order)).await.unwrap();
    let of_it = found.iter().filter(|live| {
        let principal = live.granted.as_ref().map(|granted| &granted.principal);
        principal == Some(&granted.principal)
    });
    of_it.map(|live| live.sessions.count).sum()
}

/// What should stand there while nobody changes it.
fn intact(integration: &dyn Integration, granted: &Granted, until: Timestamp) -> Vec<(String, String, Held)> {
    let target = integration.state();
    seen(target.map(|target| target.intact(granted, until).unwrap()))
}

async fn clean_up(integration: &dyn Integration, granted: &Granted) {
    if let Some(target) = integration.state() {
        target.clean_up(granted).await.unwrap();
    }
}

async fn connect(subject: &impl Subject, granted: &Granted, until: Timestamp) -> AccessDetails {
    let integration = subject.integration();
    match integration.connect() {
        Connect::Makes(kind) => kind.make(granted).await.unwrap(),
        Connect::Certifies(kind) => {
            let order = Certify {
                key: kind.read_key(&subject.public_key().unwrap()).unwrap(),
                now: SystemClock.now(),
                until,
            };
            kind.certify(granted, order).await.unwrap()
        }
    }
}

fn seen(found: impl IntoIterator<Item = LiveGrant>) -> Vec<(String, String, Held)> {
    let each = found.into_iter().map(|live| {
        let held = Held {
            in_session: false,
            ..live.held
        };
        (live.place, live.name, held)
    });
    each.collect()
}

/// The whole contract.
pub(crate) async fn keeps_the_contract(subject: &impl Subject) {
    a_life(subject).await;
    a_crash_between_any_two_steps(subject).await;
    two_requests_side_by_side(subject).await;
}

async fn a_life(subject: &impl Subject) {
    let integration = subject.integration();
    let keeps_something = integration.state().is_some();
    let order = subject.order(1);
    let until = later(Duration::from_mins(5));

    let granted = integration.prepare(&order).unwrap();
    assert_eq!(integration.prepare(&order).unwrap(), granted, "planned the same");
    assert_eq!(standing(subject, &order).await, [], "planning touches nothing");

    let confirmed = integration.grant(&granted, until).await.unwrap();
    assert_eq!(
        integration.grant(&granted, until).await.unwrap(),
        confirmed,
        "grant again"
    );
    assert_eq!(
        confirmed.target_deadline.is_some(),
        integration.guarantees().target_deadline,
        "a deadline on the target, where the kind says so"
    );
    assert_eq!(
        standing(subject, &order).await,
        intact(&*integration, &granted, until)
    );

    let first = connect(subject, &granted, until).await;
    assert!(subject.works(&granted, &first).await);
    let second = connect(subject, &granted, until).await;
    assert!(subject.works(&granted, &second).await);
    let called_back = first.made && first.credential.is_none();
    assert_eq!(
        subject.works(&granted, &first).await,
        !called_back,
        "connect twice"
    );

    let shows_sessions = integration.tells_use(&granted) == Some(Tells::Sessions);
    let session = subject.session(&granted, &second).await;
    assert_eq!(
        session.is_some(),
        shows_sessions,
        "what tells of its use can be tried"
    );
    assert_eq!(sessions(subject, &order, &granted).await > 0, shows_sessions);

    let until = later(Duration::from_mins(10));
    integration.grant(&granted, until).await.unwrap();
    assert!(subject.works(&granted, &second).await, "extended");
    assert_eq!(
        standing(subject, &order).await,
        intact(&*integration, &granted, until)
    );
    if let Some(target) = integration.state() {
        let reaped = target.reap().await.unwrap().ended;
        assert!(
            reaped.iter().all(|reaped| reaped.principal != granted.principal),
            "its time is not over"
        );
    }

    let revoked = integration.revoke(&granted).await.unwrap();
    let last = revoked.last_look.map(|look| look.found.count > 0);
    assert_eq!(
        last,
        shows_sessions.then_some(true),
        "the last look before the end"
    );
    drop(session);
    let ends_now = integration.guarantees().early_revoke == EarlyRevoke::Now;
    assert_eq!(subject.works(&granted, &second).await, !ends_now, "revoked");
    let again = integration.revoke(&granted).await.unwrap();
    assert_eq!(again.sessions_ended, 0, "revoke again");
    assert_eq!(standing(subject, &order).await, []);

    let revived = integration.grant(&granted, until).await;
    if keeps_something {
        assert!(
            matches!(revived, Err(IntegrationError::Refuse { .. })),
            "{revived:?}"
        );
    }
    assert_eq!(standing(subject, &order).await, [], "never revived");
    clean_up(&*integration, &granted).await;
    clean_up(&*integration, &granted).await;
    assert_eq!(standing(subject, &order).await, []);
}

/// Whatever was done last, the stored row suffices to take everything away.
async fn a_crash_between_any_two_steps(subject: &impl Subject) {
    for (number, steps) in [(2, 0), (3, 1), (4, 2), (5, 3)] {
        let order = subject.order(number);
        let until = later(Duration::from_mins(5));
        let granted = subject.integration().prepare(&order).unwrap();
        if steps > 0 {
            subject.integration().grant(&granted, until).await.unwrap();
        }
        let mut shown = None;
        if steps > 1 {
            shown = Some(connect(subject, &granted, until).await);
        }
        if steps > 2 {
            subject.integration().revoke(&granted).await.unwrap();
        }
        let after = subject.integration();
        after.revoke(&stored(&granted)).await.unwrap();
        clean_up(&*after, &stored(&granted)).await;
        assert_eq!(standing(subject, &order).await, [], "after {steps} steps");
        if let Some(shown) = shown
            && after.guarantees().early_revoke == EarlyRevoke::Now
        {
            assert!(!subject.works(&granted, &shown).await, "after {steps} steps");
        }
    }
}

/// The same access by two requests: each ends alone.
async fn two_requests_side_by_side(subject: &impl Subject) {
    let integration = subject.integration();
    let until = later(Duration::from_mins(5));
    let orders = [subject.order(6), subject.order(7)];
    let [one, other] = orders.each_ref().map(|order| integration.prepare(order).unwrap());
    assert_ne!(one.principal, other.principal);
    for granted in [&one, &other] {
        integration.grant(granted, until).await.unwrap();
    }
    let shown = connect(subject, &other, until).await;
    integration.revoke(&one).await.unwrap();
    clean_up(&*integration, &one).await;
    assert!(subject.works(&other, &shown).await, "the other one stays");
    assert_eq!(
        standing(subject, &orders[1]).await,
        intact(&*integration, &other, until)
    );
    integration.revoke(&other).await.unwrap();
    clean_up(&*integration, &other).await;
    assert_eq!(standing(subject, &orders[1]).await, []);
}
