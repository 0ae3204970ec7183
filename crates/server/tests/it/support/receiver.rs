//! Who receives what webhooks send: a server on loopback that keeps what comes and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Far longer than any message takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message as it came.
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) path: String,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

#[derive(Clone)]
struct Answers {
    received: mpsc::UnboundedSender<Received>,
    /// The next answers; 204 where there are none.
    next: Arc<Mutex<VecDeque<(StatusCode, &'static str)>>>,
    /// Whether answers wait.
    held: watch::Sender<bool>,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    messages: mpsc::UnboundedReceiver<Received>,
    answers: Answers,
    serving: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let (received, messages) = mpsc::unbounded_channel();
        let answers = Answers { received, next: Arc::default(), held: watch::Sender::new(false) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new().fallback(receive).with_state(answers.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, messages, answers, serving }
    }

    /// The next messages are answered so, with this `Location`.
    pub(crate) fn answer(&self, statuses: &[u16], location: &'static str) {
        let mut next = self.answers.next.lock().unwrap();
        next.extend(statuses.iter().map(|status| (StatusCode::from_u16(*status).unwrap(), location)));
    }

    /// Messages are taken, and answered only when they are released.
    pub(crate) fn hold(&self) {
        self.answers.held.send_replace(true);
    }

    /// What was held is answered, and what comes from now on.
    pub(crate) fn release(&self) {
        self.answers.held.send_replace(false);
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Received {
        let message = tokio::time::timeout(PATIENCE, self.messages.recv()).await;
        message.expect("a message comes in time").expect("the receiver runs")
    }

    /// Whether a message has come that nobody has looked at.
    pub(crate) fn has_more(&mut self) -> bool {
        self.messages.try_recv().is_ok()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(State(answers): State<Answers>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let answer = answers.next.lock().unwrap().pop_front();
    let body = String::from_utf8(body.to_vec()).unwrap();
    answers.received.send(Received { headers, path: uri.to_string(), body }).ok();
    answers.held.subscribe().wait_for(|is_held| !is_held).await.ok();
    match answer {
        Some((status, location)) if !location.is_empty() => {
            (status, [("location", location)]).into_response()
        }
        Some((status, _)) => status.into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
