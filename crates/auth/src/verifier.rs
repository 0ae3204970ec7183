//! From the text of a token to claims that can be believed: a strict layer in front of the token library, and a cache
//! of what passed. Whether key, secret and account still stand is not asked here but in [`crate::live`]; called once a
//! request, before anything else.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::sync::Cache;

use crate::key::KeyId;
use crate::refusal::TokenRefusal;
use crate::signing::{ALGORITHM, TOKEN_TYPE, VerifyingKey, install_crypto_provider};
use crate::strict_json::{StrictJsonError, Value, parse_object};
use crate::token::Claims;

/// The longest token that is looked at. *Units*: bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// How far clocks may differ. *Units*: seconds.
pub const LEEWAY_S: i64 = 5;

type Keys = HashMap<Arc<str>, Arc<VerifyingKey>>;
type TokenDigest = [u8; 32];

/// Checks tokens. Shared by all requests of a process.
pub struct Verifier {
    issuer: Arc<str>,
    audience: Arc<str>,
    keys: RwLock<Keys>,
    /// Tokens that passed, by SHA-256. *Why* the digest: no token is kept in memory, and keys are of one size.
    cache: Cache<TokenDigest, Arc<Accepted>>,
}

/// A token whose form and signature were good.
struct Accepted {
    claims: Arc<Claims>,
    not_before_s: Option<i64>,
    kid: Arc<str>,
}

impl Verifier {
    /// A verifier that accepts tokens with exactly this `iss` and `aud`, and remembers at most `cache_capacity` of them.
    ///
    /// It knows no key yet: see [`Verifier::set_keys`].
    pub fn new(issuer: impl Into<Arc<str>>, audience: impl Into<Arc<str>>, cache_capacity: usize) -> Self {
        install_crypto_provider();
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            keys: RwLock::default(),
            cache: Cache::new(cache_capacity),
        }
    }

    /// Replaces the verification keys. Tokens of a key that is no longer among them are refused from the moment this
    /// returns, cached or not.
    pub fn set_keys(&self, keys: Vec<VerifyingKey>) {
        let keys: Keys = keys.into_iter().map(|key| (key.shared_kid(), Arc::new(key))).collect();
        let kept: HashSet<Arc<str>> = keys.keys().cloned().collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        // Only memory is won here: a hit asks for its key too, since a verification under way may still put one in.
        self.cache.retain(|_, accepted| kept.contains(&accepted.kid));
    }

    /// The claims of a token that is ours, unaltered and in its time.
    ///
    /// *Errors*: the inner reason; see [`TokenRefusal`]. The answer outside is the same 401 for all of them.
    pub fn verify(&self, token: &str, now_ms: i64) -> Result<Arc<Claims>, TokenRefusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenRefusal::TooLong);
        }
        let digest = token_digest(token);
        if let Some(accepted) = self.cache.get(&digest) {
            let checked = self.check_still_good(&accepted, now_ms);
            if checked.is_err() {
                self.cache.remove(&digest);
            }
            return checked.map(|()| Arc::clone(&accepted.claims));
        }
        let accepted = self.check_whole(token)?;
        // The keys may have changed during the verification: what a removed key signed is refused all the same.
        self.check_still_good(&accepted, now_ms)?;
        let claims = Arc::clone(&accepted.claims);
        self.cache.insert(digest, Arc::new(accepted));
        Ok(claims)
    }

    /// Forgets the tokens that have expired. Call it now and then: expired tokens that nobody presents again would
    /// otherwise hold their memory until newer ones push them out.
    pub fn drop_expired(&self, now_ms: i64) {
        self.cache.retain(|_, accepted| !is_expired(&accepted.claims, now_ms));
    }

    /// How many tokens are remembered.
    pub fn cached_tokens(&self) -> usize {
        self.cache.len()
    }

    /// What can change about a token that once passed: its key's standing, and the time.
    fn check_still_good(&self, accepted: &Accepted, now_ms: i64) -> Result<(), TokenRefusal> {
        if !self.keys.read().unwrap_or_else(PoisonError::into_inner).contains_key(&accepted.kid) {
            return Err(TokenRefusal::UnknownSigningKey);
        }
        check_clock(accepted, now_ms)
    }

    fn check_whole(&self, token: &str) -> Result<Accepted, TokenRefusal> {
        let parts = Parts::split(token)?;
        let key = self.key_of_header(&parts.header)?;
        if parts.signature.len() != 64 || !key.verify(parts.signed.as_bytes(), parts.encoded_signature) {
            return Err(TokenRefusal::BadSignature);
        }
        let (claims, not_before_s) = self.read_claims(&parts.claims)?;
        Ok(Accepted { claims: Arc::new(claims), not_before_s, kid: key.shared_kid() })
    }

    /// The key that the header names, if the header is one that we write. Addresses and keys in it are never followed.
    fn key_of_header(&self, header: &[u8]) -> Result<Arc<VerifyingKey>, TokenRefusal> {
        let (mut algorithm, mut kid, mut token_type) = (None, None, None);
        for (name, value) in
            parse_object(header).map_err(|error| refusal(error, TokenRefusal::MalformedHeader))?
        {
            let place = match &*name {
                "alg" => &mut algorithm,
                "kid" => &mut kid,
                "typ" => &mut token_type,
                "crit" => return Err(TokenRefusal::CriticalHeader),
                _ => return Err(TokenRefusal::UnknownHeaderMember),
            };
            let Value::Text(text) = value else { return Err(TokenRefusal::MalformedHeader) };
            *place = Some(text);
        }
        if token_type.as_deref() != Some(TOKEN_TYPE) {
            return Err(TokenRefusal::WrongType);
        }
        // Each of our keys is bound to this one algorithm.
        if algorithm.as_deref() != Some(ALGORITHM) {
            return Err(TokenRefusal::WrongAlgorithm);
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        kid.and_then(|kid| keys.get(&*kid).cloned()).ok_or(TokenRefusal::UnknownSigningKey)
    }

    fn read_claims(&self, claims: &[u8]) -> Result<(Claims, Option<i64>), TokenRefusal> {
        let members = parse_object(claims).map_err(|error| refusal(error, TokenRefusal::MalformedClaims))?;
        if members.iter().any(|(_, value)| *value == Value::Other) {
            return Err(TokenRefusal::WrongClaimType);
        }
        let claim = |name| members.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let text = |name| match claim(name) {
            Some(Value::Text(text)) => Ok(&**text),
            Some(_) => Err(TokenRefusal::WrongClaimType),
            None => Err(TokenRefusal::MissingClaim),
        };
        let integer = |name| match claim(name) {
            Some(Value::Integer(number)) => Ok(*number),
            Some(_) => Err(TokenRefusal::WrongClaimType),
            None => Err(TokenRefusal::MissingClaim),
        };
        let (iss, aud, sub, client_id, jti) =
            (text("iss")?, text("aud")?, text("sub")?, text("client_id")?, text("jti")?);
        let (account_id, uid) = (text("account_id")?, text("uid")?);
        let (iat, exp, sv, ep) = (integer("iat")?, integer("exp")?, integer("sv")?, integer("ep")?);
        let not_before_s = claim("nbf").map(|_| integer("nbf")).transpose()?;
        if iss != &*self.issuer {
            return Err(TokenRefusal::WrongIssuer);
        }
        if aud != &*self.audience {
            return Err(TokenRefusal::WrongAudience);
        }
        let key = KeyId::parse(sub).filter(|_| sub == client_id).ok_or(TokenRefusal::WrongSubject)?;
        let claims = Claims {
            iss: Arc::clone(&self.issuer),
            aud: Arc::clone(&self.audience),
            sub: key.clone(),
            client_id: key,
            account_id: account_id.parse().map_err(|_| TokenRefusal::WrongClaimType)?,
            uid: uid.parse().map_err(|_| TokenRefusal::WrongClaimType)?,
            iat,
            exp,
            jti: jti.to_owned(),
            sv,
            ep,
        };
        Ok((claims, not_before_s))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// A token in compact form, taken apart and decoded.
struct Parts<'a> {
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
    encoded_signature: &'a str,
    /// What the signature is over: the first two parts as they stand.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    /// *Source*: RFC 7515 section 5.2. Padding, other alphabets, white space and stray last bits are refused.
    fn split(token: &'a str) -> Result<Self, TokenRefusal> {
        let (signed, encoded_signature) = token.rsplit_once('.').ok_or(TokenRefusal::NotThreeParts)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenRefusal::NotThreeParts)?;
        if claims.contains('.') {
            return Err(TokenRefusal::NotThreeParts);
        }
        let decode = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefusal::NotBase64Url);
        Ok(Self {
            header: decode(header)?,
            claims: decode(claims)?,
            signature: decode(encoded_signature)?,
            encoded_signature,
            signed,
        })
    }
}

fn token_digest(token: &str) -> TokenDigest {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

fn refusal(error: StrictJsonError, malformed: TokenRefusal) -> TokenRefusal {
    match error {
        StrictJsonError::Malformed => malformed,
        StrictJsonError::DuplicateMember => TokenRefusal::DuplicateMember,
    }
}

fn check_clock(accepted: &Accepted, now_ms: i64) -> Result<(), TokenRefusal> {
    let is_to_come = |at_s: i64| at_s.saturating_sub(LEEWAY_S).saturating_mul(1000) > now_ms;
    if is_expired(&accepted.claims, now_ms) {
        Err(TokenRefusal::Expired)
    } else if is_to_come(accepted.claims.iat) {
        Err(TokenRefusal::IssuedInFuture)
    } else if accepted.not_before_s.is_some_and(is_to_come) {
        Err(TokenRefusal::NotYetValid)
    } else {
        Ok(())
    }
}

fn is_expired(claims: &Claims, now_ms: i64) -> bool {
    now_ms >= claims.refused_from_ms()
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "verifier_attack_tests.rs"]
mod attack_tests;
