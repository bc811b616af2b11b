//! A file to read and to print: one table that needs nothing from elsewhere.
//!
//! Invariant: what people and targets wrote is escaped, and the file may neither run nor load anything.

use std::borrow::Cow;

use crate::access::clean::escaped;

use super::Wanted;
use super::about::{END, facts, title};

/// Colours and sizes as in the portal.
const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--surface:#f6f7f9;--line:#d8dde4;--text:#18212c;--muted:#556070}\
@media(prefers-color-scheme:dark){:root{--ground:#0f141a;--surface:#171e27;--line:#2b3542;--text:#e7ecf2;--muted:#a0acba}}\
body{margin:24px;background:var(--ground);color:var(--text);font:13px/20px Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}\
h1{font-size:20px;line-height:28px;font-weight:600;margin:0 0 8px}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 16px;margin:0 0 16px}\
dt{color:var(--muted)}dd{margin:0}\
table{border-collapse:collapse}\
th,td{padding:8px 12px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;max-width:320px;overflow-wrap:anywhere;white-space:pre-line}\
th{position:sticky;top:0;background:var(--surface);font-size:12px;line-height:16px;font-weight:500;color:var(--muted);white-space:nowrap}\
tr{break-inside:avoid}\
@media print{@page{size:A4 landscape;margin:12mm}body{margin:0;font-size:8px;line-height:11px}th,td{padding:3px 4px}thead{display:table-header-group}th{position:static}}";

/// The start of a file, up to the names of its columns.
pub(super) fn head<'a>(wanted: &Wanted, columns: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{heading}</title><style>{STYLE}</style></head>\n<body><h1>{heading}</h1>\n<dl>",
        heading = escaped(title(wanted))
    );
    for (term, said) in facts(wanted) {
        html.extend(["<dt>", term, "</dt><dd>", &escaped(&said), "</dd>"]);
    }
    html.push_str("</dl>\n<table><thead><tr>");
    for column in columns {
        html.extend(["<th scope=\"col\">", &escaped(column), "</th>"]);
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    html.into_bytes()
}

/// Rows of cells.
pub(super) fn lines<'a, C: IntoIterator<Item = Cow<'a, str>>>(rows: impl IntoIterator<Item = C>) -> Vec<u8> {
    let mut html = String::new();
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            html.push_str("<td>");
            html.push_str(&escaped(&cell));
            html.push_str("</td>");
        }
        html.push_str("</tr>\n");
    }
    html.into_bytes()
}

/// The end of the file. Without it, the file broke off.
pub(super) fn foot() -> Vec<u8> {
    format!("</tbody></table>\n<p>{END}</p></body></html>\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_no_markup() {
        let row = ["<script>alert('1')</script>", "a & \"b\"", "\u{202e}txt"];
        let written = String::from_utf8(lines([row.map(Cow::from)])).unwrap();
        assert_eq!(
            written,
            "<tr><td>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</td><td>a &amp; &quot;b&quot;</td><td>txt</td></tr>\n"
        );
    }
}
