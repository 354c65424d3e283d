//! Login and registration.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use super::App;
use super::error::ApiError;
use super::extract::Body;
use super::write::Write;
use crate::auth;
use crate::store::state::{Account, Action};
use crate::wire::{Credentials, LoginAnswer, ProviderRegistration, Role, UserRegistration};

/// Bounds the work that one registration asks of the hash.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 4..=200;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/auth/login", post(login))
        .route("/api/auth/register/user", post(register_user))
        .route("/api/auth/register/provider", post(register_provider))
}

async fn login(State(app): State<App>, Body(credentials): Body<Credentials>) -> Result<Response, ApiError> {
    let (identity, account) =
        app.state.read(|state| (state.identity.clone(), state.account_by_email(&credentials.email).cloned()));
    let identity = identity.ok_or(ApiError::Starting)?;
    let right = auth::check_password(account.as_ref(), credentials.password).await?;
    let Some(account) = account.filter(|_| right) else {
        let message = "The e-mail address or the password is wrong.";
        let body = json!({ "success": false, "error": "unauthorized", "message": message });
        return Ok((StatusCode::UNAUTHORIZED, Json(body)).into_response());
    };
    let token = Some(auth::issue_token(&identity, &account.caller(), app.token_ttl_secs)?);
    let answer = LoginAnswer { success: true, role: account.role, user_id: account.id, user_name: account.name, token };
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

async fn register_user(
    State(app): State<App>,
    write: Write,
    Body(wanted): Body<UserRegistration>,
) -> Result<Response, ApiError> {
    let account = Account {
        id: auth::random_id("u-"),
        email: checked_email(&wanted.email)?,
        name: checked_text("fullName", &wanted.full_name)?,
        role: Role::User,
        phone: Some(wanted.phone),
        company: None,
        description: None,
        password_hash: hashed(wanted.password).await?,
    };
    app.propose(write, None, Action::Register(Box::new(account))).await
}

async fn register_provider(
    State(app): State<App>,
    write: Write,
    Body(wanted): Body<ProviderRegistration>,
) -> Result<Response, ApiError> {
    let account = Account {
        id: auth::random_id("p-"),
        email: checked_email(&wanted.email)?,
        name: checked_text("contactName", &wanted.contact_name)?,
        role: Role::Provider,
        phone: Some(wanted.phone),
        company: Some(checked_text("companyName", &wanted.company_name)?),
        description: Some(wanted.description),
        password_hash: hashed(wanted.password).await?,
    };
    app.propose(write, None, Action::Register(Box::new(account))).await
}

async fn hashed(password: String) -> Result<String, ApiError> {
    if !PASSWORD_CHARS.contains(&password.chars().count()) {
        let (least, most) = (PASSWORD_CHARS.start(), PASSWORD_CHARS.end());
        return Err(ApiError::Invalid(format!("The password must have {least} to {most} characters.")));
    }
    Ok(auth::hash_password(password).await?)
}

fn checked_email(email: &str) -> Result<String, ApiError> {
    let email = email.trim();
    let valid = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if valid { Ok(email.to_owned()) } else { Err(ApiError::Invalid("This is not an e-mail address.".into())) }
}

/// Trimmed, and not empty.
pub fn checked_text(field: &str, text: &str) -> Result<String, ApiError> {
    match text.trim() {
        "" => Err(ApiError::Invalid(format!("The field `{field}` must not be empty."))),
        text => Ok(text.to_owned()),
    }
}
