//! Those who wait for the next change of an account: a request that follows a feed waits here, and is woken when there
//! may be more to read. What is new is then read from the database: a wake is only a hint, and may be spurious.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mudlark_types::AccountId;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How often the database is asked for changes that others have made: other processes, and the operator's commands.
/// Changes of this process are told at once.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Who waits for which account.
pub(crate) struct Followers {
    /// The newest sequence number known, by account; only accounts that somebody waits for.
    accounts: Mutex<HashMap<AccountId, watch::Sender<i64>>>,
    /// For the one who waits for changes of any account.
    any: Notify,
    stop: CancellationToken,
}

impl Followers {
    pub(crate) fn new(stop: CancellationToken) -> Self {
        Self { accounts: Mutex::default(), any: Notify::new(), stop }
    }

    /// Waits until this process has changed any account since the last time. For one waiter alone.
    pub(crate) async fn any_change(&self) {
        self.any.notified().await;
    }

    /// Begins to wait for an account's changes. Whatever is committed from now on wakes the follower, so that nothing is
    /// missed by who reads the database after this.
    pub(crate) fn follow(&self, account_id: AccountId) -> Follower {
        let mut accounts = self.accounts();
        let newest = accounts.entry(account_id).or_insert_with(|| watch::Sender::new(0)).subscribe();
        Follower { newest, stop: self.stop.clone() }
    }

    /// Tells that an account has changed.
    pub(crate) fn tell(&self, account_id: AccountId, sequence: i64) {
        self.any.notify_one();
        if let Some(newest) = self.accounts().get(&account_id) {
            newest.send_if_modified(|known| {
                let is_newer = sequence > *known;
                *known = sequence.max(*known);
                is_newer
            });
        }
    }

    /// The accounts that somebody waits for; the others are let go of.
    fn followed(&self) -> Vec<AccountId> {
        let mut accounts = self.accounts();
        accounts.retain(|_, newest| newest.receiver_count() > 0);
        accounts.keys().copied().collect()
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<AccountId, watch::Sender<i64>>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits.
pub(crate) struct Follower {
    newest: watch::Receiver<i64>,
    stop: CancellationToken,
}

impl Follower {
    /// Waits until there may be something new. `false`: the server stops, and there is no more waiting.
    pub(crate) async fn changed(&mut self) -> bool {
        matches!(self.stop.run_until_cancelled(self.newest.changed()).await, Some(Ok(())))
    }
}

/// Wakes followers of accounts that others have changed, until the server stops.
pub(crate) async fn look_regularly(app: App, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        let followed = app.followers.followed();
        if followed.is_empty() {
            continue;
        }
        let looked = async { app.store.read().await?.list_account_sequences(&followed).await };
        match looked.await {
            Ok(sequences) => {
                for (account, sequence) in sequences {
                    app.followers.tell(account, sequence);
                }
            }
            Err(error) => tracing::debug!(%error, "changes were not looked for; trying again"),
        }
    }
}
