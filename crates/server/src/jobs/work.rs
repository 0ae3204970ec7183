//! What jobs do, by kind.

use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use mudlark_store::{HeldJob, JobRow, NewJob};

use super::JobKind;
use crate::app::App;
use crate::error::ApiError;
use crate::ops::{account_purge, content_check, letters, previews, sweep, trash, workspace_trash};

/// How often leftovers are looked for.
const REGULARLY: Duration = Duration::from_hours(1);
/// How long reading content again rests when nothing is due.
const NOTHING_TO_CHECK: Duration = Duration::from_mins(1);

/// What becomes of a job whose work was a success.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// There is no more to do.
    Done,
    /// It is done again after this.
    Again(Duration),
}

/// Does a job. Dropped in its middle when the process loses the job, or stops.
///
/// *Errors*: it is to be tried again; the text is kept with the job.
pub(super) async fn work(app: &App, kind: JobKind, job: &JobRow) -> anyhow::Result<Then> {
    match kind {
        JobKind::AccountPurge => {
            account_purge::purge(app, subject(job)?).await?;
            enqueue(app, &JobKind::StrayFiles.regular(&app.clock)).await?;
            Ok(Then::Done)
        }
        JobKind::ContentCheck => {
            let is_more = content_check::check_for_a_while(app).await?;
            Ok(Then::Again(if is_more { Duration::ZERO } else { NOTHING_TO_CHECK }))
        }
        JobKind::ExpiredRows => {
            sweep::remove_expired_rows(app).await?;
            Ok(Then::Again(REGULARLY))
        }
        JobKind::InviteLetter => {
            letters::send_invite_letter(app, &job.subject, &job.payload).await?;
            Ok(Then::Done)
        }
        JobKind::PasswordLetter => {
            letters::send_password_letter(app, subject(job)?).await?;
            Ok(Then::Done)
        }
        JobKind::Preview | JobKind::PreviewAnew => {
            let held = HeldJob { id: job.id, fence: job.fence };
            previews::make(app, held, subject(job)?, kind == JobKind::PreviewAnew).await?;
            Ok(Then::Done)
        }
        JobKind::StrayFiles => {
            let removed = sweep::remove_stray_files(app).await?;
            tracing::debug!(removed, "removed files that no row names");
            Ok(Then::Again(REGULARLY))
        }
        JobKind::Trash => {
            empty_trash(app).await.map_err(|error| error.described())?;
            account_purge::start_expired(app).await?;
            workspace_trash::enqueue_begun(app).await.map_err(|error| error.described())?;
            app.jobs.wake();
            Ok(Then::Again(REGULARLY))
        }
        JobKind::UnreferencedContent => {
            previews::remove_unreferenced(app).await?;
            let removed = sweep::remove_unreferenced_content(app).await?;
            tracing::debug!(removed, "removed content that nothing needs any more");
            Ok(Then::Again(REGULARLY))
        }
        JobKind::WorkspacePurge => {
            workspace_trash::purge(app, subject(job)?).await?;
            enqueue(app, &JobKind::UnreferencedContent.regular(&app.clock)).await?;
            Ok(Then::Done)
        }
    }
}

async fn empty_trash(app: &App) -> Result<(), ApiError> {
    let purged = trash::purge_expired(app).await?;
    tracing::debug!(purged, "removed from the trash what has been in it for long enough");
    if purged > 0 {
        enqueue(app, &JobKind::UnreferencedContent.regular(&app.clock)).await?;
    }
    workspace_trash::start_expired(app).await
}

/// Asks for a job that this one has made necessary.
async fn enqueue(app: &App, job: &NewJob) -> Result<(), mudlark_store::StoreError> {
    let mut tx = app.store.begin().await?;
    tx.enqueue_job(job).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

/// The id that a job is about.
fn subject<Id: FromStr<Err: std::error::Error + Send + Sync + 'static>>(job: &JobRow) -> anyhow::Result<Id> {
    job.subject.parse().with_context(|| format!("the subject {:?} is no id", job.subject))
}
