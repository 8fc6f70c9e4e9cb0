//! Deploys the real template with SAM CLI, and adds what MiniStack's CloudFormation leaves out: the HTTP API's
//! routes, its public address, the users and the sender's identity.

use std::{collections::BTreeMap, fs, process::Command};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Aws, Error, Progress, aws, binaries, layout, layout::Layout, shell, template::Authorizer,
    template::Processed, users,
};

/// The name of every local stack in CloudFormation.
pub const STACK_NAME: &str = "claims";
/// The host name by which the deployed interface is called.
pub(crate) const HOST: &str = "claims.localhost";
/// The origin of the web page that may call the interface from a browser.
pub const WEB_ORIGIN: &str = "http://localhost:3000";

/// What was deployed, as the rest of the stack needs it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deployment {
    /// A value that changes with the template, its parameters and the binaries.
    pub fingerprint: String,
    /// The public address of the HTTP interface.
    pub address: String,
    /// The template's outputs.
    pub outputs: BTreeMap<String, String>,
    /// The deployed functions by the names of their crates.
    pub functions: BTreeMap<String, Function>,
}

/// A deployed function.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Function {
    /// Its name in Lambda.
    pub name: String,
    /// Where it logs.
    pub log_group: String,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
}

impl Deployment {
    /// What was deployed last into the stack in `layout`.
    pub fn read(layout: &Layout) -> Option<Self> {
        serde_json::from_slice(&fs::read(layout.deployment()).ok()?).ok()
    }

    /// An output of the template.
    pub fn output(&self, name: &str) -> Result<&str, Error> {
        self.outputs
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| Error::Unexpected(format!("the template has no output {name}")))
    }

    fn write(&self, layout: &Layout) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self)?;
        fs::write(layout.deployment(), text).map_err(Error::io("cannot write what was deployed"))
    }
}

/// The address under which the stack on `port` serves the HTTP interface.
pub(crate) fn address(port: u16) -> String {
    format!("http://{HOST}:{port}")
}

/// Deploys template and functions, unless exactly these are already deployed.
pub(crate) fn deploy(
    layout: &Layout,
    parameters: &BTreeMap<String, String>,
    progress: &Progress,
) -> Result<Deployment, Error> {
    let parameters = with_defaults(layout, parameters);
    let overrides: Vec<String> = parameters.iter().map(|(name, value)| quoted(name, value)).collect();
    let template = layout::root().join("template.yaml");
    let fingerprint = binaries::fingerprint(&template, &overrides)?;
    if let Some(deployment) =
        Deployment::read(layout).filter(|deployment| deployment.fingerprint == fingerprint)
    {
        return Ok(deployment);
    }
    progress.step("Deploying template.yaml with SAM CLI", || sam_deploy(layout, &overrides))?;
    progress.step("Wiring the HTTP API and creating the users", || {
        let aws = Aws::on(layout.port);
        let processed = processed(&aws)?;
        let outputs = outputs(&aws)?;
        wire(&aws, &processed)?;
        let deployment = Deployment {
            fingerprint,
            address: address(layout.port),
            outputs,
            functions: functions(&aws, &processed)?,
        };
        users::create(&aws, deployment.output("UserPoolId")?)?;
        if let Some(sender) = parameters.get("MailFrom") {
            verify_sender(&aws, sender)?;
        }
        deployment.write(layout)?;
        Ok(deployment)
    })
}

fn with_defaults(layout: &Layout, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let public_url = address(layout.port);
    let ours = [
        ("Architecture", architecture),
        ("EvidenceScanning", "guardduty"),
        ("LeadEmail", users::LEAD_EMAIL),
        ("ProgramContact", "questions@program.example"),
        ("MailFrom", "claims@program.example"),
        ("PasswordSignIn", "true"),
        ("PublicUrl", &public_url),
        ("RequireSecondFactor", "false"),
        ("Retain", "false"),
        ("ScheduleWindowMinutes", "0"),
        ("WebOrigin", WEB_ORIGIN),
        ("WebhooksToThisMachine", "true"),
    ];
    let mut all: BTreeMap<String, String> =
        ours.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    all.extend(given.clone());
    all
}

/// A parameter as SAM CLI takes it whatever its value is: without quotes, it takes neither an empty one nor blanks.
fn quoted(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn sam_deploy(layout: &Layout, overrides: &[String]) -> Result<(), Error> {
    let mut sam = Command::new(layout::tool("sam"));
    sam.current_dir(layout::root())
        .args(["deploy", "--template-file", "template.yaml", "--stack-name", STACK_NAME, "--resolve-s3"])
        .args(["--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
        .args([
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
            "--language-extensions",
            "--parameter-overrides",
        ])
        .args(overrides)
        .env("AWS_ENDPOINT_URL", Aws::on(layout.port).endpoint())
        .env("AWS_ACCESS_KEY_ID", aws::ROOT_KEY)
        .env("AWS_SECRET_ACCESS_KEY", aws::ROOT_KEY)
        .env("AWS_DEFAULT_REGION", aws::REGION)
        .env("AWS_CONFIG_FILE", layout.folder.join("no-aws-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", layout.folder.join("no-aws-credentials"))
        .env("SAM_CLI_TELEMETRY", "0")
        .env("SAM_CLI_POLL_DELAY", "1")
        .env("__SAM_CLI_APP_DIR", layout.folder.join("sam"))
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    shell::run(&mut sam, &layout.tool_log("sam-deploy"))
}

fn processed(aws: &Aws) -> Result<Processed, Error> {
    let form = |action: &str| format!("Action={action}&StackName={STACK_NAME}&Version=2010-05-15");
    let answer = aws.query("cloudformation", &(form("GetTemplate") + "&TemplateStage=Processed"))?;
    let template: Value = serde_json::from_str(&elements(&answer, "TemplateBody").concat())?;
    let answer = aws.query("cloudformation", &form("DescribeStackResources"))?;
    let physical =
        elements(&answer, "LogicalResourceId").into_iter().zip(elements(&answer, "PhysicalResourceId"));
    let answer = aws.query("cloudformation", &form("DescribeStacks"))?;
    let parameters = elements(&answer, "ParameterKey").into_iter().zip(elements(&answer, "ParameterValue"));
    Ok(Processed::new(template, parameters.collect(), physical.collect()))
}

fn outputs(aws: &Aws) -> Result<BTreeMap<String, String>, Error> {
    let form = format!("Action=DescribeStacks&StackName={STACK_NAME}&Version=2010-05-15");
    let answer = aws.query("cloudformation", &form)?;
    Ok(elements(&answer, "OutputKey").into_iter().zip(elements(&answer, "OutputValue")).collect())
}

/// Creates routes, integrations and authorizers as the processed template says, and the public address.
fn wire(aws: &Aws, processed: &Processed) -> Result<(), Error> {
    for logical in processed.of_type("AWS::ApiGatewayV2::Api") {
        let api = processed.physical(logical).unwrap_or_default();
        clear(aws, api)?;
        let mut authorizers = BTreeMap::new();
        for authorizer in processed.authorizers(logical)? {
            let made = aws.rest(
                "apigateway",
                "POST",
                &format!("/v2/apis/{api}/authorizers"),
                Some(&described(&authorizer)),
            )?;
            authorizers.insert(authorizer.name, made["authorizerId"].clone());
        }
        let mut integrations = BTreeMap::new();
        for route in processed.routes(logical)? {
            if !integrations.contains_key(&route.integration) {
                let made = aws.rest(
                    "apigateway",
                    "POST",
                    &format!("/v2/apis/{api}/integrations"),
                    Some(&json!({
                        "integrationType": "AWS_PROXY",
                        "integrationUri": function_arn(&route.integration),
                        "payloadFormatVersion": "2.0",
                    })),
                )?;
                integrations.insert(route.integration.clone(), made["integrationId"].clone());
            }
            let mut body = json!({
                "routeKey": route.key,
                "target": format!("integrations/{}", integrations[&route.integration].as_str().unwrap_or_default()),
            });
            if let Some(name) = &route.authorizer {
                let id = authorizers.get(name).ok_or_else(|| {
                    Error::Unexpected(format!(
                        "route {} uses the authorizer {name}, which the template lacks",
                        route.key
                    ))
                })?;
                body["authorizationType"] = json!("JWT");
                body["authorizerId"] = id.clone();
            }
            aws.rest("apigateway", "POST", &format!("/v2/apis/{api}/routes"), Some(&body))?;
        }
        if let Some(cors) = processed.cors(logical)? {
            let body = json!({ "corsConfiguration": cors });
            aws.rest("apigateway", "PATCH", &format!("/v2/apis/{api}"), Some(&body))?;
        }
        publish(aws, api)?;
    }
    Ok(())
}

fn described(authorizer: &Authorizer) -> Value {
    json!({
        "authorizerType": "JWT",
        "name": authorizer.name,
        "identitySource": [authorizer.identity_source],
        "jwtConfiguration": { "issuer": authorizer.issuer, "audience": authorizer.audience },
    })
}

/// Lets the API's authorizers let in whom the stack's parameters name now.
pub(crate) fn renew_authorizers(aws: &Aws) -> Result<(), Error> {
    let processed = processed(aws)?;
    for logical in processed.of_type("AWS::ApiGatewayV2::Api") {
        let path = format!("/v2/apis/{}/authorizers", processed.physical(logical).unwrap_or_default());
        let listed = aws.rest("apigateway", "GET", &path, None)?;
        for authorizer in processed.authorizers(logical)? {
            let mut known = listed["items"].as_array().into_iter().flatten();
            let known = known.find(|item| item["name"] == authorizer.name.as_str());
            let id = known.and_then(|item| item["authorizerId"].as_str()).unwrap_or_default();
            aws.rest("apigateway", "PATCH", &format!("{path}/{id}"), Some(&described(&authorizer)))?;
        }
    }
    Ok(())
}

/// Removes the routes and authorizers of an earlier deployment.
fn clear(aws: &Aws, api: &str) -> Result<(), Error> {
    for (kind, id) in
        [("routes", "routeId"), ("integrations", "integrationId"), ("authorizers", "authorizerId")]
    {
        let path = format!("/v2/apis/{api}/{kind}");
        let listed = aws.rest("apigateway", "GET", &path, None)?;
        for item in listed["items"].as_array().into_iter().flatten() {
            aws.rest(
                "apigateway",
                "DELETE",
                &format!("{path}/{}", item[id].as_str().unwrap_or_default()),
                None,
            )?;
        }
    }
    Ok(())
}

/// Serves the API under its public address.
fn publish(aws: &Aws, api: &str) -> Result<(), Error> {
    let configuration = json!([{ "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2" }]);
    let domain = json!({ "domainName": HOST, "domainNameConfigurations": configuration });
    unless_there(aws.rest("apigateway", "POST", "/v2/domainnames", Some(&domain)))?;
    let mapping = json!({ "apiId": api, "stage": "$default" });
    unless_there(aws.rest(
        "apigateway",
        "POST",
        &format!("/v2/domainnames/{HOST}/apimappings"),
        Some(&mapping),
    ))
}

fn verify_sender(aws: &Aws, sender: &str) -> Result<(), Error> {
    let identity = json!({ "EmailIdentity": sender });
    unless_there(aws.rest("ses", "POST", "/v2/email/identities", Some(&identity)))
}

/// Treats "it already exists" as success.
pub(crate) fn unless_there(result: Result<Value, Error>) -> Result<(), Error> {
    match result {
        Err(Error::Aws { body, .. }) if ["Conflict", "Exists"].iter().any(|word| body.contains(word)) => {
            Ok(())
        }
        other => other.map(|_| ()),
    }
}

fn functions(aws: &Aws, processed: &Processed) -> Result<BTreeMap<String, Function>, Error> {
    let mut functions = BTreeMap::new();
    for logical in processed.of_type("AWS::Lambda::Function") {
        let name = processed.physical(logical).unwrap_or_default().to_owned();
        let path = format!("/2015-03-31/functions/{name}/configuration");
        let configuration = aws.rest("lambda", "GET", &path, None)?;
        let environment =
            serde_json::from_value(configuration["Environment"]["Variables"].clone()).unwrap_or_default();
        let log_group = configuration["LoggingConfig"]["LogGroup"].as_str();
        let log_group = log_group.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned);
        let crate_name = name.strip_prefix(&format!("{STACK_NAME}-")).unwrap_or(&name).to_owned();
        functions.insert(crate_name, Function { name, log_group, environment });
    }
    Ok(functions)
}

/// The function within an integration's address.
fn function_arn(integration: &str) -> &str {
    let inner = integration.split_once("/functions/").map_or(integration, |(_, rest)| rest);
    inner.strip_suffix("/invocations").unwrap_or(inner)
}

/// The texts of all elements of one name, in order; enough XML for CloudFormation's flat answers.
pub(crate) fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once(&close))
        .map(|(text, _)| unescape(text))
        .collect()
}

fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_in_order_and_unescaped() {
        let xml = "<a><Key>x</Key><Value>1 &lt; 2</Value></a><a><Key>y</Key><Value>&quot;&amp;lt;&quot;</Value></a>";
        assert_eq!(elements(xml, "Key"), ["x", "y"]);
        assert_eq!(elements(xml, "Value"), ["1 < 2", "\"&lt;\""]);
    }

    #[test]
    fn a_parameter_is_given_whatever_its_value_is() {
        assert_eq!(quoted("ProgramHolidays", ""), "ProgramHolidays=\"\"");
        assert_eq!(quoted("ProgramCalendar", "New Year"), "ProgramCalendar=\"New Year\"");
        assert_eq!(quoted("A", "a\"b\\"), "A=\"a\\\"b\\\\\"");
    }

    #[test]
    fn an_integration_names_its_function() {
        let uri =
            "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:0:function:f/invocations";
        assert_eq!(function_arn(uri), "arn:aws:lambda:r:0:function:f");
        assert_eq!(function_arn("arn:aws:lambda:r:0:function:f"), "arn:aws:lambda:r:0:function:f");
    }
}
