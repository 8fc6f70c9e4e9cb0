//! What the functions log, as far as alarms look at it: the effects that were parked.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    static PARKED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Listens to the functions' logs from now on, and forgets what this thread's functions have said so far.
pub(crate) fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        // Who has a subscriber already reads its own.
        let _ = tracing::subscriber::set_global_default(Listener);
    });
    PARKED.with_borrow_mut(BTreeSet::clear);
}

/// Whether an effect was told as parked.
pub(crate) fn was_raised(effect: &str) -> bool {
    PARKED.with_borrow(|parked| parked.contains(effect))
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR && metadata.fields().field("parked").is_some()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        if said.parked {
            PARKED.with_borrow_mut(|parked| parked.insert(said.effect));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Said {
    effect: String,
    parked: bool,
}

impl Visit for Said {
    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "parked" {
            self.parked = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "effect.id" {
            self.effect = format!("{value:?}");
        }
    }
}
