//! Events on their way to sinks.

use crate::audit::sink::ToSink;

use super::event::{Place, Told, Weight};
use super::phrase::phrase;

pub(super) fn told<'a>(to_sink: &ToSink) -> Told<'a> {
    let told = match to_sink {
        ToSink::SetAside { sink, seq, said } => {
            let event = format!("#{seq}");
            Told::new(
                "📭",
                "SET ASIDE",
                phrase!(
                    "event {} was refused by sink {}, which goes on without it",
                    event,
                    sink
                ),
            )
            .weighs(Weight::Message)
            .field("Sink said", said)
        }
        ToSink::Replayed { sink, from } => {
            let event = format!("#{from}");
            Told::new(
                "📨",
                "REPLAYED",
                phrase!(
                    "sink {} gets everything from event {} on again, by an operator at the command line",
                    sink,
                    event
                ),
            )
            .weighs(Weight::Line)
        }
        ToSink::Tested { sink } => Told::new(
            "📨",
            "TESTED",
            phrase!(
                "this event is sent to sink {} by an operator at the command line",
                sink
            ),
        )
        .weighs(Weight::Line),
    };
    told.place(Place::Alone)
}
