//! Code as tokens, each with its place in the text. What is between them does not count, and neither do comments.

use std::ops::Range;

use proc_macro2::{Delimiter, LexError, Spacing, TokenStream, TokenTree};

/// Operators of several characters, which are one token in Rust.
const OPERATORS: [&str; 24] = [
    "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=",
    "<<", ">>", "<<=", ">>=", "..", "...", "..=",
];

/// A token, and where it stands.
#[derive(Debug)]
pub(crate) struct Token {
    text: String,
    at: Range<usize>,
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Token {
    fn is_comma(&self) -> bool {
        self.text == ","
    }

    fn closes(&self) -> bool {
        [")", "]", "}"].contains(&self.text.as_str())
    }
}

/// The tokens of a piece of code, brackets among them.
pub(crate) fn read(code: &str) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::new();
    add(code.parse()?, &mut tokens);
    Ok(tokens)
}

fn add(stream: TokenStream, tokens: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut rest = trees.as_slice();
    // Whether the next character follows the last one without a space.
    let mut joint = false;
    while let [tree, after @ ..] = rest {
        let comment = documentation(rest);
        rest = if comment > 0 { &rest[comment..] } else { after };
        match tree {
            _ if comment > 0 => {}
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), at: group.span_open().byte_range() });
                add(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), at: group.span_close().byte_range() });
            }
            TokenTree::Punct(sign) => {
                let at = sign.span().byte_range();
                let before = tokens.last_mut().filter(|_| joint);
                let both = before.as_ref().map(|before| format!("{}{sign}", before.text));
                match before.zip(both.filter(|both| OPERATORS.contains(&both.as_str()))) {
                    Some((before, both)) => *before = Token { text: both, at: before.at.start..at.end },
                    None => tokens.push(Token { text: sign.to_string(), at }),
                }
            }
            other => tokens.push(Token { text: other.to_string(), at: other.span().byte_range() }),
        }
        joint = matches!(tree, TokenTree::Punct(sign) if sign.spacing() == Spacing::Joint);
    }
}

/// How many tokens at the beginning of the code are a documentation comment: `///` is read as `#[doc = "…"]`, and
/// `//!` likewise.
fn documentation(trees: &[TokenTree]) -> usize {
    let is = |tree: &TokenTree, sign| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign);
    let (length, attribute) = match trees {
        [pound, TokenTree::Group(attribute), ..] if is(pound, '#') => (2, attribute),
        [pound, bang, TokenTree::Group(attribute), ..] if is(pound, '#') && is(bang, '!') => (3, attribute),
        _ => return 0,
    };
    match attribute.stream().into_iter().next() {
        Some(TokenTree::Ident(name)) if name == "doc" => length,
        _ => 0,
    }
}

/// Every place at which a piece occurs in the code.
pub(crate) fn places(code: &[Token], piece: &[Token]) -> Vec<Range<usize>> {
    let place = |from: usize| Some(code[from].at.start..end(&code[from..], piece)?);
    (0..code.len()).filter_map(place).collect()
}

/// Where the code that is most like a piece begins to differ from it: the token that the piece has there, and the one that the
/// code has. `None` if nothing in the code is like it.
pub(crate) fn difference<'a>(code: &'a [Token], piece: &'a [Token]) -> Option<(&'a str, &'a str)> {
    let (read, matched) = (0..code.len())
        .map(|from| {
            let (read, matched) = common(&code[from..], piece);
            (from + read, matched)
        })
        .max_by_key(|(_, matched)| *matched)
        .filter(|(_, matched)| *matched > 0)?;
    Some((&piece.get(matched)?.text, code.get(read).map_or("", |token| &token.text)))
}

/// Where the piece ends, if the code begins with it.
fn end(code: &[Token], piece: &[Token]) -> Option<usize> {
    let (read, matched) = common(code, piece);
    if matched < piece.len() {
        return None;
    }
    code.get(read.checked_sub(1)?).map(|last| last.at.end)
}

/// How many tokens of the code, and of the piece, are the same from their beginnings on. A comma before a closing bracket may
/// be there or not.
fn common(code: &[Token], piece: &[Token]) -> (usize, usize) {
    let (mut read, mut matched) = (0, 0);
    while let (Some(wanted), Some(found)) = (piece.get(matched), code.get(read)) {
        if found == wanted {
            (read, matched) = (read + 1, matched + 1);
        } else if read > 0 && found.is_comma() && wanted.closes() {
            read += 1;
        } else if read > 0 && wanted.is_comma() && found.closes() {
            matched += 1;
        } else {
            break;
        }
    }
    (read, matched)
}
