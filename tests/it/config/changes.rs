//! What the trail says of a changed config.

use apono::config::changes;
use insta::assert_snapshot;

use super::{EXAMPLE, parse};

fn changed(edits: &[(&str, &str)]) -> String {
    let mut text = EXAMPLE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    parse(&text).unwrap();
    changes(EXAMPLE, &text).unwrap().join("\n")
}

#[test]
fn each_change_is_a_sentence_with_its_place() {
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
    [database] url changed
    flow "Developers on orders": max_duration 8h → 4h
    flow "Developers on orders": resources + orders_eu, − orders*
    flow "On-call reads at once" removed
    flow "On-call" added: approval automatic; integration orders-db; max_duration 1h; permissions read; requesters group:sre
    group developers: + kim@example.com, − U0EVE
    integration "orders-db": permissions (read {resource}_read, write {resource}_write) → (read {resource}_read, write {resource}_rw)
    role admins: + eve@example.com, − ada@example.com
    [slack] sockets set to 3
    "#);
}

#[test]
fn comments_change_nothing_and_the_order_of_flows_does() {
    assert_snapshot!(changed(&[("# Who may ask for what", "# Who may ask")]), @"");
    let flows = EXAMPLE.find("[[flows]]").unwrap();
    let second = flows + 1 + EXAMPLE[flows + 1..].find("[[flows]]").unwrap();
    let (one, two) = (&EXAMPLE[flows..second], &EXAMPLE[second..]);
    let turned = format!("{}{two}\n{one}", &EXAMPLE[..flows]);
    parse(&turned).unwrap();
    assert_snapshot!(changes(EXAMPLE, &turned).unwrap().join("\n"), @r#"the flows are tried in another order: "On-call reads at once", "Developers on orders""#);
}
