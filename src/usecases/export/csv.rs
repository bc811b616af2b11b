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

/// A spreadsheet would run a cell that begins like a formula, and people choose their own names and words.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        return format!("'{cell}");
    }
    cell
}

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
