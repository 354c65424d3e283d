//! Ways of living with time and with the page: each ends with the owner that called it.

mod near;
mod now;
mod polling;
mod query;
mod refresh;
mod remote;
mod share;
mod stream;
mod visibility;
mod wake;

pub use near::use_near;
pub use now::use_now;
pub use polling::{Polling, use_polling};
pub use query::{use_query_value, use_query_values, value_in};
pub use refresh::PageRefresh;
pub use remote::{Asking, Freshness, Remote, use_partial, use_remote};
pub use stream::{Heard, StreamState, use_stream};
pub use visibility::{provide_visibility, use_visibility};
