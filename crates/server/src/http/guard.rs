//! The one gate in front of every operation: who is calling, and may they. It runs before anything of the request
//! but its head is read, and refuses in the contract's order: 401, then 400 for headers, then 403.
//! What is allowed is decided by `mudlark_auth::decide`; this module only reads the headers and turns the decision
//! into an answer. *Source*: wire contract, section 1, "Order of answers".

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mudlark_auth::{
    Access, Caller, Claims, Denial, Grant, TokenRefusal, WorkspacePermission, decide, decide_on_authored,
    decide_on_review,
};
use mudlark_types::{AccountId, ReviewStatus, UserId, WorkspaceId, WorkspaceRoles};

use crate::app::App;
use crate::error::{ApiError, ApiResult, RefusalFacts};
pub(crate) use crate::http::denials::{denial_reason, denied};
use crate::http::edge::{self, ClientAddress};
use crate::http::id_headers::{lock_fence, required_headers};
use crate::http::idempotency;
use crate::http::refusals::{self, Seen};
use crate::live_feed;
use crate::ops;
use crate::ops::audit;
use crate::ops::change::Change;
use crate::ops::commit_content::Place;
use crate::ops::idempotency_key::IdempotencyKey;
use crate::ops::key_refusal::Giver;
use crate::ops::limits;
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
    let response = match admit(&app, guard.access, request.headers(), client_of(&request)) {
        Ok(None) => next.run(request).await,
        Ok(Some(admitted)) => {
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

/// A caller with what was granted.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    access: Access,
    grant: Grant,
    /// What was presented, and from where: for asking once more inside a transaction.
    claims: Arc<Claims>,
    client: Option<IpAddr>,
}

fn admit(
    app: &App,
    access: Access,
    headers: &HeaderMap,
    client: Option<IpAddr>,
) -> ApiResult<Option<Admitted>> {
    if matches!(access, Access::Public | Access::SignedUrl) {
        return Ok(None);
    }
    let admitted = decide_on(app, access, headers, client);
    // Last of all: were the process stopped before this, what it decided by may be over by now.
    app.feed.check_lease()?;
    let admitted = admitted?;
    ops::key_use::note(app, &admitted.caller, client, app.clock.now_ms());
    Ok(Some(admitted))
}

fn decide_on(app: &App, access: Access, headers: &HeaderMap, client: Option<IpAddr>) -> ApiResult<Admitted> {
    let now_ms = app.clock.now_ms();
    let token = bearer_token(headers)?;
    let claims =
        app.verifier.verify(token, now_ms).map_err(|refusal| refused(refusal).because(refusal.as_str()))?;
    let caller = app
        .live
        .caller(&claims, client, now_ms)
        .map_err(|refusal| refused(refusal).audited(facts_of(&claims, refusal.as_str())))?;
    limits::check_api(app, &caller, now_ms)
        .map_err(|error| error.audited(facts_of(&claims, "too_many_requests")))?;
    let (account, workspace) = required_headers(access, headers)?;
    let grant = decide(access, &caller, account, workspace, &app.live)
        .map_err(|denial| denied(denial).audited(facts_of(&claims, denial_reason(denial))))?;
    Ok(Admitted { caller, access, grant, claims, client })
}

fn refused(refusal: TokenRefusal) -> ApiError {
    ApiError::invalid_token(true).with_cause(refusal)
}

/// What the trail learns of a token that is ours, and still is refused.
fn facts_of(claims: &Claims, reason: &'static str) -> RefusalFacts {
    RefusalFacts {
        reason: Some(reason),
        account_id: Some(claims.account_id),
        key_id: Some(claims.sub.clone()),
        user_id: Some(claims.uid),
        token_id: Some(claims.jti.clone()),
        ..RefusalFacts::default()
    }
}

/// The token of `Authorization: Bearer …`; the scheme in any case. *Source*: RFC 6750, section 2.1.
pub(super) fn bearer_token(headers: &HeaderMap) -> ApiResult<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| ApiError::invalid_token(false).because("no_token"))?;
    let refuse = || ApiError::invalid_token(true).because("malformed_authorization");
    if values.next().is_some() {
        return Err(refuse());
    }
    let (scheme, token) = value.to_str().map_err(|_| refuse())?.split_once(' ').ok_or_else(refuse)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_matches(' ')) } else { Err(refuse()) }
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
        let key_id = self.caller().key_id().clone();
        audit::Actor::client(Some(key_id), Some(self.user_id()), self.origin.clone())
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

    /// The caller as the change's transaction sees it, who gives away no more than they have at that moment. *Why*
    /// asked again: a key may be revoked or narrowed between the gate and the transaction, and what it gives would
    /// outlive it.
    ///
    /// *Errors*: the refusals of the gate.
    pub(crate) async fn as_giver(&self, change: &mut Change, access: Access) -> ApiResult<Giver> {
        let Admitted { claims, client, .. } = &*self.admitted;
        let workspace = self.workspace().map(|(id, _)| id);
        let live =
            live_feed::table_for(&mut change.tx, claims, workspace).await.map_err(ApiError::internal)?;
        let caller = live
            .caller(claims, *client, change.now_ms)
            .map_err(|refusal| refused(refusal).audited(facts_of(claims, refusal.as_str())))?;
        decide(access, &caller, Some(caller.account_id()), workspace, &live)
            .map_err(|denial| denied(denial).audited(facts_of(claims, denial_reason(denial))))?;
        Ok(Giver::Key { user_id: caller.user_id(), rights: caller.key.rights() })
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
            .map_err(|denial| denied(denial).audited(facts_of(&self.admitted.claims, denial_reason(denial))))
    }

    /// Whether the caller would be let in now as well. For answers that go on for long: what was allowed when they began
    /// may have been taken away.
    pub(crate) fn check_again(&self, app: &App) -> ApiResult<()> {
        let Admitted { access, claims, client, .. } = &*self.admitted;
        let now_ms = app.clock.now_ms();
        if claims.exp.saturating_mul(1000) <= now_ms {
            return Err(ApiError::invalid_token(true));
        }
        let caller = app.live.caller(claims, *client, now_ms).map_err(refused)?;
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
