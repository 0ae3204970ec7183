//! Accounts: the customers, their plans, and the number that grows with each of their changes.

use mudlark_types::{AccountId, PictureId, Plan, SubscriptionFrequency, UserId};

use crate::error::{Result, StoreError};
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, id_placeholders, padded_ids, params, row};

row! {
    /// An account.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountRow from "a" as account_columns {
        /// Its id.
        id: AccountId,
        /// Its name, as shown.
        name: String,
        /// What it is subscribed to.
        plan: Plan,
        /// Since when it is suspended.
        suspended_at_ms: Option<i64>,
        /// Tokens made under an earlier epoch are refused.
        token_epoch: i64,
        /// Who made it; none when the operator did.
        created_by_user_id: Option<UserId>,
        /// The number of its stock picture, 1 to 10.
        default_avatar: i64,
        /// The picture that was uploaded.
        thumbnail_file_id: Option<PictureId>,
        /// Whom to write to about the subscription.
        contact: Option<String>,
        /// How often the subscription renews.
        frequency: SubscriptionFrequency,
        /// Since when it is closed.
        closed_at_ms: Option<i64>,
        /// Bytes of its content, equal content once.
        storage_bytes: i64,
        /// The last sequence number given out.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// What an account is made from.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name, as shown.
    pub name: String,
    /// What it is subscribed to.
    pub plan: Plan,
    /// Who makes it; none when the operator does.
    pub created_by_user_id: Option<UserId>,
    /// The number of its stock picture, 1 to 10.
    pub default_avatar: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of an account; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct AccountChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another picture, or none.
    pub thumbnail_file_id: Option<Option<PictureId>>,
    /// Somebody else to write to about the subscription.
    pub contact: Option<String>,
    /// How often the subscription renews.
    pub frequency: Option<SubscriptionFrequency>,
}

/// What an account holds in sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountUsageRow {
    /// Bytes of its content, equal content once.
    pub storage_bytes: i64,
    /// Live assets of its live workspaces.
    pub assets: i64,
    /// Members who are people.
    pub people: i64,
}

impl Session {
    /// What the account holds in sum.
    pub async fn account_usage(&mut self, id: AccountId) -> Result<AccountUsageRow> {
        let sql = "SELECT \
            COALESCE((SELECT storage_bytes FROM accounts WHERE id = $1), 0), \
            CAST((SELECT COALESCE(SUM(asset_count), 0) FROM workspaces \
              WHERE account_id = $1 AND deleted_at_ms IS NULL) AS BIGINT), \
            (SELECT COUNT(*) FROM account_members m JOIN users u ON u.id = m.user_id \
              WHERE m.account_id = $1 AND u.kind = 'person')";
        let (storage_bytes, assets, people) = self.fetch_one(sql, params![id]).await?;
        Ok(AccountUsageRow { storage_bytes, assets, people })
    }

    /// The account of this id.
    pub async fn find_account(&mut self, id: AccountId) -> Result<Option<AccountRow>> {
        let sql = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = $1");
        self.fetch_optional(sql, params![id]).await
    }

    /// The last sequence number given out by each of these accounts, in no order; unknown ids are left out.
    pub async fn list_account_sequences(&mut self, ids: &[AccountId]) -> Result<Vec<(AccountId, i64)>> {
        let mut sequences = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(1, ids.len());
            let sql = format!("SELECT a.id, a.sequence FROM accounts a WHERE a.id IN ({placeholders})");
            let rows: Vec<(AccountId, i64)> = self.fetch_few(&sql, &padded_ids(ids, count)).await?;
            sequences.extend(rows);
        }
        Ok(sequences)
    }

    /// All accounts, oldest first.
    pub async fn list_accounts(&mut self) -> Result<Vec<AccountRow>> {
        let sql = concat!("SELECT ", account_columns!(), " FROM accounts a ORDER BY a.created_at_ms, a.id");
        self.fetch_many(sql, params![]).await
    }
}

impl Tx {
    /// Makes an account: not suspended, epoch 0, sequence 0.
    pub async fn insert_account(&mut self, account: &NewAccount) -> Result<()> {
        let sql = "INSERT INTO accounts (id, name, plan, token_epoch, created_by_user_id, default_avatar, \
                   sequence, created_at_ms, updated_at_ms) VALUES ($1, $2, $3, 0, $4, $5, 0, $6, $6)";
        let params = params![
            account.id,
            &account.name,
            account.plan,
            account.created_by_user_id,
            account.default_avatar,
            account.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes what an account shows of itself, and its subscription but for the plan.
    pub async fn update_account(
        &mut self,
        id: AccountId,
        changes: &AccountChanges,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE accounts SET name = COALESCE($2, name), \
                   thumbnail_file_id = CASE WHEN $3 THEN $4 ELSE thumbnail_file_id END, \
                   contact = COALESCE($5, contact), frequency = COALESCE($6, frequency), updated_at_ms = $7 \
                   WHERE id = $1";
        let params = params![
            id,
            changes.name.as_deref(),
            changes.thumbnail_file_id.is_some(),
            changes.thumbnail_file_id.flatten(),
            changes.contact.as_deref(),
            changes.frequency.map(SubscriptionFrequency::as_str),
            now_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Closes the account, or opens it again. Answers whether there is such an account, and it is not being removed.
    pub async fn update_account_closed(
        &mut self,
        id: AccountId,
        closed_at_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE accounts SET closed_at_ms = $2, updated_at_ms = $3 \
                   WHERE id = $1 AND purge_started_at_ms IS NULL";
        self.execute_one(sql, params![id, closed_at_ms, now_ms]).await
    }

    /// Keeps other writers of the account out until the transaction ends, for a change that takes no number.
    pub async fn lock_account(&mut self, id: AccountId) -> Result<()> {
        let sql = format!("SELECT sequence FROM accounts WHERE id = $1{}", self.dialect().lock_row());
        self.fetch_optional::<(i64,)>(&sql, params![id]).await.map(drop)
    }

    /// Changes the plan. Answers whether there is such an account.
    pub async fn update_account_plan(&mut self, id: AccountId, plan: Plan, now_ms: i64) -> Result<bool> {
        let sql = "UPDATE accounts SET plan = $2, updated_at_ms = $3 WHERE id = $1";
        self.execute_one(sql, params![id, plan, now_ms]).await
    }

    /// Suspends the account, or lifts that. Answers whether there is such an account.
    pub async fn update_account_suspension(
        &mut self,
        id: AccountId,
        suspended_at_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE accounts SET suspended_at_ms = $2, updated_at_ms = $3 WHERE id = $1";
        self.execute_one(sql, params![id, suspended_at_ms, now_ms]).await
    }

    /// Puts the account's token epoch up by one: every token made before is revoked. Answers the new one; none where
    /// there is no such account.
    pub async fn update_account_token_epoch(&mut self, id: AccountId, now_ms: i64) -> Result<Option<i64>> {
        let sql = "UPDATE accounts SET token_epoch = token_epoch + 1, updated_at_ms = $2 \
                   WHERE id = $1 RETURNING token_epoch";
        let row: Option<(i64,)> = self.fetch_optional(sql, params![id, now_ms]).await?;
        Ok(row.map(|(epoch,)| epoch))
    }

    /// The next number of the account's sequence.
    ///
    /// Every transaction that changes something in an account asks for it first. *Why*: the row stays locked until
    /// the transaction ends, so on PostgreSQL too an account has one writer at a time, and numbers become visible in
    /// order and without gaps.
    pub async fn next_sequence(&mut self, account_id: AccountId) -> Result<i64> {
        let sql = "UPDATE accounts SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence";
        let row: Option<(i64,)> = self.fetch_optional(sql, params![account_id]).await?;
        row.map(|(sequence,)| sequence).ok_or_else(|| StoreError::internal("there is no such account"))
    }
}
