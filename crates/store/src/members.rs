//! Who belongs to which account and workspace, and with which roles. What a role allows is decided elsewhere.

use mudlark_types::{AccountId, AccountRoles, UserId, WorkspaceId, WorkspaceRoles};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{Columns, FromRow, IDS_PER_QUERY, id_placeholders, padded_ids, params, row};
use crate::users::UserRow;

row! {
    /// A user's membership of an account.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountMemberRow from "m" as account_member_columns {
        /// The account.
        account_id: AccountId,
        /// The user.
        user_id: UserId,
        /// The user's roles in it.
        roles: AccountRoles,
        /// Since when.
        created_at_ms: i64,
        /// When the roles were last changed.
        updated_at_ms: i64,
    }
}

row! {
    /// A user's membership of a workspace.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WorkspaceMemberRow from "m" as workspace_member_columns {
        /// The workspace.
        workspace_id: WorkspaceId,
        /// The user.
        user_id: UserId,
        /// The user's roles in it.
        roles: WorkspaceRoles,
        /// Since when.
        created_at_ms: i64,
        /// When the roles were last changed.
        updated_at_ms: i64,
    }
}

/// A membership with the user it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberWithUser<M> {
    /// The membership.
    pub member: M,
    /// The user.
    pub user: UserRow,
}

impl<M: FromRow> FromRow for MemberWithUser<M> {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        Ok(Self { member: M::from_row(columns)?, user: UserRow::from_row(columns)? })
    }
}

impl Session {
    /// The user's membership of the account.
    pub async fn find_account_member(
        &mut self,
        account_id: AccountId,
        user_id: UserId,
    ) -> Result<Option<AccountMemberRow>> {
        let sql = concat!(
            "SELECT ",
            account_member_columns!(),
            " FROM account_members m WHERE m.account_id = $1 AND m.user_id = $2"
        );
        self.fetch_optional(sql, params![account_id, user_id]).await
    }

    /// The account's members, longest first.
    pub async fn list_account_members(
        &mut self,
        account_id: AccountId,
        page: Page,
    ) -> Result<Vec<MemberWithUser<AccountMemberRow>>> {
        let sql = concat!(
            "SELECT ",
            account_member_columns!(),
            ", ",
            user_columns!(),
            " FROM account_members m JOIN users u ON u.id = m.user_id WHERE m.account_id = $1",
            " AND (m.created_at_ms, m.user_id) > ($2, $3) ORDER BY m.created_at_ms, m.user_id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![account_id, after_ms, after_id, page.limit]).await
    }

    /// How many members the account has.
    pub async fn count_account_members(&mut self, account_id: AccountId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM account_members WHERE account_id = $1";
        let (count,) = self.fetch_scan(sql, params![account_id]).await?;
        Ok(count)
    }

    /// The account's members among these users, in no order.
    pub async fn list_account_members_by_ids(
        &mut self,
        account_id: AccountId,
        user_ids: &[UserId],
    ) -> Result<Vec<AccountMemberRow>> {
        let mut members = Vec::with_capacity(user_ids.len());
        for ids in user_ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(2, ids.len());
            let sql = format!(
                "SELECT {} FROM account_members m WHERE m.account_id = $1 AND m.user_id IN ({placeholders})",
                account_member_columns!()
            );
            let mut params = vec![account_id.into()];
            params.extend(padded_ids(ids, count));
            members.extend(self.fetch_few(&sql, &params).await?);
        }
        Ok(members)
    }

    /// The user's membership of the workspace.
    pub async fn find_workspace_member(
        &mut self,
        workspace_id: WorkspaceId,
        user_id: UserId,
    ) -> Result<Option<WorkspaceMemberRow>> {
        let sql = concat!(
            "SELECT ",
            workspace_member_columns!(),
            " FROM workspace_members m WHERE m.workspace_id = $1 AND m.user_id = $2"
        );
        self.fetch_optional(sql, params![workspace_id, user_id]).await
    }

    /// The workspace's members, longest first.
    pub async fn list_workspace_members(
        &mut self,
        workspace_id: WorkspaceId,
        page: Page,
    ) -> Result<Vec<MemberWithUser<WorkspaceMemberRow>>> {
        let sql = concat!(
            "SELECT ",
            workspace_member_columns!(),
            ", ",
            user_columns!(),
            " FROM workspace_members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1",
            " AND (m.created_at_ms, m.user_id) > ($2, $3) ORDER BY m.created_at_ms, m.user_id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, after_ms, after_id, page.limit]).await
    }

    /// How many members the workspace has.
    pub async fn count_workspace_members(&mut self, workspace_id: WorkspaceId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM workspace_members WHERE workspace_id = $1";
        let (count,) = self.fetch_scan(sql, params![workspace_id]).await?;
        Ok(count)
    }

    /// The workspaces that the user is a member of, with its roles there, in the order of their ids.
    pub async fn list_workspace_roles_of_user(
        &mut self,
        user_id: UserId,
    ) -> Result<Vec<(WorkspaceId, WorkspaceRoles)>> {
        let sql =
            "SELECT workspace_id, roles FROM workspace_members WHERE user_id = $1 ORDER BY workspace_id";
        self.fetch_few(sql, params![user_id]).await
    }

    /// The roles in the account of every key's user, in no order.
    pub async fn list_account_roles_of_keys(&mut self) -> Result<Vec<(UserId, AccountRoles)>> {
        let sql = "SELECT m.user_id, m.roles FROM api_keys k \
                   JOIN account_members m ON m.account_id = k.account_id AND m.user_id = k.user_id";
        self.fetch_many(sql, params![]).await
    }

    /// The roles in single workspaces of every key's user, in no order.
    pub async fn list_workspace_roles_of_keys(
        &mut self,
    ) -> Result<Vec<(UserId, WorkspaceId, WorkspaceRoles)>> {
        let sql = "SELECT m.user_id, m.workspace_id, m.roles FROM api_keys k \
                   JOIN workspace_members m ON m.user_id = k.user_id";
        self.fetch_many(sql, params![]).await
    }
}

impl Session {
    /// Whether a user can be met in a workspace: as one of its members, or as a key that has roles in every workspace of
    /// the account and stands.
    pub async fn is_in_workspace(&mut self, workspace_id: WorkspaceId, user_id: UserId) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM workspaces w WHERE w.id = $1 AND w.deleted_at_ms IS NULL AND (\
                   EXISTS (SELECT 1 FROM workspace_members m WHERE m.workspace_id = w.id AND m.user_id = $2 \
                   AND m.roles <> '') OR \
                   EXISTS (SELECT 1 FROM api_keys k WHERE k.account_id = w.account_id AND k.user_id = $2 \
                   AND k.workspace_roles <> '' AND k.revoked_at_ms IS NULL))";
        let (count,): (i64,) = self.fetch_one(sql, params![workspace_id, user_id]).await?;
        Ok(count > 0)
    }
}

impl Tx {
    /// Makes the user a member with these roles, or gives a member these roles in place of its own.
    pub async fn upsert_account_member(
        &mut self,
        account_id: AccountId,
        user_id: UserId,
        roles: AccountRoles,
        now_ms: i64,
    ) -> Result<()> {
        let sql = "INSERT INTO account_members (account_id, user_id, roles, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $4) ON CONFLICT (account_id, user_id) \
                   DO UPDATE SET roles = excluded.roles, updated_at_ms = excluded.updated_at_ms";
        self.execute(sql, params![account_id, user_id, roles, now_ms]).await.map(drop)
    }

    /// Makes the user a member with these roles, or gives a member these roles in place of its own.
    pub async fn upsert_workspace_member(
        &mut self,
        workspace_id: WorkspaceId,
        user_id: UserId,
        roles: WorkspaceRoles,
        now_ms: i64,
    ) -> Result<()> {
        let sql = "INSERT INTO workspace_members (workspace_id, user_id, roles, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $4) ON CONFLICT (workspace_id, user_id) \
                   DO UPDATE SET roles = excluded.roles, updated_at_ms = excluded.updated_at_ms";
        self.execute(sql, params![workspace_id, user_id, roles, now_ms]).await.map(drop)
    }

    /// Takes the user out of the workspace. Answers whether it was a member.
    pub async fn delete_workspace_member(
        &mut self,
        workspace_id: WorkspaceId,
        user_id: UserId,
    ) -> Result<bool> {
        let sql = "DELETE FROM workspace_members WHERE workspace_id = $1 AND user_id = $2";
        self.execute_one(sql, params![workspace_id, user_id]).await
    }
}
