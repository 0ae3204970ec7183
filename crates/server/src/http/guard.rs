//! The one gate in front of every operation: who is calling, and may they. It runs before anything of the request
//! but its head is read, and refuses in the contract's order: 401, then 400 for headers, then 403.
//! What is allowed is decided by `mudlark_auth::decide`; this module only reads the headers and turns the decision
//! into an answer. *Source*: wire contract, section 1, "Order of answers".

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mudlark_auth::{
    Access, Caller, Denial, SessionToken, SignedIn, WorkspacePermission, decide, decide_on_authored,
    decide_on_review,
};
use mudlark_store::AuthSubject;
use mudlark_types::{AccountId, ReviewStatus, UserId, WorkspaceId, WorkspaceRoles};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
pub(crate) use crate::http::admission::Admitted;
use crate::http::admission::{Admission, AdmittedPerson, admit, refused};
pub(crate) use crate::http::denials::{denial_reason, denied};
use crate::http::edge::{self, ClientAddress};
use crate::http::id_headers::lock_fence;
use crate::http::idempotency;
use crate::http::refusals::{self, Seen};
use crate::live_feed;
use crate::ops::audit;
use crate::ops::change::Change;
use crate::ops::commit_content::Place;
use crate::ops::idempotency_key::IdempotencyKey;
use crate::ops::key_refusal::Giver;
use crate::telemetry::OperationMetrics;

/// What the gate of one route knows.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) access: Access,
    /// The operation's id in the OpenAPI document.
    pub(crate) operation: Arc<str>,
    pub(crate) metrics: OperationMetrics,
}

/// Lets a request through to its handler, or refuses it.
pub(crate) async fn guard(
    State((app, guard)): State<(App, Guard)>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let seen = Seen::of(&request);
    let response = match admit(&app, guard.access, &request) {
        Ok(Admission::Open) => next.run(request).await,
        Ok(Admission::Person(person)) => {
            request.extensions_mut().insert(Arc::new(person));
            next.run(request).await
        }
        Ok(Admission::Caller(admitted)) => {
            let admitted = Arc::new(admitted);
            request.extensions_mut().insert(Arc::clone(&admitted));
            if request.method() == Method::POST && request.headers().contains_key(idempotency::HEADER) {
                idempotency::run_once(&app, &admitted, request, next).await
            } else {
                next.run(request).await
            }
        }
        Err(error) => error.into_response(),
    };
    if let Some(until) = refusals::note(&app, guard.access, &guard.operation, seen, &response) {
        app.held_back.until(until).await;
    }
    guard.metrics.record(response.status().as_u16(), started.elapsed().as_secs_f64());
    response
}

/// Where the request comes from, as far as it can be believed.
pub(crate) fn client_of(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ClientAddress>().map(|ClientAddress(client)| *client)
}

/// For handlers: who calls. Present on every route whose access asks for a token.
pub(crate) struct Authenticated {
    admitted: Arc<Admitted>,
    idempotency: Option<Arc<IdempotencyKey>>,
    /// Of requests that change something.
    origin: audit::Origin,
}

impl Authenticated {
    pub(crate) fn caller(&self) -> &Caller {
        &self.admitted.caller
    }

    /// Who calls, for the audit trail.
    pub(crate) fn actor(&self) -> audit::Actor {
        audit::Actor::client(self.caller().key_id().cloned(), Some(self.user_id()), self.origin.clone())
    }

    /// Begins the transaction of a change, in this caller's name.
    pub(crate) async fn begin(&self, app: &App) -> ApiResult<Change> {
        Change::begin(app, self.account_id(), self.user_id(), self.idempotency.as_deref()).await
    }

    /// The same for a change of another account than the caller's, by some right that the request shows.
    pub(crate) async fn begin_in(&self, app: &App, account_id: AccountId) -> ApiResult<Change> {
        Change::begin(app, account_id, self.user_id(), self.idempotency.as_deref()).await
    }

    pub(crate) fn account_id(&self) -> AccountId {
        self.admitted.caller.account_id()
    }

    pub(crate) fn user_id(&self) -> UserId {
        self.admitted.caller.user_id()
    }

    /// What the live tables know the caller by.
    pub(crate) fn auth_subject(&self) -> AuthSubject {
        match self.caller().key_id() {
            Some(key_id) => AuthSubject::Key(key_id.as_str().to_owned()),
            None => AuthSubject::Person(self.user_id()),
        }
    }

    /// The caller as the change's transaction sees it, who gives away no more than they have at that moment. *Why*
    /// asked again: a key may be revoked or narrowed between the gate and the transaction, and what it gives would
    /// outlive it.
    ///
    /// *Errors*: the refusals of the gate.
    pub(crate) async fn as_giver(&self, change: &mut Change, access: Access) -> ApiResult<Giver> {
        let Admitted { credential, client, .. } = &*self.admitted;
        let workspace = self.workspace().map(|(id, _)| id);
        let app = change.app().clone();
        let live = live_feed::table_for(&mut change.tx, &app.settings, credential, workspace)
            .await
            .map_err(ApiError::internal)?;
        let caller = credential
            .caller(&live, *client, change.now_ms)
            .map_err(|refusal| refused(refusal).audited(credential.facts(refusal.as_str())))?;
        decide(access, &caller, Some(caller.account_id()), workspace, &live)
            .map_err(|denial| denied(denial).audited(credential.facts(denial_reason(denial))))?;
        Ok(Giver::Key { user_id: caller.user_id(), rights: caller.rights() })
    }

    /// The workspace of `x-workspace-id` with the caller's roles there, where one was given.
    pub(crate) fn workspace(&self) -> Option<(WorkspaceId, WorkspaceRoles)> {
        self.admitted.grant.workspace
    }

    /// The workspace of a route that asks for one.
    pub(crate) fn workspace_id(&self) -> ApiResult<WorkspaceId> {
        self.workspace().map(|(id, _)| id).ok_or_else(no_workspace)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> ApiResult<Self> {
        parts
            .extensions
            .get::<Arc<Admitted>>()
            .map(|admitted| Self {
                admitted: Arc::clone(admitted),
                idempotency: parts.extensions.get::<Arc<IdempotencyKey>>().cloned(),
                origin: if edge::is_read(&parts.method) {
                    audit::Origin::default()
                } else {
                    let address = parts.extensions.get().map(|ClientAddress(address)| *address);
                    refusals::origin(address, &parts.headers, &parts.extensions)
                },
            })
            .ok_or_else(|| ApiError::internal("a handler asks who calls, but its route asks for no token"))
    }
}

#[cold]
fn no_workspace() -> ApiError {
    ApiError::internal("a handler asks for the workspace, but its route asks for none")
}

/// For handlers of what concerns a person's own session and password. Present on every route of [`Access::Session`].
pub(crate) struct Person {
    pub(crate) signed_in: SignedIn,
    pub(crate) token: SessionToken,
    pub(crate) origin: audit::Origin,
}

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> ApiResult<Self> {
        let admitted = parts.extensions.get::<Arc<AdmittedPerson>>().ok_or_else(|| {
            ApiError::internal("a handler asks who is signed in, but its route asks for no session")
        })?;
        let address = parts.extensions.get().map(|ClientAddress(address)| *address);
        Ok(Self {
            signed_in: admitted.signed_in.clone(),
            token: SessionToken::from_presented(admitted.token.expose()),
            origin: refusals::origin(address, &parts.headers, &parts.extensions),
        })
    }
}

/// For handlers of workspace operations: who calls, in which workspace.
pub(crate) struct InWorkspace {
    pub(crate) account_id: AccountId,
    pub(crate) user_id: UserId,
    pub(crate) workspace_id: WorkspaceId,
    /// The fence of the lock that a writer believes to hold.
    lock_fence: Option<i64>,
    roles: WorkspaceRoles,
    admitted: Arc<Admitted>,
    idempotency: Option<Arc<IdempotencyKey>>,
}

impl InWorkspace {
    /// Whether the caller may change what somebody wrote: its author may, and who holds the permission, if there is one.
    pub(crate) fn check_authored(
        &self,
        author: UserId,
        or_with: Option<WorkspacePermission>,
    ) -> ApiResult<()> {
        self.refuse(decide_on_authored(author, self.user_id, self.roles, or_with))
    }

    /// Whether the caller may take a review from one status to another; a new one is pending before it is anything.
    pub(crate) fn check_review(&self, from: ReviewStatus, to: ReviewStatus) -> ApiResult<()> {
        self.refuse(decide_on_review(self.roles, from, to))
    }

    fn refuse(&self, decision: Result<(), Denial>) -> ApiResult<()> {
        decision
            .map_err(|denial| denied(denial).audited(self.admitted.credential.facts(denial_reason(denial))))
    }

    /// Whether the caller would be let in now as well. For answers that go on for long: what was allowed when they began
    /// may have been taken away.
    pub(crate) fn check_again(&self, app: &App) -> ApiResult<()> {
        let Admitted { access, credential, client, .. } = &*self.admitted;
        let now_ms = app.clock.now_ms();
        if credential.is_over(now_ms) {
            return Err(ApiError::invalid_token(true));
        }
        let caller = credential.caller(&app.live, *client, now_ms).map_err(refused)?;
        app.feed.check_lease()?;
        decide(*access, &caller, Some(self.account_id), Some(self.workspace_id), &app.live)
            .map(drop)
            .map_err(denied)
    }

    /// Begins the transaction of a change, in this caller's name.
    pub(crate) async fn begin(&self, app: &App) -> ApiResult<Change> {
        Change::begin(app, self.account_id, self.user_id, self.idempotency.as_deref()).await
    }

    /// The key that came with the request, for work whose changes are begun one after the other: it goes with the first.
    pub(crate) fn idempotency(&self) -> Option<Arc<IdempotencyKey>> {
        self.idempotency.clone()
    }

    pub(crate) fn place(&self) -> Place {
        Place {
            account: self.account_id,
            workspace: self.workspace_id,
            user: self.user_id,
            lock_fence: self.lock_fence,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InWorkspace {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let caller = Authenticated::from_request_parts(parts, state).await?;
        let (workspace_id, roles) = caller.workspace().ok_or_else(no_workspace)?;
        Ok(Self {
            account_id: caller.account_id(),
            user_id: caller.user_id(),
            workspace_id,
            lock_fence: lock_fence(&parts.headers)?,
            roles,
            admitted: caller.admitted,
            idempotency: caller.idempotency,
        })
    }
}
