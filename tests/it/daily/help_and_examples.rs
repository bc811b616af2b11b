//! 8. Examples end nobody's access, and help is short.

use apono::slack::handlers::commands::Word;

use crate::support::bot::run_test;

/// Whether a text names a request that may exist.
fn names_a_request(text: &str) -> bool {
    text.match_indices("AR-")
        .any(|(at, _)| text[at + 3..].starts_with(|c: char| c.is_ascii_digit()))
}

#[test]
fn no_example_names_a_request() {
    for word in Word::ALL {
        assert!(!names_a_request(word.example()), "{}", word.example());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_is_short_and_by_role() {
    run_test(async |ctx| {
        ctx.everybody_is_known().await;
        for (who, most) in [("eve", 7), ("omar", 8), ("sam", 8), ("ada", 12)] {
            let help = ctx.says(who, "help").await;
            assert!(!names_a_request(&help), "{help}");
            assert!(help.lines().count() <= most, "{who}:\n{help}");
            assert_eq!(help.contains("/apono block"), who == "ada", "{who}:\n{help}");
            assert_eq!(help.contains("/apono pending"), who == "omar", "{who}:\n{help}");
            assert_eq!(
                help.contains("/apono log"),
                ["ada", "sam"].contains(&who),
                "{who}:\n{help}"
            );
        }
        insta::assert_snapshot!(ctx.says("dana", "help").await, @"");
        let unknown = ctx.says("dana", "xyzzy").await;
        assert_eq!(unknown.lines().count(), 2, "{unknown}");
        insta::assert_snapshot!(ctx.says("dana", "lst").await, @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_alone_shows_its_request_and_footers_name_the_readers_own() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        for words in ["AR-1", "ar1", "1", "status AR-1"] {
            let shown = ctx.says("dana", words).await;
            assert!(shown.contains("Requested by Dana Ito"), "{words}: {shown}");
        }
        let list = ctx.says("dana", "list").await;
        assert!(list.contains("`/apono show AR-1`"), "{list}");
        assert!(!ctx.says("ada", "active").await.contains("/apono revoke AR-"));
    })
    .await;
}
