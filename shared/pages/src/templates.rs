//! The pages that every function may need.

use askama::Template;

use crate::frame::{Frame, Message};

/// A page that leads on by itself.
#[derive(Template)]
#[template(path = "onward.html.j2")]
pub(crate) struct OnwardPage<'a> {
    /// The frame.
    pub(crate) frame: Frame,
    /// Where it leads.
    pub(crate) address: &'a str,
}

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
