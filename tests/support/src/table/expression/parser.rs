//! Parses tokens into syntax trees.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::condition::{Comparison, Condition, Operand};
use super::lexer::{Token, tokens};
use super::scope::{Name, Part, Path};
use super::update::{Factor, Term, Update};

/// Functions of the service that the simulated table does not support.
const UNSUPPORTED: [&str; 4] = ["attribute_type", "contains", "size", "list_append"];

type Result<T> = std::result::Result<T, String>;

/// A parser of one expression.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    names: BTreeSet<String>,
    values: BTreeSet<String>,
    /// The beginning and the end of the parentheses that were closed last.
    group: Option<(usize, usize)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self> {
        if text.trim().is_empty() {
            return Err("The expression can not be empty;".to_owned());
        }
        let (names, values) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { tokens: tokens(text)?, at: 0, names, values, group: None })
    }

    /// Fails unless all tokens were parsed.
    pub(super) fn end(&self) -> Result<()> {
        if self.at == self.tokens.len() { Ok(()) } else { self.unexpected() }
    }

    /// The placeholders of names and of values in the expression.
    pub(super) fn used(self) -> (BTreeSet<String>, BTreeSet<String>) {
        (self.names, self.values)
    }

    /// Conditions that are joined by OR.
    pub(super) fn condition(&mut self) -> Result<Condition> {
        let mut condition = self.all()?;
        while self.takes_word("OR") {
            condition = Condition::Or(Box::new(condition), Box::new(self.all()?));
        }
        Ok(condition)
    }

    /// Conditions that are joined by AND.
    fn all(&mut self) -> Result<Condition> {
        let mut condition = self.single()?;
        while self.takes_word("AND") {
            condition = Condition::And(Box::new(condition), Box::new(self.single()?));
        }
        Ok(condition)
    }

    fn single(&mut self) -> Result<Condition> {
        if self.takes_word("NOT") {
            return Ok(Condition::Not(Box::new(self.single()?)));
        }
        let begin = self.at;
        if self.takes("(") {
            let condition = self.condition()?;
            let end = self.at;
            self.expect(")")?;
            if self.group == Some((begin + 1, end - 1)) {
                return Err("The expression has redundant parentheses;".to_owned());
            }
            self.group = Some((begin, end));
            return Ok(condition);
        }
        if let Some(function) = self.function()? {
            let condition = match function {
                "attribute_exists" => Condition::Exists(self.path()?),
                "attribute_not_exists" => Condition::Missing(self.path()?),
                "begins_with" => {
                    let path = self.path()?;
                    self.expect(",")?;
                    Condition::BeginsWith(path, self.operand()?)
                }
                other => return Err(misplaced(other)),
            };
            self.expect(")")?;
            return Ok(condition);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition> {
        let left = self.operand()?;
        if self.takes_word("BETWEEN") {
            let lower = self.operand()?;
            if !self.takes_word("AND") {
                return self.unexpected();
            }
            return Ok(Condition::Between(left, lower, self.operand()?));
        }
        if self.takes_word("IN") {
            self.expect("(")?;
            let others = self.list(Self::operand)?;
            self.expect(")")?;
            return Ok(Condition::In(left, others));
        }
        let comparison = match self.peek() {
            Some(Token::Sign(sign)) => Comparison::of(sign),
            _ => None,
        };
        let Some(comparison) = comparison else { return self.unexpected() };
        self.at += 1;
        Ok(Condition::Compare(left, comparison, self.operand()?))
    }

    /// The clauses of an update, each at most once.
    pub(super) fn update(&mut self) -> Result<Update> {
        let mut update = Update::default();
        let mut seen = BTreeSet::new();
        while let Some(Token::Word(word)) = self.peek() {
            let clause = word.to_ascii_uppercase();
            self.at += 1;
            if !seen.insert(clause.clone()) {
                return Err(format!(
                    "The \"{clause}\" section can only be used once in an update expression;"
                ));
            }
            match clause.as_str() {
                "SET" => update.set = self.list(Self::set)?,
                "REMOVE" => update.remove = self.list(Self::path)?,
                "ADD" => update.add = self.list(Self::add)?,
                "DELETE" => return Err("The simulated table does not support DELETE".to_owned()),
                _ => {
                    self.at -= 1;
                    return self.unexpected();
                }
            }
        }
        Ok(update)
    }

    fn set(&mut self) -> Result<(Path, Term)> {
        let path = self.path()?;
        self.expect("=")?;
        let left = self.factor()?;
        let term = if self.takes("+") {
            Term::Sum(left, self.factor()?)
        } else if self.takes("-") {
            Term::Difference(left, self.factor()?)
        } else {
            Term::One(left)
        };
        Ok((path, term))
    }

    fn factor(&mut self) -> Result<Factor> {
        match self.function()? {
            Some("if_not_exists") => {
                let path = self.path()?;
                self.expect(",")?;
                let otherwise = self.operand()?;
                self.expect(")")?;
                Ok(Factor::OrElse(path, otherwise))
            }
            Some(other) => Err(misplaced(other)),
            None => Ok(Factor::Operand(self.operand()?)),
        }
    }

    fn add(&mut self) -> Result<(Path, String)> {
        let path = self.path()?;
        match self.operand()? {
            Operand::Value(value) => Ok((path, value)),
            Operand::Path(_) => self.unexpected(),
        }
    }

    /// The paths of a projection.
    pub(super) fn projection(&mut self) -> Result<Vec<Path>> {
        self.list(Self::path)
    }

    fn operand(&mut self) -> Result<Operand> {
        if let Some(Token::Value(value)) = self.peek() {
            self.at += 1;
            self.values.insert(value.to_owned());
            return Ok(Operand::Value(value.to_owned()));
        }
        self.path().map(Operand::Path)
    }

    fn path(&mut self) -> Result<Path> {
        let mut parts = vec![Part::Attribute(self.name()?)];
        loop {
            if self.takes(".") {
                parts.push(Part::Attribute(self.name()?));
            } else if self.takes("[") {
                let Some(Token::Number(number)) = self.peek() else { return self.unexpected() };
                let place = number
                    .parse()
                    .map_err(|_| format!("List index is not within the allowed range: {number}"))?;
                self.at += 1;
                self.expect("]")?;
                parts.push(Part::Index(place));
            } else {
                return Ok(Path(parts));
            }
        }
    }

    fn name(&mut self) -> Result<Name> {
        match self.peek() {
            Some(Token::Name(name)) => {
                self.at += 1;
                self.names.insert(name.to_owned());
                Ok(Name::Placeholder(name.to_owned()))
            }
            Some(Token::Word(word)) if is_reserved(word) => {
                Err(format!("Attribute name is a reserved keyword; reserved keyword: {word}"))
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(Name::Literal(word.to_owned()))
            }
            _ => self.unexpected(),
        }
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut list = vec![one(self)?];
        while self.takes(",") {
            list.push(one(self)?);
        }
        Ok(list)
    }

    /// The name of the function that is called here, if one is. Its opening parenthesis is consumed.
    fn function(&mut self) -> Result<Option<&'a str>> {
        match (self.peek(), self.tokens.get(self.at + 1)) {
            (Some(Token::Word(word)), Some(Token::Sign("("))) => {
                self.at += 2;
                if UNSUPPORTED.contains(&word) {
                    return Err(format!("The simulated table does not support the function {word}"));
                }
                Ok(Some(word))
            }
            _ => Ok(None),
        }
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_here = self.peek() == Some(Token::Sign(sign));
        self.at += usize::from(is_here);
        is_here
    }

    fn takes_word(&mut self, keyword: &str) -> bool {
        let is_here = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(is_here);
        is_here
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.takes(sign) { Ok(()) } else { self.unexpected() }
    }

    fn unexpected<T>(&self) -> Result<T> {
        let token = match self.peek() {
            Some(
                Token::Word(text)
                | Token::Number(text)
                | Token::Name(text)
                | Token::Value(text)
                | Token::Sign(text),
            ) => text,
            None => "<EOF>",
        };
        Err(format!("Syntax error; token: \"{token}\""))
    }
}

fn misplaced(function: &str) -> String {
    match function {
        "attribute_exists" | "attribute_not_exists" | "begins_with" | "if_not_exists" => {
            format!("The function is not allowed in this expression; function: {function}")
        }
        other => format!("Invalid function name; function: {other}"),
    }
}

/// Whether a word is on the service's list of reserved words, so that it cannot be the name of an attribute in an
/// expression.
fn is_reserved(word: &str) -> bool {
    static RESERVED: OnceLock<BTreeSet<&str>> = OnceLock::new();
    let reserved = RESERVED.get_or_init(|| include_str!("../reserved.txt").lines().collect());
    reserved.contains(word.to_ascii_uppercase().as_str())
}
