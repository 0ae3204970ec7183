//! `mudlark key …`: what the commands are, and what each prints. The work is in `key_work`, the scan in `key_scan`.

use clap::Subcommand;
use mudlark_types::{AccountId, Scope, Timestamp, WorkspaceId};
use serde_json::{Value, json};

use super::key_values::{Ending, duration_s};
use super::key_work::{self, NewKey};
use super::{Admin, block_on, key_scan, line, output};
use crate::cli::AdminFlags;
use crate::ops::create_key::KeyRoles;
use crate::ops::key_limits::parse_network;
use crate::ops::rotate_key::MAX_OVERLAP_S;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an API key. Its secret is printed this once and can't be shown again.
    ///
    /// Without --scope, --workspace and --cidr the key is narrowed by its roles alone; give each as often as needed.
    /// For example, a key for a build machine that reads one workspace from one network until the end of the quarter:
    ///
    ///   mudlark key create --account ID --name build-farm --role viewer --scope assets:read --scope assets:download
    ///       --workspace ID --cidr 192.0.2.0/24 --expires 90d
    #[command(verbatim_doc_comment)]
    Create {
        /// The account it belongs to.
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// What it is for.
        #[arg(long, value_parser = line)]
        name: String,
        /// A role: owner, admin or member of the account; admin, manage_art, review or viewer in its workspaces
        /// (`admin` counts as both). May be repeated.
        #[arg(long = "role", value_name = "R", default_value = "admin")]
        roles: Vec<String>,
        /// Narrow it to a scope, such as assets:read; the API's description names those there are. May be repeated.
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// Narrow it to a workspace. May be repeated.
        #[arg(long = "workspace", value_name = "ID")]
        workspaces: Vec<WorkspaceId>,
        /// Narrow it to a network that it may be used from, such as 192.0.2.0/24. May be repeated.
        #[arg(long = "cidr", value_name = "NET", value_parser = parse_network)]
        networks: Vec<ipnet::IpNet>,
        /// When it ends by itself: a moment (2027-01-31T12:00:00Z), or so long from now (90d; also s, m, h, w).
        #[arg(long, value_name = "WHEN")]
        expires: Option<Ending>,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// List an account's keys, never their secrets.
    List {
        /// The account.
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Show a key: its state, roles and limits, its secrets' dates, its last use. Never a secret.
    Show {
        /// The key, `mdl_key_…`.
        key: String,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Give a key a new secret, which is printed this once. The one before it lives on for a while.
    ///
    /// At most two secrets of a key are good at a time: rotated again meanwhile, the older of them ends at once.
    /// The tokens made with a secret end with it.
    Rotate {
        /// The key, `mdl_key_…`.
        key: String,
        /// How long the secret before lives on, such as 24h or 30m; 0 ends it now. At most 30d.
        #[arg(long, value_name = "TIME", default_value = "24h", value_parser = overlap_s)]
        overlap: i64,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Revoke a key for good: its tokens are refused from the moment this returns.
    Revoke {
        /// The key, `mdl_key_…`.
        key: String,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Revoke one secret of a key, and the tokens made with it. The key can be rotated for another.
    RevokeSecret {
        /// The key, `mdl_key_…`.
        key: String,
        /// Which of its secrets, as `mudlark key show` numbers them.
        #[arg(value_name = "N")]
        version: i64,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Revoke every token of an account. Its keys stay good, and can be used for new tokens.
    RevokeAll {
        /// The account.
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Revoke one token, which is read from standard input.
    ///
    /// Never from the command line: others on the machine can read those.
    ///
    ///   mudlark key revoke-token --data /srv/mudlark < leaked-token.txt
    #[command(verbatim_doc_comment)]
    RevokeToken {
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Look for leaked secrets in files and folders, without a server and without the network.
    ///
    /// Every byte of every file is looked at, binary ones too, in little memory; what is compressed or encrypted is
    /// not opened. Folders are gone through whole, hidden files too; symbolic links are followed, and a folder is
    /// entered once however many links lead to it. What can't be read, and what is no file or folder, is named on
    /// standard error: nothing is passed over in silence.
    ///
    /// A secret is known by its prefix and checksum; it is printed as FILE:LINE:COLUMN with all but its beginning
    /// left out (columns count bytes). Hand in what you find: `POST /auth/leaked`, or `mudlark key revoke-secret`.
    ///
    /// Exit code: 0 when nothing was found, 1 when something was, 2 when something could not be read.
    ///
    ///   git log -p | mudlark key scan -
    ///   mudlark key scan --json . /var/log/build
    #[command(verbatim_doc_comment)]
    Scan {
        /// Files and folders; `-` is standard input.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<std::path::PathBuf>,
        /// Print JSON, for scripts: one array of {file, line, column, secret}.
        #[arg(long)]
        json: bool,
    },
}

fn overlap_s(text: &str) -> Result<i64, String> {
    let seconds = duration_s(text)?;
    if seconds > MAX_OVERLAP_S { Err("must be at most 30d".into()) } else { Ok(seconds) }
}

impl KeyCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if let Self::Scan { paths, json } = self {
            return key_scan::run(&paths, json);
        }
        block_on(self.run_on_data())
    }

    async fn run_on_data(self) -> anyhow::Result<()> {
        match self {
            Self::Create { account, name, roles, scopes, workspaces, networks, expires, flags } => {
                let roles = KeyRoles::parse(&roles).map_err(anyhow::Error::msg)?;
                let new = NewKey { account, name, roles, scopes, workspaces, networks, expires };
                create(new, &flags).await
            }
            Self::List { account, flags } => {
                let admin = Admin::open(&flags).await?;
                let keys: Vec<Value> = key_work::list(&admin, account)
                    .await?
                    .iter()
                    .map(for_scripts)
                    .collect::<Result<_, _>>()?;
                output::list(
                    flags.json,
                    &keys,
                    &["key", "name", "roles", "scopes", "state", "expires_at", "last_used_at", "created_at"],
                )
            }
            Self::Show { key, flags } => show(&Admin::open(&flags).await?, &key, flags.json).await,
            Self::Rotate { key, overlap, flags } => rotate(&key, overlap, &flags).await,
            Self::Revoke { key, flags } => {
                let admin = Admin::open(&flags).await?;
                let row = key_work::revoke(&admin, &key).await?;
                let said = json!({ "key": row.key_id, "name": row.name, "state": "revoked" });
                output::object(flags.json, &said)
            }
            Self::RevokeSecret { key, version, flags } => {
                let admin = Admin::open(&flags).await?;
                key_work::revoke_secret(&admin, &key, version).await?;
                output::object(flags.json, &json!({ "key": key, "version": version, "state": "revoked" }))
            }
            Self::RevokeAll { account, flags } => {
                let admin = Admin::open(&flags).await?;
                key_work::revoke_all(&admin, account).await?;
                output::object(flags.json, &json!({ "account_id": account, "tokens": "revoked" }))
            }
            Self::RevokeToken { flags } => {
                let admin = Admin::open(&flags).await?;
                let token = key_work::read_token(std::io::stdin().lock())?;
                let claims = key_work::revoke_token(&admin, &token).await?;
                let said = json!({
                    "token_id": claims.jti, "key": claims.sub, "account_id": claims.account_id,
                    "state": "revoked", "expires_at": Timestamp(claims.exp.saturating_mul(1000)),
                });
                output::object(flags.json, &said)
            }
            Self::Scan { .. } => Ok(()),
        }
    }
}

async fn create(new: NewKey, flags: &AdminFlags) -> anyhow::Result<()> {
    let admin = Admin::open(flags).await?;
    let created = key_work::create(&admin, new).await?;
    let mut object = for_scripts(&key_work::view(&admin, created.key_id.as_str()).await?)?;
    object["secret"] = created.secret.expose().into();
    output::object(flags.json, &object)?;
    warn_of_the_secret(flags.json);
    Ok(())
}

async fn rotate(key: &str, overlap_s: i64, flags: &AdminFlags) -> anyhow::Result<()> {
    let admin = Admin::open(flags).await?;
    let rotated = key_work::rotate(&admin, key, overlap_s).await?;
    let object = json!({
        "key": key,
        "secret": rotated.secret.expose(),
        "version": rotated.version,
        "previous_expires_at": rotated.previous_expires_at_ms.map(Timestamp),
    });
    output::object(flags.json, &object)?;
    warn_of_the_secret(flags.json);
    Ok(())
}

fn warn_of_the_secret(json: bool) {
    if !json {
        eprintln!("\nThe secret is shown this once: keep it where secrets are kept.");
    }
}

async fn show(admin: &Admin, key: &str, json: bool) -> anyhow::Result<()> {
    let mut object = for_scripts(&key_work::view(admin, key).await?)?;
    if json {
        return output::object(true, &object);
    }
    let secrets = object["secrets"].take();
    if let Some(members) = object.as_object_mut() {
        members.remove("secrets");
    }
    output::object(false, &object)?;
    println!("\nsecrets");
    let secrets: Vec<Value> = secrets.as_array().cloned().unwrap_or_default();
    output::list(false, &secrets, &["version", "created_at", "expires_at", "revoked_at"])
}

/// The object of the API.
fn for_scripts(key: &mudlark_types::wire::ApiKey) -> anyhow::Result<Value> {
    Ok(serde_json::to_value(key)?)
}
