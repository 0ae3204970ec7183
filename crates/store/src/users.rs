//! Users: people, and the service users that keys act as.

use mudlark_types::{PictureId, UserId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, id_placeholders, padded_ids, params, row, text_enum};

text_enum! {
    /// What a user is.
    pub enum UserKind {
        /// Somebody who signs in.
        Person = "person",
        /// What an API key acts as.
        Service = "service",
    }
}

row! {
    /// A user.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UserRow from "u" as user_columns {
        /// Its id.
        id: UserId,
        /// What it is.
        kind: UserKind,
        /// The name it is shown by; of a service user, the key's name.
        username: String,
        /// Where to write to.
        email: Option<String>,
        /// Given name.
        first_name: Option<String>,
        /// Family name.
        last_name: Option<String>,
        /// The number of its stock picture, 1 to 10.
        default_avatar: i64,
        /// The picture that was uploaded.
        avatar_file_id: Option<PictureId>,
        /// What it says of itself.
        industry: Option<String>,
        /// What it says of itself.
        occupation: Option<String>,
        /// What it says of itself.
        company: Option<String>,
        /// What it says of itself.
        city: Option<String>,
        /// What it says of itself.
        state: Option<String>,
        /// What it says of itself.
        country: Option<String>,
        /// What it says of itself.
        zip_code: Option<String>,
        /// Who invited it.
        invited_by_user_id: Option<UserId>,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// What a user is made from.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// What it is.
    pub kind: UserKind,
    /// The name it is shown by.
    pub username: String,
    /// Where to write to.
    pub email: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The number of its stock picture, 1 to 10.
    pub default_avatar: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a user; what is none stays, and an inner none takes away.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// Another picture, or none.
    pub avatar_file_id: Option<Option<PictureId>>,
    /// What is said of the user, in the order of [`UserChanges::TEXTS`].
    pub texts: [Option<Option<String>>; 9],
}

impl UserChanges {
    /// The columns of the texts.
    pub const TEXTS: [&'static str; 9] = [
        "first_name",
        "last_name",
        "industry",
        "occupation",
        "company",
        "city",
        "state",
        "country",
        "zip_code",
    ];
}

impl Session {
    /// The user of this id.
    pub async fn find_user(&mut self, id: UserId) -> Result<Option<UserRow>> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1");
        self.fetch_optional(sql, params![id]).await
    }

    /// The person with this address, given in the form in which addresses are compared.
    pub async fn find_person_by_email(&mut self, email_key: &str) -> Result<Option<UserRow>> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.email_key = $1");
        self.fetch_optional(sql, params![email_key]).await
    }

    /// The users of these ids, in no order; unknown ids are left out.
    pub async fn list_users_by_ids(&mut self, ids: &[UserId]) -> Result<Vec<UserRow>> {
        let mut users = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(1, ids.len());
            let sql = format!("SELECT {} FROM users u WHERE u.id IN ({placeholders})", user_columns!());
            users.extend(self.fetch_few(&sql, &padded_ids(ids, count)).await?);
        }
        Ok(users)
    }
}

impl Tx {
    /// Makes a user.
    pub async fn insert_user(&mut self, user: &NewUser) -> Result<()> {
        let sql = "INSERT INTO users (id, kind, username, email, first_name, last_name, default_avatar, \
                   created_at_ms, updated_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
        let params = params![
            user.id,
            user.kind,
            &user.username,
            user.email.as_deref(),
            user.first_name.as_deref(),
            user.last_name.as_deref(),
            user.default_avatar,
            user.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Notes by which address, given in the form in which addresses are compared, a person is known, and who invited them.
    ///
    /// *Errors*: `Conflict` where another person has it.
    pub async fn update_user_invited(
        &mut self,
        id: UserId,
        email_key: &str,
        invited_by: Option<UserId>,
    ) -> Result<()> {
        let sql = "UPDATE users SET email_key = $2, invited_by_user_id = $3 WHERE id = $1";
        self.execute(sql, params![id, email_key, invited_by]).await.map(drop)
    }

    /// Gives a user another name to be shown by. Answers whether there is such a user.
    pub async fn update_user_username(&mut self, id: UserId, username: &str, now_ms: i64) -> Result<bool> {
        let sql = "UPDATE users SET username = $2, updated_at_ms = $3 WHERE id = $1";
        self.execute_one(sql, params![id, username, now_ms]).await
    }

    /// Changes what is said of a user. Answers whether there is such a user.
    pub async fn update_user(&mut self, id: UserId, changes: &UserChanges, now_ms: i64) -> Result<bool> {
        for (column, text) in UserChanges::TEXTS.iter().zip(&changes.texts) {
            if let Some(text) = text {
                let sql = format!("UPDATE users SET {column} = $2 WHERE id = $1");
                self.execute(&sql, params![id, text.as_deref()]).await?;
            }
        }
        let sql = "UPDATE users SET avatar_file_id = CASE WHEN $2 THEN $3 ELSE avatar_file_id END, \
                   updated_at_ms = $4 WHERE id = $1";
        let picture = changes.avatar_file_id;
        self.execute_one(sql, params![id, picture.is_some(), picture.flatten(), now_ms]).await
    }
}
