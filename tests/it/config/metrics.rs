//! `[metrics]`: where health and metrics are read.

use insta::assert_snapshot;

use super::{LEAST, parse, problems};

#[test]
fn metrics_are_off_without_an_address() {
    assert_eq!(parse(LEAST).unwrap().metrics, None);
    assert_eq!(parse(&format!("{LEAST}[metrics]\n")).unwrap().metrics, None);
    let on = parse(&format!("{LEAST}[metrics]\nlisten = \"10.0.0.7:9464\"")).unwrap();
    assert_eq!(on.metrics.unwrap().listen.to_string(), "10.0.0.7:9464");
}

#[test]
fn an_address_that_cannot_be_listened_on_is_refused() {
    let wrong = |keys: &str| problems(&format!("{LEAST}[metrics]\n{keys}\n"));
    assert_snapshot!(wrong("listen = \"localhost\""), @r#"config.toml:11:10: Write an IP address and a port, such as "127.0.0.1:8080" or "[::]:8443"."#);
    assert_snapshot!(wrong("listen = \"0.0.0.0:0\""), @"config.toml:11:10: Write a port; 0 (a free one) is for 127.0.0.1.");
    assert_snapshot!(wrong("port = 9464"), @r#"config.toml:11:1: Unknown key "port"; known: listen."#);
}
