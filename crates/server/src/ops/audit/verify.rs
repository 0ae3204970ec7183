//! Walks a trail from its first line to its end and finds the first line that is not as it was written.

use mudlark_auth::{AuditChain, AuditCheck, AuditFault, AuditHead};
use mudlark_store::{AuditEntryRow, AuditHeadRow, Session, StoreError};

use super::{Ids, chained};

/// Lines read at a time.
pub(crate) const BATCH: i64 = 2000;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Lines that are good, up to the first fault.
    pub(crate) lines: i64,
    pub(crate) fault: Option<AuditFault>,
    /// The code of the last good line.
    pub(crate) last_mac: Vec<u8>,
}

/// Checks the trail in the database as it is at this moment. `progress` hears of each piece: lines done, lines in all.
pub(crate) async fn verify(
    session: &mut Session,
    chain: &AuditChain,
    mut progress: impl FnMut(i64, i64),
) -> Result<Verified, StoreError> {
    // The head first: lines that are written meanwhile stand above it.
    let head = session.find_audit_head().await?;
    let end = head.as_ref().map_or(i64::MAX, |head| head.sequence);
    let mut check = AuditCheck::new(chain);
    let mut read = 0;
    while read < end {
        let mut rows = session.list_audit_entries_after(read, BATCH).await?;
        rows.retain(|row| row.sequence <= end);
        let Some(last) = rows.last() else { break };
        read = last.sequence;
        if let Err(fault) = check_rows(&mut check, &rows) {
            let (lines, last_mac) = (check.last_sequence(), check.last_mac().to_vec());
            return Ok(Verified { lines, fault: Some(fault), last_mac });
        }
        progress(read, end);
    }
    let (lines, last_mac) = (check.last_sequence(), check.last_mac().to_vec());
    let mut fault = finish(check, head.as_ref()).err();
    if fault.is_none() && !is_end(session, end).await? {
        fault = Some(AuditFault::Head(end));
    }
    Ok(Verified { lines, fault, last_mac })
}

/// Whether no line stands above the head's: one that was written meanwhile came with a new head.
async fn is_end(session: &mut Session, end: i64) -> Result<bool, StoreError> {
    let above = session.list_audit_entries_after(end, 1).await?;
    let head = session.find_audit_head().await?;
    Ok(above.is_empty() || head.is_some_and(|head| head.sequence > end))
}

/// Checks the next lines.
pub(crate) fn check_rows(check: &mut AuditCheck<'_>, rows: &[AuditEntryRow]) -> Result<(), AuditFault> {
    let ids: Vec<Ids> = rows.iter().map(Ids::of).collect();
    let lines: Vec<_> =
        rows.iter().zip(&ids).map(|(row, ids)| (chained(row, ids), row.mac.as_slice())).collect();
    check.check(&lines)
}

/// Checks the end.
pub(crate) fn finish(check: AuditCheck<'_>, head: Option<&AuditHeadRow>) -> Result<(), AuditFault> {
    check.finish(head.map(|head| AuditHead {
        sequence: head.sequence,
        mac: head.mac.as_deref(),
        seal: head.seal.as_deref(),
    }))
}
