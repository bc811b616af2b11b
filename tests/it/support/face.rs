//! The ways in which people act. Code that plays requests through one face can play them through any.

use apono::access::ids::RequestNumber;
use slack_simulator::ActError;

/// The result of an act: the message if it was not carried out, if the face shows one at once. An error means the bot did not
/// accept it.
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
