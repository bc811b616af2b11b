//! CSV for spreadsheets: RFC 4180 with CRLF, and a byte order mark so that names in any script are read as UTF-8.

use crate::access::time::Timestamp;

/// U+FEFF in UTF-8.
const MARK: &str = "\u{feff}";

/// The start of a file: the names of its columns.
pub(super) fn head(columns: &[&str]) -> Vec<u8> {
    let mut bytes = MARK.as_bytes().to_vec();
    bytes.extend(lines([columns.iter().map(|name| (*name).to_owned())]));
    bytes
}

/// Rows of cells.
pub(super) fn lines<C: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = C>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        let cells = row.into_iter().map(harmless);
        writer.write_record(cells).expect("memory takes every byte");
    }
    writer.into_inner().expect("memory takes every byte")
}

/// A spreadsheet would run a cell that begins like a formula, and people choose their own names and words. Some take `;`, a tab or
/// a new line inside a cell for the begin of the next one.
fn harmless(cell: String) -> String {
    let is_one = !cell.bytes().any(|byte| ENDS.contains(&char::from(byte)));
    if is_one && !cell.trim_start_matches(BEFORE).starts_with(FORMULA) {
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
    written
}

/// What a formula begins with, in its full width too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What is left out before a cell's content.
const BEFORE: [char; 2] = [' ', '"'];

/// What can end a cell.
const ENDS: [char; 4] = [';', '\t', '\r', '\n'];

/// Several things in one cell.
pub(super) fn list(things: &[String]) -> String {
    things.join("; ")
}

/// A time that a spreadsheet and a program can read, or nothing.
pub(super) fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(String::new, Timestamp::to_rfc3339)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_spreadsheets_take_for_the_next_cell_is_no_formula_either() {
        let harmless_of = |text: &str| harmless(text.to_owned());
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
        let written = String::from_utf8(lines([row.map(str::to_owned)])).unwrap();
        assert_eq!(
            written,
            "'=1+1,'-2,'@sum,'\tx,a=b,\"say \"\"hi\"\", twice\",\"two\nlines\",\r\n"
        );
        assert_eq!(head(&["a", "b"]), "\u{feff}a,b\r\n".as_bytes());
    }
}
