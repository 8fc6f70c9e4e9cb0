//! How the HTML of emails is escaped.

use std::fmt;

/// Escapes with the entities that emails have always been written with; the engine's own are spelt otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Escaper;

impl askama::filters::Escaper for Escaper {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        for character in string.chars() {
            match character {
                '<' => dest.write_str("&lt;"),
                '>' => dest.write_str("&gt;"),
                '&' => dest.write_str("&amp;"),
                '"' => dest.write_str("&quot;"),
                '\'' => dest.write_str("&#x27;"),
                '/' => dest.write_str("&#x2f;"),
                other => dest.write_char(other),
            }?;
        }
        Ok(())
    }
}
