//! Copies of the audit trail: JSON lines that can be checked like the trail itself, and CSV for spreadsheets.

use std::io::{BufRead, Write};

use anyhow::Context;
use mudlark_auth::{AuditChain, AuditCheck};
use mudlark_store::{AuditEntryRow, AuditHeadRow, Session};
use mudlark_types::{AccountId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::audit::Format;
use crate::ops::audit::verify::{BATCH, Verified, check_rows, finish};

/// A line of the export. `details` is a text, as it was written: codes are made over its bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    sequence: i64,
    at_ms: i64,
    account_id: Option<AccountId>,
    action: String,
    outcome: String,
    reason: Option<String>,
    key_id: Option<String>,
    user_id: Option<UserId>,
    address: Option<String>,
    agent: Option<String>,
    request_id: Option<String>,
    token_id: Option<String>,
    subject: Option<String>,
    details: Option<String>,
    mac: String,
}

/// The last line of the export.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    head: HeadLine,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    sequence: i64,
    mac: Option<String>,
    seal: Option<String>,
}

const COLUMNS: &str = "sequence,at,account_id,action,outcome,reason,key,user_id,address,agent,request_id,token_id,subject,details,mac";

/// Writes the trail as it is at this moment, line by line. Answers how many lines.
pub(crate) async fn write(
    session: &mut Session,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<i64> {
    let head = session.find_audit_head().await?;
    let end = head.as_ref().map_or(i64::MAX, |head| head.sequence);
    if format == Format::Csv {
        out.write_all(COLUMNS.as_bytes())?;
        out.write_all(b"\r\n")?;
    }
    let (mut read, mut count) = (0, 0);
    while read < end {
        let mut rows = session.list_audit_entries_after(read, BATCH).await?;
        rows.retain(|row| row.sequence <= end);
        let Some(last) = rows.last() else { break };
        read = last.sequence;
        for row in rows {
            count += 1;
            match format {
                Format::Jsonl => json_line(out, &Line::from(row))?,
                Format::Csv => csv_line(out, row)?,
            }
        }
    }
    if let (Format::Jsonl, Some(AuditHeadRow { sequence, mac, seal })) = (format, head) {
        let (mac, seal) = (mac.as_deref().map(hex), seal.as_deref().map(hex));
        json_line(out, &Head { head: HeadLine { sequence, mac, seal } })?;
    }
    Ok(count)
}

fn json_line(out: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(out.write_all(b"\n")?)
}

fn csv_line(out: &mut impl Write, row: AuditEntryRow) -> std::io::Result<()> {
    let id = |id: Option<String>| id.unwrap_or_default();
    let cells = [
        row.sequence.to_string(),
        Timestamp(row.at_ms).to_string(),
        id(row.account_id.map(|id| id.to_string())),
        row.action,
        row.outcome,
        id(row.reason),
        id(row.key_id),
        id(row.user_id.map(|id| id.to_string())),
        id(row.address),
        id(row.agent),
        id(row.request_id),
        id(row.token_id),
        id(row.subject),
        id(row.details),
        hex(&row.mac),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
    out.write_all(cells.join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

/// A cell in quotes. *Why* the apostrophe: a spreadsheet runs a cell that begins with one of these as a formula.
fn csv_cell(text: &str) -> String {
    let text = visible(text).replace('"', "\"\"");
    let guard = if text.trim_start().starts_with(['=', '+', '-', '@', '\\', '|', '%']) { "'" } else { "" };
    format!("\"{guard}{text}\"")
}

/// The text with its control characters written out, so that it stays on its line.
pub(crate) fn visible(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_hidden(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Checks an export in JSON lines. *Errors*: it is none.
pub(crate) fn verify(lines: impl BufRead, chain: &AuditChain) -> anyhow::Result<Verified> {
    let mut check = AuditCheck::new(chain);
    let (mut rows, mut head) = (Vec::new(), None);
    let found = |check: &AuditCheck<'_>, fault| Verified {
        lines: check.last_sequence(),
        last_mac: check.last_mac().to_vec(),
        fault,
    };
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line?;
        let context = || format!("its line {number} is not in its form");
        anyhow::ensure!(head.is_none(), "its line {number} stands after the end");
        if line.starts_with("{\"head\"") {
            let Head { head: end } = serde_json::from_str(&line).with_context(context)?;
            let bytes = |text: Option<String>| text.as_deref().map(unhex).transpose();
            let (mac, seal) = (bytes(end.mac)?, bytes(end.seal)?);
            head = Some(AuditHeadRow { sequence: end.sequence, mac, seal });
        } else {
            let line: Line = serde_json::from_str(&line).with_context(context)?;
            rows.push(line.into_row()?);
        }
        if rows.len() >= usize::try_from(BATCH).unwrap_or(1) {
            if let Err(fault) = check_rows(&mut check, &rows) {
                return Ok(found(&check, Some(fault)));
            }
            rows.clear();
        }
    }
    if let Err(fault) = check_rows(&mut check, &rows) {
        return Ok(found(&check, Some(fault)));
    }
    let verified = found(&check, None);
    Ok(Verified { fault: finish(check, head.as_ref()).err(), ..verified })
}

impl From<AuditEntryRow> for Line {
    fn from(row: AuditEntryRow) -> Self {
        Self {
            sequence: row.sequence,
            at_ms: row.at_ms,
            account_id: row.account_id,
            action: row.action,
            outcome: row.outcome,
            reason: row.reason,
            key_id: row.key_id,
            user_id: row.user_id,
            address: row.address,
            agent: row.agent,
            request_id: row.request_id,
            token_id: row.token_id,
            subject: row.subject,
            details: row.details,
            mac: hex(&row.mac),
        }
    }
}

impl Line {
    fn into_row(self) -> anyhow::Result<AuditEntryRow> {
        Ok(AuditEntryRow {
            sequence: self.sequence,
            at_ms: self.at_ms,
            account_id: self.account_id,
            action: self.action,
            outcome: self.outcome,
            reason: self.reason,
            key_id: self.key_id,
            user_id: self.user_id,
            address: self.address,
            agent: self.agent,
            request_id: self.request_id,
            token_id: self.token_id,
            subject: self.subject,
            details: self.details,
            mac: unhex(&self.mac)?,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits = text.as_bytes();
    let is_hex = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    anyhow::ensure!(is_hex, "a code is not in hexadecimal digits");
    digits.chunks(2).map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_is_no_formula_and_stays_on_its_line() {
        for (text, cell) in [
            ("plain", "\"plain\""),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("  =1", "\"'  =1\""),
            ("\t=1", "\"'\\t=1\""),
            ("a\r\nb", "\"a\\r\\nb\""),
            ("\u{202e}x", "\"'\\u{202e}x\""),
        ] {
            assert_eq!(csv_cell(text), cell, "{text:?}");
        }
    }

    #[test]
    fn code_survives_its_digits() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)).unwrap(), bytes);
        assert!(unhex("0g").is_err() && unhex("abc").is_err() && unhex("+1").is_err());
    }
}
