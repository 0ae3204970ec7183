//! Writing the audit trail: what a line is made from, and appending lines to the chain. A change of rights calls
//! [`record`] in its own transaction; tokens and refusals go through the [`trail`], many lines a transaction.

pub(crate) mod expired_keys;
pub(crate) mod repeats;
pub(crate) mod trail;
pub(crate) mod verify;

use std::net::IpAddr;
use std::sync::Arc;

use mudlark_auth::{AuditChain, AuditLine, KeyId, Vault, audit_chain};
use mudlark_store::{ApiKeyRow, AuditEntryRow, Store, StoreError, Tx};
use mudlark_types::{AccountId, AuditAction, AuditOutcome, Timestamp, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a client calls itself is kept up to this length. *Units*: bytes.
const MAX_AGENT_BYTES: usize = 256;

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) address: Option<IpAddr>,
    pub(crate) agent: Option<String>,
    pub(crate) request_id: Option<Arc<str>>,
}

/// Who does something: a client, with what is known of it, or somebody who needs no key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actor {
    pub(crate) key_id: Option<KeyId>,
    pub(crate) user_id: Option<UserId>,
    pub(crate) origin: Origin,
    /// `operator` or `server`; none for clients.
    by: Option<&'static str>,
}

impl Actor {
    /// Whoever runs commands on the server's machine.
    pub(crate) fn operator() -> Self {
        Self { by: Some("operator"), ..Self::default() }
    }

    /// The server, of its own accord.
    pub(crate) fn server() -> Self {
        Self { by: Some("server"), ..Self::default() }
    }

    /// A caller of the API.
    pub(crate) fn client(key_id: Option<KeyId>, user_id: Option<UserId>, origin: Origin) -> Self {
        Self { key_id, user_id, origin, by: None }
    }
}

/// What a line is made from.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at_ms: i64,
    pub(crate) action: AuditAction,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) actor: Actor,
    /// Why it was refused; none where it was allowed.
    pub(crate) refused: Option<&'static str>,
    pub(crate) token_id: Option<String>,
    /// What it is done to.
    pub(crate) subject: Option<String>,
    /// What else is worth knowing: an object, or null. Never a secret or a token.
    pub(crate) details: Value,
}

impl Entry {
    /// Something that was allowed.
    pub(crate) fn new(
        at_ms: i64,
        action: AuditAction,
        account_id: impl Into<Option<AccountId>>,
        actor: Actor,
    ) -> Self {
        Self {
            at_ms,
            action,
            account_id: account_id.into(),
            actor,
            refused: None,
            token_id: None,
            subject: None,
            details: Value::Null,
        }
    }

    /// The same, done to this.
    #[expect(clippy::needless_pass_by_value, reason = "ids are handed over, texts lent: both read well")]
    pub(crate) fn on<T: ToString>(self, subject: T) -> Self {
        Self { subject: Some(subject.to_string()), ..self }
    }

    /// The same, with what else is known.
    pub(crate) fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }

    /// The line, without its number and code.
    fn into_row(self) -> AuditEntryRow {
        let Self { at_ms, action, account_id, actor, refused, token_id, subject, mut details } = self;
        if let Some(by) = actor.by {
            details = match details {
                Value::Object(mut members) => {
                    members.insert("by".to_owned(), by.into());
                    members.into()
                }
                _ => json!({ "by": by }),
            };
        }
        let outcome = if refused.is_some() { AuditOutcome::Refused } else { AuditOutcome::Allowed };
        AuditEntryRow {
            sequence: 0,
            at_ms,
            account_id,
            action: action.as_str().to_owned(),
            outcome: outcome.as_str().to_owned(),
            reason: refused.map(str::to_owned),
            key_id: actor.key_id.map(|key_id| key_id.as_str().to_owned()),
            user_id: actor.user_id,
            address: actor.origin.address.map(|address| address.to_canonical().to_string()),
            agent: actor.origin.agent.map(|agent| without_secrets(shortened(agent))),
            request_id: actor.origin.request_id.map(|id| without_secrets(id.as_ref().to_owned())),
            token_id,
            subject,
            details: (!details.is_null()).then(|| details.to_string()),
            mac: Vec::new(),
        }
    }
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_AGENT_BYTES));
    text
}

/// A text that the client chose may hold a secret or a token by mistake: then none of it is kept.
fn without_secrets(text: String) -> String {
    let may_hold_one = ["mdl_sec_", "mdl_ses_", "mdl_lnk_", "eyJ"].iter().any(|mark| text.contains(mark));
    if may_hold_one { "(withheld: looks like a secret)".to_owned() } else { text }
}

/// What a key is, for the line of a change of it.
pub(crate) fn key_details(row: &ApiKeyRow) -> Value {
    json!({
        "name": row.name,
        "workspace_roles": row.workspace_roles,
        "scopes": row.scopes,
        "workspace_ids": row.workspace_ids,
        "networks": row.networks,
        "expires_at": row.expires_at_ms.map(Timestamp),
    })
}

/// Appends the line of a change of rights, in the transaction of the change. Call it last: it takes the trail's lock.
pub(crate) async fn record(tx: &mut Tx, vault: &Vault, entry: Entry) -> Result<(), StoreError> {
    record_all(tx, vault, vec![entry]).await
}

/// The same for many lines at once.
pub(crate) async fn record_all(tx: &mut Tx, vault: &Vault, entries: Vec<Entry>) -> Result<(), StoreError> {
    let mut lines: Vec<_> = entries.into_iter().map(Entry::into_row).collect();
    append(tx, &AuditChain::new(vault), &mut lines).await
}

/// Gives lines their numbers and codes and writes them.
pub(crate) async fn append(
    tx: &mut Tx,
    chain: &AuditChain,
    lines: &mut [AuditEntryRow],
) -> Result<(), StoreError> {
    let head = tx.lock_audit_head().await?;
    // A head that somebody has spoilt stops nothing here: the check of the trail says so.
    let mut mac = head.mac.and_then(|mac| mac.try_into().ok()).unwrap_or(audit_chain::GENESIS);
    let mut sequence = head.sequence;
    for line in &mut *lines {
        sequence += 1;
        line.sequence = sequence;
        mac = chain.mac(&mac, &chained(line, &Ids::of(line)));
        line.mac = mac.to_vec();
    }
    tx.insert_audit_entries(lines).await?;
    tx.update_audit_head(sequence, &mac, &chain.seal(sequence, &mac)).await
}

/// The ids of a line as bytes, for [`chained`] to borrow from.
pub(crate) struct Ids {
    account_id: Option<Uuid>,
    user_id: Option<Uuid>,
}

impl Ids {
    pub(crate) fn of(row: &AuditEntryRow) -> Self {
        Self { account_id: row.account_id.map(Uuid::from), user_id: row.user_id.map(Uuid::from) }
    }
}

/// A line as the chain sees it.
pub(crate) fn chained<'a>(row: &'a AuditEntryRow, ids: &'a Ids) -> AuditLine<'a> {
    let text = |text: &'a Option<String>| text.as_deref().map(str::as_bytes);
    AuditLine {
        sequence: row.sequence,
        at_ms: row.at_ms,
        texts: [
            ids.account_id.as_ref().map(|id| id.as_bytes().as_slice()),
            Some(row.action.as_bytes()),
            Some(row.outcome.as_bytes()),
            text(&row.reason),
            text(&row.key_id),
            ids.user_id.as_ref().map(|id| id.as_bytes().as_slice()),
            text(&row.address),
            text(&row.agent),
            text(&row.request_id),
            text(&row.token_id),
            text(&row.subject),
            text(&row.details),
        ],
    }
}

/// Writes the first line where there are accounts and no line at all: the database is from before there was a trail, or
/// somebody has emptied the trail. Either way it shows from now on.
pub(crate) async fn begin(store: &Store, vault: &Vault, now_ms: i64) -> Result<(), StoreError> {
    let has_begun = |head: Option<mudlark_store::AuditHeadRow>| head.is_none_or(|head| head.sequence > 0);
    let mut session = store.read().await?;
    if has_begun(session.find_audit_head().await?) || session.list_accounts().await?.is_empty() {
        return Ok(());
    }
    drop(session);
    let mut tx = store.begin().await?;
    if !has_begun(tx.find_audit_head().await?) {
        let accounts = tx.list_accounts().await?.len();
        let started = Entry::new(now_ms, AuditAction::AuditStarted, None, Actor::server());
        record(&mut tx, vault, started.with(json!({ "accounts": accounts }))).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_bounded_and_holds_no_secret_that_a_client_wrote() {
        let line = |agent: &str| {
            let origin = Origin {
                agent: Some(agent.to_owned()),
                request_id: Some("mdl_sec_abc".into()),
                ..Origin::default()
            };
            Entry::new(0, AuditAction::TokenIssued, None, Actor::client(None, None, origin)).into_row()
        };

        assert_eq!(line("curl/8").agent.as_deref(), Some("curl/8"));
        assert_eq!(line(&"ü".repeat(300)).agent.unwrap().len(), MAX_AGENT_BYTES);
        for agent in ["x mdl_sec_0123", "Bearer eyJhbGciOi"] {
            assert_eq!(line(agent).agent.as_deref(), Some("(withheld: looks like a secret)"));
        }
        assert_eq!(line("x").request_id.as_deref(), Some("(withheld: looks like a secret)"));
    }

    #[test]
    fn who_needs_no_key_is_named_in_the_details() {
        let entry = |actor| Entry::new(0, AuditAction::KeyRevoked, None, actor);
        let details = |entry: Entry| entry.into_row().details;
        assert_eq!(details(entry(Actor::default())), None);
        assert_eq!(details(entry(Actor::server())).as_deref(), Some(r#"{"by":"server"}"#));
        let more = entry(Actor::operator()).with(json!({"name": "a\r\nb"}));
        assert_eq!(details(more).as_deref(), Some(r#"{"by":"operator","name":"a\r\nb"}"#));
    }
}
