//! CSV for spreadsheets: RFC 4180 with CRLF, and a byte order mark so that names in any script are read as UTF-8.

use std::borrow::Cow;

use crate::access::time::Timestamp;

/// U+FEFF in UTF-8.
const MARK: &str = "\u{feff}";

/// What ends a row whose cells are written one by one.
const NOTHING_MORE: [&[u8]; 0] = [];

/// The start of a file: the names of its columns.
pub(super) fn head<'a>(columns: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut bytes = MARK.as_bytes().to_vec();
    bytes.extend(lines([columns.into_iter().map(Cow::from)]));
    bytes
}

/// Rows of cells.
pub(super) fn lines<'a, C: IntoIterator<Item = Cow<'a, str>>>(rows: impl IntoIterator<Item = C>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        for cell in row {
            let cell = harmless(cell);
            writer
                .write_field(cell.as_bytes())
                .expect("memory takes every byte");
        }
        writer
            .write_record(NOTHING_MORE)
            .expect("memory takes every byte");
    }
    writer.into_inner().expect("memory takes every byte")
}

/// A spreadsheet would run a cell that begins like a formula, and people choose their own names and words. Some take `;`, a tab or
/// a new line inside a cell for the begin of the next one.
fn harmless(cell: Cow<'_, str>) -> Cow<'_, str> {
    let is_one = !cell
        .bytes()
        .any(|byte| matches!(byte, b';' | b'\t' | b'\r' | b'\n'));
    let is_plain = cell
        .bytes()
        .next()
        .is_none_or(|byte| byte.is_ascii_alphanumeric());
    if is_one && (is_plain || !cell.trim_start_matches(BEFORE).starts_with(FORMULA)) {
        return cell;
    }
    let mut written = String::with_capacity(cell.len() + 1);
    let mut begins = true;
    for (place, c) in cell.char_indices() {
        if begins && (FORMULA.contains(&c) || place == 0 && ENDS.contains(&c)) {
            written.push('\'');
        }
        begins = ENDS.contains(&c) || begins && BEFORE.contains(&c);
        written.push(c);
    }
    written.into()
}

/// What a formula begins with, in its full width too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What is left out before a cell's content.
const BEFORE: [char; 2] = [' ', '"'];

/// What can end a cell.
const ENDS: [char; 4] = [';', '\t', '\r', '\n'];

/// What stands between several things in one cell.
pub(super) const BETWEEN: &str = "; ";

/// Several things in one cell.
pub(super) fn list(mut things: Vec<Cow<'_, str>>) -> Cow<'_, str> {
    match things.len() {
        1 => things.remove(0),
        _ => things.join(BETWEEN).into(),
    }
}

/// A time that a spreadsheet and a program can read, or nothing.
pub(super) fn time(time: Option<Timestamp>) -> Cow<'static, str> {
    time.map_or("".into(), |time| time.to_rfc3339().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_spreadsheets_take_for_the_next_cell_is_no_formula_either() {
        let harmless_of = |text: &'static str| harmless(text.into());
        assert_eq!(harmless_of("x;=1+1"), "x;'=1+1");
        assert_eq!(harmless_of("a; -b; c-d"), "a; '-b; c-d");
        assert_eq!(harmless_of("two\n@lines"), "two\n'@lines");
        assert_eq!(harmless_of("＝1"), "'＝1");
        assert_eq!(harmless_of(" =1"), " '=1");
        assert_eq!(harmless_of("x;\"=1\";"), "x;\"'=1\";");
        assert_eq!(harmless_of("orders-db"), "orders-db");
    }

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let row = [
            "=1+1",
            "-2",
            "@sum",
            "\tx",
            "a=b",
            "say \"hi\", twice",
            "two\nlines",
            "",
        ];
        let written = String::from_utf8(lines([row.map(Cow::from)])).unwrap();
        assert_eq!(
            written,
            "'=1+1,'-2,'@sum,'\tx,a=b,\"say \"\"hi\"\", twice\",\"two\nlines\",\r\n"
        );
        assert_eq!(head(["a", "b"]), "\u{feff}a,b\r\n".as_bytes());
    }
}
