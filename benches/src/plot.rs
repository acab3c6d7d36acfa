//! Plots as SVG, by hand: lines over a logarithmic axis of rates, and bars. Nothing but text comes out, so
//! that a change of the figures is a change that can be read.

use crate::generator::compose::put;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 6] = ["#1b6ca8", "#c0392b", "#27865a", "#8e5ea2", "#b7791f", "#555555"];

/// A line: its name and its points.
pub struct Series {
    /// What it shows.
    pub name: String,
    /// x and y.
    pub points: Vec<(f64, f64)>,
}

/// Lines; x is logarithmic, y begins at 0. A bound is drawn dashed.
pub fn lines(title: &str, x_name: &str, y_name: &str, series: &[Series], bound: Option<(f64, &str)>) -> String {
    let xs = || series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
    let (low, high) = (xs().fold(f64::MAX, f64::min), xs().fold(f64::MIN, f64::max));
    let tallest = series.iter().flat_map(|series| series.points.iter().map(|point| point.1)).fold(0.0, f64::max);
    let tallest = bound.map_or(tallest, |bound| tallest.max(bound.0)) * 1.1;
    let wide = (high / low).ln().max(1e-9);
    let x = |value: f64| LEFT + (value / low).ln() / wide * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - value / tallest * (HEIGHT - TOP - BOTTOM);
    let mut out = frame(title, x_name, y_name, tallest, &y);
    let mut ticks: Vec<f64> = xs().collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    for tick in ticks {
        text(&mut out, x(tick), HEIGHT - BOTTOM + 16.0, "middle", &short(tick));
    }
    if let Some((value, name)) = bound {
        let (right, at) = (WIDTH - RIGHT, y(value));
        put!(&mut out, "<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#999\" stroke-dasharray=\"5 4\"/>\n");
        text(&mut out, right + 6.0, at + 4.0, "start", name);
    }
    for (index, series) in series.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let path: Vec<String> = series.points.iter().map(|(px, py)| format!("{:.1} {:.1}", x(*px), y(*py))).collect();
        put!(&mut out, "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n", path.join("L"));
        for (px, py) in &series.points {
            put!(&mut out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>\n", x(*px), y(*py));
        }
        let line = TOP + 20.0 * index as f64;
        put!(
            &mut out,
            "<rect x=\"{:.0}\" y=\"{line}\" width=\"12\" height=\"4\" fill=\"{colour}\"/>\n",
            WIDTH - RIGHT + 8.0
        );
        text(&mut out, WIDTH - RIGHT + 26.0, line + 6.0, "start", &series.name);
    }
    closed(out)
}

/// Bars with their values written on them.
pub fn bars(title: &str, y_name: &str, bars: &[(String, f64)], bound: Option<(f64, &str)>) -> String {
    let tallest = bars.iter().map(|bar| bar.1).fold(bound.map_or(0.0, |bound| bound.0), f64::max) * 1.15;
    let y = |value: f64| HEIGHT - BOTTOM - value / tallest * (HEIGHT - TOP - BOTTOM);
    let mut out = frame(title, "", y_name, tallest, &y);
    let step = (WIDTH - LEFT - RIGHT) / bars.len().max(1) as f64;
    for (index, (name, value)) in bars.iter().enumerate() {
        let (left, wide, top) = (LEFT + step * (index as f64 + 0.2), step * 0.6, y(*value));
        let (colour, tall) = (COLOURS[index % COLOURS.len()], HEIGHT - BOTTOM - top);
        put!(
            &mut out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" fill=\"{colour}\"/>\n"
        );
        text(&mut out, left + wide / 2.0, top - 5.0, "middle", &short(*value));
        text(&mut out, left + wide / 2.0, HEIGHT - BOTTOM + 16.0, "middle", name);
    }
    if let Some((value, name)) = bound {
        let (right, at) = (WIDTH - RIGHT, y(value));
        put!(&mut out, "<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#999\" stroke-dasharray=\"5 4\"/>\n");
        text(&mut out, right + 6.0, at + 4.0, "start", name);
    }
    closed(out)
}

fn frame(title: &str, x_name: &str, y_name: &str, tallest: f64, y: &impl Fn(f64) -> f64) -> Vec<u8> {
    let mut out = Vec::new();
    put!(
        &mut out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    text(&mut out, LEFT, 20.0, "start", title);
    text(&mut out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10.0, "middle", x_name);
    text(&mut out, 8.0, TOP - 6.0, "start", y_name);
    for part in 0..=4 {
        let value = tallest * f64::from(part) / 4.0;
        let (at, right) = (y(value), WIDTH - RIGHT);
        put!(&mut out, "<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#ddd\"/>\n");
        text(&mut out, LEFT - 6.0, at + 4.0, "end", &short(value));
    }
    out
}

fn text(out: &mut Vec<u8>, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    put!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n");
}

fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn closed(mut out: Vec<u8>) -> String {
    out.extend(b"</svg>\n");
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_stays_within_its_frame_and_escapes_its_words() {
        let series = [Series { name: "a<b".into(), points: vec![(100.0, 1.0), (1_000.0, 5.0)] }];
        let svg = lines("t", "x", "y", &series, Some((4.0, "goal")));
        assert!(svg.contains("a&lt;b") && svg.contains("goal") && svg.ends_with("</svg>\n"));
        for number in svg.split("cx=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok()) {
            assert!((LEFT..=WIDTH - RIGHT).contains(&number), "{number}");
        }
        assert!(bars("t", "y", &[("one".into(), 2.5)], None).contains(">2.50<"));
    }
}
