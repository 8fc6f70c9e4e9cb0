//! What all pages for people who sign in share: the frame around them, forms, words, assets, and the gate that finds out
//! who is there.
//!
//! A page is a template (`infra/page`) that extends `app.html.j2` and has a [`Frame`]. A form brings its session's secret
//! along ([`Form`]), and its fields become the input that the API would read as JSON ([`Form::input`]), so that a page has
//! no rule of its own (I10). What is refused is shown at its fields, with everything that was typed still in its place.

mod ahead;
pub mod assets;
mod bar;
mod calendar;
mod details;
mod due;
mod form;
mod frame;
mod gate;
pub mod history;
mod past;
mod said;
mod send;
mod templates;
mod why;
pub mod words;

pub use ahead::{Ahead, Expected};
pub use bar::Bar;
pub use calendar::{Entry, calendar_page, change_calendar, enter_calendar, entries, entries_file};
pub use details::{Field, fields};
pub use due::Due;
pub use form::{Fault, Form};
pub use frame::{Frame, Message, Person, Place};
pub use gate::{AFTER_FORM, Pages, comes_from_us, cookie, is_after_form, sign_in_after_form};
pub use past::history_page;
pub use said::{Said, said};
pub use send::{onward, page, to};
pub use templates::MessagePage;
pub use why::Why;
