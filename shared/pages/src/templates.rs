//! The pages that every function may need.

use askama::Template;

use crate::frame::{Frame, Message};

/// A page with a message and one link.
#[derive(Template)]
#[template(path = "notice.html.j2")]
pub struct MessagePage<'a> {
    /// The frame.
    pub frame: Frame,
    /// What there is to say.
    pub message: Message,
    /// The one next step: an address, and its words.
    pub link: (&'a str, &'a str),
}
