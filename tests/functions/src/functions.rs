//! Every function of the registry with its handler, called as Lambda would call it.

use claim_command::CommandHandler;
use claim_http::{Api, App, outgoing};
use claim_pages::Pages;
use claim_runtime::{ConfigError, Error, Function, Variables};
use claim_webhooks::Webhooks;
use deliver::{Deliver, Teller};
use dispatch::Dispatch;
use dispatch::services::Services;
use evidence::{Files, Proof};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::{Body, Response};
use serde_json::Value;
use sweep::Sweep;
use token::Tokens;

use crate::{Answer, Deliveries};

/// Every function, over one command handler and the services around it.
pub struct Functions {
    /// Carries out commands.
    pub commands: CommandHandler,
    /// The function deliver.
    pub deliver: Deliver,
    /// The function dispatch.
    pub dispatch: Dispatch,
    /// The function sweep.
    pub sweep: Sweep,
    casework: Api<casework::Casework>,
    claims: Api<claims::Claims>,
    comment: Api<comment::Comments>,
    consent: Api<consent::Consent>,
    dashboard: Api<dashboard::Dashboard>,
    dispute: Api<dispute::Dispute>,
    evidence: Api<Proof>,
    reference: Api<reference::Reference>,
    review: Api<review::Review>,
    sign_in: Api<sign_in::SignIn>,
    submit: Api<submit::Submit>,
    webhooks: Api<::webhooks::Webhooks>,
    withdraw: Api<withdraw::Withdraw>,
}

impl Functions {
    /// All functions, over these parts and configured by these variables. Deliveries to webhooks reach nobody.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn over(
        app: App,
        files: Files,
        services: Services,
        pages: Pages,
        variables: &Variables,
    ) -> Result<Self, ConfigError> {
        Self::with_deliveries(app, files, services, pages, Deliveries::nowhere(), variables)
    }

    /// The same, and deliveries to webhooks go this way.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn with_deliveries(
        app: App,
        files: Files,
        services: Services,
        pages: Pages,
        deliveries: Deliveries,
        variables: &Variables,
    ) -> Result<Self, ConfigError> {
        let Deliveries { sending, receiving, sender } = deliveries;
        let teller = Teller::new(services.mailer.clone(), variables)?;
        Ok(Self {
            deliver: Deliver::over(app.commands.clone(), receiving, String::new(), sender, teller),
            commands: app.commands.clone(),
            dispatch: Dispatch::over(app.commands.clone(), services, variables)?,
            sweep: Sweep::new(app.commands.clone(), variables)?,
            casework: Api::over(casework::Casework::over(app.clone(), pages.clone(), files.clone())),
            claims: Api::over(claims::Claims(app.clone())),
            comment: Api::over(comment::Comments(app.clone())),
            consent: Api::over(consent::Consent { app: app.clone(), contact: None }),
            dashboard: Api::over(dashboard::Dashboard::over(
                app.clone(),
                pages.clone(),
                files.clone(),
                Webhooks::over(sending.clone(), variables)?,
            )),
            dispute: Api::over(dispute::Dispute(app.clone())),
            evidence: Api::over(Proof::over(app.clone(), files)),
            reference: Api::over(reference::Reference),
            review: Api::over(review::Review(app.clone())),
            sign_in: Api::over(sign_in::SignIn::over(app.clone(), pages, variables)?),
            submit: Api::over(submit::Submit(app.clone())),
            webhooks: Api::over(::webhooks::Webhooks::over(app.clone(), sending, variables)?),
            withdraw: Api::over(withdraw::Withdraw(app)),
        })
    }

    /// The answer of a function behind the API; `None` if there is no such function.
    pub async fn answer(&self, function: &str, event: ApiGatewayV2httpRequest) -> Option<Response<Body>> {
        let id = "";
        Some(match function {
            "casework" => Box::pin(self.casework.respond(event, id)).await,
            "claims" => Box::pin(self.claims.respond(event, id)).await,
            "comment" => Box::pin(self.comment.respond(event, id)).await,
            "consent" => Box::pin(self.consent.respond(event, id)).await,
            "dashboard" => Box::pin(self.dashboard.respond(event, id)).await,
            "dispute" => Box::pin(self.dispute.respond(event, id)).await,
            "evidence" => Box::pin(self.evidence.respond(event, id)).await,
            "reference" => Box::pin(self.reference.respond(event, id)).await,
            "review" => Box::pin(self.review.respond(event, id)).await,
            "sign-in" => Box::pin(self.sign_in.respond(event, id)).await,
            "submit" => Box::pin(self.submit.respond(event, id)).await,
            "webhooks" => Box::pin(self.webhooks.respond(event, id)).await,
            "withdraw" => Box::pin(self.withdraw.respond(event, id)).await,
            _ => return None,
        })
    }

    /// The same, from and to what the gateway sends and gets.
    pub async fn call(&self, function: &str, event: &Value) -> Answer {
        let event = request(event.clone()).unwrap_or_else(|error| unreachable!("not an event: {error}"));
        let response = self.answer(function, event).await;
        let response = response.unwrap_or_else(|| unreachable!("{function} is not behind the API"));
        Answer::of(&serde_json::to_value(outgoing(response)).unwrap_or_default())
    }

    /// A function's answer to an event, both in the form in which Lambda passes them on: JSON in UTF-8.
    ///
    /// # Errors
    /// When the function fails, cannot read the event, or is not in the registry.
    pub async fn invoke(&self, function: &str, event: &str) -> Result<Vec<u8>, Error> {
        let commands = &self.commands;
        Ok(match function {
            "deadline" => {
                Box::pin(deadline::handle(commands, &serde_json::from_str(event)?)).await?;
                b"null".to_vec()
            }
            "deliver" => {
                let batch = serde_json::from_str(event)?;
                serde_json::to_vec(&Box::pin(self.deliver.handle(batch)).await)?
            }
            "dispatch" => {
                let batch = serde_json::from_str(event)?;
                serde_json::to_vec(&Box::pin(self.dispatch.handle(batch)).await)?
            }
            "feedback" => {
                Box::pin(feedback::handle(commands, &serde_json::from_str(event)?)).await?;
                b"null".to_vec()
            }
            "sweep" => serde_json::to_vec(&Box::pin(self.sweep.pass()).await?)?,
            "token" => {
                let tokens = Tokens::over(commands.store.clone());
                serde_json::to_vec(&Box::pin(tokens.handle(serde_json::from_str(event)?)).await?)?
            }
            "verdict" => {
                Box::pin(verdict::handle(commands, &serde_json::from_str(event)?)).await?;
                b"null".to_vec()
            }
            function => match self.answer(function, serde_json::from_str(event)?).await {
                Some(response) => serde_json::to_vec(&outgoing(response))?,
                None => return Err(format!("{function} has no handler: add it in tests/functions").into()),
            },
        })
    }
}

/// Starts a function as its variables configure it.
///
/// # Errors
/// What keeps it from starting, or that it is not in the registry.
pub fn start(function: &str, variables: &Variables) -> Result<(), Error> {
    fn new<F: Function>(variables: &Variables) -> Result<(), Error> {
        Ok(F::new(variables).map(drop)?)
    }
    match function {
        "casework" => new::<casework::Function>(variables),
        "claims" => new::<claims::Function>(variables),
        "comment" => new::<comment::Function>(variables),
        "consent" => new::<consent::Function>(variables),
        "dashboard" => new::<dashboard::Function>(variables),
        "deadline" => new::<deadline::Function>(variables),
        "deliver" => new::<deliver::Function>(variables),
        "dispatch" => new::<dispatch::Function>(variables),
        "dispute" => new::<dispute::Function>(variables),
        "evidence" => new::<evidence::Function>(variables),
        "feedback" => new::<feedback::Function>(variables),
        "reference" => new::<reference::Function>(variables),
        "review" => new::<review::Function>(variables),
        "sign-in" => new::<sign_in::Function>(variables),
        "submit" => new::<submit::Function>(variables),
        "sweep" => new::<sweep::Function>(variables),
        "token" => new::<token::Function>(variables),
        "verdict" => new::<verdict::Function>(variables),
        "webhooks" => new::<::webhooks::Function>(variables),
        "withdraw" => new::<withdraw::Function>(variables),
        function => Err(format!("{function} is not known: add it in tests/functions").into()),
    }
}

/// Reads the event of a request as Lambda's runtime does.
///
/// # Errors
/// When the event has another form.
pub fn request(event: Value) -> Result<ApiGatewayV2httpRequest, serde_json::Error> {
    serde_json::from_value(event)
}
