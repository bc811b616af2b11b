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

/// Slack's markup with what its dates fall back to.
pub(crate) fn in_utc(markup: &str) -> String {
    let mut parts = markup.split("<!date^");
    let mut read = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (date, after) = part.split_once('>').unwrap();
        read.push_str(date.split_once('|').unwrap().1);
        read.push_str(after);
    }
    read
}

fn plain_line(line: &str) -> String {
    if line.starts_with("Waited: ") && line.ends_with(" s") {
        return "Waited: [span]".to_owned();
    }
    without_looks(&replaced(line, &SHAPES))
}

/// How often a target was looked at depends on how busy the machine is.
fn without_looks(line: &str) -> String {
    let Some((before, after)) = line
        .split_once(" look, at [time]")
        .or_else(|| line.split_once(" looks, [time] to [time]"))
    else {
        return line.to_owned();
    };
    format!(
        "{}[looks]{after}",
        before.trim_end_matches(|c: char| c.is_ascii_digit())
    )
}

/// What differs from run to run, and what stands for it.
const SHAPES: [(&str, &str); 14] = [
    ("/p9999999999999999)", "/p[ts])"),
    ("127.0.0.1:99999", "127.0.0.1:[port]"),
    ("9999-99-99 99:99:99 UTC", "[time]"),
    ("99:99 UTC", "[clock]"),
    ("· xxxxxxxxxxxx ·", "· [head] ·"),
    ("(+9.9 s)", "([late])"),
    ("after 9 s of", "after [moment] of"),
    ("apono_zzzzzzzz_", "apono_[install]_"),
    ("install zzzzzzzz;", "install [install];"),
    ("Install: zzzzzzzz", "Install: [install]"),
    ("(policy xxxxxxxxxxxx)", "(policy [digest])"),
    ("Policy: xxxxxxxxxxxx", "Policy: [digest]"),
    ("From: xxxxxxxxxxxx", "From: [digest]"),
    ("To: xxxxxxxxxxxx", "To: [digest]"),
];

/// The line with what stands for each shape, in which 9 is any digit, x any hexadecimal one, and z any of a name.
pub(crate) fn replaced(line: &str, shapes: &[(&str, &str)]) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    'text: while at < chars.len() {
        for &(shape, stands_for) in shapes {
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

/// Whether the text begins like the shape.
fn fits(shape: &str, text: &[char]) -> bool {
    let wanted: Vec<char> = shape.chars().collect();
    text.len() >= wanted.len()
        && wanted.iter().zip(text).all(|(wanted, c)| match wanted {
            '9' => c.is_ascii_digit(),
            'x' => c.is_ascii_hexdigit(),
            'z' => c.is_ascii_lowercase() || c.is_ascii_digit(),
            other => c == other,
        })
}
