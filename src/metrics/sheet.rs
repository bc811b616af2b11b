//! One answer to a scrape.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Counts, Labels, Times, owned};

/// How the answer is spelled, for its `Content-Type`: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What one scrape reads. Every name begins with `apono_`.
#[derive(Debug)]
pub struct Sheet(Registry);

impl Default for Sheet {
    fn default() -> Self {
        Self(Registry::with_prefix("apono"))
    }
}

impl Sheet {
    /// A count since the start; Prometheus knows it as `apono_<name>_total`.
    pub fn counts<const N: usize>(&mut self, name: &str, help: &str, counts: &Counts<N>) {
        self.0.register(name, help, counts.0.clone());
    }

    /// A histogram. The name ends in `_seconds`.
    pub fn times<const N: usize>(&mut self, name: &str, help: &str, times: &Times<N>) {
        self.0.register(name, help, times.0.clone());
    }

    /// A value at this moment, one for each set of labels.
    pub fn now<'a, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = ([(&'static str, &'a str); N], f64)>,
    ) {
        let family: Family<Labels<N>, Gauge<f64, AtomicU64>> = Family::default();
        for (labels, value) in values {
            family.get_or_create(&owned(labels)).set(value);
        }
        self.0.register(name, help, family);
    }

    /// As it goes over the wire.
    pub fn text(&self) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.0).expect("a text takes every line");
        text
    }
}
