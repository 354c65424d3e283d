//! Ways of living with time and with the page: each ends with the owner that called it.

mod now;
mod polling;
mod remote;
mod visibility;
mod wake;

pub use now::use_now;
pub use polling::{Polling, use_polling};
pub use remote::{Freshness, Remote, use_remote};
pub use visibility::{provide_visibility, use_visibility};
