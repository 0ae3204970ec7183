//! Work that servers do for an account beside its requests, and trying again what was given up. The operator sees more of it:
//! `mudlark jobs`.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, AccountPermission};
use mudlark_store::{JobRow, Session};
use mudlark_types::wire::Job;
use mudlark_types::{ErrorCode, JobId, JobState, Scope};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Path, Query};
use crate::http::guard::Authenticated;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::jobs::JobKind;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Account(Scope::AccountsRead, AccountPermission::Administer);
    let write = Access::Account(Scope::AccountsWrite, AccountPermission::Administer);
    api.add(read, Origin::Mudlark, routes!(list_account_jobs));
    api.add(write, Origin::Mudlark, routes!(retry_account_job));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct JobQuery {
    /// Only those that have come so far.
    state: Option<JobState>,
}

/// What servers are to do for the account beside its requests, oldest first: previews, and the removal of workspaces. What
/// is done is not kept.
#[utoipa::path(
    get, path = "/accounts/jobs", tag = "Accounts", operation_id = "list_account_jobs",
    params(JobQuery, PageQuery),
    responses((status = 200, description = "The jobs.", body = Vec<Job>))
)]
async fn list_account_jobs(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<JobQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Job>>> {
    let (account_id, state) = (caller.account_id(), query.state);
    let list = format!("jobs {}", state.map_or("all", JobState::as_str));
    let page = page.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_account_jobs(account_id, state, page).await?;
    let total = session.count_account_jobs(account_id, state).await?;
    let Paged { rows, headers } =
        paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        jobs.push(shown(&mut session, row).await?);
    }
    Ok(Paged { rows: jobs, headers })
}

/// A job with what it is about, where that is still there.
async fn shown(session: &mut Session, row: JobRow) -> ApiResult<Job> {
    Ok(match JobKind::of(&row.kind) {
        Some(JobKind::Preview | JobKind::PreviewAnew) => {
            let version = match row.subject.parse() {
                Ok(id) => session.find_previewed_version(id).await?,
                Err(_) => None,
            };
            views::job(row, version, None)
        }
        Some(JobKind::WorkspacePurge) => {
            let workspace_id = row.subject.parse().ok();
            views::job(row, None, workspace_id)
        }
        _ => views::job(row, None, None),
    })
}

/// Let a job be done at once, as if it had never failed: one that was given up, too.
#[utoipa::path(
    post, path = "/accounts/jobs/{job_id}/retry", tag = "Accounts", operation_id = "retry_account_job",
    params(("job_id" = JobId, Path)),
    responses(
        (status = 200, description = "The job, which is due now.", body = Job),
        (status = 409, description = "A server is doing it."),
    )
)]
async fn retry_account_job(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<JobId>,
) -> ApiResult<Json<Job>> {
    let account_id = caller.account_id();
    let mut tx = app.store.begin().await?;
    tx.find_account_job(account_id, id).await?.ok_or_else(|| ApiError::not_found("job"))?;
    if !tx.retry_job(id).await? {
        return Err(ApiError::new(ErrorCode::Conflict, "A server is doing the job; look at it again later"));
    }
    let row = tx.find_account_job(account_id, id).await?.ok_or_else(|| ApiError::not_found("job"))?;
    let job = shown(&mut tx, row).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(Json(job))
}
