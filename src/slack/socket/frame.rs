//! Frames as Slack sends them. Raw JSON first: missing or odd fields never hide an envelope's id.

use serde_json::{Value, json};

use super::Envelope;

/// What a text frame says.
#[derive(Debug, PartialEq)]
pub enum Frame {
    Hello(Hello),
    Disconnect(Reason),
    Envelope(Envelope),
    /// Not JSON, or of an unknown kind and without an envelope id.
    Unreadable(&'static str),
}

/// Slack's greeting on a new socket.
#[derive(Debug, PartialEq)]
pub struct Hello {
    pub num_connections: Option<u32>,
    pub app_id: Option<String>,
}

/// Why Slack will close the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `warning`, `refresh_requested`, or an unknown word: another socket is welcome at once.
    Replace,
    /// Socket Mode was switched off.
    LinkDisabled,
    TooManyWebsockets,
}

pub fn parse(text: &str) -> Frame {
    let Ok(mut frame) = serde_json::from_str::<Value>(text) else {
        return Frame::Unreadable("not JSON");
    };
    let kind = frame["type"].as_str().map(str::to_owned);
    if let Some(id) = frame["envelope_id"].as_str().map(str::to_owned) {
        return Frame::Envelope(Envelope {
            id,
            kind: kind.unwrap_or_else(|| "other".to_owned()),
            payload: frame["payload"].take(),
            accepts_response_payload: frame["accepts_response_payload"].as_bool() == Some(true),
            retry_attempt: frame["retry_attempt"].as_i64(),
            app_id: None,
        });
    }
    match kind.as_deref() {
        Some("hello") => Frame::Hello(Hello {
            num_connections: frame["num_connections"]
                .as_u64()
                .and_then(|count| u32::try_from(count).ok()),
            app_id: frame["connection_info"]["app_id"].as_str().map(str::to_owned),
        }),
        Some("disconnect") => Frame::Disconnect(match frame["reason"].as_str() {
            Some("link_disabled") => Reason::LinkDisabled,
            Some("too_many_websockets") => Reason::TooManyWebsockets,
            Some(_) | None => Reason::Replace,
        }),
        Some(_) => Frame::Unreadable("of an unknown type"),
        None => Frame::Unreadable("without a type"),
    }
}

/// The acknowledgement of an envelope.
pub fn ack(envelope_id: &str, payload: Option<Value>) -> String {
    let mut ack = json!({ "envelope_id": envelope_id });
    if let Some(payload) = payload {
        ack["payload"] = payload;
    }
    ack.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whatever_has_an_envelope_id_is_an_envelope() {
        for text in [
            r#"{"envelope_id":"E1"}"#,
            r#"{"envelope_id":"E1","type":7,"payload":"text","retry_attempt":"no"}"#,
            r#"{"envelope_id":"E1","type":"hello"}"#,
            r#"{"envelope_id":"E1","type":"disconnect","payload":{"team":null}}"#,
        ] {
            assert!(
                matches!(parse(text), Frame::Envelope(envelope) if envelope.id == "E1"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_envelope_keeps_what_slack_said_of_its_delivery() {
        let text = r#"{"type":"events_api","envelope_id":"E1","payload":{"event_id":"Ev1"},
            "accepts_response_payload":false,"retry_attempt":2,"retry_reason":"timeout"}"#;
        let Frame::Envelope(envelope) = parse(text) else {
            panic!("not an envelope")
        };
        assert_eq!(envelope.kind, "events_api");
        assert_eq!(envelope.payload, json!({ "event_id": "Ev1" }));
        assert_eq!(envelope.retry_attempt, Some(2));
        assert!(!envelope.accepts_response_payload);
    }

    #[test]
    fn every_disconnect_is_understood_even_bare() {
        for (text, reason) in [
            (r#"{"type":"disconnect"}"#, Reason::Replace),
            (
                r#"{"type":"disconnect","reason":"warning","debug_info":{"host":"h"}}"#,
                Reason::Replace,
            ),
            (
                r#"{"type":"disconnect","reason":"refresh_requested"}"#,
                Reason::Replace,
            ),
            (r#"{"type":"disconnect","reason":"moon_phase"}"#, Reason::Replace),
            (
                r#"{"type":"disconnect","reason":"link_disabled"}"#,
                Reason::LinkDisabled,
            ),
            (
                r#"{"type":"disconnect","reason":"too_many_websockets","num_connections":11}"#,
                Reason::TooManyWebsockets,
            ),
        ] {
            assert_eq!(parse(text), Frame::Disconnect(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC*") {
            parse(&text);
        }

        #[test]
        fn an_ack_names_its_envelope(id in "\\PC*") {
            let ack: Value = serde_json::from_str(&ack(&id, Some(json!({ "a": 1 })))).unwrap();
            prop_assert_eq!(ack, json!({ "envelope_id": id, "payload": { "a": 1 } }));
        }
    }
}
