//! Charts as SVG, made on the server. Colours are classes, because pages have no styles of their own.
//!
//! Invariant: every scale begins at zero, and what a chart shows stands in the table beside it too.

use std::fmt::Write;

use super::shown::Shown;

/// The size of a chart of days, in units of its own; it takes the width that there is.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 160;

/// The room for labels, under and beside the bars.
const UNDER: u64 = 20;
const BESIDE: u64 = 36;

/// A day with its two values.
pub(super) struct Bars {
    pub(super) label: String,
    pub(super) first: u64,
    pub(super) second: u64,
}

/// Two bars for each day, side by side; `name` says what is seen, for those who do not see it.
pub(super) fn days(name: &str, days: &[Bars]) -> Shown {
    let highest = days.iter().map(|day| day.first.max(day.second)).max();
    let top = round_up(highest.unwrap_or(0).max(1));
    let plot = HEIGHT - UNDER;
    let height = |value: u64| value * (plot - 8) / top;
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        super::shown::text(name)
    );
    for (value, y) in [
        (top, plot - height(top)),
        (top / 2, plot - height(top / 2)),
        (0, plot),
    ] {
        if value == 0 || top > 1 {
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{BESIDE} {y}.5H{WIDTH}\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{value}</text>",
                BESIDE - 8,
                y + 4
            );
        }
    }
    let count = days.len().max(1) as u64;
    let room = (WIDTH - BESIDE) * 10 / count;
    let bar = (room * 2 / 5).clamp(10, 200);
    // As many labels as have room, the last day among them.
    let every = (count * 52).div_ceil(WIDTH - BESIDE).max(1);
    for (index, day) in (0_u64..).zip(days) {
        let x = BESIDE * 10 + index * room + (room - bar * 2) / 2;
        for (class, value, x) in [("one", day.first, x), ("two", day.second, x + bar)] {
            if value > 0 {
                let tall = height(value).max(1);
                let _ = write!(
                    svg,
                    "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{tall}\"/>",
                    tenths(x),
                    plot - tall,
                    tenths(bar)
                );
            }
        }
        let from_last = count - 1 - index;
        if from_last.is_multiple_of(every) {
            // On a small screen there is room for every third.
            let class = if (from_last / every).is_multiple_of(3) {
                ""
            } else {
                " class=\"extra\""
            };
            let (x, anchor) = if from_last == 0 {
                (WIDTH * 10, "end")
            } else {
                (BESIDE * 10 + index * room + room / 2, "middle")
            };
            let _ = write!(
                svg,
                "<text{class} x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                tenths(x),
                HEIGHT - 4,
                day.label
            );
        }
    }
    svg.push_str("</svg>");
    Shown::markup(svg)
}

/// A bar for `value`, beside its number; a full one stands for `most`. None for zero.
pub(super) fn bar(value: u64, most: u64) -> Shown {
    if value == 0 {
        return Shown::markup(String::new());
    }
    let wide = value * 100 / most.max(1);
    Shown::markup(format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"one\" \
         width=\"{}\" height=\"8\"/></svg>",
        wide.max(1)
    ))
}

fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

/// The next number that halves well: 1, 2, 4, 6, 8, 10, 20, 40 and so on.
fn round_up(value: u64) -> u64 {
    let mut scale = 1;
    loop {
        for step in [1, 2, 4, 6, 8] {
            if value <= step * scale {
                return step * scale;
            }
        }
        scale *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_a_little_above_the_highest_value() {
        let tops = [1, 2, 3, 5, 7, 9, 11, 61, 99, 4_321].map(round_up);
        assert_eq!(tops, [1, 2, 4, 6, 8, 10, 20, 80, 100, 6_000]);
    }

    #[test]
    fn bars_stand_on_zero_inside_the_chart() {
        let all: Vec<Bars> = (0..90)
            .map(|day| Bars {
                label: format!("{day} Nov"),
                first: day * 7 % 41,
                second: day * 3 % 17,
            })
            .collect();
        let svg = days("requests", &all).to_string();
        for rect in svg.split("<rect ").skip(1) {
            let of = |name: &str| -> f64 {
                let value = rect.split(&format!(" {name}=\"")).nth(1).unwrap();
                value.split('"').next().unwrap().parse().unwrap()
            };
            let bottom = of("y") + of("height");
            assert!((bottom - 140.0).abs() < f64::EPSILON, "{rect}");
            assert!(of("y") >= 8.0 && of("x") + of("width") <= 720.0, "{rect}");
        }
    }
}
