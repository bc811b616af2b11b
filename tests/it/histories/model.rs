//! What should be, said plainly: no database, no Slack, no target, and not a line of the bot's own rules.
//!
//! Time is counted in whole hours from the beginning. Waits are even, and everything that expires does so at an odd hour, so
//! the seconds and minutes that the real bots need never change the order.

use std::collections::BTreeSet;

use super::commands::{Command, Config, Permission};
use super::people::Person;
use super::request::{Decision, Request, Status, Why};
use super::told::Told;

/// A request that nobody answered lapses after this.
pub(super) const PENDING_FOR: u32 = 5;

/// What one extension adds, and how often.
const ADDED: u32 = 2;
const TIMES: u32 = 2;

/// Who clicks at the same moment.
const TOGETHER: [Person; 2] = [Person::Omar, Person::Priya];

/// Everything that matters at one moment.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) now: u32,
    pub(super) requests: Vec<Request>,
    pub(super) target_is_up: bool,
    pub(super) slack_is_up: bool,
    is_tight: bool,
    /// What the people who did the last command read of it, in any order.
    pub(super) told: Vec<Told>,
    /// What was refused to whom since the last wait: each is in the trail once.
    refused: BTreeSet<(Person, &'static str, Told)>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            now: 0,
            requests: Vec::new(),
            target_is_up: true,
            slack_is_up: true,
            is_tight: false,
            told: Vec::new(),
            refused: BTreeSet::new(),
        }
    }
}

impl Model {
    pub(super) fn request(&self, number: usize) -> &Request {
        &self.requests[number - 1]
    }

    pub(super) fn apply(&mut self, command: &Command) {
        self.told.clear();
        match command {
            Command::Ask {
                who,
                permission,
                hours,
            } => self.ask(*who, *permission, *hours),
            Command::Approve { who, request } => self.decide(*who, *request, true, "click"),
            Command::ApproveTwice { who, request } => {
                self.decide(*who, *request, true, "click");
                self.decide(*who, *request, true, "click");
            }
            Command::ApproveTogether { request } => self.approve_together(*request),
            Command::Reject { who, request } => self.reject(*who, *request),
            Command::Cancel { who, request } => self.cancel(*who, *request),
            Command::Revoke { who, request } => self.revoke(*who, *request),
            Command::Extend { who, request } => self.extend(*who, *request),
            Command::Connect { request } => self.change(*request).events.push("credentials_shown"),
            Command::Wait { hours } => self.wait(*hours),
            Command::TargetFails => self.target_is_up = false,
            Command::TargetIsBack => self.target_is_back(),
            Command::SlackIsGone => self.slack_is_up = false,
            Command::SlackIsBack => self.slack_is_back(),
            Command::Reload(Config::Usual) => self.is_tight = false,
            Command::Reload(Config::Tight) => self.becomes_tight(),
            // Nobody is to notice any of these.
            Command::SlackFails(_)
            | Command::EnvelopesTwice
            | Command::Restart
            | Command::Reload(Config::Wrong) => {}
        }
    }

    fn change(&mut self, number: usize) -> &mut Request {
        &mut self.requests[number - 1]
    }

    /// The longest that this may be asked for under the config of now.
    fn longest(&self, who: Person, permission: Permission) -> u32 {
        match (who, permission) {
            (Person::Dana, Permission::Write) => 1,
            (_, Permission::Write) => 7,
            (_, Permission::Read) => {
                if self.is_tight {
                    2
                } else {
                    8
                }
            }
        }
    }

    fn ask(&mut self, who: Person, permission: Permission, hours: u32) {
        if hours > self.longest(who, permission) {
            return self.told.push(Told::TooLong);
        }
        let mut same = self
            .requests
            .iter()
            .filter(|request| request.requester == who && request.permission == permission);
        let is_long_enough = |request: &Request| request.until > Some(self.now + hours);
        if same
            .clone()
            .any(|request| request.status == Status::Granted && is_long_enough(request))
        {
            return self.told.push(Told::HasAlready);
        }
        if same.any(|request| matches!(request.status, Status::Pending | Status::Approved)) {
            return self.told.push(Told::AskedAlready);
        }
        let approvers = match (who, permission) {
            (Person::Dana, Permission::Write) => Vec::new(),
            (_, Permission::Write) | (Person::Omar, Permission::Read) => vec![Person::Priya],
            (_, Permission::Read) => vec![Person::Omar, Person::Priya],
        };
        let is_automatic = approvers.is_empty();
        self.requests.push(Request {
            requester: who,
            permission,
            hours,
            asked_at: self.now,
            approvers,
            status: Status::Pending,
            decision: None,
            extended: 0,
            until: None,
            login: None,
            events: vec!["requested"],
        });
        if is_automatic {
            self.approved(self.requests.len());
        }
    }

    fn approved(&mut self, number: usize) {
        let (now, target_is_up) = (self.now, self.target_is_up);
        let request = self.change(number);
        request.status = Status::Approved;
        request.events.push("approved");
        if target_is_up {
            request.granted(now);
        }
    }

    /// Why somebody's answer does not count, if it does not.
    fn objection(&self, who: Person, number: usize) -> Option<Told> {
        let request = self.request(number);
        if who == request.requester {
            Some(Told::Own)
        } else if who == Person::Gus {
            Some(Told::Guest)
        } else if !request.approvers.contains(&who) {
            Some(Told::NotApprover)
        } else if request.status != Status::Pending {
            Some(Told::NotNow)
        } else if request.hours > self.longest(request.requester, request.permission) {
            Some(Told::NotAllowedAnyMore)
        } else {
            None
        }
    }

    fn decide(&mut self, who: Person, number: usize, approved: bool, tried: &'static str) {
        if let Some(why) = self.objection(who, number) {
            return self.refuse(who, number, tried, why);
        }
        let by = vec![who];
        self.change(number).decision = Some(Decision { approved, by });
        if approved {
            self.approved(number);
        } else {
            let request = self.change(number);
            request.status = Status::Rejected;
            request.events.push("rejected");
        }
    }

    /// Whether the trail reads the same whichever of the two clicks first: both may decide, or neither.
    pub(super) fn comes_to_the_same(&self, number: usize) -> bool {
        let [omar, priya] = TOGETHER.map(|who| self.objection(who, number).is_none());
        omar == priya
    }

    fn approve_together(&mut self, number: usize) {
        let is_a_race = TOGETHER.iter().all(|who| self.objection(*who, number).is_none());
        for who in TOGETHER {
            self.decide(who, number, true, "click");
        }
        if is_a_race {
            let by = TOGETHER.to_vec();
            self.change(number).decision = Some(Decision { approved: true, by });
        }
    }

    /// The window for the reason opens only while there is something to decide, and what it sends is judged anew.
    fn reject(&mut self, who: Person, number: usize) {
        if self.request(number).status != Status::Pending {
            return self.told.push(Told::NotNow);
        }
        let is_their_card = self.request(number).approvers.contains(&who);
        self.decide(who, number, false, if is_their_card { "form" } else { "click" });
    }

    fn cancel(&mut self, who: Person, number: usize) {
        let request = self.request(number);
        if who != request.requester {
            return self.refuse(who, number, "cancel", Told::NotYours);
        }
        match request.status {
            Status::Pending => self.cancelled(number),
            Status::Approved | Status::Granted => self.told.push(Told::GrantedAlready),
            _ => self.told.push(Told::NotNow),
        }
    }

    fn cancelled(&mut self, number: usize) {
        let request = self.change(number);
        request.status = Status::Cancelled;
        request.events.push("cancelled");
        self.told.push(Told::Cancelled);
    }

    fn revoke(&mut self, who: Person, number: usize) {
        let request = self.request(number);
        let is_owner = who == request.requester;
        if !is_owner && who != Person::Ada {
            return self.refuse(who, number, "revoke", Told::NotYours);
        }
        match request.status {
            Status::Pending if is_owner => self.cancelled(number),
            Status::Approved | Status::Granted => {
                let why = if is_owner { Why::GivenBack } else { Why::ByAdmin };
                let target_is_up = self.target_is_up;
                self.change(number).ends(why, target_is_up);
                self.told.push(Told::BeingTakenAway);
            }
            _ => self.told.push(Told::NotNow),
        }
    }

    fn extend(&mut self, who: Person, number: usize) {
        let request = self.request(number);
        let refusal = if who != request.requester {
            Some(Told::NotYours)
        } else if request.status != Status::Granted {
            return self.told.push(Told::NotNow);
        } else if request.hours > self.longest(request.requester, request.permission) {
            Some(Told::NotAllowedAnyMore)
        } else if request.requester == Person::Eve && request.permission == Permission::Write {
            Some(Told::NoExtensions)
        } else if request.extended == TIMES {
            Some(Told::NoneLeft)
        } else {
            None
        };
        if let Some(why) = refusal {
            return self.refuse(who, number, "extend", why);
        }
        let target_is_up = self.target_is_up;
        let request = self.change(number);
        request.extended += 1;
        request.until = request.until.map(|until| until + ADDED);
        request.events.push("extended");
        if target_is_up {
            request.extension_reaches_target();
        }
        self.told.push(Told::Extended);
    }

    /// Everybody is told why not; a refusal is in the trail once, and an act that came too late is not.
    fn refuse(&mut self, who: Person, number: usize, tried: &'static str, why: Told) {
        self.told.push(why);
        if why != Told::NotNow && self.refused.insert((who, tried, why)) {
            self.change(number).events.push("refused");
        }
    }

    pub(super) fn wait(&mut self, hours: u32) {
        self.now += hours;
        self.refused.clear();
        let (now, target_is_up) = (self.now, self.target_is_up);
        for request in &mut self.requests {
            match request.status {
                Status::Pending if now > request.asked_at + PENDING_FOR => {
                    request.status = Status::Lapsed;
                    request.events.push("lapsed");
                }
                // The target or Slack is down, or it would be granted; it was tried for long enough.
                Status::Approved => request.ends(Why::NotGranted, target_is_up),
                Status::Granted if request.until < Some(now) => request.ends(Why::TimeOver, target_is_up),
                _ => {}
            }
        }
    }

    /// What waits for the target is judged anew before it is tried again.
    fn becomes_tight(&mut self) {
        self.is_tight = true;
        for number in 1..=self.requests.len() {
            let Request {
                requester,
                permission,
                hours,
                status,
                ..
            } = *self.request(number);
            if status == Status::Approved && hours > self.longest(requester, permission) {
                let target_is_up = self.target_is_up;
                self.change(number).ends(Why::NotGranted, target_is_up);
            }
        }
    }

    /// Nothing is granted unless Slack says once more who is who.
    fn slack_is_back(&mut self) {
        self.slack_is_up = true;
        if self.target_is_up {
            let now = self.now;
            let approved = self.requests.iter_mut();
            approved
                .filter(|request| request.status == Status::Approved)
                .for_each(|request| request.granted(now));
        }
    }

    /// Everything that waits for the target is done.
    fn target_is_back(&mut self) {
        self.target_is_up = true;
        let (now, slack_is_up) = (self.now, self.slack_is_up);
        for request in &mut self.requests {
            match request.status {
                Status::Approved if slack_is_up => request.granted(now),
                Status::Granted if request.login != request.until => request.extension_reaches_target(),
                Status::Revoking(why) => request.is_gone(why),
                _ => {}
            }
        }
    }
}
