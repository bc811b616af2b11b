//! The `rich_text` block with everything it can contain. Source:
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>. Slack publishes no limit on the length of a run of
//! text.

use super::composition::{ID, URL};
use super::shape::Shape::{Bool, Int, Is, List, OneOf, Str, Word};
use super::shape::{EVERYWHERE, Shape, UNBOUNDED, object};

/// What a line of text may contain.
const INLINE: Shape = OneOf(&[
    &TEXT, &LINK, &USER, &USERGROUP, &CHANNEL, &TEAM, &EMOJI, &DATE, &BROADCAST, &COLOR,
]);
const BORDER: Shape = Int(0, 1);
const NAME: Shape = Str(1, UNBOUNDED);

object! {
    RICH_TEXT, "rich_text", Some("rich_text"), EVERYWHERE, [], {
        Required "elements" => List(1, UNBOUNDED, &OneOf(&[&SECTION, &LIST, &QUOTE, &PREFORMATTED])),
        Optional "block_id" => ID,
    }
}

object! {
    SECTION, "rich_text_section", Some("rich_text_section"), EVERYWHERE, [], {
        Required "elements" => List(0, UNBOUNDED, &INLINE),
    }
}

object! {
    LIST, "rich_text_list", Some("rich_text_list"), EVERYWHERE, [], {
        Required "elements" => List(1, UNBOUNDED, &OneOf(&[&SECTION])),
        Required "style" => Word(&["bullet", "ordered"]),
        Optional "indent" => Int(0, 8),
        Optional "offset" => Int(0, i64::MAX),
        Optional "border" => BORDER,
    }
}

object! {
    QUOTE, "rich_text_quote", Some("rich_text_quote"), EVERYWHERE, [], {
        Required "elements" => List(0, UNBOUNDED, &INLINE),
        Optional "border" => BORDER,
    }
}

object! {
    /// No mentions, dates or emoji: preformatted text is shown as it is.
    PREFORMATTED, "rich_text_preformatted", Some("rich_text_preformatted"), EVERYWHERE, [], {
        Required "elements" => List(0, UNBOUNDED, &OneOf(&[&TEXT, &LINK])),
        Optional "border" => BORDER,
        Optional "language" => NAME,
    }
}

object! {
    TEXT, "text_element", Some("text"), EVERYWHERE, [], {
        Required "text" => Str(1, UNBOUNDED),
        Optional "style" => Is(&TEXT_STYLE),
    }
}

object! {
    LINK, "link_element", Some("link"), EVERYWHERE, [], {
        Required "url" => URL,
        Optional "text" => Str(1, UNBOUNDED),
        Optional "unsafe" => Bool,
        Optional "style" => Is(&TEXT_STYLE),
    }
}

object! {
    USER, "user_element", Some("user"), EVERYWHERE, [], {
        Required "user_id" => NAME,
        Optional "style" => Is(&MENTION_STYLE),
    }
}

object! {
    USERGROUP, "usergroup_element", Some("usergroup"), EVERYWHERE, [], {
        Required "usergroup_id" => NAME,
        Optional "style" => Is(&MENTION_STYLE),
    }
}

object! {
    CHANNEL, "channel_element", Some("channel"), EVERYWHERE, [], {
        Required "channel_id" => NAME,
        Optional "style" => Is(&MENTION_STYLE),
    }
}

object! {
    TEAM, "team_element", Some("team"), EVERYWHERE, [], {
        Required "team_id" => NAME,
        Optional "style" => Is(&MENTION_STYLE),
    }
}

object! {
    /// `name` has no colons.
    EMOJI, "emoji_element", Some("emoji"), EVERYWHERE, [], {
        Required "name" => NAME,
        Optional "unicode" => NAME,
        Optional "skin_tone" => Int(1, 6),
        Optional "url" => URL,
        Optional "style" => Is(&TEXT_STYLE),
    }
}

object! {
    /// `timestamp` is in Unix seconds.
    DATE, "date_element", Some("date"), EVERYWHERE, [], {
        Required "timestamp" => Int(0, i64::MAX),
        Required "format" => NAME,
        Optional "timezone" => NAME,
        Optional "url" => URL,
        Optional "fallback" => NAME,
        Optional "style" => Is(&MENTION_STYLE),
    }
}

object! {
    BROADCAST, "broadcast_element", Some("broadcast"), EVERYWHERE, [], {
        Required "range" => Word(&["here", "channel", "everyone"]),
        Optional "style" => Is(&MENTION_STYLE),
    }
}

object! {
    COLOR, "color_element", Some("color"), EVERYWHERE, [], {
        Required "value" => NAME,
        Optional "style" => Is(&TEXT_STYLE),
    }
}

object! {
    TEXT_STYLE, "style", None, EVERYWHERE, [], {
        Optional "bold" => Bool,
        Optional "italic" => Bool,
        Optional "strike" => Bool,
        Optional "code" => Bool,
        Optional "underline" => Bool,
    }
}

object! {
    MENTION_STYLE, "style", None, EVERYWHERE, [], {
        Optional "bold" => Bool,
        Optional "italic" => Bool,
        Optional "strike" => Bool,
        Optional "code" => Bool,
        Optional "underline" => Bool,
        Optional "highlight" => Bool,
        Optional "client_highlight" => Bool,
        Optional "unlink" => Bool,
    }
}
