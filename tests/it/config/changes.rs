//! What the trail says of a changed config: all that differs, and what that means for people, those lines first.

use apono::config::{changes, known_keys};
use apono::slack::views::text::clean;
use insta::assert_snapshot;
use proptest::prelude::*;
use toml::Value;

use super::{EXAMPLE, example_in_full, parse};

/// What the trail says of these edits to the example, whose first flow names resources here.
fn changed(edits: &[(&str, &str)]) -> String {
    let key = "resources = [\"orders*\"]";
    let before = EXAMPLE.replacen(&format!("#{key}"), key, 1);
    let mut text = before.clone();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    parse(&text).unwrap();
    changes(&before, &text).unwrap().join("\n")
}

#[test]
fn each_change_is_a_sentence_with_its_place_and_those_about_rights_come_first() {
    let edits = [
        ("admins = [\"ada@example.com\"]", "admins = [\"eve@example.com\"]"),
        (
            "[\"dana@example.com\", \"U0EVE\"]",
            "[\"dana@example.com\", \"kim@example.com\"]",
        ),
        ("max_duration = \"8h\"", "max_duration = \"4h\""),
        ("resources = [\"orders*\"]", "resources = [\"orders_eu\"]"),
        ("name = \"On-call reads at once\"", "name = \"On-call\""),
        ("write = \"{resource}_write\"", "write = \"{resource}_rw\""),
        ("#sockets = 2", "sockets = 3"),
        ("sqlite://apono.db", "postgres://apono:hunter2@db/apono"),
    ];
    assert_snapshot!(changed(&edits), @r#"
    who is an admin: + U0EVE (same person as eve@example.com)
    role admins: + eve@example.com, − ada@example.com
    group developers: + kim@example.com, − U0EVE
    flow "On-call": no approval is needed
    flow "Developers on orders": who can make requests: + kim@example.com, − eve@example.com (same person as U0EVE), − U0EVE
    flow "Developers write": who can make requests: + kim@example.com, − eve@example.com (same person as U0EVE), − U0EVE
    flow "On-call": who can make requests: + omar@example.com, + priya@example.com
    flow "On-call reads at once": who can make requests: − omar@example.com, − priya@example.com
    flow "Developers on orders": max_duration 8h → 4h
    flow "Developers on orders": resources + orders_eu, − orders*
    flow "On-call reads at once" removed
    flow "On-call" added, tried after "Developers on orders": approval automatic; integration orders-db; max_duration 1h; permissions read; requesters group:sre
    integration "orders-db": permissions.write {resource}_write → {resource}_rw
    [database] url changed
    [slack] sockets set to 3
    "#);
}

#[test]
fn whoever_becomes_an_admin_by_another_account_is_said() {
    let second = "[[people]]\naccounts = [\"ada@example.com\", \"U0MALLORY\"]\n\n[[people]]\n";
    assert_snapshot!(changed(&[("[[people]]\n", second)]), @"
    who is an admin: + U0MALLORY (same person as ada@example.com)
    now one person: ada@example.com, U0MALLORY
    ");
}

#[test]
fn whoever_answers_or_asks_by_a_group_is_said() {
    let edits = [
        (
            "sre = [\"omar@example.com\"",
            "sre = [\"omar@example.com\", \"mallory@example.com\"",
        ),
        ("approvers = [\"group:sre\"]", "approval = \"automatic\""),
    ];
    assert_snapshot!(changed(&edits), @r#"
    group sre: + mallory@example.com
    flow "Developers on orders": no approval is needed
    flow "Developers on orders": who can approve: − omar@example.com, − priya@example.com
    flow "Developers write": who can approve: + mallory@example.com
    flow "Developers on orders": approval set to automatic
    flow "Developers on orders": approvers no longer set (was group:sre)
    flow "On-call reads at once": who can make requests: + mallory@example.com
    "#);
}

#[test]
fn what_counts_without_a_line_is_said_where_a_line_goes() {
    assert_snapshot!(changed(&[("resources = [\"orders*\"]\n", ""), ("permissions = [\"read\"]\nmax", "max")]), @r#"
    flow "Developers on orders": resources no longer set (was orders*): every resource
    flow "On-call reads at once": permissions no longer set (was read): every permission
    "#);
}

#[test]
fn comments_change_nothing_and_the_order_of_flows_does() {
    assert_snapshot!(changed(&[("# Who may request what", "# Who may request")]), @"");
    let flows = EXAMPLE.find("[[flows]]").unwrap();
    let second = flows + 1 + EXAMPLE[flows + 1..].find("[[flows]]").unwrap();
    let (one, two) = (&EXAMPLE[flows..second], &EXAMPLE[second..]);
    let turned = format!("{}{two}\n{one}", &EXAMPLE[..flows]);
    parse(&turned).unwrap();
    assert_snapshot!(changes(&EXAMPLE, &turned).unwrap().join("\n"), @r#"the flows are tried in a new order: "On-call reads at once", "Developers write", "Developers on orders""#);
}

#[test]
fn an_important_line_stands_before_any_number_of_others() {
    let long = "x".repeat(300);
    let mut edits = vec![(
        "[[people]]\n",
        "[[people]]\naccounts = [\"ada@example.com\", \"U0MALLORY\"]\n\n[[people]]\n",
    )];
    let contact = format!("#contact = \"{long}\"");
    let one = |n| {
        format!(
            "[[flows]]\nname = \"aaa {n}\"\nrequesters = [\"group:sre\"]\nintegration = \"orders-db\"\nmax_duration = \"1h\"\napprovers = [\"group:sre\"]\n\n"
        )
    };
    let noise: String = (0..200).map(one).collect();
    let noise = format!("{noise}[[flows]]\nname = \"On-call");
    edits.push(("#contact = \"#team-orders\"", &contact[1..]));
    edits.push(("[[flows]]\nname = \"On-call", &noise));
    let said = changed(&edits);
    assert_eq!(
        said.lines().next(),
        Some("who is an admin: + U0MALLORY (same person as ada@example.com)")
    );
    assert!(said.contains(&long));
    let flows: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("\"aaa ") && line.contains("added"))
        .collect();
    assert_eq!(flows.len(), 200);
}

#[test]
fn texts_that_look_alike_are_told_apart() {
    for (one, other) in [
        ("[\"a, b\"]", "[\"a\", \"b\"]"),
        ("\"a\"", "[\"a\"]"),
        ("\"5\"", "5"),
        ("\"\"", "\" \""),
        ("\"true\"", "true"),
        ("\"a\\u200bb\"", "\"ab\""),
        ("\"a\\u3164b\"", "\"ab\""),
        ("\"a  b\"", "\"a b\""),
        ("[]", "\"nothing\""),
    ] {
        let text = |value: &str| format!("[alerts]\nchannel = {value}\n");
        let said = changes(&text(one), &text(other)).unwrap();
        assert_eq!(said.len(), 1, "{one} {other}");
    }
    let contact = |name: &str| format!("[alerts]\nchannel = {}\n", Value::String(name.to_owned()));
    let said = changes(&contact("ab"), &contact("a\u{3164}b")).unwrap();
    assert_eq!(clean(&said[0]), r#"[alerts] channel ab → "a\u{3164}b""#);
}

#[test]
fn each_key_alone_is_said() {
    let full = example_in_full();
    let whole: toml::Table = full.parse().unwrap();
    for (section, keys) in known_keys() {
        for key in keys {
            let mut tried = 0;
            for place in places(&whole, section) {
                for with in [None, Some(Value::String("entirely other".to_owned()))] {
                    let mut other = whole.clone();
                    let Some(table) = table_at(&mut other, section, place) else {
                        continue;
                    };
                    let Some(was) = table.remove(*key) else { continue };
                    if let Some(with) = with.filter(|with| *with != was) {
                        table.insert((*key).to_owned(), with);
                    }
                    let said = changes(&full, &toml::to_string(&other).unwrap()).unwrap();
                    // Without a `name` a table cannot be identified, so the section is reported key by key.
                    assert!(!said.is_empty(), "[{section}] {key}");
                    tried += 1;
                }
            }
            assert!(tried > 0, "[{section}] {key}");
        }
    }
}

/// How many tables a section has in the text.
fn places(whole: &toml::Table, section: &str) -> std::ops::Range<usize> {
    match whole.get(section.split('.').next().unwrap()) {
        Some(Value::Array(list)) => 0..list.len(),
        Some(_) | None => 0..1,
    }
}

fn table_at<'t>(whole: &'t mut toml::Table, section: &str, place: usize) -> Option<&'t mut toml::Table> {
    if section.is_empty() {
        return Some(whole);
    }
    let (outer, inner) = section
        .split_once('.')
        .map_or((section, None), |(outer, inner)| (outer, Some(inner)));
    let table = match whole.get_mut(outer).unwrap() {
        Value::Array(list) => list[place].as_table_mut().unwrap(),
        section => section.as_table_mut().unwrap(),
    };
    match inner {
        Some(inner) => table.get_mut(inner)?.as_table_mut(),
        None => Some(table),
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        "[a-c ,\u{200b}]{0,3}".prop_map(Value::String),
        (0..3_i64).prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[ab]|name|accounts", inner, 0..3)
                .prop_map(|table| Value::Table(table.into_iter().collect())),
        ]
    })
}

fn any_file() -> impl Strategy<Value = toml::Table> {
    let section = prop_oneof![
        Just("roles"),
        Just("groups"),
        Just("people"),
        Just("flows"),
        Just("integrations"),
        Just("slack"),
        Just("database"),
        Just("anything"),
    ];
    let section = section.prop_map(str::to_owned);
    prop::collection::btree_map(section, any_value(), 0..4).prop_map(|table| table.into_iter().collect())
}

proptest! {
    #[test]
    fn two_texts_have_no_change_exactly_if_they_say_the_same(from in any_file(), to in any_file()) {
        let said = changes(&toml::to_string(&from).unwrap(), &toml::to_string(&to).unwrap()).unwrap();
        // What cannot be read of people is a sentence of its own, and says nothing of what differs.
        let said = said.iter().filter(|sentence| !sentence.starts_with("this version")).count();
        prop_assert_eq!(said == 0, from == to, "{:?} {:?}", from, to);
    }
}
