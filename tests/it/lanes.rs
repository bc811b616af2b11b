//! A target that hangs holds up nobody else's work.

use std::sync::Arc;
use std::time::Duration;

use apono::access::grant::Granted;
use apono::access::ids::RequestNumber;
use apono::access::time::Timestamp;
use apono::clock::Clock;
use apono::store::{Job, JobKind, JobSpec, Lane, Stray};
use apono::usecases::{Core, UseCaseError, step};
use apono::workers::capacity::Capacity;
use apono::workers::lane::{Work, work};
use async_trait::async_trait;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::support::bot::run_test;

/// Works on no job of the integration that hangs until it is stopped, and says of each of the others that it was done.
struct Hanging {
    core: Arc<Core>,
    stop: CancellationToken,
    told: UnboundedSender<String>,
}

#[async_trait]
impl Work for Hanging {
    async fn run(&self, job: &Job) -> Result<(), UseCaseError> {
        let integration = job.integration.clone().unwrap();
        self.told.send(integration.clone()).unwrap();
        if integration == "orders-db" {
            self.stop.cancelled().await;
        }
        step::done(&self.core, job).await
    }
}

/// One that has ended.
fn stray_on(integration: &str) -> Stray {
    Stray {
        id: "a-stray".to_owned(),
        place: "db:5432".to_owned(),
        name: "apono_x_ar7_eve_moss".to_owned(),
        number: RequestNumber(7),
        request: None,
        granted: Granted {
            integration: integration.to_owned(),
            kind: "postgres".to_owned(),
            principal: "apono_x_ar7_eve_moss".to_owned(),
            target: serde_json::Value::Null,
            credentials_until: None,
        },
        until: Timestamp::from_micros(1),
        found_at: Timestamp::from_micros(1),
        ended_at: Some(Timestamp::from_micros(2)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_hangs_leaves_room_for_the_others() {
    run_test(async |ctx| {
        for (who, permission) in [("dana", "read"), ("eve", "read"), ("omar", "read")] {
            ctx.asks(who, permission, "1h", "incident 4711").await;
        }
        ctx.settle().await;
        ctx.stop().await;
        // The last of three is on another integration, and due after the two, and the stray, that will hang.
        ctx.execute("UPDATE request SET integration = 'other-db' WHERE number = 3")
            .await;
        let core = Arc::new(ctx.stopped_core().await);
        let mut tx = core.store.write().await.unwrap();
        for number in 1..=3 {
            let request = core
                .store
                .request_by_number(RequestNumber(number))
                .await
                .unwrap()
                .unwrap();
            let due = ctx
                .clock
                .now()
                .minus(Duration::from_secs(10 - number.unsigned_abs()));
            tx.schedule(&JobSpec::at(JobKind::CleanUp, request.id.as_str(), due))
                .await
                .unwrap();
        }
        let stray = stray_on("orders-db");
        tx.insert_stray(&stray).await.unwrap();
        let due = ctx.clock.now().minus(Duration::from_secs(8));
        tx.schedule(&JobSpec::at(JobKind::CleanStray, &stray.id, due))
            .await
            .unwrap();
        tx.seal(Vec::new()).await.unwrap();

        let stop = CancellationToken::new();
        let (told, mut began) = unbounded_channel();
        let hanging = Arc::new(Hanging {
            core: Arc::clone(&core),
            stop: stop.clone(),
            told,
        });
        let capacity = Capacity {
            at_once: 2,
            of_one: 1,
        };
        let working = tokio::spawn(work(
            Arc::clone(&core),
            Lane::CleanUp,
            hanging,
            capacity,
            stop.clone(),
        ));
        assert_eq!(began.recv().await.unwrap(), "orders-db");
        assert_eq!(began.recv().await.unwrap(), "other-db");
        ctx.until("the other's job is done", async || {
            core.store.job_counts(core.now()).await.unwrap()[&Lane::CleanUp].leased == 1
        })
        .await;
        assert!(
            began.try_recv().is_err(),
            "a second job of the target that hangs was begun"
        );
        stop.cancel();
        working.await.unwrap();
        core.store.close().await.unwrap();
        ctx.execute("DELETE FROM job WHERE kind IN ('clean_up', 'clean_stray')")
            .await;
        ctx.execute("DELETE FROM stray").await;
        ctx.execute("UPDATE request SET integration = 'orders-db'").await;
    })
    .await;
}
