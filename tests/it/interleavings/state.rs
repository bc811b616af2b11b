//! One request with everything that holds it: the rows, the target, and two workers with what each has in its memory.

/// In leases: what is shorter than one is a matter of order.
pub(super) type Time = u8;

pub(super) const LEASE: Time = 1;

/// The requested duration: long enough for everything that can go wrong to go wrong before the end.
pub(super) const DURATION: Time = 4;

/// How often the target is compared with what was granted.
pub(super) const RECONCILE_EVERY: Time = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) now: Time,
    pub(super) database: Database,
    pub(super) target: Target,
    pub(super) workers: [Worker; 2],
    /// Calls of workers that have died, still on their way.
    pub(super) orphans: Vec<Call>,
    pub(super) people: People,
    pub(super) looked_at: Time,
    pub(super) crashes_left: u8,
    pub(super) stalls_left: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Database {
    pub(super) status: Status,
    pub(super) version: u8,
    /// Decisions that count.
    pub(super) decisions: u8,
    /// The grant's end, once it was tried.
    pub(super) until: Option<Time>,
    /// At most one of each kind, in the order of [`Kind`].
    pub(super) jobs: [Option<Job>; 4],
    pub(super) events: Vec<Event>,
    /// When the request came into its last state.
    pub(super) changed_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Status {
    Pending,
    Approved,
    Granted,
    Revoking,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Event {
    Approved,
    Granted,
    Revoking,
    Ended,
    CleanedUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Provision,
    Expire,
    Revoke,
    CleanUp,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Provision, Self::Expire, Self::Revoke, Self::CleanUp];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Job {
    pub(super) due: Time,
    pub(super) fence: u8,
    pub(super) lease_until: Option<Time>,
}

/// What stands on the target of this request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) login: Option<Login>,
    pub(super) session: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Login {
    pub(super) is_open: bool,
    pub(super) until: Time,
    /// The server itself lets nobody in from then on.
    pub(super) has_deadline: bool,
    /// Connect was clicked, so that somebody can log in.
    pub(super) has_password: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Worker {
    pub(super) doing: Doing,
    /// It does nothing for now, as on a machine that is suspended, and knows nothing of that.
    pub(super) is_stalled: bool,
}

pub(super) const IDLE: Worker = Worker {
    doing: Doing::Nothing,
    is_stalled: false,
};

/// How far a worker is with a job, by what it remembers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Doing {
    Nothing,
    Claimed(Held),
    /// The attempt is committed, or the lease was looked at; the call is made next.
    AboutToCall(Held, Call),
    /// The call is on its way, or being carried out.
    Calling(Held, Call),
    Answered(Held, Answer),
}

/// A job as it was when it was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Held {
    pub(super) kind: Kind,
    pub(super) fence: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Call {
    Grant(Time),
    Revoke,
    CleanUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Answer {
    Done,
    Refused,
}

/// What people have done, and may still do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct People {
    /// The version that each approver's click was judged by, while it is handled.
    pub(super) clicks: [Click; 2],
    pub(super) may_give_back: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Click {
    NotYet,
    Judged(u8),
    Settled,
}

impl State {
    pub(super) fn start() -> Self {
        Self {
            now: 0,
            database: Database {
                status: Status::Pending,
                version: 1,
                decisions: 0,
                until: None,
                jobs: [None; 4],
                events: Vec::new(),
                changed_at: 0,
            },
            target: Target::default(),
            workers: [IDLE; 2],
            orphans: Vec::new(),
            people: People {
                clicks: [Click::NotYet; 2],
                may_give_back: true,
            },
            looked_at: 0,
            crashes_left: 1,
            stalls_left: 1,
        }
    }

    /// Which worker or approver is called the first makes no difference, so one of two such states is enough.
    pub(super) fn sorted(mut self) -> Self {
        self.workers.sort_unstable();
        self.people.clicks.sort_unstable();
        self
    }

    /// Somebody can do something on the target: log in, or with a session that is open.
    pub(super) fn has_access(&self) -> bool {
        self.target.session || self.lets_in()
    }

    pub(super) fn lets_in(&self) -> bool {
        let login = self.target.login;
        login.is_some_and(|login| login.is_open && (self.now < login.until || !login.has_deadline))
    }
}

impl Worker {
    pub(super) fn held(self) -> Option<Held> {
        match self.doing {
            Doing::Nothing => None,
            Doing::Claimed(held)
            | Doing::AboutToCall(held, _)
            | Doing::Calling(held, _)
            | Doing::Answered(held, _) => Some(held),
        }
    }
}
