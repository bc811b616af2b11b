//! Files in PDF: everything is on the pages, in any script, and the file is sound.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use insta::assert_snapshot;

use super::reports::{ran, run, saved};
use super::signing_in::signed_in;
use crate::support::bot::Context;
use crate::support::programs;

/// Of the package fonts-noto-cjk, which the tests with a browser need too.
const CJK: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

/// What programs say about a file.
pub(crate) struct Looked {
    /// Its text in the order of its content, without white space, as a long word is broken at the edge of its cell.
    pub(crate) text: String,
    fonts: String,
    about: String,
}

/// `None` only where the programs are not installed, and then the test says that it left itself out.
pub(crate) fn look(ctx: &Context, pdf: &[u8]) -> Option<Looked> {
    let find = |program, package| programs::find(program, package, "APONO_REQUIRE_PDF");
    let qpdf = find("qpdf", "qpdf")?;
    let [text, fonts, info] = ["pdftotext", "pdffonts", "pdfinfo"].map(|name| find(name, "poppler-utils"));
    let file = ctx.folder.path().join("looked.pdf");
    std::fs::write(&file, pdf).unwrap();
    let said = |program: PathBuf, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let path = file.to_str().unwrap();
    said(qpdf, &["--check", path]);
    Some(Looked {
        text: squeezed(&said(text?, &["-raw", path, "-"])),
        fonts: said(fonts?, &[path]),
        about: said(info?, &[path]),
    })
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_is_on_the_pages_and_every_font_is_in_the_file() {
    run(async |ctx| {
        let long = "Ελλάδα, Київ, Łódź: nobody knows why ".repeat(11);
        let hostile = format!("=1+1, <b>bold</b> & (brackets) {}", "x".repeat(300));
        ctx.asks("dana", "read", "1h", &hostile).await;
        ctx.asks("omar", "read", "1h", long.trim()).await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let columns = [
            "justification",
            "requestor_email",
            "resources",
            "requested_seconds",
            "audit_seqs",
        ];
        let columns = columns.map(|column| ("column", column));
        let path = saved(&mut sam, "All of them", &columns).await.path;
        let csv = ran(&mut sam, &path, "csv").await.html;
        let pdf = ran(&mut sam, &path, "pdf").await;
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        let name = pdf.headers["content-disposition"].to_str().unwrap();
        assert!(name.ends_with(".pdf\""), "{name}");
        let Some(looked) = look(ctx, &pdf.body) else {
            return;
        };
        let cells: Vec<String> = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes())
            .records()
            .flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert_eq!(cells.len(), 2 * 8);
        for cell in cells {
            let cell = squeezed(cell.trim_start_matches('\''));
            assert!(looked.text.contains(&cell), "{cell} is not in {}", looked.text);
        }
        assert!(
            looked.text.ends_with("Thisisallofit.Allofthem,page1"),
            "{}",
            looked.text
        );
        let fonts: Vec<&str> = looked.fonts.lines().skip(2).collect();
        assert_eq!(fonts.len(), 2, "{}", looked.fonts);
        assert!(
            fonts.iter().all(|font| font.contains(" yes yes yes ")),
            "{}",
            looked.fonts
        );
        let about = |what: &str| {
            let line = looked.about.lines().find(|line| line.starts_with(what));
            line.unwrap()
                .split_whitespace()
                .skip(1)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_snapshot!(
            ["Title:", "Tagged:", "JavaScript:", "Form:", "Pages:"].map(about).join(", "),
            @"All of them, yes, no, none, 1"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_font_has_is_printed_by_its_number_and_fonts_of_the_config_have_it() {
    run(async |ctx| {
        ctx.ask("dana", "read", "1h", "服务器 down 💥").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let path = saved(&mut sam, "All", &[("column", "justification")]).await.path;
        let pdf = ran(&mut sam, &path, "pdf").await;
        let Some(looked) = look(ctx, &pdf.body) else {
            return;
        };
        let by_number = "U+670DU+52A1U+5668downU+1F4A5";
        assert!(looked.text.contains(by_number), "{}", looked.text);
        ctx.edit_config(|config| {
            let fonts = format!("\n[reports]\nfonts = [{CJK:?}]\n\n[web]\n");
            config.replacen("\n[web]\n", &fonts, 1)
        });
        ctx.app().reload().await.unwrap();
        let pdf = ran(&mut sam, &path, "pdf").await;
        let looked = look(ctx, &pdf.body).unwrap();
        assert!(looked.text.contains("服务器downU+1F4A5"), "{}", looked.text);
        assert!(looked.fonts.contains("NotoSansCJK"), "{}", looked.fonts);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_arrives_as_pdf_and_events_leave_as_pdf() {
    run(async |ctx| {
        ctx.ask("dana", "read", "1h", "incident 4711").await;
        let mut sam = signed_in(ctx, "sam").await;
        saved(&mut sam, "Daily", &[("format", "pdf"), ("cron", "0 9 * * *")]).await;
        let token = sam.open("/activity").await.token();
        let fields = [
            ("form", token.as_str()),
            ("filter", ""),
            ("rows", "events"),
            ("format", "pdf"),
        ];
        let events = sam.post("/activity/export", &fields).await;
        if let Some(looked) = look(ctx, &events.body) {
            assert!(looked.text.contains("policy_changed"), "{}", looked.text);
            assert!(looked.text.contains("Thisisallofit."), "{}", looked.text);
        }
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until_channel_says("*REPORT RAN* “Daily”, 1 row as PDF, went to U0SAM")
            .await;
        let messages = ctx.person("sam").reads("@bot");
        let file = messages.iter().flat_map(|message| &message.files).next().unwrap();
        assert!(file.name.contains("daily-20"), "{}", file.name);
        assert!(file.content.starts_with("%PDF-1.7"), "{}", file.content);
    })
    .await;
}
