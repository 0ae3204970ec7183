//! People who have signed in, on the wire.

use serde::Serialize;

use crate::{
    AccountId, AccountRoles, PasskeyId, Plan, Timestamp, UserId, UserSessionId, WorkspaceId, WorkspaceRoles,
};

/// Who is signed in, and where they may go.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CurrentSession {
    pub user: SessionUser,
    /// What goes into the header `x-csrf-token` of every request that changes something. The same as long as the session.
    pub csrf_token: String,
    /// The accounts that the person belongs to, longest first. Each request names one in `x-account-id`.
    pub accounts: Vec<SessionAccount>,
}

/// The person.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionUser {
    pub id: UserId,
    pub name: String,
    #[schema(required)]
    pub email: Option<String>,
}

/// An account that the person belongs to.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionAccount {
    pub id: AccountId,
    pub name: String,
    #[schema(value_type = Vec<crate::AccountRole>)]
    pub roles: AccountRoles,
    /// Only `pro` and `enterprise` let anybody in.
    pub plan: Plan,
    /// Whether it is suspended or closed: then nothing can be done in it.
    pub suspended: bool,
    /// The workspaces that the person may enter, oldest first.
    pub workspaces: Vec<SessionWorkspace>,
}

/// A workspace that the person may enter.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionWorkspace {
    pub id: WorkspaceId,
    pub name: String,
    #[schema(value_type = Vec<crate::WorkspaceRole>)]
    pub roles: WorkspaceRoles,
}

/// A link by which a person chooses a password.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PasswordLink {
    /// The address to open in a browser. Shown this once: pass it on.
    pub link: String,
    pub expires_at: Timestamp,
}

/// A session of the person who asks.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct UserSession {
    pub id: UserSessionId,
    /// Where they signed in from, where that is known.
    #[schema(required)]
    pub address: Option<String>,
    /// What the browser called itself then.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
    pub created_at: Timestamp,
    /// To some minutes.
    pub last_used_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// A passkey of the person who asks.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Passkey {
    pub id: PasskeyId,
    /// What its person calls it.
    pub name: String,
    pub created_at: Timestamp,
    /// When it last opened a session.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
}

/// Which ways of signing in there are.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SignInWays {
    /// Whether people may sign in by password.
    pub password: bool,
    /// Whether who has forgotten their password is sent a letter.
    pub password_letter: bool,
    /// Whether passkeys can be made and used at the address that was asked.
    pub passkey: bool,
    /// The studio's own provider, where there is one.
    #[schema(required)]
    pub openid: Option<OpenIdWay>,
}

/// The studio's own provider.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OpenIdWay {
    /// What its people call it.
    pub name: String,
    /// Where a browser goes to begin.
    pub address: String,
}
