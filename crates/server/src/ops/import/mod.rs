//! An archive becomes folders and assets, entry by entry: each is a change of its own, so that a bad one stops nothing else.

mod archive;
mod place;

use std::sync::Arc;
use std::time::Duration;

use mudlark_blobs::StagedBlob;
use mudlark_types::wire::{ImportOutcome, ImportReport};
use mudlark_types::{ErrorCode, FileName, FolderPath};
use tokio::sync::mpsc;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::change::Change;
use crate::ops::commit_content::{AssetFacts, Place as Writer, publish, put_asset};
use crate::ops::idempotency_key::IdempotencyKey;
use crate::ops::make_folders::make_folders;
use archive::{Format, Piece, Reader, recognise};
use place::Place;

/// How long a client may leave a report unread before the import stops.
const PATIENCE: Duration = Duration::from_mins(1);
/// Reports and pieces that wait for whoever takes them.
const WAITING: usize = 16;

/// What is to be imported, for whom, to where.
pub(crate) struct Import {
    pub(crate) app: App,
    pub(crate) writer: Writer,
    /// Goes with the first change.
    pub(crate) idempotency: Option<Arc<IdempotencyKey>>,
    pub(crate) target: FolderPath,
}

impl Import {
    /// Begins, and hands out one report an entry, as they are dealt with. When the reports are dropped, the import stops
    /// after the entry at hand; what was imported stays.
    ///
    /// *Errors*: `archive_unreadable`: it is no archive, or a zip that breaks off.
    pub(crate) async fn begin(self, archive: StagedBlob) -> ApiResult<mpsc::Receiver<ImportReport>> {
        let looked_at = tokio::task::spawn_blocking(move || {
            let mut reader = archive.open()?;
            Ok((recognise(&mut reader), archive))
        });
        let (format, archive) = looked_at.await.map_err(ApiError::internal)?.map_err(ApiError::from_blobs)?;
        let format = format.map_err(|why| {
            let message = format!("The file must be a whole zip, tar or tar.gz: {why}");
            ApiError::new(ErrorCode::ArchiveUnreadable, message)
        })?;
        let (reports, reported) = mpsc::channel(WAITING);
        tokio::spawn(self.run(archive, format, reports));
        Ok(reported)
    }

    async fn run(mut self, archive: StagedBlob, format: Format, reports: mpsc::Sender<ImportReport>) {
        let app = self.app.clone();
        // Each holds a thread while it lasts.
        let Ok(_place) = app.imports.acquire().await else { return };
        let (out, mut pieces) = mpsc::channel(WAITING);
        let reader = Reader::new(self.target.clone(), app.settings.max_upload_bytes, out);
        tokio::task::spawn_blocking(move || {
            if let Ok(content) = archive.open() {
                // Nobody waits for more: that is all it could say.
                reader.read(format, content).ok();
            }
        });
        while let Some(piece) = pieces.recv().await {
            let Some(report) = self.take(piece, &mut pieces).await else { return };
            if reports.send_timeout(report, PATIENCE).await.is_err() {
                return;
            }
        }
    }

    /// Deals with one entry. `None`: the reader has come to no good end.
    async fn take(&mut self, piece: Piece, pieces: &mut mpsc::Receiver<Piece>) -> Option<ImportReport> {
        let (name, outcome) = match piece {
            Piece::Folder(place) => {
                let made = self.make_folder(&place.folder).await;
                (place.name, made)
            }
            Piece::File(place) => {
                let Place { name, folder, file: Some(file) } = place else { return None };
                match self.receive(pieces).await? {
                    Ok(content) => {
                        let put = self.put(&folder, &file, content).await;
                        (name, put)
                    }
                    Err(error) => (name, Err(error)),
                }
            }
            Piece::Refused { name, code, message } => (name, Err(ApiError::new(code, message))),
            Piece::Bytes(_) | Piece::End => return None,
        };
        Some(report(name, outcome))
    }

    async fn change(&mut self) -> ApiResult<Change> {
        let key = self.idempotency.take();
        Change::begin(&self.app, self.writer.account, self.writer.user, key.as_deref()).await
    }

    async fn make_folder(&mut self, path: &FolderPath) -> ApiResult<ImportOutcome> {
        let mut change = self.change().await?;
        make_folders(&self.app, &mut change, self.writer.workspace, self.writer.user, path).await?;
        change.commit().await?;
        Ok(ImportOutcome::Folder)
    }

    /// Takes in the bytes of a file to their end, whatever becomes of them.
    async fn receive(&self, pieces: &mut mpsc::Receiver<Piece>) -> Option<ApiResult<StagedBlob>> {
        let mut writer = Ok(self.app.blobs.stage());
        loop {
            match pieces.recv().await? {
                Piece::Bytes(bytes) => {
                    if let Ok(staging) = &mut writer
                        && let Err(error) = staging.write(bytes).await
                    {
                        writer = Err(error);
                    }
                }
                Piece::End => {
                    let finished = match writer {
                        Ok(writer) => writer.finish().await,
                        Err(error) => Err(error),
                    };
                    return Some(finished.map_err(ApiError::from_blobs));
                }
                Piece::Refused { code, message, .. } => return Some(Err(ApiError::new(code, message))),
                Piece::File(_) | Piece::Folder(_) => return None,
            }
        }
    }

    async fn put(
        &mut self,
        folder: &FolderPath,
        name: &FileName,
        content: StagedBlob,
    ) -> ApiResult<ImportOutcome> {
        let content = publish(&self.app, self.writer.account, name.as_str().to_owned(), content).await?;
        let mut change = self.change().await?;
        let (app, writer) = (&self.app, self.writer);
        let folder = make_folders(app, &mut change, writer.workspace, writer.user, folder).await?;
        let id = put_asset(app, &mut change, writer, &folder, name, AssetFacts::default(), &content).await?;
        let asset = change.tx.find_asset(writer.workspace, id).await?;
        let version = asset.ok_or_else(|| ApiError::internal("an asset that was just put is not there"))?;
        change.commit().await?;
        let asset_id = id;
        Ok(match version.current_version.version_number {
            1 => ImportOutcome::Created { asset_id },
            _ => ImportOutcome::Versioned { asset_id },
        })
    }
}

fn report(name: String, outcome: ApiResult<ImportOutcome>) -> ImportReport {
    let outcome = outcome.unwrap_or_else(|error| {
        if let Some(cause) = error.cause_chain() {
            tracing::error!(code = error.code().as_str(), cause, "an entry was not imported");
        }
        ImportOutcome::Refused { code: error.code(), message: error.message().to_owned() }
    });
    ImportReport { name, outcome }
}
