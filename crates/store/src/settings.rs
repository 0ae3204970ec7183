//! Settings: what programs keep of their own beside an account or a workspace. The values mean nothing here.

use mudlark_types::{AccountId, SettingId};
use uuid::Uuid;

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A setting.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SettingRow from "s" as setting_columns {
        /// The account or workspace that it stands beside.
        owner_id: Uuid,
        /// Its id, which is its owner's own.
        id: SettingId,
        /// The account, or the workspace's account.
        account_id: AccountId,
        /// Its name.
        name: String,
        /// The form in which names are compared.
        name_key: String,
        /// JSON.
        value: String,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// The constraint that keeps names apart beside one owner.
pub const SETTING_NAME_TAKEN: &str = "settings_owner_id_name_key_key";

impl Session {
    /// The owner's setting of this id.
    pub async fn find_setting(&mut self, owner_id: Uuid, id: SettingId) -> Result<Option<SettingRow>> {
        let sql =
            concat!("SELECT ", setting_columns!(), " FROM settings s WHERE s.owner_id = $1 AND s.id = $2");
        self.fetch_optional(sql, params![owner_id, id]).await
    }

    /// The owner's settings, oldest first.
    pub async fn list_settings(&mut self, owner_id: Uuid, page: Page) -> Result<Vec<SettingRow>> {
        let sql = concat!(
            "SELECT ",
            setting_columns!(),
            " FROM settings s WHERE s.owner_id = $1",
            " AND (s.created_at_ms, s.id) > ($2, $3) ORDER BY s.created_at_ms, s.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![owner_id, after_ms, after_id, page.limit]).await
    }

    /// How many settings the owner has.
    pub async fn count_settings(&mut self, owner_id: Uuid) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM settings WHERE owner_id = $1";
        let (count,) = self.fetch_scan(sql, params![owner_id]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Keeps a setting, in place of the one of the same owner and id.
    ///
    /// *Errors*: `Conflict` on [`SETTING_NAME_TAKEN`].
    pub async fn upsert_setting(&mut self, setting: &SettingRow) -> Result<()> {
        let sql = "INSERT INTO settings (owner_id, id, account_id, name, name_key, value, created_at_ms, \
                   updated_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (owner_id, id) \
                   DO UPDATE SET name = excluded.name, name_key = excluded.name_key, value = excluded.value, \
                   updated_at_ms = excluded.updated_at_ms";
        let params = params![
            setting.owner_id,
            setting.id,
            setting.account_id,
            &setting.name,
            &setting.name_key,
            &setting.value,
            setting.created_at_ms,
            setting.updated_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }
}
