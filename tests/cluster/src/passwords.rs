//! Passwords: hashed a few at a time, so that a crowd at the door leaves the node its memory and its processors, and
//! tried only so often for one account.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::auth::{self, AuthError};
use crate::store::state::Account;

/// Requests that wait for a hash; more are asked to come again. One hash takes 19 MiB and some 20 ms.
const WAITING_AT_MOST: usize = 32;
/// A request that waited for so long is asked to come again.
const WAIT_LIMIT: Duration = Duration::from_secs(3);
/// What it is told.
const COME_AGAIN: Duration = Duration::from_secs(1);

/// Passwords that may be wrong in a row before an account has to wait.
const FREE_ATTEMPTS: u32 = 10;
/// Longest wait between two attempts after that; the first is a second, each next one twice as long.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Attempts are forgotten when there were none for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);
/// Accounts whose attempts are counted.
const ACCOUNTS_COUNTED: usize = 10_000;

/// Why no password was looked at.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("too many passwords at once; come again in {0:?}")]
    Busy(Duration),
    #[error("too many wrong passwords for this account; come again in {0:?}")]
    TooManyAttempts(Duration),
    #[error(transparent)]
    Auth(#[from] AuthError),
}

pub struct Passwords {
    /// Under way at once: half of the processors.
    hashing: Arc<Semaphore>,
    waiting: Semaphore,
    attempts: Mutex<Attempts>,
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            hashing: Arc::new(Semaphore::new((processors / 2).max(1))),
            waiting: Semaphore::new(WAITING_AT_MOST),
            attempts: Mutex::default(),
        }
    }
}

impl Passwords {
    /// # Errors
    /// [`PasswordError::Busy`] when too many are hashed.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.in_turn(move || auth::hash_password(&password)).await?.map_err(PasswordError::from)
    }

    /// Whether `password` is that of `account`, which is looked for under `email`. An unknown account takes as long as a
    /// wrong password, and counts as one.
    ///
    /// # Errors
    /// When too many are hashed, or too many were wrong for this account.
    pub async fn check(&self, email: &str, account: Option<&Account>, password: String) -> Result<bool, PasswordError> {
        let email = email.trim().to_lowercase();
        self.attempts().begin(&email, Instant::now()).map_err(PasswordError::TooManyAttempts)?;
        let hash = account.map(|account| account.password_hash.clone());
        let right = self.in_turn(move || auth::check_password(hash.as_deref(), &password)).await;
        if !matches!(right, Ok(Ok(false))) {
            // It was right, or was not looked at.
            self.attempts().forget(&email);
        }
        Ok(right??)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
        let busy = || PasswordError::Busy(COME_AGAIN);
        let _waiting = self.waiting.try_acquire().map_err(|_| busy())?;
        let place = timeout(WAIT_LIMIT, self.hashing.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(busy()) };
        // The place goes with the work, which ends even when its request is gone.
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        Ok(done.await.map_err(AuthError::from)?)
    }

    fn attempts(&self) -> std::sync::MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// How many failed logins each account has had. Nothing here reads a clock.
#[derive(Debug, Default)]
struct Attempts(BTreeMap<String, Tries>);

#[derive(Clone, Copy, Debug)]
struct Tries {
    /// Those under way count: a thousand at once are not one.
    count: u32,
    last: Instant,
}

impl Attempts {
    /// Counts an attempt, or says how long to wait before the next one.
    fn begin(&mut self, account: &str, now: Instant) -> Result<(), Duration> {
        self.make_room(now);
        let tries = self.0.entry(account.to_owned()).or_insert(Tries { count: 0, last: now });
        let over = tries.count.checked_sub(FREE_ATTEMPTS);
        let wait = over.map_or(Duration::ZERO, |over| Duration::from_secs(1 << over.min(6)).min(LONGEST_WAIT));
        let passed = now.saturating_duration_since(tries.last);
        if passed < wait {
            return Err(wait.saturating_sub(passed));
        }
        *tries = Tries { count: tries.count.saturating_add(1), last: now };
        Ok(())
    }

    fn forget(&mut self, account: &str) {
        self.0.remove(account);
    }

    fn make_room(&mut self, now: Instant) {
        if self.0.len() < ACCOUNTS_COUNTED {
            return;
        }
        self.0.retain(|_, tries| now.saturating_duration_since(tries.last) < FORGOTTEN_AFTER);
        if self.0.len() >= ACCOUNTS_COUNTED
            && let Some(oldest) = self.0.iter().min_by_key(|(_, tries)| tries.last).map(|(account, _)| account.clone())
        {
            self.0.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_wrong_passwords_an_account_waits_longer_each_time_and_no_other_one_does() {
        let (mut attempts, mut now) = (Attempts::default(), Instant::now());
        for _ in 0..FREE_ATTEMPTS {
            assert_eq!(attempts.begin("a", now), Ok(()));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(attempts.begin("a", now), Err(wait));
            assert_eq!(attempts.begin("a", now + wait - Duration::from_millis(1)), Err(Duration::from_millis(1)));
            now += wait;
            assert_eq!(attempts.begin("a", now), Ok(()));
        }
        assert_eq!(attempts.begin("b", now), Ok(()));
        attempts.forget("a");
        assert_eq!(attempts.begin("a", now), Ok(()), "it was right in between");
    }

    #[test]
    fn only_so_many_accounts_are_counted_and_the_longest_quiet_is_forgotten() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for number in 0..ACCOUNTS_COUNTED + 5 {
            let now = start + Duration::from_millis(number as u64);
            assert_eq!(attempts.begin(&number.to_string(), now), Ok(()));
        }
        assert_eq!(attempts.0.len(), ACCOUNTS_COUNTED);
        assert!(!attempts.0.contains_key("4") && attempts.0.contains_key("5"));
    }

    #[tokio::test]
    async fn a_crowd_is_asked_to_come_again_and_what_was_taken_up_is_answered() {
        let passwords = Arc::new(Passwords::default());
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..WAITING_AT_MOST * 4 {
            let passwords = passwords.clone();
            crowd.spawn(async move { passwords.hash("secret".to_owned()).await });
        }
        let (mut hashed, mut busy) = (0, 0);
        while let Some(answer) = crowd.join_next().await {
            match answer.unwrap() {
                Ok(_) => hashed += 1,
                Err(PasswordError::Busy(_)) => busy += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(hashed >= 1 && busy >= WAITING_AT_MOST * 3, "{hashed} hashed, {busy} sent away");
    }
}
