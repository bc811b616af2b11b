//! Reports that go by e-mail, to the domains that the config names, and of one's own requests to oneself alone.

use std::fs;
use std::time::Duration;

use data_encoding::BASE64;

use super::server::{How, Smtp};
use crate::support::bot::{Context, run_test_with};
use crate::web::reports::{saved, two_requests};
use crate::web::signing_in::signed_in;
use crate::web::with_portal;

/// The config names this server, and lets reports go to one domain.
async fn sends_mail_to(ctx: &Context, smtp: &Smtp) {
    fs::write(ctx.folder.path().join("mail_password"), "hunter2").unwrap();
    let ca = ctx.folder.path().join("mail_ca.pem");
    fs::copy(smtp.folder.path().join("ca.pem"), &ca).unwrap();
    let mail = format!(
        "\n[mail]\nserver = \"smtps://localhost:{}\"\nfrom = \"apono@example.com\"\nuser = \"apono\"\n\
         password = {{ file = \"mail_password\" }}\n\n[reports]\nemail_domains = [\"example.com\"]\n",
        smtp.port
    );
    ctx.edit_config(|config| {
        let trusting = format!("[slack]\nca_file = {:?}\n", ca.to_str().unwrap());
        let config = config.replace("[slack]\n", &trusting);
        config.replacen("\n[web]\n", &format!("{mail}\n[web]\n"), 1)
    });
    ctx.app().reload().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_goes_by_mail_where_the_config_lets_it_and_own_requests_to_oneself() {
    run_test_with(with_portal, async |ctx| {
        let Some(mut smtp) = Smtp::start(How::Tls) else {
            return;
        };
        two_requests(ctx).await;
        let (mut sam, mut dana) = (signed_in(ctx, "sam").await, signed_in(ctx, "dana").await);
        let daily = |to| [("cron", "0 9 * * *"), ("recipient", to)];
        let refused = saved(&mut sam, "None", &daily("priya@example.com")).await;
        assert!(
            refused.text().contains("This bot sends no e-mail."),
            "{}",
            refused.text()
        );

        sends_mail_to(ctx, &smtp).await;
        let refused = saved(&mut sam, "Elsewhere", &daily("sam@example.com.evil.example")).await;
        let why = "Reports go by e-mail to these domains alone: example.com.";
        assert!(refused.text().contains(why), "{}", refused.text());
        let refused = saved(&mut dana, "Others", &daily("priya@example.com")).await;
        assert!(
            refused.text().contains("Only admins and auditors share reports"),
            "{}",
            refused.text()
        );
        saved(&mut sam, "Daily", &daily("Priya@Example.com")).await;
        saved(&mut dana, "Mine", &daily("dana@example.com")).await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until_channel_says("*REPORT RAN* “Daily”, 2 rows as CSV, went to priya@example.com")
            .await;
        ctx.until_channel_says("*REPORT RAN* “Mine”, 1 row as CSV, went to dana@example.com")
            .await;
        let mut taken = smtp.taken();
        taken.sort_by(|one, other| one.to.cmp(&other.to));
        let [mine, daily] = &taken[..] else {
            panic!("{taken:?}");
        };
        assert_eq!(mine.to, ["dana@example.com"]);
        assert_eq!(daily.to, ["priya@example.com"]);
        let begins = BASE64.encode("\u{feff}status,request_id,requestor".as_bytes());
        for expected in ["filename=\"daily-", "Content-Type: text/csv", &begins] {
            assert!(daily.text.contains(expected), "{expected}: {}", daily.text);
        }
        ctx.settle().await;

        ctx.edit_config(|config| config.replace("[\"example.com\"]", "[\"example.org\"]"));
        ctx.app().reload().await.unwrap();
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until_channel_says(
            "*REPORT PAUSED* “Daily” no longer runs by itself: the config lets no reports go to its address",
        )
        .await;
        assert_eq!(smtp.taken().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_no_server_takes_is_tried_again_with_the_same_key() {
    run_test_with(with_portal, async |ctx| {
        let Some(mut smtp) = Smtp::start(How::Tls) else {
            return;
        };
        two_requests(ctx).await;
        sends_mail_to(ctx, &smtp).await;
        fs::write(ctx.folder.path().join("mail_password"), "wrong").unwrap();
        let mut sam = signed_in(ctx, "sam").await;
        let daily = [("cron", "0 9 * * *"), ("recipient", "priya@example.com")];
        saved(&mut sam, "Daily", &daily).await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("it failed", async || {
            let failed = "UPDATE report SET name = name WHERE failed_at IS NOT NULL";
            ctx.execute(failed).await == 1
        })
        .await;
        assert_eq!(smtp.taken().len(), 0);
        fs::write(ctx.folder.path().join("mail_password"), "hunter2").unwrap();
        ctx.clock.advance(Duration::from_mins(5));
        ctx.until_channel_says("*REPORT RAN* “Daily”, 2 rows as CSV, went to priya@example.com")
            .await;
        assert_eq!(smtp.taken().len(), 1);
        assert_eq!(ctx.audit_channel().matches("*EXPORTED*").count(), 1);
    })
    .await;
}
