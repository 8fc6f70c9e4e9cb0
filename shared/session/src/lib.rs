//! What people need to work on pages, in a table of its own without stream: their sessions, forms that they sent when
//! their session was over, claims that are begun and not yet complete, and the private addresses of their calendars.
//!
//! A session is known by 256 random bits, which are in the browser's cookie and nowhere else: the table has their hash. It
//! holds the claims of an access token, and is believed for as long as that token is good, an hour at most; then it is
//! renewed at the issuer, so that a role that was taken away is gone within the hour.

mod calendar;
mod cookie;
mod draft;
mod kept;
mod record;
mod session;
mod table;

pub use calendar::{CALENDAR_DAYS, CalendarAddress, KnownCalendar};
pub use cookie::{Secret, cookie_of, expired_cookie, new_cookie};
pub use draft::{BegunDraft, Draft};
pub use kept::KeptForm;
pub use session::{Session, Standing};
pub use table::{MOST_DRAFTS, SessionError, Sessions};

/// The cookie that a session is known by. Its prefix makes a browser take it from this host alone, over TLS alone.
pub const SESSION_COOKIE: &str = "__Host-session";
