//! The chain of the audit trail: a code over each line and the line before, and a seal over the end, so that a line that
//! is changed, taken out, moved or cut off is found. Not the lines' keeping, which is the store's, and not their
//! meaning; called wherever a line is written, and by whoever checks the trail.
//!
//! The key is derived from one that is not in the database: who can only write there can't make a code that fits.
//! `docs/audit.md` describes the form for those who check it with a program of their own.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use crate::vault::Vault;

/// The code that stands before the first line.
pub const GENESIS: AuditMac = [0; 32];
/// Stands first in what a line's code is made over.
const LINE_PURPOSE: &[u8] = b"mudlark audit line 1";
/// Stands first in what the seal is made over.
const HEAD_PURPOSE: &[u8] = b"mudlark audit head 1";

/// HMAC-SHA-256 over a line and the one before.
pub type AuditMac = [u8; 32];

/// A line as the chain sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditLine<'a> {
    /// Its number, from 1.
    pub sequence: i64,
    /// When it happened. *Units*: Unix milliseconds.
    pub at_ms: i64,
    /// The texts, in the order of [`AuditLine::TEXTS`].
    pub texts: [Option<&'a [u8]>; AuditLine::TEXTS.len()],
}

impl AuditLine<'_> {
    /// What each text is, in the order in which they go into the code. Ids go in as their 16 bytes.
    pub const TEXTS: [&'static str; 12] = [
        "account_id",
        "action",
        "outcome",
        "reason",
        "key_id",
        "user_id",
        "address",
        "agent",
        "request_id",
        "token_id",
        "subject",
        "details",
    ];

    /// Hands over the canonical form, piece by piece: both numbers in 8 bytes, then for each text a zero byte where there
    /// is none, else a one, the length in 8 bytes, and the text. Numbers and lengths are big-endian.
    ///
    /// *Why* lengths: no text, whatever is in it, can then pass for another field or for a further line.
    fn encode(&self, mut put: impl FnMut(&[u8])) {
        put(&self.sequence.to_be_bytes());
        put(&self.at_ms.to_be_bytes());
        for text in self.texts {
            match text {
                None => put(&[0]),
                Some(text) => {
                    let mut head = [1; 9];
                    head[1..].copy_from_slice(&(text.len() as u64).to_be_bytes());
                    put(&head);
                    put(text);
                }
            }
        }
    }
}

/// The end of a trail, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead<'a> {
    /// The number of the last line; 0 before the first.
    pub sequence: i64,
    /// The code of the last line.
    pub mac: Option<&'a [u8]>,
    /// [`AuditChain::seal`] over both.
    pub seal: Option<&'a [u8]>,
}

/// Makes the codes. Cheap to keep: the key's state is worked out once.
pub struct AuditChain {
    key: hmac::Key,
}

impl AuditChain {
    /// The chain under the vault's audit key.
    pub fn new(vault: &Vault) -> Self {
        Self { key: vault.audit_key() }
    }

    /// The code of a line that follows the one with the code `previous`.
    pub fn mac(&self, previous: &AuditMac, line: &AuditLine<'_>) -> AuditMac {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(LINE_PURPOSE);
        context.update(previous);
        line.encode(|bytes| context.update(bytes));
        mac_of(context)
    }

    /// The seal over the trail's end: without it, lines cut off at the end would leave a chain that is whole.
    pub fn seal(&self, sequence: i64, mac: &AuditMac) -> AuditMac {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(HEAD_PURPOSE);
        context.update(&sequence.to_be_bytes());
        context.update(mac);
        mac_of(context)
    }

    fn fits(&self, previous: &AuditMac, line: &AuditLine<'_>, mac: &[u8]) -> bool {
        verify_slices_are_equal(&self.mac(previous, line), mac).is_ok()
    }
}

impl std::fmt::Debug for AuditChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditChain(…)")
    }
}

fn mac_of(context: hmac::Context) -> AuditMac {
    context.sign().as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
}

/// What is wrong with a trail, and where first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// Lines are missing in the middle or at the start.
    #[error("removed: line {first} is missing{}", up_to(*first, *last))]
    Removed {
        /// The first that is missing.
        first: i64,
        /// The last before those that are there again.
        last: i64,
    },
    /// A line, or the code of the line before, is not as it was written.
    #[error("changed: line {0} is not as it was written")]
    Changed(i64),
    /// A line stands where another was written.
    #[error("reordered: line {found} stands in the place of line {place}")]
    Reordered {
        /// Where it is.
        place: i64,
        /// Where it was written.
        found: i64,
    },
    /// Lines at the end are missing.
    #[error("cut off: line {first} is missing{}", up_to(*first, *last))]
    CutOff {
        /// The first that is missing.
        first: i64,
        /// The last that was written.
        last: i64,
    },
    /// The trail ends somewhere else than its head says, or the head is not as it was written.
    #[error("cut off or changed: the head does not fit the trail, which ends at line {0}")]
    Head(i64),
}

fn up_to(first: i64, last: i64) -> String {
    if last > first { format!(", and all up to line {last}") } else { String::new() }
}

/// Walks along a trail, oldest line first. A caller hands lines over in pieces and then the head.
#[derive(Debug)]
pub struct AuditCheck<'c> {
    chain: &'c AuditChain,
    last_sequence: i64,
    last_mac: AuditMac,
}

impl<'c> AuditCheck<'c> {
    /// A check that begins before the first line.
    pub fn new(chain: &'c AuditChain) -> Self {
        Self { chain, last_sequence: 0, last_mac: GENESIS }
    }

    /// The number of the last line that was found good.
    pub fn last_sequence(&self) -> i64 {
        self.last_sequence
    }

    /// The code of the last line that was found good.
    pub fn last_mac(&self) -> &AuditMac {
        &self.last_mac
    }

    /// Checks the next lines of the trail, each with its code. *Errors*: the first fault.
    pub fn check(&mut self, lines: &[(AuditLine<'_>, &[u8])]) -> Result<(), AuditFault> {
        for (index, (line, mac)) in lines.iter().enumerate() {
            let expected = self.last_sequence + 1;
            if line.sequence > expected {
                return Err(AuditFault::Removed { first: expected, last: line.sequence - 1 });
            }
            if line.sequence < expected {
                return Err(AuditFault::Reordered { place: expected, found: line.sequence });
            }
            if !self.chain.fits(&self.last_mac, line, mac) {
                return Err(self.name_fault(&lines[index..]));
            }
            self.last_sequence = line.sequence;
            self.last_mac = (*mac).try_into().map_err(|_| AuditFault::Changed(line.sequence))?;
        }
        Ok(())
    }

    /// Checks the end. A trail without any line has neither code nor seal.
    pub fn finish(self, head: Option<AuditHead<'_>>) -> Result<(), AuditFault> {
        let ends_at = self.last_sequence;
        let Some(AuditHead { sequence, mac, seal }) = head else { return Err(AuditFault::Head(ends_at)) };
        let (Some(mac), Some(seal)) = (mac, seal) else {
            let is_unused = ends_at == 0 && sequence == 0 && mac.is_none() && seal.is_none();
            return if is_unused { Ok(()) } else { Err(AuditFault::Head(ends_at)) };
        };
        let sealed = mac
            .try_into()
            .is_ok_and(|mac| verify_slices_are_equal(&self.chain.seal(sequence, mac), seal).is_ok());
        match sealed {
            true if sequence > ends_at => Err(AuditFault::CutOff { first: ends_at + 1, last: sequence }),
            true if sequence == ends_at && mac == self.last_mac => Ok(()),
            _ => Err(AuditFault::Head(ends_at)),
        }
    }

    /// What is wrong with the first of these lines: whether it was written for the place of another that is near.
    fn name_fault(&self, lines: &[(AuditLine<'_>, &[u8])]) -> AuditFault {
        const NEAR: usize = 48;
        let near = &lines[..lines.len().min(NEAR)];
        let (line, mac) = near[0];
        for place in near.iter().map(|(line, _)| line.sequence) {
            let moved = AuditLine { sequence: place, ..line };
            let before =
                near.iter().filter_map(|(_, mac)| <&AuditMac>::try_from(*mac).ok()).chain([&self.last_mac]);
            for previous in before {
                if place != line.sequence && self.chain.fits(previous, &moved, mac) {
                    return AuditFault::Reordered { place: line.sequence, found: place };
                }
            }
        }
        AuditFault::Changed(line.sequence)
    }
}

#[cfg(test)]
#[path = "audit_chain_tests.rs"]
mod tests;
