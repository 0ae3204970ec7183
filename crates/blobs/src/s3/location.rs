//! Where an S3 store is: the address an operator writes, read strictly. No credentials: an address ends up in process
//! lists, histories and logs. Used by whoever opens a store.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use rusty_s3::{Bucket, UrlStyle};

/// A bucket, a prefix in it, and how to reach it; read from
/// `s3://bucket/prefix?endpoint=https://host:port&region=eu-west-1`.
///
/// | part of the query | meaning | by default |
/// |---|---|---|
/// | `region` | what requests are signed for | `us-east-1` |
/// | `endpoint` | the server | Amazon's in that region |
/// | `public_endpoint` | the server as clients reach it, for signed addresses | `endpoint` |
/// | `style` | `path` (`host/bucket/key`) or `virtual` (`bucket.host/key`) | `path` where there is an `endpoint`, else `virtual` |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Location {
    pub(super) bucket: Bucket,
    /// The same bucket as clients reach it.
    pub(super) public: Bucket,
    /// Empty, or ends with a slash.
    pub(super) prefix: String,
}

/// Why an address is not taken. Never repeats the address: it may hold what it must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLocation {
    /// It is no `s3://bucket…` at all.
    #[error("must be an address such as s3://bucket/prefix?endpoint=https://s3.example&region=eu-west-1")]
    Malformed,
    /// There are credentials in it.
    #[error(
        "must not hold credentials: give them by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or by --storage-credentials FILE"
    )]
    Credentials,
    /// The prefix has other characters than file names of plain ASCII, or a `.` or `..` segment.
    #[error("must have a prefix of letters, digits, `-`, `_` and `.`, between single slashes")]
    Prefix,
    /// Something in the query is not known.
    #[error(
        "may have only region, endpoint, public_endpoint and style (path or virtual) behind its question mark"
    )]
    UnknownPart,
    /// The endpoint is no address of a server.
    #[error("must have an endpoint, and a public_endpoint, such as https://s3.example:9000")]
    Endpoint,
}

impl FromStr for S3Location {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        let url = Url::parse(text).map_err(|_| InvalidLocation::Malformed)?;
        if url.scheme() != "s3" || url.fragment().is_some() {
            return Err(InvalidLocation::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidLocation::Credentials);
        }
        let name = url.host_str().filter(|_| url.port().is_none()).ok_or(InvalidLocation::Malformed)?;
        let (mut region, mut endpoint, mut public, mut style) = (None, None, None, None);
        for (part, value) in url.query_pairs() {
            match part.as_ref() {
                "region" if is_plain(&value) => region = Some(value.into_owned()),
                "endpoint" => endpoint = Some(server(&value)?),
                "public_endpoint" => public = Some(server(&value)?),
                "style" if value == "path" => style = Some(UrlStyle::Path),
                "style" if value == "virtual" => style = Some(UrlStyle::VirtualHost),
                other if holds_credentials(other) => return Err(InvalidLocation::Credentials),
                _ => return Err(InvalidLocation::UnknownPart),
            }
        }
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let style = style.unwrap_or(if endpoint.is_some() { UrlStyle::Path } else { UrlStyle::VirtualHost });
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => server(&format!("https://s3.{region}.amazonaws.com"))?,
        };
        let bucket = |endpoint: Url| {
            Bucket::new(endpoint, style, name.to_owned(), region.clone())
                .map_err(|_| InvalidLocation::Endpoint)
        };
        let public = bucket(public.unwrap_or_else(|| endpoint.clone()))?;
        Ok(Self { bucket: bucket(endpoint)?, public, prefix: prefix(url.path())? })
    }
}

fn server(text: &str) -> Result<Url, InvalidLocation> {
    let url = Url::parse(text).map_err(|_| InvalidLocation::Endpoint)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidLocation::Credentials);
    }
    let is_server = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_server && url.query().is_none() && url.fragment().is_none() {
        Ok(url)
    } else {
        Err(InvalidLocation::Endpoint)
    }
}

fn holds_credentials(part: &str) -> bool {
    ["key", "secret", "token", "credential", "password"].iter().any(|word| part.to_lowercase().contains(word))
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn prefix(path: &str) -> Result<String, InvalidLocation> {
    let path = path.trim_start_matches('/').trim_end_matches('/');
    if path.is_empty() {
        return Ok(String::new());
    }
    let is_acceptable = |segment: &str| is_plain(segment) && segment != "." && segment != "..";
    if path.split('/').all(is_acceptable) { Ok(format!("{path}/")) } else { Err(InvalidLocation::Prefix) }
}

impl fmt::Display for S3Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.bucket.base_url();
        let host = server.host_str().unwrap_or_default();
        write!(f, "s3://{}/{} at {host}", self.bucket.name(), self.prefix.trim_end_matches('/'))?;
        // Two servers of one machine are two places.
        server.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, String, String), InvalidLocation> {
        let place: S3Location = text.parse()?;
        Ok((place.bucket.base_url().to_string(), place.public.base_url().to_string(), place.prefix))
    }

    #[test]
    fn places_on_two_servers_of_one_machine_are_told_apart() {
        let shown = |text: &str| text.parse::<S3Location>().unwrap().to_string();
        assert_eq!(shown("s3://art/a?endpoint=http://10.0.0.1:9000"), "s3://art/a at 10.0.0.1:9000");
        assert_eq!(shown("s3://art/a?endpoint=http://10.0.0.1:9001"), "s3://art/a at 10.0.0.1:9001");
        assert_eq!(shown("s3://art?region=eu-west-1"), "s3://art/ at art.s3.eu-west-1.amazonaws.com");
    }

    #[test]
    fn addresses_name_a_server_a_bucket_and_a_prefix() {
        let amazon = "https://art.s3.eu-west-1.amazonaws.com/";
        for (text, server, public, prefix) in [
            ("s3://art?region=eu-west-1", amazon, amazon, ""),
            ("s3://art/a/b/?region=eu-west-1", amazon, amazon, "a/b/"),
            (
                "s3://art/?endpoint=http://10.0.0.1:9000",
                "http://10.0.0.1:9000/art/",
                "http://10.0.0.1:9000/art/",
                "",
            ),
            (
                "s3://art/x?endpoint=http://s3.lan&public_endpoint=https://s3.example&region=garage",
                "http://s3.lan/art/",
                "https://s3.example/art/",
                "x/",
            ),
            (
                "s3://art?endpoint=https://s3.lan&style=virtual",
                "https://art.s3.lan/",
                "https://art.s3.lan/",
                "",
            ),
        ] {
            assert_eq!(read(text), Ok((server.into(), public.into(), prefix.into())), "{text}");
        }
    }

    #[test]
    fn addresses_with_credentials_are_refused_without_being_repeated() {
        for text in [
            "s3://AKIAEXAMPLE:hunter2@art",
            "s3://AKIAEXAMPLE@art",
            "s3://art?access_key=AKIAEXAMPLE",
            "s3://art?secret_access_key=hunter2",
            "s3://art?session_token=hunter2",
            "s3://art?endpoint=https://AKIAEXAMPLE:hunter2@s3.example",
        ] {
            let error = text.parse::<S3Location>().unwrap_err();
            assert_eq!(error, InvalidLocation::Credentials, "{text}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn addresses_that_are_none_are_refused() {
        for (text, why) in [
            ("", InvalidLocation::Malformed),
            ("art", InvalidLocation::Malformed),
            ("https://art", InvalidLocation::Malformed),
            ("s3:///prefix", InvalidLocation::Malformed),
            ("s3://art:9000", InvalidLocation::Malformed),
            ("s3://art/a//b", InvalidLocation::Prefix),
            ("s3://art/a%20b", InvalidLocation::Prefix),
            ("s3://art?colour=red", InvalidLocation::UnknownPart),
            ("s3://art?style=odd", InvalidLocation::UnknownPart),
            ("s3://art?endpoint=s3.example", InvalidLocation::Endpoint),
            ("s3://art?endpoint=ftp://s3.example", InvalidLocation::Endpoint),
        ] {
            assert_eq!(text.parse::<S3Location>(), Err(why), "{text}");
        }
    }
}
