//! `cargo xtask client`: programs that act for an organisation, or as a reviewer (D25).

use claim_domain::client::{Organisation, Registration};
use claim_domain::ids::{ClientId, MpnId, PartnerId};
use claim_domain::people::Role;
use claim_domain::text;
use clap::{Args, Subcommand};
use operator::clients::{ClientError, Clients, Credentials, MOST, SCOPE, Standing, TOKEN_MINUTES};

use crate::target::{Target, WHERE, block_on};
use crate::{Failure, Outcome};

/// Create, rotate, revoke and list machine clients: programs that act for an organisation, or as a reviewer
#[derive(Args)]
#[command(after_help = format!("\
A machine client stands for one partner organisation in one role, or for a reviewer; never for the review lead. It signs in
with its id and secret, gets tokens that are good for {TOKEN_MINUTES} minutes, and its acts stand in histories under its name, marked as a
program's. There can be {MOST} of them. infra/docs/integrating.md shows how a program signs in.

Examples:
  cargo xtask client create --name 'Nightly sync' --role incentives-admin \\
    --partner contoso --partner-name Contoso --mpn-id 4711001 --stack-name claims
  cargo xtask client rotate 3n4b5urk1ft4fl3mg5e62d9ado                a second secret; the first stays good
  cargo xtask client rotate 3n4b5urk1ft4fl3mg5e62d9ado --end-older    ends the first one
  cargo xtask client revoke 3n4b5urk1ft4fl3mg5e62d9ado
  cargo xtask client list

{WHERE}
Needed: cloudformation:DescribeStacks and, to create and revoke, cloudformation:UpdateStack with apigateway:* on the API;
cognito-idp:CreateUserPoolClient, DeleteUserPoolClient, AddUserPoolClientSecret, DeleteUserPoolClientSecret and
ListUserPoolClientSecrets on the pool; dynamodb:GetItem, PutItem and Query on the table."))]
pub(crate) struct Client {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Register a program; prints its id and, this once, its secret
    Create(Create),
    /// Give a client a second secret, or end the older of two
    Rotate {
        /// The client, as `cargo xtask client list` names it
        id: ClientId,
        /// End the older secret, once the program uses the newer one, or at once if it leaked
        #[arg(long)]
        end_older: bool,
    },
    /// Take everything from a client; what it did stays in the history
    Revoke {
        /// The client
        id: ClientId,
    },
    /// List all clients, revoked ones among them
    List,
}

#[derive(Args)]
struct Create {
    /// The program's name, as the history shows it
    #[arg(long, value_parser = name)]
    name: String,
    /// billing-admin, global-admin or incentives-admin for a partner organisation, or reviewer
    #[arg(long, value_parser = role)]
    role: Role,
    /// The organisation's id, as people's tokens have it
    #[arg(long, value_name = "ID", requires_all = ["partner_name", "mpn_id"])]
    partner: Option<PartnerId>,
    /// The organisation's display name
    #[arg(long, value_name = "NAME", requires = "partner", value_parser = name)]
    partner_name: Option<String>,
    /// An MPN id of the organisation; give it once for each
    #[arg(long, value_name = "ID", requires = "partner")]
    mpn_id: Vec<MpnId>,
}

impl Create {
    fn registration(self) -> Result<Registration, Failure> {
        let organisation = self.partner.zip(self.partner_name).map(|(id, name)| Organisation {
            id,
            name,
            mpn_ids: self.mpn_id,
        });
        Registration::new(self.name, self.role, organisation)
            .map_err(|error| Failure(format!("{error}\nnext: `cargo xtask client --help` has examples")))
    }
}

impl Client {
    pub(crate) fn run(self, port: u16) -> Outcome {
        // What is wrong with it is said before anything is looked for.
        let wanted = match self.what {
            What::Create(create) => Wanted::Create(create.registration()?),
            What::Rotate { id, end_older: false } => Wanted::Rotate(id),
            What::Rotate { id, end_older: true } => Wanted::EndOlder(id),
            What::Revoke { id } => Wanted::Revoke(id),
            What::List => Wanted::List,
        };
        let reached = self.target.reach(port)?;
        let (now, token_url) = (reached.now, reached.token_url.clone());
        let clients = reached.clients()?;
        block_on(async {
            wanted.done(&clients, now, token_url.as_deref()).await.map_err(|error| failed(&error))
        })
    }
}

enum Wanted {
    Create(Registration),
    Rotate(ClientId),
    EndOlder(ClientId),
    Revoke(ClientId),
    List,
}

impl Wanted {
    async fn done(
        self,
        clients: &Clients,
        now: claim_domain::calendar::Instant,
        token_url: Option<&str>,
    ) -> Result<(), ClientError> {
        match self {
            Self::Create(registration) => {
                eprintln!(
                    "making the client, and having the gateway let it in: this may take some minutes …"
                );
                show(&clients.create(registration, now).await?, token_url);
            }
            Self::Rotate(id) => {
                show(&clients.rotate(&id).await?, token_url);
                println!(
                    "\nThe secret before this one stays good. Once the program uses the new one, end it:\n  \
                     cargo xtask client rotate {id} --end-older"
                );
            }
            Self::EndOlder(id) => {
                clients.end_older_secret(&id).await?;
                println!(
                    "the older secret of {id} is not good any more; a token that was got with it may be good for \
                     {TOKEN_MINUTES} minutes yet"
                );
            }
            Self::Revoke(id) => {
                eprintln!("revoking, and having the gateway refuse the client: this may take some minutes …");
                clients.revoke(&id, now).await?;
                println!("{id} is revoked: it gets no tokens, and those that it has are refused");
            }
            Self::List => {
                let standings = clients.list().await?;
                standings.iter().for_each(print);
                println!("{} of {MOST} machine clients", standings.iter().filter(|one| one.let_in).count());
            }
        }
        Ok(())
    }
}

/// What the program is given; the secret is shown this once.
fn show(Credentials { id, secret }: &Credentials, token_url: Option<&str>) {
    println!("id      {id}");
    println!("secret  {secret}");
    println!(
        "\nGive both to the program's owner now, by a way that nobody else can read: the secret is shown this once."
    );
    if let Some(url) = token_url {
        println!("A token, good for {TOKEN_MINUTES} minutes:");
        println!("  curl -s {url} -u '{id}:<secret>' -d grant_type=client_credentials -d scope={SCOPE}");
    }
}

fn print(Standing { client, secrets, let_in }: &Standing) {
    let registration = &client.registration;
    println!("{}  {}, {}", client.id, registration.name, registration.role.as_str());
    if let Some(organisation) = &registration.organisation {
        let mpn_ids: Vec<&str> = organisation.mpn_ids.iter().map(|id| id.as_str()).collect();
        println!("    for       {} ({}), MPN ids {}", organisation.name, organisation.id, mpn_ids.join(", "));
    }
    println!("    since     {} UTC", client.created_at.format("%Y-%m-%d %H:%M:%S"));
    match client.revoked_at {
        Some(at) => println!("    revoked   {} UTC", at.format("%Y-%m-%d %H:%M:%S")),
        None if *secrets == 0 => println!("    secrets   none: the pool does not know it, so revoke it"),
        None if *secrets > 1 => println!("    secrets   {secrets}: the older one waits to be ended"),
        None => {}
    }
    match (client.revoked_at.is_some(), let_in) {
        (true, true) => println!("    gateway   lets it in still: revoke it again\n"),
        (false, false) => println!("    gateway   does not let it in: revoke it, and create another one\n"),
        _ => println!(),
    }
}

/// Why it was not done, with all causes, and what to do next.
fn failed(error: &ClientError) -> Failure {
    let next = match error {
        ClientError::Unknown(_) | ClientError::Revoked(_) | ClientError::Full => {
            "`cargo xtask client list` lists all clients"
        }
        ClientError::TwoSecrets(_) => "`cargo xtask client rotate <id> --end-older` ends the older one",
        ClientError::OneSecret(_) => "`cargo xtask client rotate <id>` makes a second one",
        ClientError::HalfMade { .. } => "`cargo xtask client revoke <id>`",
        ClientError::NoUserPool => "infra/docs/deploying.md says how your issuer's programs are known",
        _ => "remove the cause and give the command again; --help says which permissions are needed",
    };
    Failure(format!("{}\nnext: {next}", claim_runtime::logging::chain(error)))
}

fn name(text: &str) -> Result<String, String> {
    text::name(text).map(str::to_owned).map_err(|flaw| format!("the name {}", flaw.detail))
}

fn role(text: &str) -> Result<Role, String> {
    let known = Role::OF_TOKENS.into_iter().find(|role| role.as_str() == text);
    known.ok_or_else(|| "the roles are billing-admin, global-admin, incentives-admin and reviewer".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        client: Client,
    }

    fn create(arguments: &str) -> Result<Registration, String> {
        let words = std::iter::once("client create --name").chain([arguments]).collect::<Vec<_>>().join(" ");
        let line = Line::try_parse_from(words.split_whitespace().map(|word| word.replace('_', " ")));
        match line.map_err(|error| error.to_string())?.client.what {
            What::Create(create) => create.registration().map_err(|Failure(why)| why),
            _ => Err("another command".to_owned()),
        }
    }

    #[test]
    fn a_program_is_registered_for_an_organisation_or_as_a_reviewer() {
        claim_domain::proves!(D25);
        let contoso = "--partner contoso --partner-name Contoso --mpn-id 1 --mpn-id 2";
        let registration = create(&format!("Nightly_sync --role billing-admin {contoso}")).unwrap();
        assert_eq!((registration.name.as_str(), registration.role), ("Nightly sync", Role::BillingAdmin));
        assert_eq!(registration.organisation.unwrap().mpn_ids.len(), 2);
        assert_eq!(create("Robot --role reviewer").unwrap().organisation, None);
    }

    #[test]
    fn the_stack_is_named_at_the_end_as_in_the_examples() {
        for line in [
            "client list --stack-name claims",
            "client rotate 3n4b5urk1ft4fl3mg5e62d9ado --end-older --stack-name claims",
            "client --stack-name claims revoke 3n4b5urk1ft4fl3mg5e62d9ado",
        ] {
            let read = Line::try_parse_from(line.split(' '));
            assert!(read.is_ok_and(|line| line.client.target.is_named("claims")), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_registration_is_said() {
        claim_domain::proves!(D25);
        for (arguments, why) in [
            ("Robot --role billing-admin", "say for which organisation"),
            ("Robot --role review-lead", "a person has to answer"),
            ("Robot --role janitor", "the roles are billing-admin"),
            ("Robot --role billing-admin --partner contoso", "--partner-name"),
            ("Robot --role reviewer --partner a --partner-name A --mpn-id 1", "leave it out"),
            ("Robot --role billing-admin --partner a --partner-name A --mpn-id x", "not a MpnId"),
            ("https://evil.example --role reviewer", "the name holds the web address"),
        ] {
            let error = create(arguments).unwrap_err();
            assert!(error.contains(why), "{arguments}: {error}");
        }
    }
}
