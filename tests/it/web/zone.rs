//! The zone of the times on pages: the reader's, or UTC by a switch.

use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::run_test_with;

#[tokio::test(flavor = "multi_thread")]
async fn times_are_in_the_readers_zone_until_they_switch_to_utc() {
    let setup = || {
        let mut setup = with_portal();
        setup
            .world
            .change_person("sam", |sam| sam.tz = Some("Asia/Kolkata".to_owned()));
        setup
    };
    run_test_with(setup, async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/requests/AR-1").await;
        assert!(page.text().contains(" IST"), "{}", page.text());
        assert!(!page.text().contains(" UTC"), "{}", page.text());
        let page = sam.open("/activity?created=today").await;
        assert!(page.html.contains("Times are in Asia/Kolkata."), "{}", page.html);
        assert!(page.text().contains("AR-1"), "{}", page.text());
        assert!(
            page.html
                .contains("name=\"back\" value=\"/activity?created=today\""),
            "{}",
            page.html
        );
        let token = page.token();
        let back = "/activity?created=today";
        let switched = sam
            .send("/zone", &[("form", &token), ("zone", "utc"), ("back", back)])
            .await;
        assert_eq!(switched.path, back);
        assert!(switched.html.contains("Times are in UTC."), "{}", switched.html);
        assert!(switched.html.contains("Show Asia/Kolkata"), "{}", switched.html);
        let page = sam.open("/requests/AR-1").await;
        assert!(
            page.text().contains(" UTC") && !page.text().contains(" IST"),
            "{}",
            page.text()
        );
        // The same moment, half past five hours apart.
        let own = sam
            .send("/zone", &[("form", &token), ("zone", "own"), ("back", "/active")])
            .await;
        assert!(own.text().contains(" IST"), "{}", own.text());
        // Another site's address is not gone back to.
        for back in [
            "https://evil.example.com",
            "//evil.example.com",
            "/\\evil.example.com",
            "",
        ] {
            let page = sam
                .post("/zone", &[("form", &token), ("zone", "utc"), ("back", back)])
                .await;
            assert_eq!((page.status, page.header("location")), (303, "/"), "{back}");
        }
        let mut dana = signed_in(ctx, "dana").await;
        let page = dana.open("/requests/AR-1").await;
        assert!(page.text().contains(" UTC"), "{}", page.text());
        assert!(!page.html.contains("Show "), "{}", page.html);
    })
    .await;
}
