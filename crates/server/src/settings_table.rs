//! What each setting means, in one table: the README's and `docs/configuration.md` are printed from it. A test holds it to
//! [`crate::config::Settings`].

/// A row of the published table of settings.
pub struct SettingDoc {
    /// The name in the file; `MUDLARK_` and upper case make the variable, `--` and hyphens the flag.
    pub name: &'static str,
    /// What it does, its units and bounds.
    pub meaning: &'static str,
}

/// The published table, in reading order. A test holds it to [`Settings`].
pub const SETTINGS: &[SettingDoc] = &[
    SettingDoc {
        name: "listen",
        meaning: "Address and port to listen on. Port 0 takes a free one, which is printed.",
    },
    SettingDoc {
        name: "data",
        meaning: "The folder that holds the database, the files and the secrets. Made if missing.",
    },
    SettingDoc {
        name: "secrets",
        meaning: "The file of peppers and key-encryption keys. By default `secrets.json` in the data folder; keep it elsewhere so that a copy of the database alone opens nothing.",
    },
    SettingDoc {
        name: "database_url",
        meaning: "A PostgreSQL database (15 or newer) such as `postgres://mudlark:password@db.example:5432/mudlark`, which several processes may share; best given by the variable, since others on the machine can see flags. To another machine it is reached by TLS (`?sslrootcert=FILE` names an authority of your own), unless it ends with `?sslmode=disable`. By default, SQLite in the data folder, for one process.",
    },
    SettingDoc {
        name: "storage",
        meaning: "Where the files' bytes are kept. `s3://bucket/prefix?endpoint=https://s3.example:9000&region=eu-west-1`: a bucket of S3 or of a server that speaks its protocol, which several processes may share; see `docs/operate.md`. `file:///srv/files`: a folder. By default, `blobs` in the data folder. An address with credentials in it is refused.",
    },
    SettingDoc {
        name: "storage_credentials",
        meaning: "The file of what opens the bucket: a JSON object with `access_key_id`, `secret_access_key` and, for those that hold for a time, `session_token`. By default, the variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.",
    },
    SettingDoc {
        name: "direct_transfers",
        meaning: "`on`: where files are in a bucket, the addresses of the three-step upload and of redirected downloads are the bucket's own, signed, and the bytes don't pass through the server. `off`: all bytes pass through the server, for networks whose clients can't reach the bucket.",
    },
    SettingDoc {
        name: "public_url",
        meaning: "The address that clients reach the server by, such as `https://art.studio.example`. Upload addresses begin with it, and tokens name it as their issuer. By default, the request's `Host`.",
    },
    SettingDoc { name: "token_ttl_s", meaning: "How long a token lives, in seconds; 300 to 86400." },
    SettingDoc {
        name: "session_idle_hours",
        meaning: "After how many hours without a request a person is signed out; 1 to 720.",
    },
    SettingDoc {
        name: "session_lifetime_days",
        meaning: "After how many days a person must sign in again in any case; 1 to 365.",
    },
    SettingDoc {
        name: "password_sign_in",
        meaning: "`on`, or `off`: people sign in by a passkey or the OpenID provider alone. A link for a new password, an invite and the first start's link open a session all the same.",
    },
    SettingDoc {
        name: "openid_issuer",
        meaning: "The address of an OpenID Connect provider that people may sign in by, as it calls itself, such as `https://login.studio.example/realms/studio`. Needs `openid_client_id` and `public_url`; the provider is told the redirect address `<public_url>/session/openid/callback`. By default none. See `docs/sessions.md`.",
    },
    SettingDoc { name: "openid_client_id", meaning: "What the provider calls this server." },
    SettingDoc {
        name: "openid_client_secret",
        meaning: "What shows the provider that it is this server; best given by the variable, since others on the machine can see flags. By default none: a public client.",
    },
    SettingDoc {
        name: "openid_name",
        meaning: "What the button for it says after `Sign in with`, such as `Low Tide Games`.",
    },
    SettingDoc {
        name: "openid_emails",
        meaning: "Which of the provider's addresses say, the first time, which person here somebody is. `verified`: those that it marks so. `unmarked`: also those that it does not mark at all, for providers whose addresses only the studio gives out.",
    },
    SettingDoc {
        name: "smtp_url",
        meaning: "The mail server that letters go out by: `smtps://NAME@mail.studio.example` (port 465), or `smtp://…` (port 587), which must know STARTTLS unless it is on this machine. Needs `mail_from` and `public_url`. By default none: links and invites are passed on by hand. See `docs/sessions.md`.",
    },
    SettingDoc {
        name: "smtp_password",
        meaning: "What opens the mail server for the name in `smtp_url`; best given by the variable, since others on the machine can see flags.",
    },
    SettingDoc {
        name: "mail_from",
        meaning: "Whom letters are from, such as `Low Tide art <art@studio.example>`.",
    },
    SettingDoc {
        name: "signing_key_rotation_days",
        meaning: "After how many days the server signs tokens with a new key, which it publishes an hour before; 30 to 90.",
    },
    SettingDoc {
        name: "token_format",
        meaning: "What `POST /auth/token` answers unless the request chooses: `string` (the bare token, as documented) or `object`.",
    },
    SettingDoc {
        name: "upload_url_ttl_s",
        meaning: "How long an upload address works, in seconds; 60 to 604800.",
    },
    SettingDoc {
        name: "trash_retention_days",
        meaning: "How long what was deleted can be restored before it goes for good, in days; 1 to 3650.",
    },
    SettingDoc {
        name: "content_check_days",
        meaning: "Within how many days all content is read again and held against its SHA-256, a little at a time (16 MiB a second at the most); 0 is never.",
    },
    SettingDoc {
        name: "preview_workers",
        meaning: "How many previews this process makes at once, each in a process of its own that stands behind requests; 0 leaves them to other processes.",
    },
    SettingDoc { name: "max_upload_bytes", meaning: "The largest file accepted, in bytes." },
    SettingDoc { name: "max_body_bytes", meaning: "The largest body of any other request, in bytes." },
    SettingDoc {
        name: "body_idle_timeout_s",
        meaning: "How long a client may pause in the middle of a body, in seconds; it must also send at least 1 KiB a minute.",
    },
    SettingDoc {
        name: "header_timeout_s",
        meaning: "How long a client may take to send its request's head, and a connection may lie idle, in seconds.",
    },
    SettingDoc {
        name: "shutdown_grace_s",
        meaning: "How long requests in flight may take after a signal to stop, in seconds.",
    },
    SettingDoc {
        name: "max_connections",
        meaning: "How many connections are served at once; more wait to be accepted.",
    },
    SettingDoc {
        name: "audit_durability",
        meaning: "`durable`: a token is given out only once its line in the audit trail is on the disk, and none while the trail can't be written. `relaxed`: without waiting; a crash may lose the last lines.",
    },
    SettingDoc {
        name: "trusted_proxies",
        meaning: "The networks of the proxies in front of the server, between commas, such as `10.0.0.0/8,2001:db8::/32`. Their `X-Forwarded-For` names the client, for limits, keys' networks and the log; anybody else's is ignored.",
    },
    SettingDoc {
        name: "webhook_networks",
        meaning: "Networks that webhooks may reach though they are not public, and without encryption, between commas, such as `10.20.0.0/16`. By default none: messages go to public addresses alone, by https.",
    },
    SettingDoc {
        name: "limit_token_per_minute",
        meaning: "How many requests for a token one address (IPv4, or the /64 of an IPv6 one) may make in a minute over time; 0 is no limit.",
    },
    SettingDoc {
        name: "limit_token_burst",
        meaning: "How many requests for a token one address may make at once.",
    },
    SettingDoc {
        name: "limit_issue_per_minute",
        meaning: "How many tokens one key is given in a minute over time; 0 is no limit. Refused requests don't count, so that nobody can use up another's.",
    },
    SettingDoc { name: "limit_issue_burst", meaning: "How many tokens one key is given at once." },
    SettingDoc {
        name: "limit_failures",
        meaning: "After how many failures in a row one address must wait before it tries the same key again: 1, 3, 5, then 10 seconds; 0 is never.",
    },
    SettingDoc {
        name: "limit_api_pro_per_second",
        meaning: "How many requests an account on plan `pro` may make in a second over time; 0 is no limit.",
    },
    SettingDoc {
        name: "limit_api_pro_burst",
        meaning: "How many requests an account on plan `pro` may make at once.",
    },
    SettingDoc {
        name: "limit_api_enterprise_per_second",
        meaning: "How many requests an account on plan `enterprise` may make in a second over time; 0 is no limit.",
    },
    SettingDoc {
        name: "limit_api_enterprise_burst",
        meaning: "How many requests an account on plan `enterprise` may make at once.",
    },
    SettingDoc { name: "plan_limits", meaning: "What accounts may hold by plan; see `docs/limits.md`." },
    SettingDoc { name: "log_format", meaning: "`human`, or `json` for one object a line." },
    SettingDoc {
        name: "log",
        meaning: "What is logged: `error`, `warn`, `info`, `debug`, or per part: `info,mudlark::access=debug` also shows reads that were answered.",
    },
];
