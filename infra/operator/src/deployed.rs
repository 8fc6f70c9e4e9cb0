//! The CloudFormation stack: its outputs, and its parameters, of which one can be changed while all else stays as it was
//! deployed.

use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::timeout::TimeoutConfig;
use aws_sdk_cloudformation::error::{BoxError, SdkError};
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack};
use claim_command::Host;
use claim_runtime::{Aws, Machine};

/// The pause between two looks at an update.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How often an update is looked at: for a quarter of an hour.
const LOOKS: u32 = 450;
/// How long CloudFormation may take to answer: it expands the template first.
const PATIENCE: Duration = Duration::from_secs(30);

/// A deployed stack.
#[derive(Debug, Clone)]
pub struct Deployed {
    client: Client,
    name: String,
}

/// Why the stack could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum DeployedError {
    /// There is none of this name.
    #[error("there is no stack {0} in this account and region")]
    Unknown(String),
    /// It was deployed by a release that does not know the parameter.
    #[error("the stack {stack} has no parameter {parameter}: deploy this release first")]
    NoParameter {
        /// The stack.
        stack: String,
        /// The parameter.
        parameter: &'static str,
    },
    /// An update ended in another way than it should.
    #[error("the update of the stack {stack} ended as {status}; its events in CloudFormation say why")]
    Failed {
        /// The stack.
        stack: String,
        /// Its status.
        status: String,
    },
    /// An update takes longer than any should.
    #[error("the stack {0} is still being updated")]
    Slow(String),
    /// CloudFormation refused, or could not be reached.
    #[error("CloudFormation did not do it")]
    Call(#[source] BoxError),
}

impl<E: std::error::Error + Send + Sync + 'static> From<SdkError<E>> for DeployedError {
    fn from(error: SdkError<E>) -> Self {
        Self::Call(error.into())
    }
}

impl Deployed {
    /// The stack of this name.
    pub fn new(aws: &Aws, name: String) -> Self {
        let patient = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).build();
        let config = aws_sdk_cloudformation::config::Builder::from(aws.config()).timeout_config(patient);
        Self { client: Client::from_conf(config.build()), name }
    }

    /// The stack as it is now.
    ///
    /// # Errors
    /// [`DeployedError`].
    pub async fn read(&self) -> Result<Stack, DeployedError> {
        let described = self.client.describe_stacks().stack_name(&self.name).send().await?;
        let stack = described.stacks.unwrap_or_default().into_iter().next();
        stack.ok_or_else(|| DeployedError::Unknown(self.name.clone()))
    }

    /// Gives one parameter another value, and waits until the stack is as it says. Template and other parameters stay as
    /// they were deployed.
    ///
    /// # Errors
    /// [`DeployedError`]; the stack is then as it was, unless the update still goes on.
    pub async fn set(&self, parameter: &'static str, value: &str) -> Result<(), DeployedError> {
        let stack = self.read().await?;
        if self::parameter(&stack, parameter).is_none() {
            return Err(DeployedError::NoParameter { stack: self.name.clone(), parameter });
        }
        let kept =
            stack.parameters().iter().filter_map(Parameter::parameter_key).filter(|key| *key != parameter);
        let kept = kept.map(|key| Parameter::builder().parameter_key(key).use_previous_value(true).build());
        let changed = Parameter::builder().parameter_key(parameter).parameter_value(value).build();
        self.client
            .update_stack()
            .stack_name(&self.name)
            .use_previous_template(true)
            .set_parameters(Some(kept.chain([changed]).collect()))
            .capabilities(Capability::CapabilityIam)
            .capabilities(Capability::CapabilityNamedIam)
            .capabilities(Capability::CapabilityAutoExpand)
            // So that a request that is repeated after a silence is known again.
            .client_request_token(Machine.new_id())
            .send()
            .await?;
        self.updated().await
    }

    async fn updated(&self) -> Result<(), DeployedError> {
        for _ in 0..LOOKS {
            let stack = self.read().await?;
            let status = stack.stack_status().map_or("", |status| status.as_str());
            match status {
                "UPDATE_COMPLETE" => return Ok(()),
                status if status.ends_with("_IN_PROGRESS") => tokio::time::sleep(LOOK_AGAIN).await,
                status => {
                    return Err(DeployedError::Failed {
                        stack: self.name.clone(),
                        status: status.to_owned(),
                    });
                }
            }
        }
        Err(DeployedError::Slow(self.name.clone()))
    }
}

/// An output of a stack.
pub fn output<'a>(stack: &'a Stack, name: &str) -> Option<&'a str> {
    stack.outputs().iter().find(|output| output.output_key() == Some(name))?.output_value()
}

/// The value of a parameter of a stack.
pub fn parameter<'a>(stack: &'a Stack, name: &str) -> Option<&'a str> {
    let found = stack.parameters().iter().find(|parameter| parameter.parameter_key() == Some(name))?;
    Some(found.parameter_value().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::Output;

    use super::*;

    #[test]
    fn outputs_and_parameters_are_found_by_their_names() {
        let table = Output::builder().output_key("TableName").output_value("claims-Table-1").build();
        let clients = Parameter::builder().parameter_key("MachineClients").build();
        let stack = Stack::builder().outputs(table).parameters(clients).build();
        assert_eq!(output(&stack, "TableName"), Some("claims-Table-1"));
        assert_eq!(output(&stack, "AssessmentQueueUrl"), None);
        assert_eq!((parameter(&stack, "MachineClients"), parameter(&stack, "MailFrom")), (Some(""), None));
    }
}
