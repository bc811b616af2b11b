//! The ways by which people act. Whoever plays requests through a face plays them through any.

use apono::access::ids::RequestNumber;
use slack_simulator::ActError;

/// What came of an act: what is said in place of carrying it out, where the face says so at once. An error: the bot did not take it.
pub(crate) type Acted = Result<Vec<String>, ActError>;

/// One person, by one face.
pub(crate) trait Face {
    /// Asks for one permission on the test's database.
    async fn ask(&self, permission: &str, duration: &str) -> Acted;

    async fn approve(&self, request: RequestNumber) -> Acted;

    async fn reject(&self, request: RequestNumber) -> Acted;

    /// Withdraws what nobody answered yet.
    async fn cancel(&self, request: RequestNumber) -> Acted;

    /// Asks for so much more time.
    async fn extend(&self, request: RequestNumber, more: &str) -> Acted;

    async fn give_back(&self, request: RequestNumber) -> Acted;
}
