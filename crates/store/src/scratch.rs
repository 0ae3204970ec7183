//! Places in a PostgreSQL server for tests of other crates, which know neither SQL nor a driver. Nothing of the
//! program calls this.

use tokio_postgres::NoTls;

use crate::error::{Result, StoreError};

/// Makes a schema with this name, unless it is there, and drops those of tests whose folder is gone.
/// `owner` is the folder of the test that it is for.
pub async fn make_schema(url: &str, name: &str, owner: &std::path::Path) -> Result<()> {
    let client = connect(url).await?;
    let known = "SELECT n.nspname::TEXT, obj_description(n.oid, 'pg_namespace') FROM pg_namespace n \
                 WHERE n.nspname LIKE 'mudlark\\_it\\_%'";
    let mut is_there = false;
    for row in client.query(known, &[]).await.map_err(StoreError::internal)? {
        let (schema, folder): (String, Option<String>) = (row.get(0), row.get(1));
        is_there |= schema == name;
        if schema != name && folder.is_some_and(|folder| !std::path::Path::new(&folder).exists()) {
            // Another test may be dropping it at this moment.
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await.ok();
        }
    }
    if !is_there {
        let make = format!("CREATE SCHEMA {name}; COMMENT ON SCHEMA {name} IS '{}'", owner.display());
        client.batch_execute(&make).await.map_err(StoreError::internal)?;
    }
    Ok(())
}

/// Makes a database with this name, as a copy of `template` or empty, and drops those whose owner is gone. `owner`: a
/// path that is there as long as the database is needed.
///
/// *Why* not always a schema: PostgreSQL copies whole databases, and that is faster than making a schema's tables.
pub async fn make_database(
    url: &str,
    name: &str,
    template: Option<&str>,
    owner: &std::path::Path,
) -> Result<()> {
    let client = connect(url).await?;
    let known = "SELECT datname::TEXT, shobj_description(oid, 'pg_database') FROM pg_database \
                 WHERE datname LIKE 'mudlark\\_it\\_%'";
    for row in client.query(known, &[]).await.map_err(StoreError::internal)? {
        let (database, owner): (String, Option<String>) = (row.get(0), row.get(1));
        if owner.is_some_and(|owner| !std::path::Path::new(&owner).exists()) {
            // Another test may be dropping it at this moment.
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await.ok();
        }
    }
    let template = template.unwrap_or("template0");
    let make = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
    client.batch_execute(&make).await.map_err(StoreError::internal)?;
    let own = format!("COMMENT ON DATABASE {name} IS '{}'", owner.display());
    client.batch_execute(&own).await.map_err(StoreError::internal)
}

/// Makes the schema look as if a newer version of the program had written it.
pub async fn pretend_newer_schema(url: &str) -> Result<()> {
    let client = connect(url).await?;
    let step = "INSERT INTO schema_migrations VALUES (999, 'to come', 0)";
    client.batch_execute(step).await.map_err(StoreError::internal)
}

/// Changes the schema as a newer version of the program may while this one serves: it adds to what is there.
pub async fn bring_schema_forward(url: &str) -> Result<()> {
    let steps = "BEGIN; ALTER TABLE assets ADD COLUMN to_come TEXT; \
                 ALTER TABLE versions ADD COLUMN to_come BIGINT NOT NULL DEFAULT 0; \
                 CREATE TABLE things_to_come (id BIGINT NOT NULL PRIMARY KEY); \
                 CREATE INDEX assets_to_come ON assets (to_come); COMMIT";
    connect(url).await?.batch_execute(steps).await.map_err(StoreError::internal)?;
    pretend_newer_schema(url).await
}

/// How long the log of changes of rights is.
pub async fn count_auth_changes(url: &str) -> Result<i64> {
    let client = connect(url).await?;
    let row =
        client.query_one("SELECT COUNT(*) FROM auth_changes", &[]).await.map_err(StoreError::internal)?;
    Ok(row.get(0))
}

/// Lets deliveries of webhooks that are pending be due so much earlier, as if that time had gone by.
pub async fn advance_deliveries(url: &str, by_ms: i64) -> Result<()> {
    let client = connect(url).await?;
    let sql = "UPDATE webhook_deliveries SET due_at_ms = due_at_ms - $1 WHERE state = 'pending'";
    client.execute(sql, &[&by_ms]).await.map_err(StoreError::internal)?;
    Ok(())
}

/// Takes the jobs that are held from their holders, as if these had not been heard of for long.
pub async fn lapse_jobs(url: &str) -> Result<()> {
    let client = connect(url).await?;
    let sql = "UPDATE jobs SET due_at_ms = 0 WHERE lease_holder IS NOT NULL";
    client.execute(sql, &[]).await.map_err(StoreError::internal)?;
    Ok(())
}

/// Lets assets in the trash have gone there so much earlier.
pub async fn advance_trash(url: &str, by_ms: i64) -> Result<()> {
    let client = connect(url).await?;
    let sql = "UPDATE assets SET deleted_at_ms = deleted_at_ms - $1 WHERE deleted_at_ms IS NOT NULL";
    client.execute(sql, &[&by_ms]).await.map_err(StoreError::internal)?;
    Ok(())
}

/// Lets all content be read again: it was seen to be right very long ago.
pub async fn age_content(url: &str) -> Result<()> {
    let client = connect(url).await?;
    client.execute("UPDATE blobs SET checked_at_ms = 0", &[]).await.map_err(StoreError::internal)?;
    Ok(())
}

/// Accounts that nobody can change until this falls.
#[derive(Debug)]
pub struct HeldAccounts {
    /// Its transaction ends with it.
    _client: tokio_postgres::Client,
}

/// Keeps everybody from changing any account, and what is in one, as somebody does who is slow. For the runtime that it is
/// called in.
pub async fn hold_accounts(url: &str) -> Result<HeldAccounts> {
    let client = connect(url).await?;
    let sql = "BEGIN; SELECT id FROM accounts FOR UPDATE";
    client.batch_execute(sql).await.map_err(StoreError::internal)?;
    Ok(HeldAccounts { _client: client })
}

/// Cuts the connections to this database that are in the middle of a transaction or a query. Answers how many.
pub async fn cut_transactions(url: &str) -> Result<usize> {
    let client = connect(url).await?;
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'";
    Ok(client.query(sql, &[]).await.map_err(StoreError::internal)?.len())
}

/// Whether somebody waits for a lock in the schema that the address names.
pub async fn is_waited_for(url: &str) -> Result<bool> {
    let client = connect(url).await?;
    let waiting = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.wait_event_type = 'Lock' \
                   AND EXISTS (SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation \
                   WHERE l.pid = a.pid AND c.relnamespace = current_schema()::REGNAMESPACE))";
    let row = client.query_one(waiting, &[]).await.map_err(StoreError::internal)?;
    Ok(row.get(0))
}

async fn connect(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(StoreError::internal)?;
    tokio::spawn(connection);
    // A test that waits for ever says nothing; one that fails says why.
    client.batch_execute("SET statement_timeout = '60s'").await.map_err(StoreError::internal)?;
    Ok(client)
}
