//! A folder keeps what every kind of target keeps.

use apono::access::grant::Granted;
use apono::clock::{Clock, SystemClock};
use apono::integrations::{AccessDetails, GrantOrder, Integration};

use super::{Folder, order};
use crate::conformance::{Subject, keeps_the_contract};

impl Subject for Folder {
    fn integration(&self) -> Box<dyn Integration> {
        Box::new(self.files())
    }

    fn order(&self, number: i64) -> GrantOrder {
        order(number)
    }

    async fn works(&self, _granted: &Granted, details: &AccessDetails) -> bool {
        self.key(details).opens(SystemClock.now())
    }
}

#[tokio::test]
async fn files_keep_the_contract() {
    keeps_the_contract(&Folder::new()).await;
}
