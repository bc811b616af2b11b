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
        insta::assert_snapshot!(ctx.says("dana", "help").await, @"
        *apono* gives access for a limited time, and takes it back automatically.
        `/apono request` – ask for access; `/apono request read orders 2h because ...` fills in the form; `/apono again AR-...` asks for the same again
        `/apono active` – your live access, with buttons to connect, extend and give back; `/apono connect AR-...`, `/apono extend AR-... 1h` and `/apono revoke AR-...` do the same
        `/apono list` – your requests; `/apono show AR-...` – one with its history; `/apono cancel AR-...` – withdraw one
        `/apono whoami` – what you can request; `/apono why read on orders` – which access flow decides
        `/apono portal` – the same in your browser; `/apono report` – your reports; `/apono review` – access reviews that wait for you; `/apono help` – this help
        Every step is posted to the audit channel.
        ");
        let unknown = ctx.says("dana", "xyzzy").await;
        assert_eq!(unknown.lines().count(), 2, "{unknown}");
        insta::assert_snapshot!(ctx.says("dana", "lst").await, @r#"
        I do not know "lst". Did you mean `/apono list`?
        `/apono help` lists every command.
        "#);
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
