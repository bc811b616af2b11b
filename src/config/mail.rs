//! `[mail]`: the server that takes letters. `[reports]`: where they may go, and how they look.

use std::path::PathBuf;

use super::keys;
use crate::access::recipient::Recipient;
use crate::document::{Document, Section, Value};
use crate::mail::{Address, Login};
use crate::paper::is_font;

/// The server, and who sends there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailConfig {
    pub server: Address,
    /// The sender's address.
    pub from: String,
    /// `None` if the server asks for none.
    pub login: Option<Login>,
}

/// What holds for reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportsConfig {
    /// The domains of addresses that reports may go to, in lower case.
    pub email_domains: Vec<String>,
    /// Files of fonts for PDF, beside the one that is in the program.
    pub fonts: Vec<PathBuf>,
}

pub(super) fn read(root: &Section<'_>) -> (Option<MailConfig>, ReportsConfig) {
    let mail = read_mail(root);
    let reports = read_reports(root, mail.as_ref());
    (mail, reports)
}

/// `None` if there is no such section, or if something is wrong.
fn read_mail(root: &Section<'_>) -> Option<MailConfig> {
    let section = root.section("mail", "[mail]", keys::MAIL)?;
    let doc = section.doc;
    let server = section.must("server", r#""smtps://mail.example.com""#, |v| doc.mail_server(v));
    let from = section.must("from", r#""apono@example.com""#, |v| doc.sender(v));
    let user = section.may("user", |v| doc.text(v));
    let password = section.may("password", |v| doc.secret(v, |_| None));
    let login = match (user, password) {
        (Some(user), Some(password)) => Some(Login {
            user: user.to_owned(),
            password,
        }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            if doc.is_sound() {
                doc.problem(
                    section.span.clone(),
                    "Write both `user` and `password`, or neither.",
                );
            }
            None
        }
    };
    Some(MailConfig {
        server: server?,
        from: from?.to_owned(),
        login,
    })
}

fn read_reports(root: &Section<'_>, mail: Option<&MailConfig>) -> ReportsConfig {
    let Some(section) = root.section("reports", "[reports]", keys::REPORTS) else {
        return ReportsConfig::default();
    };
    let doc = section.doc;
    let email_domains = section.or("email_domains", Vec::new(), |v| {
        doc.list(v, |item| doc.domain(item))
    });
    if !email_domains.is_empty() && mail.is_none() && doc.is_sound() {
        let place = section
            .get("email_domains")
            .map_or_else(|| section.span.clone(), Value::span);
        doc.problem(
            place,
            "Nothing goes there without a mail server: add a section [mail], or remove this line.",
        );
    }
    let fonts = section.or("fonts", Vec::new(), |v| {
        doc.list(v, |item| {
            let judge =
                |file| (!is_font(file)).then_some("This file holds no font: name a .ttf, .otf or .ttc file.");
            doc.binary_file(item, judge)
        })
    });
    ReportsConfig { email_domains, fonts }
}

impl<'a> Document<'a> {
    fn mail_server(&self, value: &'a Value<'a>) -> Option<Address> {
        match Address::parse(self.text(value)?) {
            Ok(address) => Some(address),
            Err(wrong) => {
                self.problem(value.span(), wrong);
                None
            }
        }
    }

    fn sender(&self, value: &'a Value<'a>) -> Option<&'a str> {
        let text = self.text(value)?;
        if matches!(Recipient::of(text), Some(Recipient::Address(_))) {
            return Some(text);
        }
        self.problem(
            value.span(),
            "Write an e-mail address alone, such as \"apono@example.com\".",
        );
        None
    }

    /// `example.com`.
    fn domain(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let is_label =
            |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if text.split('.').count() < 2 || !text.split('.').all(is_label) {
            self.problem(
                value.span(),
                "Write what comes after the @ of an address, such as \"example.com\".",
            );
            return None;
        }
        Some(text.to_ascii_lowercase())
    }
}
