//! Why a token was not accepted: for the log and the audit trail. Outside, every one of these is the same 401; the
//! reason is never sent. Made by [`crate::verifier`] and [`crate::live`].

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// The inner reason of a 401.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum TokenRefusal {
            $($(#[$doc])* $variant,)+
        }

        impl TokenRefusal {
            /// Every reason, in the order in which they are looked for.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name in logs and in the audit trail.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

refusals! {
    /// Longer than 4 KiB.
    TooLong = "too_long",
    /// Not three parts with a full stop between: JSON serialisation, encrypted tokens, noise.
    NotThreeParts = "not_three_parts",
    /// A part is not strict unpadded base64url.
    NotBase64Url = "not_base64url",
    /// The header is not a JSON object of texts and numbers.
    MalformedHeader = "malformed_header",
    /// A member stands twice in the header or the claims, under one spelling or two.
    DuplicateMember = "duplicate_member",
    /// The header has `crit`.
    CriticalHeader = "critical_header",
    /// The header has a member that we never write: `jku`, `jwk`, `x5u`, `x5c` and the like. None is followed.
    UnknownHeaderMember = "unknown_header_member",
    /// `typ` is not exactly `at+jwt`.
    WrongType = "wrong_type",
    /// `alg` is not the one bound to the key: `none`, HS256, any spelling of them.
    WrongAlgorithm = "wrong_algorithm",
    /// `kid` is missing or names no verification key of ours.
    UnknownSigningKey = "unknown_signing_key",
    /// The signature is not the signing key's.
    BadSignature = "bad_signature",
    /// The claims are not a JSON object of texts and numbers.
    MalformedClaims = "malformed_claims",
    /// A required claim is missing.
    MissingClaim = "missing_claim",
    /// A claim is of the wrong type, such as an `exp` that is a text.
    WrongClaimType = "wrong_claim_type",
    /// `iss` is not this server.
    WrongIssuer = "wrong_issuer",
    /// `aud` is not this server's.
    WrongAudience = "wrong_audience",
    /// `sub` and `client_id` differ, or are no key id.
    WrongSubject = "wrong_subject",
    /// `exp` is past.
    Expired = "expired",
    /// `iat` is to come.
    IssuedInFuture = "issued_in_future",
    /// `nbf` is to come.
    NotYetValid = "not_yet_valid",
    /// The key is not known.
    UnknownKey = "unknown_key",
    /// The key was revoked.
    KeyRevoked = "key_revoked",
    /// The key has expired.
    KeyExpired = "key_expired",
    /// The token itself was revoked.
    TokenRevoked = "token_revoked",
    /// The key may not be used from where the request came.
    AddressNotAllowed = "address_not_allowed",
    /// The secret that the token was made from was revoked, or its overlap is over.
    SecretNotLive = "secret_not_live",
    /// The token's account is not the key's, or is not known.
    WrongAccount = "wrong_account",
    /// The token's user is not the key's.
    WrongUser = "wrong_user",
    /// There is no such session (any more).
    UnknownSession = "unknown_session",
    /// The session has ended by itself.
    SessionEnded = "session_ended",
    /// All tokens of the account were revoked after this one was made.
    EpochTooOld = "epoch_too_old",
}

impl std::fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::error::Error for TokenRefusal {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_distinct() {
        let names: HashSet<_> = TokenRefusal::ALL.iter().map(|refusal| refusal.as_str()).collect();
        assert_eq!(names.len(), TokenRefusal::ALL.len());
    }
}
