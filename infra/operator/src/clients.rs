//! Machine clients (D25). Three things make one: credentials in the stack's own user pool, a registration in the table, which
//! says what the function `token` puts into its tokens, and a place in the list of whom the gateway lets in, which is a
//! parameter of the stack.
//!
//! *Create*: the registration is written before the gateway lets the client in, and all is taken back if that fails.
//! *Rotate*: a client has one secret, or two while one replaces the other; its id stays, and so does who it is in the
//! history. *Revoke*: in the order in which it takes effect soonest. New tokens say nothing at once, then there are none,
//! and then the gateway refuses those from before. Every step can be repeated, so revoking again goes on where it failed.

use std::fmt;
use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::Client as Users;
use aws_sdk_cognitoidentityprovider::error::{BoxError, SdkError};
use aws_sdk_cognitoidentityprovider::types::{
    ClientSecretDescriptorType, ExplicitAuthFlowsType, OAuthFlowType, PreventUserExistenceErrorTypes,
    TimeUnitsType, TokenValidityUnitsType,
};
use claim_domain::calendar::Instant;
use claim_domain::client::{MachineClient, Registration};
use claim_domain::ids::ClientId;
use claim_runtime::{Aws, ConfigError};
use claim_store::{Store, StoreError};
use local_stack::{STACK_NAME, Stack};

use crate::deployed::{Deployed, DeployedError, output, parameter};

/// How many machine clients there may be: API Gateway takes 50 audiences of an authorizer, and one is that of people.
pub const MOST: usize = 49;
/// How long a program's token is good, in minutes: so long can one that was stolen be used at most.
pub const TOKEN_MINUTES: i32 = 15;

/// The parameter of the stack with the clients that the gateway lets in.
const LET_IN: &str = "MachineClients";
/// The scope that programs ask for (template.yaml, MachineScopes).
pub const SCOPE: &str = "claims/act";

/// What a program signs in with.
#[derive(Clone)]
pub struct Credentials {
    /// The client's id.
    pub id: ClientId,
    /// Its secret, which nobody can read again.
    pub secret: String,
}

impl fmt::Debug for Credentials {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A machine client, and how it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The client.
    pub client: MachineClient,
    /// How many secrets are good: two while one replaces the other.
    pub secrets: usize,
    /// Whether the gateway lets it in.
    pub let_in: bool,
}

/// Why nothing was done, or not all.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Tokens come from an issuer of the operator's own.
    #[error("the stack has no user pool of its own (JwtIssuer): register programs with your issuer")]
    NoUserPool,
    /// There are as many as there may be.
    #[error(
        "there are {MOST} machine clients, and API Gateway lets in no more: revoke one, or use an issuer of your own"
    )]
    Full,
    /// There is none with this id.
    #[error("there is no machine client {0}")]
    Unknown(ClientId),
    /// It may do nothing any more.
    #[error("the machine client {0} was revoked: create another one")]
    Revoked(ClientId),
    /// The secret is being replaced already.
    #[error("two secrets of {0} are good already: end the older one first")]
    TwoSecrets(ClientId),
    /// Nothing is being replaced.
    #[error("only one secret of {0} is good: without it, the program could not sign in")]
    OneSecret(ClientId),
    /// A client was made, could not be let in, and could not be taken back either.
    #[error("the machine client {id} was made and is not let in, and taking it back failed too: revoke it")]
    HalfMade {
        /// The client.
        id: ClientId,
        /// Why it could not be let in.
        #[source]
        why: Box<Self>,
    },
    /// The user pool refused, could not be reached, or answered something else.
    #[error("the user pool did not do it")]
    Users(#[source] BoxError),
    /// The stack could not be read or changed.
    #[error(transparent)]
    Stack(#[from] DeployedError),
    /// The local stack's gateway could not be told.
    #[error(transparent)]
    Local(#[from] local_stack::Error),
    /// The local stack has other variables than it should.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] StoreError),
}

impl<E: std::error::Error + Send + Sync + 'static> From<SdkError<E>> for ClientError {
    fn from(error: SdkError<E>) -> Self {
        Self::Users(error.into())
    }
}

/// The machine clients of a stack.
#[derive(Debug)]
pub struct Clients {
    users: Users,
    store: Store,
    stack: Deployed,
    /// Set on the local stack, whose CloudFormation does not tell the gateway.
    local: Option<Stack>,
}

/// The user pool, and whom the gateway lets in.
struct Gate {
    pool: String,
    let_in: Vec<String>,
}

impl Clients {
    /// Those of the stack of this name in an AWS account, whose table is `store`'s.
    pub fn new(aws: &Aws, store: Store, stack: String) -> Self {
        Self { users: Users::new(aws.config()), store, stack: Deployed::new(aws, stack), local: None }
    }

    /// Those of a local stack.
    ///
    /// # Errors
    /// When it lacks something that every stack has.
    pub fn local(stack: Stack) -> Result<Self, ClientError> {
        let aws = Aws::new(&stack.env().into_iter().collect())?;
        let table = stack.deployment().output("TableName")?.to_owned();
        let store = Store::new(Arc::new(aws.dynamodb()), table, 1);
        Ok(Self { local: Some(stack), ..Self::new(&aws, store, STACK_NAME.to_owned()) })
    }

    /// Makes a machine client with this registration; its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`ClientError`]; there is no such client then, unless the error says so.
    pub async fn create(&self, registration: Registration, now: Instant) -> Result<Credentials, ClientError> {
        let gate = self.gate().await?;
        if gate.let_in.len() >= MOST {
            return Err(ClientError::Full);
        }
        let credentials = self.credentials(&gate.pool).await?;
        let id = credentials.id.clone();
        let client = MachineClient { id: id.clone(), registration, created_at: now, revoked_at: None };
        let made = async {
            self.store.keep_machine_client(&client).await?;
            self.let_in(gate.let_in.into_iter().chain([id.to_string()])).await
        };
        match made.await {
            Ok(()) => Ok(credentials),
            Err(why) => match self.take_back(&gate.pool, client, now).await {
                Ok(()) => Err(why),
                Err(_) => Err(ClientError::HalfMade { id, why: Box::new(why) }),
            },
        }
    }

    /// Gives a client a second secret, which is in the answer and nowhere else. The first one stays good until it is
    /// ended.
    ///
    /// # Errors
    /// [`ClientError`]; nothing was changed then.
    pub async fn rotate(&self, id: &ClientId) -> Result<Credentials, ClientError> {
        let pool = self.gate().await?.pool;
        self.good(id).await?;
        if self.secrets(&pool, id).await?.len() > 1 {
            return Err(ClientError::TwoSecrets(id.clone()));
        }
        let added = self.users.add_user_pool_client_secret().user_pool_id(pool).client_id(id.as_str());
        let secret = added.send().await?.client_secret_descriptor.and_then(|added| added.client_secret_value);
        let secret = secret.ok_or_else(|| ClientError::Users("it shows no secret".into()))?;
        Ok(Credentials { id: id.clone(), secret })
    }

    /// Ends the older of a client's two secrets.
    ///
    /// # Errors
    /// [`ClientError`]; nothing was changed then.
    pub async fn end_older_secret(&self, id: &ClientId) -> Result<(), ClientError> {
        let pool = self.gate().await?.pool;
        self.good(id).await?;
        let older = match self.secrets(&pool, id).await?.as_slice() {
            [older, _, ..] => older.client_secret_id.clone(),
            _ => return Err(ClientError::OneSecret(id.clone())),
        };
        let delete = self.users.delete_user_pool_client_secret().user_pool_id(pool).client_id(id.as_str());
        delete.set_client_secret_id(older).send().await?;
        Ok(())
    }

    /// Takes everything from a client. What it did stays in the history, under its name.
    ///
    /// # Errors
    /// [`ClientError`]; revoking again goes on where this failed.
    pub async fn revoke(&self, id: &ClientId, now: Instant) -> Result<(), ClientError> {
        let gate = self.gate().await?;
        let client = self.store.machine_client(id).await?.ok_or_else(|| ClientError::Unknown(id.clone()))?;
        self.take_back(&gate.pool, client, now).await?;
        let others: Vec<String> = gate.let_in.iter().filter(|other| *other != id.as_str()).cloned().collect();
        if others.len() == gate.let_in.len() {
            return Ok(());
        }
        self.let_in(others).await
    }

    /// Every machine client, the oldest first, and how it stands.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn list(&self) -> Result<Vec<Standing>, ClientError> {
        let gate = self.gate().await?;
        let mut clients = self.store.machine_clients().await?;
        clients.sort_by_key(|client| client.created_at);
        let mut standings = Vec::with_capacity(clients.len());
        for client in clients {
            let let_in = gate.let_in.iter().any(|id| id == client.id.as_str());
            let secrets = match client.revoked_at {
                Some(_) => 0,
                None => self.secrets(&gate.pool, &client.id).await?.len(),
            };
            standings.push(Standing { client, secrets, let_in });
        }
        Ok(standings)
    }

    async fn gate(&self) -> Result<Gate, ClientError> {
        let stack = self.stack.read().await?;
        let pool = output(&stack, "UserPoolId").ok_or(ClientError::NoUserPool)?.to_owned();
        let let_in = parameter(&stack, LET_IN).unwrap_or_default();
        let let_in = let_in.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        Ok(Gate { pool, let_in })
    }

    /// Makes credentials that are good for nothing but to get a token for a program.
    async fn credentials(&self, pool: &str) -> Result<Credentials, ClientError> {
        let minutes = TokenValidityUnitsType::builder().access_token(TimeUnitsType::Minutes).build();
        let create = self.users.create_user_pool_client().user_pool_id(pool);
        let created = create
            // The name that counts is in the registration; the pool takes few characters.
            .client_name("machine client")
            .generate_secret(true)
            .allowed_o_auth_flows_user_pool_client(true)
            .allowed_o_auth_flows(OAuthFlowType::ClientCredentials)
            .allowed_o_auth_scopes(SCOPE)
            // Without a list, people could sign in with it, and write every attribute of theirs (I7).
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth)
            .write_attributes("email")
            .prevent_user_existence_errors(PreventUserExistenceErrorTypes::Enabled)
            .access_token_validity(TOKEN_MINUTES)
            .token_validity_units(minutes)
            .send()
            .await?;
        let made = created.user_pool_client.and_then(|made| {
            let id = made.client_id?.parse().ok()?;
            Some(Credentials { id, secret: made.client_secret? })
        });
        made.ok_or_else(|| {
            ClientError::Users("it answers with no client and secret of the usual form".into())
        })
    }

    /// A client that was not revoked.
    async fn good(&self, id: &ClientId) -> Result<MachineClient, ClientError> {
        match self.store.machine_client(id).await? {
            Some(client) if client.revoked_at.is_none() => Ok(client),
            Some(_) => Err(ClientError::Revoked(id.clone())),
            None => Err(ClientError::Unknown(id.clone())),
        }
    }

    /// A client's secrets, the oldest first, without the secrets themselves; none if the pool does not know the client, as
    /// may be after the table was restored.
    async fn secrets(
        &self,
        pool: &str,
        id: &ClientId,
    ) -> Result<Vec<ClientSecretDescriptorType>, ClientError> {
        let list = self.users.list_user_pool_client_secrets().user_pool_id(pool).client_id(id.as_str());
        let listed = match list.send().await {
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                return Ok(Vec::new());
            }
            listed => listed?,
        };
        let mut secrets = listed.client_secrets.unwrap_or_default();
        secrets.sort_by_key(|secret| secret.client_secret_create_date);
        Ok(secrets)
    }

    /// Ends registration and credentials.
    async fn take_back(&self, pool: &str, client: MachineClient, now: Instant) -> Result<(), ClientError> {
        let revoked_at = client.revoked_at.or(Some(now));
        let client = MachineClient { revoked_at, ..client };
        self.store.keep_machine_client(&client).await?;
        let delete = self.users.delete_user_pool_client().user_pool_id(pool).client_id(client.id.as_str());
        match delete.send().await {
            Err(error)
                if !error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }

    async fn let_in(&self, ids: impl IntoIterator<Item = String>) -> Result<(), ClientError> {
        let ids: Vec<String> = ids.into_iter().collect();
        self.stack.set(LET_IN, &ids.join(",")).await?;
        Ok(self.local.as_ref().map_or(Ok(()), Stack::renew_authorizers)?)
    }
}
