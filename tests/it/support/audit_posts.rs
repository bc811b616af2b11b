//! What holds for every post of the audit channel, whatever it says.

use slack_simulator::SeenMessage;

use super::plain::in_utc;

/// At most five blocks beside the paragraphs of a long list; a short headline; few and short fields; and every fact in the top-level text.
pub(crate) fn assert_as_agreed(posts: &[SeenMessage]) {
    for post in posts {
        let blocks = post.blocks.as_array().unwrap();
        let paragraphs = blocks.iter().filter(|block| is_of_a_list(block)).count();
        assert!(
            blocks.len() - paragraphs <= 5,
            "too many blocks:\n{}",
            post.rendered
        );
        let headline = post.text.lines().next().unwrap();
        assert!(headline.chars().count() <= 150, "too long: {headline}");
        let fields: Vec<String> = blocks
            .iter()
            .flat_map(|block| block["fields"].as_array().into_iter().flatten())
            .map(|field| in_utc(field["text"].as_str().unwrap()))
            .collect();
        assert!(fields.len() <= 10, "too many fields:\n{}", post.rendered);
        for field in fields {
            assert!(field.chars().count() <= 300, "too long: {field}");
            // The last field holds all that are left.
            let is_there = field.split("; ").all(|fact| post.text.contains(fact));
            assert!(is_there, "{field} is not in {}", post.text);
        }
        let small_print = blocks.last().unwrap()["elements"][0]["text"].as_str().unwrap();
        assert!(post.text.ends_with(small_print), "{}", post.text);
        if let Some(thread) = &post.thread_ts {
            let root = posts.iter().find(|root| root.ts == *thread).unwrap();
            assert!(root.thread_ts.is_none(), "a thread inside a thread");
            let opens = ["*REQUESTED*", "*POLICY CHANGED*"];
            let is_opened = opens.iter().any(|word| root.rendered.contains(word));
            assert!(is_opened, "{}", root.rendered);
        }
    }
}

/// Whether a block is a part of a list that is too long for a field.
fn is_of_a_list(block: &serde_json::Value) -> bool {
    let text = block["elements"][0]["elements"][0]["text"].as_str();
    text.is_some_and(|text| text.chars().count() > 300)
}
