use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::put_events::builders::PutEventsInputBuilder;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use claim_ports::Answer;

/// EventBridge.
pub trait Bus: std::fmt::Debug + Send + Sync {
    /// Puts events on a bus. An answer says of each whether it was accepted.
    fn put_events(&self, input: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError>;
}

impl Bus for Client {
    fn put_events(&self, input: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        Box::pin(input.send_with(self))
    }
}
