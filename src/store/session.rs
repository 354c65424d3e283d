//! Who is logged in. Kept in the tab: it survives a reload, and ends with the tab. A new tab takes it over from one that
//! lives (`handover`).

use std::fmt;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api_service::endpoints::auth::{Login, UserRole};
use crate::api_service::{ApiError, ApiService, Identity, decode};
use crate::storage::{self, Area};
use crate::store::notice::NoticeStore;

const STORAGE_KEY: &str = "vcube.session";
/// Kept in a tab in which a session has ended: such a tab is not new.
const ENDED_KEY: &str = "vcube.session-ended";

/// Somebody who is logged in.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
pub struct Account {
    pub role: UserRole,
    #[serde(rename = "user")]
    pub user_id: String,
    pub name: Option<String>,
    /// `None` from the older backend.
    token: Option<String>,
}

/// Without the token: what is printed ends up in logs.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("role", &self.role).field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl From<Login> for Account {
    fn from(login: Login) -> Self {
        Self { role: login.role, user_id: login.user_id, name: login.user_name, token: login.token }
    }
}

impl Account {
    /// What to call the person: the name, else the id.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&self.user_id)
    }

    /// Reads what [`Account::to_stored`] wrote; anything else counts as not logged in.
    fn from_stored(text: &str) -> Option<Self> {
        decode::from_text(text).ok()
    }

    /// As the tab keeps it. Every key is a text: writing it cannot fail.
    fn to_stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn identity(&self) -> Identity {
        Identity { user_id: self.user_id.clone(), role: self.role.as_str().to_owned(), token: self.token.clone() }
    }
}

/// A handle to the session: copy it freely.
#[derive(Clone, Copy)]
pub struct Session {
    api: ApiService,
    notices: NoticeStore,
    account: RwSignal<Option<Account>>,
    ending: RwSignal<Ending>,
    /// Whether whoever is logged in did so in this page, and not in an earlier one.
    is_new: RwSignal<bool>,
    // Read by pages, and by calls that outlive them: made once, with the session, not where they are read.
    who: Signal<Option<Account>>,
    role: Memo<Option<UserRole>>,
    how_it_ended: Signal<Ending>,
}

/// How the last session of this tab ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// There was none, or it goes on.
    #[default]
    None,
    /// The person logged out.
    LoggedOut,
    /// The cluster did not know it any more.
    Expired,
    /// The cluster took the login, and then never knew whoever had logged in.
    NeverKnown,
}

impl Session {
    /// Whether nobody is, or was, logged in in this tab.
    pub fn is_new_tab() -> bool {
        let kept = |key| storage::read(Area::Tab, key).is_some();
        !kept(STORAGE_KEY) && !kept(ENDED_KEY)
    }

    /// Whoever was logged in in this tab still is; in a new one whoever was `handed` to it. `notices` end with each session.
    pub fn restore(api: ApiService, notices: NoticeStore, handed: Option<Account>) -> Self {
        let kept = storage::read(Area::Tab, STORAGE_KEY).as_deref().and_then(Account::from_stored);
        if let Some(handed) = handed.as_ref().filter(|_| kept.is_none()) {
            storage::write(Area::Tab, STORAGE_KEY, &handed.to_stored());
        }
        let account = kept.or(handed);
        api.identify(account.as_ref().map(Account::identity));
        let (account, ending) = (RwSignal::new(account), RwSignal::new(Ending::None));
        let role = Memo::new(move |_| account.with(|account| account.as_ref().map(|account| account.role)));
        let is_new = RwSignal::new(false);
        Self { api, notices, account, ending, is_new, who: account.into(), role, how_it_ended: ending.into() }
    }

    /// Who is logged in.
    pub const fn account(self) -> Signal<Option<Account>> {
        self.who
    }

    /// Of whoever is logged in.
    pub const fn role(self) -> Memo<Option<UserRole>> {
        self.role
    }

    /// Of whoever is logged in now.
    pub fn user_id(self) -> Option<String> {
        self.account.with_untracked(|account| account.as_ref().map(|account| account.user_id.clone()))
    }

    /// How the last session ended.
    pub const fn ending(self) -> Signal<Ending> {
        self.how_it_ended
    }

    pub fn begin(self, account: Account) {
        if self.user_id().is_some_and(|before| before != account.user_id) {
            self.notices.end_session();
        }
        self.api.identify(Some(account.identity()));
        storage::write(Area::Tab, STORAGE_KEY, &account.to_stored());
        self.ending.set(Ending::None);
        self.is_new.set(true);
        self.account.set(Some(account));
    }

    /// The person leaves.
    pub fn log_out(self) {
        // What this person left unfinished is nobody else's to finish.
        for write in self.api.pending_writes() {
            self.api.forget_write(&write.key);
        }
        self.end(Ending::LoggedOut);
    }

    fn end(self, ending: Ending) {
        storage::remove(Area::Tab, STORAGE_KEY);
        storage::write(Area::Tab, ENDED_KEY, "1");
        self.api.identify(None);
        self.notices.end_session();
        // Written first: whoever sees the account go can tell why.
        self.ending.set(ending);
        self.account.set(None);
    }

    /// The cluster does not know the session any more. Nothing happens when nobody is logged in.
    pub fn expire(self) {
        if self.account.with_untracked(Option::is_some) {
            let never_known = self.is_new.get_untracked() && !self.api.identity_was_accepted();
            self.end(if never_known { Ending::NeverKnown } else { Ending::Expired });
        }
    }

    /// Hands on `result` of a call that needs a session; a 401 ends the session. Every such call goes through here. A 401
    /// that comes late, for an identity of an earlier session, is no such result: the service calls it cancelled.
    pub fn checked<T>(self, result: Result<T, ApiError>) -> Result<T, ApiError> {
        if matches!(result, Err(ApiError::Unauthorized { .. })) {
            self.expire();
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            role: UserRole::Provider,
            user_id: "7".into(),
            name: Some("Ana".into()),
            token: Some("secret-token".into()),
        }
    }

    #[test]
    fn an_account_is_read_back_as_it_was_kept() {
        let text = account().to_stored();
        assert_eq!(Account::from_stored(&text), Some(account()));
        let bare = Account { name: None, token: None, ..account() };
        assert_eq!(Account::from_stored(&bare.to_stored()), Some(bare));
    }

    #[test]
    fn a_kept_text_that_makes_no_sense_counts_as_not_logged_in() {
        for text in ["", "null", "{}", r#"{"role":"KING","user":"1"}"#, r#"{"role":"ADMIN"}"#, "<html>"] {
            assert_eq!(Account::from_stored(text), None, "{text}");
        }
    }

    #[test]
    fn the_token_is_never_printed() {
        assert!(!format!("{:?}", account()).contains("secret-token"));
    }

    #[test]
    fn a_person_without_a_name_is_called_by_the_id() {
        assert_eq!(account().display_name(), "Ana");
        assert_eq!(Account { name: Some("  ".into()), ..account() }.display_name(), "7");
        assert_eq!(Account { name: None, ..account() }.display_name(), "7");
    }
}
