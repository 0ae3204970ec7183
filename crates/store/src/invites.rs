//! Invites to accounts: open until they are accepted, rejected or withdrawn. Whether one has expired is the caller's
//! question, by its own clock.

use mudlark_types::{AccountId, AccountRoles, InviteId, UserId, WorkspaceRoles};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// An invite. Its token is not here, only what it is recognised by.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct InviteRow from "i" as invite_columns {
        /// Its id.
        id: InviteId,
        /// The account that it opens.
        account_id: AccountId,
        /// Whom it is for, as written.
        email: String,
        /// The form in which addresses are compared.
        email_key: String,
        /// What the person will be in the account.
        account_roles: AccountRoles,
        /// What the person will be in the workspaces.
        workspace_roles: WorkspaceRoles,
        /// The workspaces' ids, with commas between.
        workspace_ids: String,
        /// Who made it.
        invited_by_user_id: UserId,
        /// When its token was made.
        sent_at_ms: i64,
        /// From when on it is no longer good.
        expires_at_ms: i64,
        /// When it was accepted.
        accepted_at_ms: Option<i64>,
        /// When it was rejected.
        rejected_at_ms: Option<i64>,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// What an invite is made from.
#[derive(Clone, Debug)]
pub struct NewInvite {
    /// Its id.
    pub id: InviteId,
    /// The account that it opens.
    pub account_id: AccountId,
    /// Whom it is for, as written.
    pub email: String,
    /// The form in which addresses are compared.
    pub email_key: String,
    /// What the person will be in the account.
    pub account_roles: AccountRoles,
    /// What the person will be in the workspaces.
    pub workspace_roles: WorkspaceRoles,
    /// The workspaces' ids, with commas between.
    pub workspace_ids: String,
    /// SHA-256 of its token, 32 bytes.
    pub token_sha256: Vec<u8>,
    /// Who makes it.
    pub invited_by_user_id: UserId,
    /// From when on it is no longer good.
    pub expires_at_ms: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// How an invite ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteEnd {
    /// The person belongs to the account now.
    Accepted,
    /// The person does not want to.
    Rejected,
}

/// The constraint that keeps an address at one open invite an account.
pub const INVITE_OPEN: &str = "account_invites_account_id_email_key_key";

impl Session {
    /// The account's invite of this id.
    pub async fn find_invite(&mut self, account_id: AccountId, id: InviteId) -> Result<Option<InviteRow>> {
        let sql = concat!(
            "SELECT ",
            invite_columns!(),
            " FROM account_invites i WHERE i.id = $2 AND i.account_id = $1"
        );
        self.fetch_optional(sql, params![account_id, id]).await
    }

    /// The invite whose token has this SHA-256, of any account.
    pub async fn find_invite_by_token(&mut self, sha256: &[u8]) -> Result<Option<InviteRow>> {
        let sql = concat!("SELECT ", invite_columns!(), " FROM account_invites i WHERE i.token_sha256 = $1");
        self.fetch_optional(sql, params![sha256]).await
    }

    /// The account's invites, oldest first.
    pub async fn list_invites(&mut self, account_id: AccountId, page: Page) -> Result<Vec<InviteRow>> {
        let sql = concat!(
            "SELECT ",
            invite_columns!(),
            " FROM account_invites i WHERE i.account_id = $1",
            " AND (i.created_at_ms, i.id) > ($2, $3) ORDER BY i.created_at_ms, i.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![account_id, after_ms, after_id, page.limit]).await
    }

    /// How many invites the account has.
    pub async fn count_invites(&mut self, account_id: AccountId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM account_invites WHERE account_id = $1";
        let (count,) = self.fetch_scan(sql, params![account_id]).await?;
        Ok(count)
    }

    /// How many invites of the account can still be accepted.
    pub async fn count_open_invites(&mut self, account_id: AccountId, now_ms: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM account_invites WHERE account_id = $1 AND accepted_at_ms IS NULL \
                   AND rejected_at_ms IS NULL AND expires_at_ms > $2";
        let (count,) = self.fetch_scan(sql, params![account_id, now_ms]).await?;
        Ok(count)
    }

    /// How many open invites there are to this address.
    pub async fn count_invites_to(&mut self, email_key: &str, now_ms: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM account_invites WHERE email_key = $1 AND accepted_at_ms IS NULL \
                   AND rejected_at_ms IS NULL AND expires_at_ms > $2";
        let (count,) = self.fetch_scan(sql, params![email_key, now_ms]).await?;
        Ok(count)
    }

    /// The open invites to this address, of all accounts, oldest first.
    pub async fn list_invites_to(
        &mut self,
        email_key: &str,
        now_ms: i64,
        page: Page,
    ) -> Result<Vec<InviteRow>> {
        let sql = concat!(
            "SELECT ",
            invite_columns!(),
            " FROM account_invites i WHERE i.email_key = $1 AND i.accepted_at_ms IS NULL",
            " AND i.rejected_at_ms IS NULL AND i.expires_at_ms > $2",
            " AND (i.created_at_ms, i.id) > ($3, $4) ORDER BY i.created_at_ms, i.id LIMIT $5"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![email_key, now_ms, after_ms, after_id, page.limit]).await
    }
}

impl Tx {
    /// Makes an invite, in place of one to the same address that nobody answered and that has expired.
    ///
    /// *Errors*: `Conflict` on [`INVITE_OPEN`] where another one is open.
    pub async fn insert_invite(&mut self, invite: &NewInvite) -> Result<()> {
        let sql = "DELETE FROM account_invites WHERE account_id = $1 AND email_key = $2 \
                   AND accepted_at_ms IS NULL AND rejected_at_ms IS NULL AND expires_at_ms <= $3";
        self.execute(sql, params![invite.account_id, &invite.email_key, invite.created_at_ms]).await?;
        let sql = "INSERT INTO account_invites (id, account_id, email, email_key, account_roles, workspace_roles, \
                   workspace_ids, token_sha256, invited_by_user_id, sent_at_ms, expires_at_ms, created_at_ms, \
                   updated_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $10, $11, $11)";
        let params = params![
            invite.id,
            invite.account_id,
            &invite.email,
            &invite.email_key,
            invite.account_roles,
            invite.workspace_roles,
            &invite.workspace_ids,
            invite.token_sha256.as_slice(),
            invite.invited_by_user_id,
            invite.expires_at_ms,
            invite.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Gives an open invite another token and another end; the token before is good for nothing. Answers whether there
    /// is such an invite.
    pub async fn update_invite_token(
        &mut self,
        account_id: AccountId,
        id: InviteId,
        token_sha256: &[u8],
        expires_at_ms: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE account_invites SET token_sha256 = $3, expires_at_ms = $4, sent_at_ms = $5, \
                   updated_at_ms = $5 WHERE id = $2 AND account_id = $1 AND accepted_at_ms IS NULL \
                   AND rejected_at_ms IS NULL";
        self.execute_one(sql, params![account_id, id, token_sha256, expires_at_ms, now_ms]).await
    }

    /// Ends an invite that is open and has not expired. Answers whether it did: each is used once.
    pub async fn end_invite(&mut self, id: InviteId, end: InviteEnd, now_ms: i64) -> Result<bool> {
        let sql = match end {
            InviteEnd::Accepted => {
                "UPDATE account_invites SET accepted_at_ms = $2, updated_at_ms = $2 WHERE id = $1 \
                 AND accepted_at_ms IS NULL AND rejected_at_ms IS NULL AND expires_at_ms > $2"
            }
            InviteEnd::Rejected => {
                "UPDATE account_invites SET rejected_at_ms = $2, updated_at_ms = $2 WHERE id = $1 \
                 AND accepted_at_ms IS NULL AND rejected_at_ms IS NULL AND expires_at_ms > $2"
            }
        };
        self.execute_one(sql, params![id, now_ms]).await
    }

    /// Forgets an invite. Answers whether there was one.
    pub async fn delete_invite(&mut self, account_id: AccountId, id: InviteId) -> Result<bool> {
        let sql = "DELETE FROM account_invites WHERE id = $2 AND account_id = $1";
        self.execute_one(sql, params![account_id, id]).await
    }
}
