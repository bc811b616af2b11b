//! Texts without what differs from run to run.

/// Replaces times, ids and ports, which differ from run to run.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(&plain_line(line));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn plain_line(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    let shapes: [(&str, &str); 13] = [
        ("dddd-dd-dd dd:dd:dd UTC", "[time]"),
        ("dd:dd UTC", "[clock]"),
        ("· xxxxxxxxxxxx ·", "· [head] ·"),
        ("(+d.d s)", "([late])"),
        ("after d s of", "after [moment] of"),
        ("Waited: d s", "Waited: [moment]"),
        ("apono_zzzzzzzz_", "apono_[install]_"),
        ("install zzzzzzzz;", "install [install];"),
        ("Install: zzzzzzzz", "Install: [install]"),
        ("(policy xxxxxxxxxxxx)", "(policy [digest])"),
        ("Policy: xxxxxxxxxxxx", "Policy: [digest]"),
        ("From: xxxxxxxxxxxx", "From: [digest]"),
        ("To: xxxxxxxxxxxx", "To: [digest]"),
    ];
    'text: while at < chars.len() {
        for (shape, stands_for) in shapes {
            if fits(shape, &chars[at..]) {
                out.push_str(stands_for);
                at += shape.chars().count();
                continue 'text;
            }
        }
        out.push(chars[at]);
        at += 1;
    }
    out
}

fn fits(shape: &str, text: &[char]) -> bool {
    let wanted: Vec<char> = shape.chars().collect();
    text.len() >= wanted.len()
        && wanted.iter().zip(text).all(|(wanted, c)| match wanted {
            'd' => c.is_ascii_digit(),
            'x' => c.is_ascii_hexdigit(),
            'z' => c.is_ascii_lowercase() || c.is_ascii_digit(),
            other => c == other,
        })
}
