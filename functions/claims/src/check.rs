//! Whether associations are free, before somebody claims them (D15).

use chrono::{DurationRound, TimeDelta};
use claim_domain::calendar::Instant;
use claim_domain::refusal::{Kind, Refusal};
use claim_domain::rule::Rule;
use claim_http::view::{self, Page};
use claim_http::{App, CheckRequest, Problem, Request, respond};
use claim_store::CountKey;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

/// Says of each thing that is asked about whether it is free, held by the caller's organisation, or by another; not by whom.
/// It could be used to spy on competitors, so an organisation may ask once a minute about one tenant or subscription, and
/// every question is logged.
pub(crate) async fn associations(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    let Some(partner) = &caller.partner else {
        return Err(Refusal {
            detail: "A partner organisation asks this about its own claims.".to_owned(),
            ..Refusal::forbidden(Rule::R1, "Reviewers see in a claim's contestedBy who holds what it wants.")
        }
        .into());
    };
    let asked = CheckRequest::parse(request.query())?;
    let (store, now) = (&app.commands.store, app.commands.host.now());
    let what = format!("check/{}/{}", now.format("%H:%M"), asked.of());
    let key = CountKey { day: now.date_naive(), what, of: partner.to_string() };
    if !store.count(key, 1).await? {
        return Err(too_soon(now).into());
    }
    tracing::info!(
        partner = partner.as_str(),
        subject = caller.actor.id.as_str(),
        asked = asked.associations().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        "asked who holds associations"
    );
    let held = store.held(asked.associations()).await?;
    let items = asked.associations().iter().zip(&held);
    let items = items.map(|(asked, holder)| view::association(asked, holder.as_ref(), partner)).collect();
    Ok(respond::json(StatusCode::OK, &Page { items, next: None, notice: None }))
}

fn too_soon(now: Instant) -> Refusal {
    let minute = TimeDelta::minutes(1);
    let again = now.duration_trunc(minute).unwrap_or(now) + minute;
    Refusal {
        retry_at: Some(again),
        ..Refusal::new(
            Kind::CheckLimit,
            Rule::D15,
            "Your organisation has asked about this tenant or subscription within this minute.",
            format!(
                "Ask again from {} on; name all products of a tenant at once.",
                again.format("%Y-%m-%dT%H:%M:%SZ")
            ),
        )
    }
}
