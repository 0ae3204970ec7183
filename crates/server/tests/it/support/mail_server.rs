//! aiosmtpd as the studio's mail server. It runs until the value falls.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use super::clients::python_script;

/// Far longer than any letter takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The mail server.
pub(crate) struct MailServer {
    process: Child,
    letters: Receiver<String>,
    pub(crate) port: u16,
}

impl MailServer {
    /// What opens the secured one; it protects nothing.
    pub(crate) const PASSWORD: &str = "of no value: %/+ 42";

    /// One that takes whatever comes, on this port, or any (0).
    pub(crate) fn start(port: u16) -> Self {
        let mut command = python_script("mail_server.py");
        command.arg(port.to_string());
        Self::spawn(command)
    }

    /// The name of the secured one: this machine, by an address that is not taken for this machine's own.
    pub(crate) const HOST: &str = "0.0.0.0";

    /// One that wants STARTTLS and the login of `mudlark`; `authority.pem` is in the folder then.
    pub(crate) fn start_secured(folder: &Path) -> Self {
        let mut command = python_script("mail_server.py");
        command.arg("0").arg(folder).args(["mudlark", Self::PASSWORD]);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the mail server starts");
        let printed = BufReader::new(process.stdout.take().expect("its output"));
        let (sender, letters) = channel();
        std::thread::spawn(move || {
            for line in printed.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { process, letters, port: 0 };
        server.port = server.line().parse().expect("a port");
        server
    }

    /// The flags for a server that sends its letters here.
    pub(crate) fn flags(&self) -> [String; 6] {
        let url = format!("smtp://127.0.0.1:{}", self.port);
        let from = "Low Tide art <art@studio.example>";
        ["--smtp-url", &url, "--mail-from", from, "--public-url", "https://art.studio.example"]
            .map(str::to_owned)
    }

    /// The next letter.
    pub(crate) fn next(&self) -> Value {
        serde_json::from_str(&self.line()).expect("JSON")
    }

    fn line(&self) -> String {
        self.letters.recv_timeout(PATIENCE).expect("it comes in time")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
