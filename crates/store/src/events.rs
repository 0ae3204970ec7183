//! What has happened in an account, in order: read as the history of a thing, or followed as a feed. Events are written
//! in the transaction of the change that they tell of.

use mudlark_types::{AccountId, AssetId, EventId, EventType, UserId, WorkspaceId};
use uuid::Uuid;

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{Value, params, row};

row! {
    /// An event.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EventRow from "e" as event_columns {
        /// The account it happened in.
        account_id: AccountId,
        /// The number of the change it belongs to; a change may have several events.
        sequence: i64,
        /// Its id; those of one change are in order.
        id: EventId,
        /// The workspace it happened in; none for what concerns the whole account.
        workspace_id: Option<WorkspaceId>,
        /// The asset it happened to.
        asset_id: Option<AssetId>,
        /// The user it happened to.
        about_user_id: Option<UserId>,
        /// Who did it; none where the server did by itself.
        user_id: Option<UserId>,
        /// What happened.
        event_type: EventType,
        /// The thing that was made, changed or deleted.
        record_id: Uuid,
        /// What else is known: a JSON object.
        data: String,
        /// When it happened.
        created_at_ms: i64,
    }
}

/// What an event is made from; the change it belongs to gives the rest.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id; those of one change are in order.
    pub id: EventId,
    /// The workspace it happens in.
    pub workspace_id: Option<WorkspaceId>,
    /// The asset it happens to.
    pub asset_id: Option<AssetId>,
    /// The user it happens to.
    pub about_user_id: Option<UserId>,
    /// What happens.
    pub event_type: EventType,
    /// The thing that is made, changed or deleted.
    pub record_id: Uuid,
    /// What else is known: a JSON object.
    pub data: String,
}

/// Whose events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPlace {
    /// Those of the account that are of none of its workspaces.
    Account(AccountId),
    /// Those of the workspace, its assets' among them.
    Workspace(WorkspaceId),
    /// Those of an asset of the workspace.
    Asset(WorkspaceId, AssetId),
}

impl EventPlace {
    /// The condition, with the place's ids from `$first` on.
    fn condition(self, first: usize) -> String {
        match self {
            Self::Account(_) => format!("e.account_id = ${first} AND e.workspace_id IS NULL"),
            Self::Workspace(_) => format!("e.workspace_id = ${first}"),
            Self::Asset(..) => format!("e.workspace_id = ${first} AND e.asset_id = ${}", first + 1),
        }
    }

    fn ids(self) -> Vec<Value<'static>> {
        match self {
            Self::Account(account) => vec![account.into()],
            Self::Workspace(workspace) => vec![workspace.into()],
            Self::Asset(workspace, asset) => vec![workspace.into(), asset.into()],
        }
    }
}

impl Session {
    /// An event of an account, by its change and id.
    pub async fn find_event(
        &mut self,
        account_id: AccountId,
        sequence: i64,
        id: EventId,
    ) -> Result<Option<EventRow>> {
        let sql = concat!(
            "SELECT ",
            event_columns!(),
            " FROM events e WHERE e.account_id = $1 AND e.sequence = $2 AND e.id = $3"
        );
        self.fetch_optional(sql, params![account_id, sequence, id]).await
    }

    /// The events of a place, oldest first. The page's position is `(sequence, id)`.
    pub async fn list_events(&mut self, place: EventPlace, page: Page) -> Result<Vec<EventRow>> {
        let sql = format!(
            "SELECT {} FROM events e WHERE {} AND (e.sequence, e.id) > ($1, $2) ORDER BY e.sequence, e.id LIMIT $3",
            event_columns!(),
            place.condition(4),
        );
        let (after_sequence, after_id) = page.start();
        let mut params = vec![after_sequence.into(), after_id.into(), page.limit.into()];
        params.extend(place.ids());
        self.fetch_many(&sql, &params).await
    }

    /// How many events a place has.
    pub async fn count_events(&mut self, place: EventPlace) -> Result<i64> {
        let sql = format!("SELECT COUNT(*) FROM events e WHERE {}", place.condition(1));
        let (count,) = self.fetch_scan(&sql, &place.ids()).await?;
        Ok(count)
    }

    /// What happened to a user, in any account, oldest first. The page's position is `(created_at_ms, id)`.
    pub async fn list_events_about_user(&mut self, user_id: UserId, page: Page) -> Result<Vec<EventRow>> {
        let sql = concat!(
            "SELECT ",
            event_columns!(),
            " FROM events e WHERE e.about_user_id = $1 AND (e.created_at_ms, e.id) > ($2, $3)",
            " ORDER BY e.created_at_ms, e.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![user_id, after_ms, after_id, page.limit]).await
    }

    /// How many events are about a user.
    pub async fn count_events_about_user(&mut self, user_id: UserId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM events WHERE about_user_id = $1";
        let (count,) = self.fetch_scan(sql, params![user_id]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Writes the events of a change, made by `user_id` or by the server itself, under its `sequence` from [`Tx::next_sequence`].
    pub async fn insert_events(
        &mut self,
        account_id: AccountId,
        user_id: Option<UserId>,
        events: &[NewEvent],
        sequence: i64,
        now_ms: i64,
    ) -> Result<()> {
        let into = "events (account_id, sequence, id, workspace_id, asset_id, about_user_id, user_id, \
                    event_type, record_id, data, created_at_ms)";
        self.insert_each(into, events, |event| {
            [
                account_id.into(),
                sequence.into(),
                event.id.into(),
                event.workspace_id.into(),
                event.asset_id.into(),
                event.about_user_id.into(),
                user_id.into(),
                event.event_type.into(),
                event.record_id.into(),
                (&event.data).into(),
                now_ms.into(),
            ]
        })
        .await
    }
}
