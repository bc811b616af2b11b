//! Two people side by side, and the links that lead to people.

use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::run_test_with;

#[tokio::test(flavor = "multi_thread")]
async fn two_people_are_compared_by_those_who_read_everything() {
    run_test_with(with_portal, async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("omar", "read", "2h", "incident 4712").await;
        ctx.sees("priya", "AR-2").await;
        ctx.clicks("priya", "AR-2", "Approve").await;
        ctx.until_state(2, "Granted").await;
        ctx.says("omar", "revoke AR-2").await;
        ctx.until_state(2, "Revoked").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/people/U0DANA?with=omar%40example.com").await;
        insta::assert_snapshot!(ctx.plain(&page.text()), @"
        Dana Ito and Omar Khan
        May ask under
        What
        Dana Ito
        Omar Khan
        Developers read (orders-db)
        yes
        yes
        Write at once (orders-db)
        yes
        no
        Has now
        What
        Dana Ito
        Omar Khan
        read on orders (orders-db)
        AR-1
        no
        Had
        What
        Dana Ito
        Omar Khan
        read on orders (orders-db)
        no
        AR-2
        Of the latest 200 requests of each.
        ");
        // On a phone there are no columns: each value says whose it is.
        for label in ["<td data-label=\"Dana Ito\">", "<td data-label=\"Omar Khan\">"] {
            assert_eq!(page.html.matches(label).count(), 4, "{}", page.html);
        }
        for with in ["zoe%40example.com", "U0NOBODY", "U0OMAR%00x"] {
            let page = sam.open(&format!("/people/U0DANA?with={with}")).await;
            assert_eq!(page.status, 400, "{with}");
            let text = page.text();
            assert!(text.contains("Nobody known to the bot is"), "{with}: {text}");
            assert!(
                text.contains("Has now") && text.contains("AR-1"),
                "{with}: {text}"
            );
        }
        let page = sam.open("/people/U0DANA?with=dana+ito").await;
        assert_eq!(page.status, 400, "{}", page.text());
        assert!(
            page.text()
                .contains("Dana Ito cannot be compared with themselves. Name somebody else."),
            "{}",
            page.text()
        );
        ctx.says("ada", "block <@U0OMAR|omar> laptop lost").await;
        let page = sam.open("/people/U0DANA?with=omar+khan").await;
        assert_eq!(page.html.matches(">yes<").count(), 2, "{}", page.html);
        assert!(
            page.text()
                .contains("Omar Khan: Blocked by Ada Lind (ada@example.com) since "),
            "{}",
            page.text()
        );
        assert!(page.text().contains("Dana Ito and Omar Khan"), "{}", page.text());
        ctx.says("ada", "unblock <@U0OMAR|omar>").await;
        for who in ["dana", "omar", "eve"] {
            let mut browser = signed_in(ctx, who).await;
            for with in ["U0OMAR", "U0DANA", "U0NOBODY"] {
                let page = browser.open(&format!("/people/U0DANA?with={with}")).await;
                assert_eq!(page.status, 404, "{who} {with}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_readers_of_everything_are_led_to_pages_that_others_would_not_find() {
    run_test_with(with_portal, async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let led = [
            "href=\"/people/U0DANA\"",
            "href=\"/people/U0OMAR\"",
            "href=\"/integrations/orders-db\"",
            "href=\"/integrations/orders-db/resources?name=",
        ];
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/requests/AR-1").await;
        for link in led {
            assert!(page.html.contains(link), "{link}: {}", page.html);
        }
        let mut dana = signed_in(ctx, "dana").await;
        let page = dana.open("/requests/AR-1").await;
        for link in led {
            assert!(!page.html.contains(link), "{link}: {}", page.html);
        }
    })
    .await;
}
