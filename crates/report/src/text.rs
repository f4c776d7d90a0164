//! Small pieces of text: numbers, times, and making what cannot be seen visible.

use voiceman_base::{ClipTime, Span};

/// `value` with `digits` decimals; a dash where the number is not finite.
pub fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.digits$}");
    // "-0.00" says the same as "0.00" and puzzles the reader.
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

/// As [`fixed`], with a plus where it is above 0 as shown.
pub fn signed(difference: f64, digits: usize) -> String {
    let text = fixed(difference, digits);
    if difference > 0.0 && text.contains(|c: char| matches!(c, '1'..='9')) { format!("+{text}") } else { text }
}

/// A share in `[0, 1]` as whole percent.
pub fn percent(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 0))
}

/// A share in `[0, 1]` as percent to a tenth, where 99.8 must not read as all.
pub fn percent_to_tenth(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 1))
}

/// A share in `[0, 1]` as percent with at most `digits` decimals, without zeros at the end. What is not 0 does not read as 0.
pub fn percent_to(share: f64, digits: usize) -> String {
    let least = 0.1_f64.powi(digits as i32);
    if share > 0.0 && share * 100.0 < least / 2.0 {
        return format!("< {}%", fixed(least, digits));
    }
    let text = fixed(share * 100.0, digits);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}%")
}

/// `value` with its unit, which stays on its line.
pub fn unit(value: f64, digits: usize, unit: &str) -> String {
    format!("{}\u{a0}{unit}", fixed(value, digits))
}

/// `value` with its unit, with more decimals where it would read as the `limit` that it misses.
pub fn unit_beside(value: f64, limit: f64, digits: usize, of: &str) -> String {
    let differs = |digits: &usize| fixed(value, *digits) != fixed(limit, *digits);
    unit(value, (digits..=6).find(differs).unwrap_or(digits), of)
}

/// A frequency in whole hertz.
pub fn hertz(frequency: voiceman_base::Hertz) -> String {
    format!("{}\u{a0}Hz", grouped(frequency.value().max(0.0).round() as u64))
}

/// A position as `m:ss.t`, hours only when there are any; tenths are cut off, so that playing from it misses nothing.
pub fn clock(time: ClipTime) -> String {
    let tenths = time.micros().max(0) / 100_000;
    let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
    let tenth = tenths % 10;
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenth}")
    } else {
        format!("{minutes}:{seconds:02}.{tenth}")
    }
}

/// A stretch as `m:ss.t–m:ss.t`.
pub fn clock_span(span: Span) -> String {
    format!("{}–{}", clock(span.start()), clock(span.end()))
}

/// Seconds with at most three decimals, as attributes of the page use them.
pub fn seconds(time: ClipTime) -> String {
    let millis = (time.micros().max(0) + 500) / 1_000;
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number with a thin space between groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Whether `character` steers a display instead of being seen: control characters and marks of writing direction.
/// A file name such as `gnp<U+202E>vaw.exe` reads as something that it is not.
pub fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// `text` with steering characters written out as `⟨U+202E⟩`; line breaks and tabs become spaces.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            character if is_steering(character) => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character))),
            character => shown.push(character),
        }
    }
    shown
}

/// `text` without steering characters, runs of white space made one space: for subtitles, where there is no room to
/// write them out.
pub fn plain(text: &str) -> String {
    let spaced: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|&c| !is_steering(c)).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_tenths() {
        assert_eq!(clock(ClipTime::from_millis(59_999)), "0:59.9");
        assert_eq!(clock(ClipTime::from_millis(3_723_456)), "1:02:03.4");
        assert_eq!(clock(ClipTime::from_micros(-5)), "0:00.0");
    }

    #[test]
    fn numbers_have_no_negative_zero_and_no_nan() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(f64::NAN, 2), "–");
        assert_eq!(fixed(-1.25, 1), "-1.2");
        assert_eq!(
            (percent_to(0.000_1, 2), percent_to(0.2, 3), percent_to(1.0, 0)),
            ("0.01%".into(), "20%".into(), "100%".into())
        );
        assert_eq!((percent_to(0.000_000_1, 3), percent_to(0.0, 3)), ("< 0.001%".into(), "0%".into()));
        assert_eq!(unit_beside(29.98, 30.0, 1, "dB"), "29.98\u{a0}dB");
        assert_eq!(unit_beside(12.34, 30.0, 1, "dB"), "12.3\u{a0}dB");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(seconds(ClipTime::from_micros(12_340_000)), "12.34");
        assert_eq!(seconds(ClipTime::from_micros(10_000_000)), "10");
    }

    #[test]
    fn steering_characters_become_visible() {
        assert_eq!(visible("a\u{202e}b\u{0}c\nd"), "a⟨U+202E⟩b⟨U+0000⟩c d");
        assert_eq!(visible("각 가\u{301}"), "각 가\u{301}");
        assert_eq!(plain(" a\u{202e}b \n c\u{7}"), "ab c");
    }
}
