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
use crate::store::checks;
use crate::store::state::{Account, Action};
use crate::wire::{Credentials, LoginAnswer, ProviderRegistration, Role, UserRegistration};

/// Bounds the work that one registration asks of the hash.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 4..=200;
/// In UTF-8.
const MOST_BYTES_OF_A_CHAR: usize = 4;

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
    // A password that is longer than any is wrong; it is not hashed.
    let possible = credentials.password.len() <= *PASSWORD_CHARS.end() * MOST_BYTES_OF_A_CHAR;
    let right = possible
        && checks::email(&credentials.email).is_ok()
        && app.passwords.check(&credentials.email, account.as_ref(), credentials.password).await?;
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
        email: checks::email(&wanted.email)?,
        name: checks::required("fullName", &wanted.full_name)?,
        role: Role::User,
        phone: Some(wanted.phone),
        company: None,
        description: None,
        password_hash: String::new(),
    };
    register(&app, write, account, wanted.password).await
}

async fn register_provider(
    State(app): State<App>,
    write: Write,
    Body(wanted): Body<ProviderRegistration>,
) -> Result<Response, ApiError> {
    let account = Account {
        id: auth::random_id("p-"),
        email: checks::email(&wanted.email)?,
        name: checks::required("contactName", &wanted.contact_name)?,
        role: Role::Provider,
        phone: Some(wanted.phone),
        company: Some(checks::required("companyName", &wanted.company_name)?),
        description: Some(wanted.description),
        password_hash: String::new(),
    };
    register(&app, write, account, wanted.password).await
}

/// The password is hashed last: nothing that is refused anyway costs a hash.
async fn register(app: &App, write: Write, account: Account, password: String) -> Result<Response, ApiError> {
    checks::account_texts(&account)?;
    if !PASSWORD_CHARS.contains(&password.chars().count()) {
        let (least, most) = (PASSWORD_CHARS.start(), PASSWORD_CHARS.end());
        return Err(ApiError::Invalid(format!("The password must have {least} to {most} characters.")));
    }
    let account = Account { password_hash: app.passwords.hash(password).await?, ..account };
    app.propose(write, None, Action::Register(Box::new(account))).await
}
