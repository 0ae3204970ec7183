//! People who come to be without an invite's answer: the first owner, whom the operator makes, and whom the studio's provider
//! names. Who accepts an invite is in `invites`, which knows who invited them.

use mudlark_store::{NewUser, StoreError, Tx, UserKind};
use mudlark_types::UserId;

use crate::ops::create_workspace::stock_picture;

/// Puts a person in, who belongs to nothing yet. `email`: as it is written, and as addresses are compared.
///
/// *Errors*: `Conflict` where somebody has the address.
pub(crate) async fn insert_person(
    tx: &mut Tx,
    id: UserId,
    name: String,
    (email, email_key): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    tx.insert_user(&NewUser {
        id,
        kind: UserKind::Person,
        username: name,
        email: Some(email.to_owned()),
        first_name: None,
        last_name: None,
        default_avatar: stock_picture(id),
        created_at_ms: now_ms,
    })
    .await?;
    tx.update_user_invited(id, email_key, None).await
}
