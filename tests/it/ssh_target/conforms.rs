//! A certificate authority keeps what every kind of target keeps.

use apono::access::grant::Granted;
use apono::access::ids::RequestNumber;
use apono::integrations::{AccessDetails, GrantOrder, Integration};

use super::context::{Context, order, run_test};
use crate::conformance::{Subject, keeps_the_contract};
use crate::support::ssh_server::{Laptop, certificate_in, logins_in};

struct Authority<'a> {
    ctx: &'a Context,
    laptop: Laptop,
}

impl Subject for Authority<'_> {
    fn integration(&self) -> Box<dyn Integration> {
        Box::new(self.ctx.ssh())
    }

    fn order(&self, number: i64) -> GrantOrder {
        GrantOrder {
            request: RequestNumber(number),
            ..order("bastion", "login")
        }
    }

    fn public_key(&self) -> Option<String> {
        Some(self.laptop.public_key())
    }

    async fn works(&self, _granted: &Granted, details: &AccessDetails) -> bool {
        self.laptop
            .gets_in(&logins_in(details), certificate_in(details))
            .await
    }
}

#[tokio::test]
async fn certificates_keep_the_contract() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        keeps_the_contract(&Authority { ctx, laptop }).await;
    })
    .await;
}
