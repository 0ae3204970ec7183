//! The address of a PostgreSQL database, and the way there: in the clear on this machine, and elsewhere only where the
//! address says so. Called by the adapter. Not the connections themselves.

use std::borrow::Cow;
use std::net::IpAddr;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use percent_encoding::percent_decode_str;
use rustls_tokio_postgres::{MakeRustlsConnect, config_from_ca_cert, config_platform_verifier};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};

use super::{LONGEST_PAUSE, NETWORK_TIMEOUT, TIMEOUT, unavailable};
use crate::error::Result;

/// Where a database is and how it is reached. Holds the password: never shown.
#[derive(Clone)]
pub(crate) struct Address {
    pub(super) config: Config,
    /// `None`: in the clear.
    pub(super) tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads an address, with what it leaves out: by default TLS, but on this machine.
    ///
    /// *Errors*: `Unavailable` for one that is not in its form, or whose certificates can't be read.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let Parts { url, mode, root_certificates } = Parts::of(url);
        // Without the parser's words, which may show a piece of the password.
        let mut config: Config =
            url.parse().map_err(|_| unavailable("the database's address is not in its form"))?;
        if config.get_application_name().is_none() {
            config.application_name("mudlark");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(NETWORK_TIMEOUT);
        }
        let options = format!("{} {LONGEST_PAUSE}", config.get_options().unwrap_or_default());
        config.options(options.trim());
        let in_the_clear = match mode.as_deref() {
            None => root_certificates.is_none() && is_on_this_machine(&config),
            Some("disable") => true,
            Some("require" | "verify-full") => false,
            Some(_) => {
                return Err(unavailable("the address's sslmode is to be disable, require or verify-full"));
            }
        };
        config.ssl_mode(if in_the_clear { SslMode::Disable } else { SslMode::Require });
        let tls = if in_the_clear { None } else { Some(verified(root_certificates.as_deref())?) };
        Ok(Self { config, tls })
    }

    /// What opens connections for a pool.
    pub(super) fn manager(&self) -> Manager {
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        match &self.tls {
            None => Manager::from_config(self.config.clone(), NoTls, settings),
            Some(tls) => Manager::from_config(self.config.clone(), tls.clone(), settings),
        }
    }
}

/// Where an address leads, without its password.
pub(crate) fn place(url: &str) -> Option<String> {
    let config: Config = Parts::of(url).url.parse().ok()?;
    let host = config.get_hosts().first().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    })?;
    let port = config.get_ports().first().copied().unwrap_or(5432);
    Some(format!("{} on {host}:{port}", config.get_dbname().or(config.get_user()).unwrap_or("postgres")))
}

/// An address without what its driver does not know, and that.
struct Parts<'a> {
    url: Cow<'a, str>,
    mode: Option<String>,
    root_certificates: Option<String>,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let Some((place, query)) = url.rsplit_once('?') else {
            return Self { url: url.into(), mode: None, root_certificates: None };
        };
        let (mut mode, mut root_certificates, mut rest) = (None, None, Vec::new());
        for parameter in query.split('&') {
            let decoded = |value| Some(percent_decode_str(value).decode_utf8_lossy().into_owned());
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = decoded(value),
                Some(("sslrootcert", value)) => root_certificates = decoded(value),
                _ => rest.push(parameter),
            }
        }
        let url = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        Self { url: url.into(), mode, root_certificates }
    }
}

/// Whether no network lies on the way: nothing is to be heard there.
fn is_on_this_machine(config: &Config) -> bool {
    if !config.get_hostaddrs().is_empty() {
        return config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        Host::Unix(_) => true,
    })
}

/// TLS whose other end has a certificate for the address's host, from an authority that the system trusts or that is in
/// this file. *Why* none that takes any certificate, as `require` does elsewhere: whoever is on the way would have one.
fn verified(root_certificates: Option<&str>) -> Result<MakeRustlsConnect> {
    let config = match root_certificates {
        Some(file) => config_from_ca_cert(file)
            .map_err(|error| unavailable(format!("the certificates of sslrootcert={file}: {error}")))?,
        None => config_platform_verifier().map_err(unavailable)?,
    };
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in_the_clear(url: &str) -> Option<bool> {
        Address::parse(url).ok().map(|address| {
            assert_eq!(address.tls.is_none(), address.config.get_ssl_mode() == SslMode::Disable);
            address.tls.is_none()
        })
    }

    #[test]
    fn way_is_in_the_clear_on_this_machine_or_where_it_is_said() {
        for (url, expected) in [
            ("postgres://u:p@localhost/s", true),
            ("postgres://u:p@127.0.0.1:6000/s?options=-c%20search_path%3Dx", true),
            ("postgres://u:p@[::1]/s", true),
            ("postgres://u@%2Frun%2Fpostgresql/s", true),
            ("postgres://u:p@db.example/s?sslmode=disable", true),
            ("postgres://u:p@db.example/s", false),
            ("postgres://u:p@127.0.0.1,db.example/s", false),
            ("postgres://u:p@localhost/s?hostaddr=203.0.113.7", false),
            ("postgres://u:p@10.0.0.7/s?application_name=x&sslmode=require", false),
            ("postgres://u:p@localhost/s?sslmode=verify-full", false),
        ] {
            assert_eq!(is_in_the_clear(url), Some(expected), "{url}");
        }
    }

    #[test]
    fn way_that_would_not_be_safe_is_refused() {
        for url in [
            "postgres://u:p@db.example/s?sslmode=prefer",
            "postgres://u:p@db.example/s?sslmode=allow",
            "postgres://u:p@db.example/s?sslmode=verify-ca",
            "postgres://u:p@db.example/s?sslmode=",
            "postgres://u:p@localhost/s?sslrootcert=/no/such/file.pem",
        ] {
            assert_eq!(is_in_the_clear(url), None, "{url}");
        }
    }

    #[test]
    fn place_is_told_whatever_the_address_says_of_tls() {
        let url = "postgres://u:hunter2@db.example:6000/s?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem";
        assert_eq!(place(url).as_deref(), Some("s on db.example:6000"));
        assert_eq!(Parts::of(url).root_certificates.as_deref(), Some("/etc/ca.pem"));
    }

    #[test]
    fn refusal_shows_no_password() {
        for url in ["postgres://u:hunter2@db:port/s", "postgres://u:hunter2@db/s?sslmode=hunter2"] {
            let Err(error) = Address::parse(url) else { panic!("{url} is refused") };
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{url}");
        }
    }
}
