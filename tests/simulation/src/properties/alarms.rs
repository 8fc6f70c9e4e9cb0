//! The alarms of the functions, which they raise by their logs: the effects that were parked.

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

/// Listens to the logs of the functions from now on, and forgets the alarms of this thread's earlier lives.
pub(crate) fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        // This fails if there is a subscriber already, which then reads the logs itself.
        let _ = tracing::subscriber::set_global_default(Listener);
    });
    PARKED.with_borrow_mut(BTreeSet::clear);
}

/// Whether an alarm was raised for an effect, because it was parked.
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
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.parked {
            PARKED.with_borrow_mut(|parked| parked.insert(fields.effect));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields {
    effect: String,
    parked: bool,
}

impl Visit for Fields {
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
