//! The days before the demo: a history that nobody lived through, made by the use cases of the bot.
//!
//! Invariant: every row and every event of it is written by the code that writes them in real life, at the time that a clock
//! of the past shows. What is made up is what people do, and what the targets answer: nobody gets a login for the past. All
//! access of the past is over when the bot starts, and the bot itself grants what was approved last.

mod answered;
mod clock;
mod crowd;
mod dice;
mod errands;
mod jobs;
mod people;
mod posted;
mod report;
mod steps;
mod words;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::access::ids::{RequestId, RequestNumber};
use crate::access::people::Person;
use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::app::{self, integrations, kind_records, record};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::slack::web::{Pacing, WebApi};
use crate::store::{Lane, Store};
use crate::usecases::{Core, CoreParts, day, overdue};

use super::error::DemoError;
use clock::PastClock;
use dice::Dice;
use steps::{Pursued, Step, Steps};

pub(super) use crowd::{Part, Someone, crowd, hire, listed};

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);

/// How much of it there is.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Extent {
    pub(in super::super) people: u16,
    pub(in super::super) days: u16,
}

/// What was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// The number of the last request.
    pub(super) last: RequestNumber,
    pub(super) events: u64,
    /// Approved, and left to the bot to grant.
    pub(super) approved: Vec<RequestId>,
}

/// A month of work, under way.
struct Past<'a> {
    core: Core,
    clock: Arc<PastClock>,
    dice: Dice,
    crowd: &'a [Someone],
    /// The same people as the database knows them.
    people: Vec<Person>,
    steps: Steps,
    pursued: HashMap<RequestId, Pursued>,
    /// The config of the present, which begins then.
    config: &'a Config,
    until: Timestamp,
    /// When a target fails to answer, until it has.
    outage: Outage,
    /// Access that was overdue at the last look.
    overdue: Vec<RequestId>,
    acts: u64,
}

/// A target that cannot be reached for a while, in the middle of the past.
#[derive(Clone, Debug)]
enum Outage {
    /// It begins with the first end of access after this.
    Coming(Timestamp),
    During {
        of: RequestId,
        until: Timestamp,
    },
    Over,
}

/// Makes what `crowd` did in the last `days` in the database of `config`, which was never used before, and reports it in the audit
/// channel in one message.
pub(super) async fn make(config: &Config, crowd: &[Someone], days: u16) -> Result<Made, DemoError> {
    let web = app::web_api(config, Pacing::Off, None)?;
    let now = SystemClock.now();
    let began = now.minus(DAY * u32::from(days));
    let mut past = Past::begin(config, crowd, (began, now)).await?;
    past.meet(&web).await?;
    past.intend(days, began, now);
    while let Some((at, step)) = past.steps.next() {
        if at >= now {
            break;
        }
        past.clock.reach(at);
        past.take(step).await?;
    }
    past.clock.reach(now);
    past.end(&web).await
}

impl<'a> Past<'a> {
    /// The first start of the bot, with the config of that time.
    async fn begin(
        config: &'a Config,
        crowd: &'a [Someone],
        (began, now): (Timestamp, Timestamp),
    ) -> Result<Self, DemoError> {
        let clock = Arc::new(PastClock::at(began));
        let former = Config::parse(&former(&config.text), &config.path)?;
        let store = Store::open(&app::database(config)?).await?;
        store.migrate(began).await?;
        let core = Core::new(CoreParts {
            install: store.install().await?,
            rules: integrations::rules(&former, &store).await?,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            store,
        });
        record::started(&core, &former).await?;
        kind_records::settle(&core, &former).await?;
        core.replace_rules(integrations::rules(&former, &core.store).await?);
        let half = began.plus(now.since(began) / 2);
        Ok(Self {
            core,
            clock,
            dice: Dice::new(),
            crowd,
            people: Vec::new(),
            steps: Steps::default(),
            pursued: HashMap::new(),
            config,
            until: now,
            outage: Outage::Coming(half),
            overdue: Vec::new(),
            acts: 0,
        })
    }

    /// Everything that people intend, and what admins do in between.
    fn intend(&mut self, days: u16, began: Timestamp, now: Timestamp) {
        let integrations = self.core.integrations();
        let has = |name: &str| integrations.get(name).is_some();
        for errand in errands::errands(&mut self.dice, self.crowd, (days, now), has) {
            if errand.at > began {
                self.steps.add(errand.at, Step::Ask(Box::new(errand)));
            }
        }
        let span = now.since(began);
        self.steps.add(began.plus(span * 2 / 5), Step::NewConfig);
        let frozen = began.plus(span * 7 / 10);
        self.steps.add(frozen, Step::Freeze);
        self.steps.add(frozen.plus(HOUR), Step::Thaw);
        self.steps.add(now.minus(report::SAVED), Step::SaveReport);
        let first = day::next_due(began, self.core.rules().day_at);
        self.steps.add(first, Step::SumUpTheDay);
    }

    async fn take(&mut self, step: Step) -> Result<(), DemoError> {
        match step {
            Step::Ask(errand) => self.ask(*errand).await,
            Step::Withdraw(request) => self.withdraw(&request).await,
            Step::Answer(request) => self.answer(&request).await,
            Step::Connect(request) => self.connect(&request).await,
            Step::Extend(request) => self.extend(&request).await,
            Step::AnswerExtension(request) => self.answer_extension(&request).await,
            Step::GiveBack(request) => self.give_back(&request).await,
            Step::EndForThem(request) => self.end_for_them(&request).await,
            Step::Work(lane) => self.work(lane).await,
            Step::LookForOverdue => {
                self.overdue = overdue::look(&self.core, &self.overdue).await?;
                Ok(())
            }
            Step::SumUpTheDay => self.sum_up_the_day().await,
            Step::SaveReport => self.save_report().await,
            Step::Freeze => self.freeze().await,
            Step::Thaw => self.thaw().await,
            Step::NewConfig => self.start_with_new_config().await,
        }
    }

    async fn sum_up_the_day(&mut self) -> Result<(), DemoError> {
        if let Some(damage) = day::report(&self.core).await? {
            return Err(DemoError::NotAsPromised(format!("the trail: {damage}")));
        }
        let next = day::next_due(self.core.now(), self.core.rules().day_at);
        self.steps.add(next, Step::SumUpTheDay);
        Ok(())
    }

    async fn start_with_new_config(&mut self) -> Result<(), DemoError> {
        record::stopped(&self.core).await?;
        self.clock.pass(Duration::from_secs(4));
        let rules = integrations::rules(self.config, &self.core.store).await?;
        self.core.replace_rules(rules);
        record::started(&self.core, self.config).await?;
        self.work(Lane::Provision).await
    }

    /// The bot is stopped, and the channel gets what happened.
    async fn end(self, web: &WebApi) -> Result<Made, DemoError> {
        let requests: Vec<RequestId> = self.pursued.keys().cloned().collect();
        posted::silence(&self.core, &requests).await?;
        let mut approved = Vec::new();
        for id in self.core.store.ungranted_requests().await? {
            let (request, _) = self.now(&id).await?;
            if request.state == State::Approved {
                approved.push(id);
            }
        }
        record::stopped(&self.core).await?;
        let numbers = self.pursued.values().map(|pursued| pursued.request.number);
        let last = numbers.max().unwrap_or(RequestNumber(0));
        let head = posted::post(&self.core, web, last).await?;
        self.core.store.close().await?;
        Ok(Made {
            last,
            events: head.seq,
            approved,
        })
    }
}

/// The config of the first days: one flow gave more time.
fn former(text: &str) -> String {
    text.replacen("max_duration = \"1h\"", "max_duration = \"4h\"", 1)
}
