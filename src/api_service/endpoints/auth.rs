//! Who somebody is: login and registration.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use super::super::request::Repeat;
use super::super::transport::Method;
use super::super::{ApiError, ApiRequest, ApiService, decode};

/// What somebody may do. Compared without case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserRole {
    Admin,
    Provider,
    User,
    Researcher,
}

impl UserRole {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Provider => "PROVIDER",
            Self::User => "USER",
            Self::Researcher => "RESEARCHER",
        }
    }

    /// The role of this name; `None` for a name that the contract does not know.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Admin, Self::Provider, Self::User, Self::Researcher]
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(name.trim()))
    }
}

impl Serialize for UserRole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for UserRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is not a role of this application")))
    }
}

/// A login that succeeded.
#[derive(Clone, PartialEq)]
pub struct Login {
    pub role: UserRole,
    pub user_id: String,
    pub user_name: Option<String>,
    /// `None` from the older backend, which identifies callers by headers.
    pub token: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("role", &self.role).field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// What a node says of a login.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginAnswer {
    #[expect(dead_code, reason = "read so that something else than true or false is an error that names it")]
    success: Option<bool>,
    role: Option<UserRole>,
    user_id: Option<String>,
    user_name: Option<String>,
    token: Option<String>,
}

/// The fields of somebody who books seats.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistration {
    pub email: String,
    pub password: String,
    pub full_name: String,
    pub phone: String,
}

/// The fields of somebody who offers vehicles.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderRegistration {
    pub email: String,
    pub password: String,
    pub contact_name: String,
    pub phone: String,
    pub company_name: String,
    pub description: String,
}

#[derive(Deserialize)]
struct RegistrationAnswer {
    #[expect(dead_code, reason = "read so that something else than true or false is an error that names it")]
    success: Option<bool>,
}

const LOGIN: &str = "/api/auth/login";
const REGISTER_USER: &str = "/api/auth/register/user";
const REGISTER_PROVIDER: &str = "/api/auth/register/provider";

impl ApiService {
    /// # Errors
    /// [`ApiError::Unauthorized`] with the node's message when the e-mail or the password is wrong.
    pub async fn login(self, email: &str, password: &str) -> Result<Login, ApiError> {
        let body = json!({ "email": email, "password": password }).to_string();
        let request = ApiRequest {
            // Every node can check a password.
            target: super::super::failover::Target::AnyNode,
            ..ApiRequest::write(Method::Post, LOGIN, Some(body), Repeat::Harmless).public()
        };
        let answer = match self.answer(request).await {
            // The older backend refuses with a 200.
            Err(ApiError::Refused { status: 200..=299, message, .. }) => {
                return Err(ApiError::Unauthorized { message });
            }
            answer => answer?,
        };
        let issuer = answer.node;
        let answer: LoginAnswer = answer.read()?;
        let missing = |field: &str| ApiError::Decode { path: LOGIN.into(), detail: format!("missing field `{field}`") };
        let role = answer.role.ok_or_else(|| missing("role"))?;
        let user_id = answer.user_id.ok_or_else(|| missing("userId"))?;
        self.token_issued_by(issuer);
        Ok(Login { role, user_id, user_name: answer.user_name, token: answer.token })
    }

    /// Makes an account, once: with `key` where the nodes honour it (see [`super::super::ActionKey`]).
    ///
    /// # Errors
    /// [`ApiError::Refused`] with status 409 when the e-mail is taken, with any other in the server's words;
    /// [`ApiError::OutcomeUnknown`] when nobody knows.
    pub async fn register_user(self, registration: UserRegistration, key: &Arc<str>) -> Result<(), ApiError> {
        self.register(REGISTER_USER, encode(REGISTER_USER, &registration)?, key).await
    }

    /// Makes an account of somebody who offers vehicles.
    ///
    /// # Errors
    /// As [`ApiService::register_user`].
    pub async fn register_provider(self, registration: ProviderRegistration, key: &Arc<str>) -> Result<(), ApiError> {
        self.register(REGISTER_PROVIDER, encode(REGISTER_PROVIDER, &registration)?, key).await
    }

    async fn register(self, path: &'static str, body: String, key: &Arc<str>) -> Result<(), ApiError> {
        let request = ApiRequest::write(Method::Post, path, Some(body), Repeat::NeedsKey).public();
        let answer = self.accepted(self.keyed(request.or_nothing(), key)).await?;
        match answer.response.body.json().map(decode::from_value::<RegistrationAnswer>) {
            Some(Err(error)) => Err(ApiError::unreadable(path, &error)),
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

/// A request body.
///
/// # Errors
/// For a value that JSON cannot write, such as a map whose keys are no texts.
pub(super) fn encode<T: Serialize>(path: &str, body: &T) -> Result<String, ApiError> {
    serde_json::to_string(body).map_err(|error| ApiError::Decode { path: path.to_owned(), detail: error.to_string() })
}
