//! The frame around every page: who is there, where one can go, and how to leave.

use claim_domain::people::{Caller, Role};
use claim_domain::refusal::Kind;
use claim_http::{Problem, Request};

use crate::assets;
use crate::words;

/// The frame around a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The page's title and first heading.
    pub title: String,
    /// Who is there; nobody on a page for everybody.
    pub person: Option<Person>,
    /// What every form brings along; empty if nobody is there.
    pub csrf: String,
    /// Where in the navigation the page is.
    pub here: Place,
    /// What has just been done, said once.
    pub done: Option<String>,
    /// The program's time zone, by its name.
    pub zone: String,
}

/// Who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The organisation by the name that people know, or the role in the program.
    pub of: String,
    /// Whether it is a partner and not a reviewer.
    pub is_partner: bool,
    /// Whether it is the review lead.
    pub is_lead: bool,
}

/// A place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The claims of a partner.
    Claims,
    /// The webhooks of a partner organisation.
    Webhooks,
    /// The queue of the reviewers.
    Queue,
    /// The review lead's workload.
    Workload,
    /// Nowhere in particular.
    Elsewhere,
}

/// Something that went wrong, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What happened.
    pub title: String,
    /// More about it, and the next step last.
    pub sentences: Vec<String>,
    /// The address that explains the rule behind it.
    pub why: Option<String>,
}

impl Frame {
    /// The frame of a page for whoever signed in.
    pub fn of(title: impl Into<String>, here: Place, request: &Request, caller: &Caller, zone: &str) -> Self {
        let of = match (&caller.partner_name, &caller.partner) {
            (Some(name), _) => words::line(name),
            (None, Some(id)) => id.to_string(),
            (None, None) => words::role(caller.actor.role).to_owned(),
        };
        let person = Person {
            name: words::line(&caller.actor.name),
            of,
            is_partner: caller.actor.role.is_partner(),
            is_lead: caller.actor.role == Role::ReviewLead,
        };
        Self {
            title: title.into(),
            person: Some(person),
            csrf: request.csrf().unwrap_or_default().to_owned(),
            here,
            done: None,
            zone: zone.to_owned(),
        }
    }

    /// The frame of a page for everybody.
    pub fn for_everybody(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            person: None,
            csrf: String::new(),
            here: Place::Elsewhere,
            done: None,
            zone: String::new(),
        }
    }

    /// The address of the style sheet.
    pub fn style(&self) -> String {
        assets::STYLE.address()
    }

    /// The address of the icon.
    pub fn icon(&self) -> String {
        assets::ICON.address()
    }

    /// The address of the script.
    pub fn script(&self) -> String {
        assets::SCRIPT.address()
    }

    /// Whether the page is at the place of this name.
    pub fn is_at(&self, place: &str) -> bool {
        let here = match self.here {
            Place::Claims => "claims",
            Place::Webhooks => "webhooks",
            Place::Queue => "queue",
            Place::Workload => "workload",
            Place::Elsewhere => return false,
        };
        here == place
    }
}

impl Message {
    /// A problem in words. What it says to programs is said in other words to people.
    pub fn of(problem: &Problem) -> Self {
        let (title, detail, next) = match problem.kind {
            Kind::RevisionStale | Kind::RevisionRequired => (
                "The claim has changed",
                "Somebody changed the claim after you had opened this page, so nothing was done.",
                "What you typed is still here. Look at what changed, and send it again if it still fits.",
            ),
            Kind::Internal => (
                "Something failed on our side",
                "We cannot tell whether what you asked for was done.",
                "Look at the page again. If it was not done, try once more, and then tell us the incident’s id.",
            ),
            Kind::Busy => (
                "Try again in a moment",
                "Many are working on this at the same time. Nothing was changed.",
                "Wait a moment, and try again.",
            ),
            Kind::NotFound | Kind::NoSuchRoute | Kind::MethodNotAllowed => (
                "There is no such page",
                "There is nothing for you at this address.",
                "Check the address, and the organisation that you signed in for.",
            ),
            Kind::InvalidInput => ("There is a problem", "", "Correct what is listed, and send it again."),
            kind => (kind.title(), problem.detail.as_str(), problem.next.as_str()),
        };
        let sentences = [detail, next].into_iter().filter(|text| !text.is_empty());
        Self {
            title: title.to_owned(),
            sentences: sentences.map(words::plain).collect(),
            why: Some(format!("/v1/rules/{}", problem.rule.number())),
        }
    }
}
