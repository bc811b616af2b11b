//! What a kind of sink says about itself.

use std::fmt;
use std::sync::Arc;

use crate::access::ids::InstallId;
use crate::document::Section;
use crate::network::Network;

use super::{Fault, KINDS, Most, Sink};

/// One kind of sink.
pub trait SinkKind: Send + Sync {
    /// `kind = "..."` in the config.
    fn name(&self) -> &'static str;

    /// The keys of its `[[sinks]]`, including those that every kind has.
    fn keys(&self) -> &'static [&'static str];

    /// Its part of `config.example.toml`: what it is, and every key of its own.
    fn example(&self) -> &'static str;

    /// Reads the keys of its own. `None` only if a problem was recorded.
    fn read(&self, section: &Section<'_>) -> Option<Arc<dyn SinkSettings>>;
}

/// The settings of one sink in the config, as read by its kind.
pub trait SinkSettings: fmt::Debug + Send + Sync {
    /// What it takes at a time.
    fn most(&self) -> Most;

    /// Whether it writes to the machine that it runs on, and not to one place for all replicas.
    fn is_local(&self) -> bool {
        false
    }

    /// Opens it. Nothing is sent yet.
    fn open(&self, around: &Around) -> Result<Box<dyn Sink>, Fault>;
}

/// What a sink is opened with, besides its own settings.
#[derive(Clone, Debug)]
pub struct Around {
    pub install: InstallId,
    /// How servers are reached.
    pub network: Network,
}

/// The kind that the config calls `name`.
pub(super) fn named(name: &str) -> Option<&'static dyn SinkKind> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}

/// The kinds that the documentation describes: all of them.
pub fn documented() -> impl Iterator<Item = &'static dyn SinkKind> {
    KINDS.iter().copied()
}
