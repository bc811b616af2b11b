//! No batch is larger than its product takes, whatever is in the events.

use std::sync::LazyLock;

use apono::access::ids::TextId;
use apono::audit::event::Event;
use apono::sinks::{Most, Record};
use proptest::prelude::*;

use super::super::receiver::Answer;
use super::{PRODUCTS, Product, record, yes};
use crate::slack_limits::one_of_each;

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
});

static EVENTS: LazyLock<Vec<Event>> = LazyLock::new(|| {
    let stored = RUNTIME.block_on(one_of_each());
    stored.into_iter().map(|stored| stored.event).collect()
});

/// What each product takes in one request: bytes and events. Two name no limit; 1 MB is what one of them recommends.
fn limit(kind: &str) -> (usize, usize) {
    match kind {
        "datadog" => (5_000_000, 1_000),
        "elastic" => (100_000_000, usize::MAX),
        "logzio" => (10_485_760, usize::MAX),
        "cortex" => (9_500_000, usize::MAX),
        "coralogix" => (2_000_000, usize::MAX),
        "loki" => (4 << 20, usize::MAX),
        _ => (1_000_000, usize::MAX),
    }
}

/// As whoever feeds a sink cuts them.
fn cut(mut records: Vec<Record>, most: &Most) -> Vec<Record> {
    let mut bytes = 0;
    let fits = records.iter().take_while(|record| {
        bytes += record.size();
        bytes <= most.bytes
    });
    let count = fits.count().clamp(1, most.records);
    records.truncate(count);
    records
}

/// What people wrote, and a sentence: the worst that JSON makes longer among it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[\"\\\\\u{1}]{0,300}", "\\PC{0,300}", "[a-z ]{0,300}"]
}

/// More than any product takes at a time: the event, the sentence and the words of each.
fn batch() -> impl Strategy<Value = Vec<(usize, String, String)>> {
    let one = (any::<prop::sample::Index>(), text(), text());
    let one = one.prop_map(|(index, message, words)| (index.index(EVENTS.len()), message, words));
    prop::collection::vec(one, 1..40).prop_map(|few| few.iter().cloned().cycle().take(1_500).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn no_batch_is_larger_than_its_product_takes(batch in batch(), ocsf in any::<bool>()) {
        let records = batch.into_iter().enumerate().map(|(n, (index, message, words))| Record {
            message,
            words: [(TextId::new("w1"), words)].into(),
            ..record(n as u64 + 1, EVENTS[index].clone())
        });
        let records: Vec<Record> = records.collect();
        for kind in PRODUCTS {
            let has_format = !matches!(kind, "datadog" | "elastic" | "sentinel" | "logzio" | "newrelic");
            let format = if ocsf && has_format { "format = \"ocsf\"" } else { "" };
            let (length, count) = RUNTIME.block_on(async {
                let product = Product::start(kind, format).await;
                let batch = cut(records.clone(), &product.settings.most());
                product.receiver.answers(|_| Some(Answer::Says(200, Vec::new(), yes())));
                product.deliver(&batch).await.unwrap();
                let got = product.receiver.got();
                (got.last().unwrap().body.len(), batch.len())
            });
            let (most_bytes, most_records) = limit(kind);
            prop_assert!(length <= most_bytes || count == 1, "{kind}: {length} bytes, {count} events");
            prop_assert!(count <= most_records, "{kind}: {count} events");
        }
    }
}
