//! Text that people write (D19, D21, I12): what a name and a longer text may hold.
//!
//! Names stand in subjects, greetings, pages and lists, so they hold nothing that acts by itself: no web address, no
//! character that turns the direction of what follows or cannot be seen. What cannot be seen is cut at the ends, and a
//! text in which nothing can be seen counts as empty. Whoever wrote the text is told which character it is.

use std::fmt;

/// The longest name (D19), in characters.
pub const MAX_NAME: usize = 200;
/// The longest comment or justification (D19), in characters.
pub const MAX_TEXT: usize = 8_000;

/// Why a text is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong, as a stable word: `length`, `character` or `address`.
    pub code: &'static str,
    /// What is wrong and how to go on; the subject of the sentence is the field.
    pub detail: String,
}

/// A name: a [`line()`] without a web address.
///
/// # Errors
/// The first flaw.
pub fn name(text: &str) -> Result<&str, Flaw> {
    let text = line(text)?;
    match address(text) {
        Some(address) => Err(Flaw {
            code: "address",
            detail: format!("holds the web address {address:?}: write the name without it"),
        }),
        None => Ok(text),
    }
}

/// A line of 1 to [`MAX_NAME`] characters, of which at least one can be seen and none is a control character, a
/// direction mark or otherwise invisible; without the blanks at its ends.
///
/// # Errors
/// The first flaw.
pub fn line(text: &str) -> Result<&str, Flaw> {
    let text = sized(text, MAX_NAME, "characters on one line")?;
    without(text, |c| match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(Bad::LineBreak),
        c if turns_direction(c) => Some(Bad::DirectionMark),
        c if is_ignorable(c) && !is_variation(c) => Some(Bad::Invisible),
        c => broken(c),
    })
}

/// A text of 1 to [`MAX_TEXT`] characters on any number of lines, of which at least one can be seen; without the blanks
/// at its ends. It is always shown as a quotation, so it may hold addresses and the marks of any script.
///
/// # Errors
/// The first flaw.
pub fn prose(text: &str) -> Result<&str, Flaw> {
    let text = sized(text, MAX_TEXT, "characters of text")?;
    without(text, |c| if matches!(c, '\n' | '\r' | '\t') { None } else { broken(c) })
}

/// The text without what cannot be seen at its ends: blanks of any kind, zero-width characters, byte-order marks.
pub fn trim(text: &str) -> &str {
    let from = text.trim_start_matches(is_blank);
    let seen = from.trim_end_matches(is_blank);
    if seen.is_empty() {
        return seen;
    }
    // A variation selector belongs to the character before it.
    let (_, rest) = from.split_at(seen.len());
    let selectors = rest.len() - rest.trim_start_matches(is_variation).len();
    from.split_at(seen.len() + selectors).0
}

/// What makes a character unwelcome.
#[derive(Debug, Clone, Copy)]
enum Bad {
    LineBreak,
    DirectionMark,
    Invisible,
    Control,
    Lost,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LineBreak => "a line break: write it on one line",
            Self::DirectionMark => {
                "a mark that turns the direction of the text: delete it, or type the text instead of pasting it"
            }
            Self::Invisible => {
                "which cannot be seen: delete it, or type the text instead of pasting it"
            }
            Self::Control => "a control character: delete it, or type the text instead of pasting it",
            Self::Lost => "which stands for a character that was lost on the way: type that character again",
        })
    }
}

fn sized<'t>(text: &'t str, max: usize, unit: &str) -> Result<&'t str, Flaw> {
    let text = trim(text);
    let detail = match text.chars().count() {
        0 => format!("must be 1 to {max} {unit}, of which at least one can be seen"),
        count if count > max => format!("must be 1 to {max} {unit}, and has {count}"),
        _ => return Ok(text),
    };
    Err(Flaw { code: "length", detail })
}

fn without(text: &str, bad: impl Fn(char) -> Option<Bad>) -> Result<&str, Flaw> {
    let found = text.chars().enumerate().find_map(|(at, c)| Some((at + 1, c, bad(c)?)));
    match found {
        None => Ok(text),
        Some((at, c, bad)) => Err(Flaw {
            code: "character",
            detail: format!("holds the character {} at place {at}, {bad}", code_point(c)),
        }),
    }
}

/// A character by its number, as the Unicode standard writes it: `U+200B`.
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// What no text may hold.
fn broken(c: char) -> Option<Bad> {
    match c {
        // The replacement characters, and the marks of annotations that other programs left.
        '\u{fff9}'..='\u{fffd}' => Some(Bad::Lost),
        c if c.is_control() => Some(Bad::Control),
        _ => None,
    }
}

/// Whether nothing is to be seen of the character when it stands alone.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() && c.is_ascii_whitespace() || c == '\u{2800}' || is_ignorable(c)
}

/// Unicode 17, PropList.txt: `Bidi_Control`.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Unicode 17, DerivedCoreProperties.txt: `Default_Ignorable_Code_Point`.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Unicode 17, PropList.txt: `Variation_Selector`, which chooses the form of the character before it, as in many
/// Japanese names.
fn is_variation(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The first web address in a line: what a mail program would make a link of. It is `://`, `www.`, or a domain that a
/// path follows; dots, slashes and colons count in every form that browsers read as such.
fn address(text: &str) -> Option<String> {
    let plain: String = text.chars().map(plain).collect();
    plain.split_whitespace().find(|word| is_address(&word.to_lowercase())).map(str::to_owned)
}

fn plain(c: char) -> char {
    match c {
        '\u{3002}' | '\u{ff0e}' | '\u{ff61}' | '\u{2024}' => '.',
        '\\' | '\u{ff0f}' | '\u{ff3c}' | '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        '\u{ff1a}' | '\u{fe55}' | '\u{2236}' => ':',
        c => c,
    }
}

fn is_address(word: &str) -> bool {
    let begins_word =
        |at: usize| !word.get(..at).unwrap_or_default().ends_with(|c: char| c.is_alphanumeric() || c == '.');
    let continues = |at: usize| word.get(at..).unwrap_or_default().starts_with(char::is_alphanumeric);
    word.contains("://")
        || word.match_indices("www.").any(|(at, www)| begins_word(at) && continues(at + www.len()))
        || word.match_indices('/').any(|(at, _)| word.get(..at).is_some_and(ends_with_domain))
}

/// Whether a text ends with a domain, a port after it or not: two labels at least, the last of letters.
fn ends_with_domain(text: &str) -> bool {
    let text = match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => text,
    };
    let host_from = text
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.')))
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let host = text.get(host_from..).unwrap_or_default().trim_end_matches('.');
    let Some((name, top)) = host.rsplit_once('.') else { return false };
    let is_top = top.starts_with("xn--") || top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    is_top && name.ends_with(char::is_alphanumeric)
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
