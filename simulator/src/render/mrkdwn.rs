//! Slack's own markup (`mrkdwn`) as people read it.

use crate::world::World;

/// Resolves mentions, dates and links in angle brackets and undoes the three escapes. Marks for bold and the like stay.
pub(crate) fn mrkdwn(world: &World, text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        read.push_str(&unescape(before));
        let Some((token, after)) = after.split_once('>') else {
            read.push('<');
            rest = after;
            continue;
        };
        read.push_str(&reference(world, token));
        rest = after;
    }
    read.push_str(&unescape(rest));
    read
}

/// The content between `<` and `>`: a mention, a special word, a date or a link, each with an optional `|label`.
fn reference(world: &World, token: &str) -> String {
    let (target, label) = token
        .split_once('|')
        .map_or((token, None), |(target, label)| (target, Some(unescape(label))));
    if let Some(person) = target.strip_prefix('@') {
        return label.unwrap_or_else(|| format!("@{}", world.name_of(person)));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return label.unwrap_or_else(|| channel_name(world, channel));
    }
    if let Some(group) = target.strip_prefix("!subteam^") {
        return label.unwrap_or_else(|| group_name(world, group));
    }
    if let Some(date) = target.strip_prefix("!date^") {
        return label.unwrap_or_else(|| date.to_owned());
    }
    if let Some(everybody) = target.strip_prefix('!') {
        return format!("@{everybody}");
    }
    label.map_or_else(
        || unescape(target),
        |label| format!("{label} ({})", unescape(target)),
    )
}

pub(super) fn channel_name(world: &World, id: &str) -> String {
    world
        .channel(id)
        .map_or_else(|| format!("#{id}"), |channel| format!("#{}", channel.name))
}

pub(super) fn group_name(world: &World, id: &str) -> String {
    world
        .groups
        .iter()
        .find(|group| group.id == id)
        .map_or_else(|| format!("@{id}"), |group| format!("@{}", group.handle))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
