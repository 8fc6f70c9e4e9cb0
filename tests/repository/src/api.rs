//! The functions behind the API, called as Lambda calls them, with the variables that the template gives them. They
//! cannot reach their table, so an answer that needs it is a failure. That is enough to see that a route is theirs.

use std::sync::Arc;

use claim_http::App;
use claim_http::registry::Function;
use claim_pages::Pages;
use claim_runtime::{Aws, Variables};
use dispatch::services::Services;
use every_function::{Functions, request};
use evidence::{DocumentBucket, Files};
use serde_json::Value;

use crate::template::Template;
use crate::variables::given;

/// The variables that the template gives to a function; each parameter has its default value.
pub(crate) fn variables(template: &Template, function: &str) -> Variables {
    let function = template.functions().into_iter().find(|known| known.name == function).unwrap();
    let variables = given(template, &function);
    let value = |given: &Value| {
        let default = given["Ref"].as_str().and_then(|name| template.parameters().get(name)?.get("Default"));
        match default {
            Some(Value::String(text)) => text.clone(),
            Some(default) => default.to_string(),
            None => "given-at-deployment".to_owned(),
        }
    };
    let given = variables.iter().map(|(name, given)| (name.clone(), value(given)));
    let by_aws = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "session"),
        ("AWS_ENDPOINT_URL", "nowhere"),
    ];
    given.chain(by_aws.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

/// The part that all functions behind the API share.
pub(crate) fn app(variables: &Variables) -> App {
    App::new(variables, &Aws::new(variables).unwrap()).unwrap()
}

/// The status and the body of a function's answer to an event.
pub(crate) async fn answer(template: &Template, function: &str, event: &Value) -> (u16, String) {
    // What reads no claims is not told where they are, and is created beside functions that are.
    let reads_claims = Function::named(function).is_none_or(|function| !function.permissions.is_empty());
    let variables = variables(template, if reads_claims { function } else { "claims" });
    let aws = Aws::new(&variables).unwrap();
    let files = Files::new(Arc::new(DocumentBucket::new(&aws, "evidence")));
    // Dispatch is created as well, and needs variables that only it is given.
    let dispatch = self::variables(template, "dispatch");
    let pages = Pages::new(&self::variables(template, "dashboard"), &aws).unwrap();
    let functions = Functions::over(app(&variables), files, Services::new(&aws), pages, &dispatch).unwrap();
    let response = functions.answer(function, request(event.clone()).unwrap()).await.unwrap();
    (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap())
}
