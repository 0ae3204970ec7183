//! Hearing at once of changes of rights that other processes make: a connection that listens and does nothing else.
//! Called by `Store::listen`. Not what changed: that is read from the log.

use std::future::poll_fn;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls};

use super::address::Address;
use super::{situation, situation_of_connecting, unavailable};
use crate::error::Result;

/// Hears of changes of rights for as long as its connection lasts.
#[derive(Debug)]
pub struct ChangeListener {
    heard: mpsc::Receiver<()>,
    /// Closing it ends the connection.
    _client: Client,
}

impl ChangeListener {
    /// Waits for the next change; several at once may be heard as one.
    ///
    /// *Errors*: `Unavailable` when the connection has ended: changes since then went unheard.
    pub async fn changed(&mut self) -> Result<()> {
        self.heard.recv().await.ok_or_else(|| unavailable("the connection that listens has ended"))
    }
}

pub(crate) async fn listen(address: &Address) -> Result<ChangeListener> {
    match &address.tls {
        None => listen_on(address.config.connect(NoTls).await).await,
        Some(tls) => listen_on(address.config.connect(tls.clone()).await).await,
    }
}

async fn listen_on<S, T>(
    connected: Result<(Client, Connection<S, T>), tokio_postgres::Error>,
) -> Result<ChangeListener>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (client, mut connection) = connected.map_err(situation_of_connecting)?;
    let (tell, heard) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(_) = message {
                // Full: one is waiting to be heard already.
                tell.try_send(()).ok();
            }
        }
    });
    client.batch_execute("LISTEN mudlark_auth_changes").await.map_err(situation)?;
    Ok(ChangeListener { heard, _client: client })
}
