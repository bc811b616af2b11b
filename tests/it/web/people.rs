//! The list of people: who is on it, how it is searched, and how its pages turn.

use insta::assert_snapshot;

use super::browser::Page;
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// The names on a page, in its order.
fn names(page: &Page) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.text());
    let names = page.html.split("<td class=\"who\"><a href=").skip(1);
    names
        .map(|rest| rest.split(['>', '<']).nth(1).unwrap().to_owned())
        .collect()
}

/// Somebody whom the bot saw once.
async fn knows(ctx: &Context, user: &str, name: &str) {
    ctx.execute(&format!(
        "INSERT INTO person (id, created_at) VALUES ('{user}', 1)"
    ))
    .await;
    ctx.execute(&format!(
        "INSERT INTO account (id, person_id, enterprise, team, \"user\", name, email, seen_at)
         VALUES ('{user}', '{user}', '', 'T0EXAMPLE', '{user}', '{name}', '{user}@example.org', 1)"
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_listed_by_name_with_what_they_have() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        knows(ctx, "U0EMIL", "Émile Zola").await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/people").await;
        let text = page.text();
        let table = text.split_once("Person\nLive access\n").unwrap().1;
        assert_snapshot!(table, @"
        Ada Lind ada@example.com
        none
        Dana Ito dana@example.com
        1
        Émile Zola U0EMIL@example.org
        none
        Eve Moss eve@example.com
        none
        Omar Khan omar@example.com
        none
        Priya Shah priya@example.com
        none
        Sam Reyes sam@example.com
        none
        ");
        let led = [
            "href=\"/people/U0DANA\"",
            "href=\"/active?grantee=U0DANA\"",
            "<a href=\"/people\" aria-current",
        ];
        for link in led {
            assert!(page.html.contains(link), "{link}: {}", page.html);
        }
        let of_dana = sam.open("/active?grantee=U0DANA").await;
        assert!(of_dana.text().contains("AR-1"), "{}", of_dana.text());
        for (text, expected) in [
            ("ito", &["Dana Ito"][..]),
            ("ITO+da", &["Dana Ito"]),
            ("tana", &[]),
            ("emile", &["Émile Zola"]),
            ("omar%40exa", &["Omar Khan"]),
            ("u0dana", &["Dana Ito"]),
            ("nobody", &[]),
        ] {
            let page = sam.open(&format!("/people?text={text}")).await;
            assert_eq!(names(&page), expected, "{text}");
            let is_said = page.text().contains("Nobody known to the bot fits this filter.");
            assert_eq!(is_said, expected.is_empty(), "{text}: {}", page.text());
        }
        for (query, expected) in [
            ("live=some", &["Dana Ito"][..]),
            ("live=some&text=omar", &[]),
            ("live=none&text=omar", &["Omar Khan"]),
            ("live=none&text=dana", &[]),
            ("blocked=yes", &[]),
            ("blocked=no&text=dana", &["Dana Ito"]),
        ] {
            let page = sam.open(&format!("/people?{query}")).await;
            assert_eq!(names(&page), expected, "{query}");
        }
        for query in ["live=bogus", "blocked=maybe"] {
            assert_eq!(sam.open(&format!("/people?{query}")).await.status, 404, "{query}");
        }
        for who in ["dana", "omar"] {
            let mut browser = signed_in(ctx, who).await;
            assert_eq!(browser.open("/people").await.status, 404, "{who}");
            assert!(!browser.open("/").await.html.contains("href=\"/people\""));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_people_have_everybody_once_and_lead_back() {
    run(async |ctx| {
        ctx.settle().await;
        let mut expected = Vec::new();
        for number in 0..120 {
            let name = format!("Zoe {:03}", number / 2);
            knows(ctx, &format!("U1{number:03}"), &name).await;
            expected.push(name);
        }
        let mut sam = signed_in(ctx, "sam").await;
        let (mut path, mut pages) = ("/people?text=zoe".to_owned(), Vec::new());
        loop {
            let page = sam.open(&path).await;
            pages.push(names(&page));
            let Some(next) = page.html.split("rel=\"next\" href=\"").nth(1) else {
                break;
            };
            path = next
                .split('"')
                .next()
                .unwrap()
                .replace("&amp;", "&")
                .replace("&#38;", "&");
        }
        assert_eq!(pages.concat(), expected);
        assert_eq!(pages[0].len(), 50);
        let page = sam.open(&path).await;
        let back = page.html.split("rel=\"prev\" href=\"").nth(1).unwrap();
        let back = back
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&")
            .replace("&#38;", "&");
        assert_eq!(names(&sam.open(&back).await), pages[1]);
        let page = sam.open("/people?after=U1119&text=zoe").await;
        assert_eq!(names(&page), [""; 0]);
        let page = sam.open("/people?after=U9999&text=zoe").await;
        assert_eq!(names(&page), pages[0], "who is unknown has no place");
    })
    .await;
}
