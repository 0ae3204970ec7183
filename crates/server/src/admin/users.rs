//! `mudlark user …`: people, and the links by which they choose their passwords.

use anyhow::{Context, bail};
use clap::Subcommand;
use mudlark_store::{AuthSubject, Tx, UserRow};
use mudlark_types::{AccountId, AuditAction, Timestamp, UserId, WorkspaceId, nfc};
use serde_json::{Value, json};

use super::{Admin, block_on, line, output};
use crate::cli::AdminFlags;
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::create_key::KeyRoles;
use crate::ops::people::insert_person;
use crate::ops::sign_in_links::{Link, password_link, welcome_link};

/// Where the console is, for links to it.
#[derive(Debug, clap::Args)]
pub(crate) struct LinkFlags {
    /// The address that people reach the server by.
    #[arg(long, value_name = "URL", env = "MUDLARK_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    public_url: String,
}

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make somebody a member of an account, and print a link by which they choose their password.
    Create {
        /// The account.
        #[arg(long)]
        account: AccountId,
        /// Their e-mail address; whoever has it already is made a member as they are.
        #[arg(long, value_parser = email)]
        email: String,
        /// The name they are shown by.
        #[arg(long, value_parser = line)]
        name: String,
        /// owner, admin or member of the account; viewer, review, manage_art or admin in the workspaces. May be repeated.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// A workspace that the roles hold in [default: all that the account has]. May be repeated.
        #[arg(long = "workspace", value_name = "ID")]
        workspaces: Vec<WorkspaceId>,
        #[command(flatten)]
        link: LinkFlags,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Print a link by which somebody chooses a new password. Links before it are good for nothing.
    Link {
        /// Their e-mail address.
        #[arg(long, value_parser = email)]
        email: String,
        #[command(flatten)]
        link: LinkFlags,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Print the link by which the first owner comes to be, of an installation without accounts.
    Welcome {
        #[command(flatten)]
        link: LinkFlags,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// End all sessions of somebody; when this returns, a running server refuses them.
    SignOut {
        /// Their e-mail address.
        #[arg(long, value_parser = email)]
        email: String,
        /// Forget all that they sign in with too: password, passkeys, links, and who they are at the studio's provider.
        #[arg(long)]
        forget_ways: bool,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

/// An address in its shape; compared in lower case.
fn email(text: &str) -> Result<String, String> {
    let text = nfc(text.trim());
    match text.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && domain.contains('.') && text.len() <= 254 => Ok(text),
        _ => Err("must be an e-mail address such as mira@studio.example".into()),
    }
}

impl UserCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::Create { account, email, name, roles, workspaces, link, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let names: Vec<&str> = roles.iter().map(String::as_str).collect();
                    let roles = KeyRoles::parse(&names).map_err(anyhow::Error::msg)?;
                    let new = NewMember { account, email, name, roles, workspaces };
                    let (id, made) = create_member(&admin, new).await?;
                    show(&made, &link, flags.json, json!({ "id": id }))
                }
                Self::Link { email, link, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let (id, made) = link_for(&admin, &email).await?;
                    show(&made, &link, flags.json, json!({ "id": id }))
                }
                Self::Welcome { link, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let mut tx = admin.data.store.begin().await?;
                    let made = welcome_link(&mut tx, admin.clock.now_ms()).await?;
                    tx.commit().await?;
                    let made = made.context(
                        "the installation has accounts already; `mudlark user create` makes people in them",
                    )?;
                    show(&made, &link, flags.json, json!({}))
                }
                Self::SignOut { email, forget_ways, flags } => {
                    sign_out(&Admin::open(&flags).await?, &email, forget_ways, flags.json).await
                }
            }
        })
    }
}

/// Somebody to become a member.
pub(crate) struct NewMember {
    pub(crate) account: AccountId,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) roles: KeyRoles,
    /// None: all that the account has.
    pub(crate) workspaces: Vec<WorkspaceId>,
}

/// Makes somebody a member, and a link for them.
pub(crate) async fn create_member(admin: &Admin, new: NewMember) -> anyhow::Result<(UserId, Link)> {
    admin.account_exists(new.account).await?;
    let now_ms = admin.clock.now_ms();
    let mut tx = admin.data.store.begin().await?;
    let known = tx.find_person_by_email(&new.email.to_lowercase()).await?;
    let id = if let Some(user) = known {
        user.id
    } else {
        let (id, email_key) = (admin.clock.new_id(), new.email.to_lowercase());
        insert_person(&mut tx, id, new.name, (&new.email, &email_key), now_ms).await?;
        id
    };
    tx.upsert_account_member(new.account, id, new.roles.account, now_ms).await?;
    let all = tx.list_workspaces(new.account, mudlark_store::Page::first(i64::MAX)).await?;
    let of_account: Vec<WorkspaceId> = all.iter().map(|row| row.id).collect();
    if let Some(foreign) = new.workspaces.iter().find(|id| !of_account.contains(id)) {
        bail!(
            "the account has no workspace {foreign}; `mudlark workspace list --account ID` shows those there are"
        );
    }
    let chosen = if new.workspaces.is_empty() { &of_account } else { &new.workspaces };
    if !new.roles.workspace.is_empty() {
        for workspace in chosen {
            tx.upsert_workspace_member(*workspace, id, new.roles.workspace, now_ms).await?;
        }
    }
    let revision = tx.record_auth_change(AuthSubject::Person(id)).await?;
    let details = json!({ "to": new.roles.names(), "workspace_ids": chosen });
    let entry = Entry::new(now_ms, AuditAction::MemberRolesChanged, new.account, Actor::operator());
    audit::record(&mut tx, &admin.data.vault, entry.on(id).with(details)).await?;
    let operator = Actor::operator();
    let link = password_link(&mut tx, &admin.data.vault, id, Some(new.account), operator, now_ms).await?;
    tx.commit().await?;
    admin.wait_for_server(revision).await?;
    Ok((id, link))
}

async fn find(tx: &mut Tx, email: &str) -> anyhow::Result<UserRow> {
    let found = tx.find_person_by_email(&email.to_lowercase()).await?;
    found.with_context(|| format!("nobody has the address {email}; `mudlark user create` makes people"))
}

async fn link_for(admin: &Admin, email: &str) -> anyhow::Result<(UserId, Link)> {
    let mut tx = admin.data.store.begin().await?;
    let user = find(&mut tx, email).await?;
    let (vault, now_ms) = (&admin.data.vault, admin.clock.now_ms());
    let link = password_link(&mut tx, vault, user.id, None, Actor::operator(), now_ms).await?;
    tx.commit().await?;
    Ok((user.id, link))
}

async fn sign_out(admin: &Admin, email: &str, forget_ways: bool, json: bool) -> anyhow::Result<()> {
    let mut tx = admin.data.store.begin().await?;
    let user = find(&mut tx, email).await?;
    // Nobody signs in meanwhile by what is forgotten here.
    tx.lock_auth_changes().await?;
    let ended = tx.delete_user_sessions(user.id, None).await?;
    let mut shown = json!({ "id": user.id, "ended_sessions": ended });
    if forget_ways {
        shown["forgotten_password"] = tx.delete_password(user.id).await?.into();
        shown["forgotten_passkeys"] = tx.delete_passkeys(user.id).await?.into();
        shown["forgotten_identities"] = tx.delete_identities(user.id).await?.into();
        shown["forgotten_links"] = tx.delete_sign_in_links(Some(user.id)).await?.into();
    }
    let revision = tx.record_auth_change(AuthSubject::Person(user.id)).await?;
    let now_ms = admin.clock.now_ms();
    let details = json!({ "forgotten_ways": forget_ways });
    let entry =
        Entry::new(now_ms, AuditAction::SessionEnded, None, Actor::operator()).on(user.id).with(details);
    audit::record(&mut tx, &admin.data.vault, entry).await?;
    tx.commit().await?;
    admin.wait_for_server(revision).await?;
    output::object(json, &shown)
}

fn show(link: &Link, flags: &LinkFlags, json: bool, mut shown: Value) -> anyhow::Result<()> {
    shown["link"] = link.address(flags.public_url.trim_end_matches('/')).into();
    shown["expires_at"] = json!(Timestamp(link.expires_at_ms));
    output::object(json, &shown)
}
