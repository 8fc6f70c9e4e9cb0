//! Splits an expression into tokens.

/// A token of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, a function, or the name of an attribute.
    Word(&'a str),
    /// An index of a list.
    Number(&'a str),
    /// A placeholder of a name: `#name`.
    Name(&'a str),
    /// A placeholder of a value: `:value`.
    Value(&'a str),
    /// An operator or a punctuation mark.
    Sign(&'a str),
}

/// The signs, longer ones first.
const SIGNS: [&str; 14] = ["<>", "<=", ">=", "=", "<", ">", "(", ")", ",", ".", "[", "]", "+", "-"];

/// The tokens of an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word_ends = |skipped: usize| {
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            rest[skipped..].find(|letter| !is_part(letter)).map_or(rest.len(), |at| at + skipped)
        };
        let (token, length) = match first {
            '#' if word_ends(1) > 1 => (Token::Name(&rest[..word_ends(1)]), word_ends(1)),
            ':' if word_ends(1) > 1 => (Token::Value(&rest[..word_ends(1)]), word_ends(1)),
            '0'..='9' => (Token::Number(&rest[..word_ends(0)]), word_ends(0)),
            'a'..='z' | 'A'..='Z' | '_' => (Token::Word(&rest[..word_ends(0)]), word_ends(0)),
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(&rest[..sign.len()]), sign.len()),
                None => return Err(format!("Syntax error; token: \"{first}\", near: \"{rest}\"")),
            },
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}
