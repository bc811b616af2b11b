//! The addresses of pages about something with a name.

use url::form_urlencoded::byte_serialize;

/// The page about a person, by their account.
pub(super) fn person(account: &str) -> String {
    format!("/people/{}", segment(account))
}

pub(super) fn integration(name: &str) -> String {
    format!("/integrations/{}", segment(name))
}

pub(super) fn resource(integration: &str, name: &str) -> String {
    let name: String = byte_serialize(name.as_bytes()).collect();
    format!("/integrations/{}/resources?name={name}", segment(integration))
}

/// Where everything of a `person`, or on an `integration`, is ended.
pub(super) fn red_button(of: &str, name: &str) -> String {
    let name: String = byte_serialize(name.as_bytes()).collect();
    format!("/revoke-all?{of}={name}")
}

fn segment(text: &str) -> String {
    let text: String = byte_serialize(text.as_bytes()).collect();
    text.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_place() {
        assert_eq!(
            integration("orders db/../x?"),
            "/integrations/orders%20db%2F..%2Fx%3F"
        );
        assert_eq!(
            resource("orders-db", "a b&c=1"),
            "/integrations/orders-db/resources?name=a+b%26c%3D1"
        );
    }
}
