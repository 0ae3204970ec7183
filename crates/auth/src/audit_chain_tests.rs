//! Tests of the chain: what fits, what is found, and that no two lines have one canonical form.

use proptest::prelude::*;

use super::*;

type Texts = [Option<Vec<u8>>; AuditLine::TEXTS.len()];

/// A line that owns its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owned {
    sequence: i64,
    at_ms: i64,
    texts: Texts,
}

impl Owned {
    fn plain(sequence: i64) -> Self {
        let mut texts = Texts::default();
        texts[1] = Some(b"token.issued".to_vec());
        texts[4] = Some(format!("mdl_key_{sequence}").into_bytes());
        Self { sequence, at_ms: 1_700_000_000_000 + sequence, texts }
    }

    fn line(&self) -> AuditLine<'_> {
        AuditLine {
            sequence: self.sequence,
            at_ms: self.at_ms,
            texts: std::array::from_fn(|index| self.texts[index].as_deref()),
        }
    }

    fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.line().encode(|piece| bytes.extend_from_slice(piece));
        bytes
    }
}

/// A trail of lines 1 to `count` with their codes, and its head.
struct Trail {
    chain: AuditChain,
    lines: Vec<(Owned, AuditMac)>,
    head: (i64, AuditMac, AuditMac),
}

impl Trail {
    fn of(count: i64) -> Self {
        let chain = AuditChain::new(&Vault::generate());
        let mut previous = GENESIS;
        let lines: Vec<_> = (1..=count)
            .map(|sequence| {
                let line = Owned::plain(sequence);
                previous = chain.mac(&previous, &line.line());
                (line, previous)
            })
            .collect();
        let seal = chain.seal(count, &previous);
        Self { chain, lines, head: (count, previous, seal) }
    }

    fn verify(&self) -> Result<(), AuditFault> {
        let mut check = AuditCheck::new(&self.chain);
        let lines: Vec<_> = self.lines.iter().map(|(line, mac)| (line.line(), mac.as_slice())).collect();
        check.check(&lines)?;
        let (sequence, mac, seal) = &self.head;
        check.finish(Some(AuditHead { sequence: *sequence, mac: Some(mac), seal: Some(seal) }))
    }
}

#[test]
fn untouched_trail_is_whole() {
    for count in [1, 2, 100] {
        assert_eq!(Trail::of(count).verify(), Ok(()));
    }
}

#[test]
fn unused_trail_is_whole_and_has_no_seal() {
    let chain = AuditChain::new(&Vault::generate());
    assert_eq!(
        AuditCheck::new(&chain).finish(Some(AuditHead { sequence: 0, mac: None, seal: None })),
        Ok(())
    );
    assert_eq!(AuditCheck::new(&chain).finish(None), Err(AuditFault::Head(0)));
    assert_eq!(
        AuditCheck::new(&chain).finish(Some(AuditHead { sequence: 3, mac: None, seal: None })),
        Err(AuditFault::Head(0))
    );
}

#[test]
fn line_that_is_changed_in_any_field_is_found() {
    for field in 0..AuditLine::TEXTS.len() {
        let mut trail = Trail::of(9);
        trail.lines[4].0.texts[field] = Some(b"x".to_vec());
        assert_eq!(trail.verify(), Err(AuditFault::Changed(5)), "{}", AuditLine::TEXTS[field]);
    }
    let mut trail = Trail::of(9);
    trail.lines[4].0.at_ms += 1;
    assert_eq!(trail.verify(), Err(AuditFault::Changed(5)));
}

#[test]
fn line_that_is_taken_out_is_found_at_the_start_and_in_the_middle() {
    for (taken, fault) in
        [(0..1, AuditFault::Removed { first: 1, last: 1 }), (3..5, AuditFault::Removed { first: 4, last: 5 })]
    {
        let mut trail = Trail::of(9);
        trail.lines.drain(taken);
        assert_eq!(trail.verify(), Err(fault));
    }
}

#[test]
fn line_that_is_taken_out_with_the_rest_numbered_anew_is_found() {
    let mut trail = Trail::of(9);
    trail.lines.remove(3);
    for (line, _) in &mut trail.lines[3..] {
        line.sequence -= 1;
    }
    assert!(trail.verify().is_err());
}

#[test]
fn lines_that_change_places_are_found() {
    for (one, other) in [(2, 3), (0, 8), (7, 8)] {
        let mut trail = Trail::of(9);
        trail.lines.swap(one, other);
        let (low, high) = (trail.lines[other].0.sequence, trail.lines[one].0.sequence);
        (trail.lines[one].0.sequence, trail.lines[other].0.sequence) = (low, high);
        assert_eq!(trail.verify(), Err(AuditFault::Reordered { place: low, found: high }), "{one} {other}");
    }
}

#[test]
fn lines_cut_off_at_the_end_are_found() {
    let mut trail = Trail::of(9);
    trail.lines.truncate(6);
    assert_eq!(trail.verify(), Err(AuditFault::CutOff { first: 7, last: 9 }));

    // Also where the head is set back to the line that is last now: its seal can't be made.
    trail.head = (6, trail.lines[5].1, trail.head.2);
    assert_eq!(trail.verify(), Err(AuditFault::Head(6)));

    // Also where all are gone.
    trail.lines.clear();
    assert_eq!(trail.verify(), Err(AuditFault::Head(0)));
}

#[test]
fn line_added_without_the_key_is_found() {
    let mut trail = Trail::of(3);
    let forged = AuditChain::new(&Vault::generate());
    let line = Owned::plain(4);
    let mac = forged.mac(&trail.head.1, &line.line());
    trail.head = (4, mac, forged.seal(4, &mac));
    trail.lines.push((line, mac));
    assert_eq!(trail.verify(), Err(AuditFault::Changed(4)));
}

#[test]
fn code_of_a_wrong_length_is_found() {
    let trail = Trail::of(2);
    let mut check = AuditCheck::new(&trail.chain);
    let (line, mac) = &trail.lines[0];
    assert_eq!(check.check(&[(line.line(), &mac[..31])]), Err(AuditFault::Changed(1)));
}

#[test]
fn another_vault_makes_other_codes_and_the_same_vault_the_same() {
    let vault = Vault::generate();
    let line = Owned::plain(1);
    let mac = |vault: &Vault| AuditChain::new(vault).mac(&GENESIS, &line.line());
    assert_eq!(mac(&vault), mac(&Vault::from_json(&vault.to_json()).unwrap()));
    assert_ne!(mac(&vault), mac(&Vault::generate()));
}

/// What somebody might write to forge a line: line ends, zero bytes, lengths, quotes.
fn text() -> impl Strategy<Value = Option<Vec<u8>>> {
    let wild = prop::collection::vec(any::<u8>(), 0..24);
    let nasty = prop::sample::select(vec![
        &b""[..],
        b"\r\n",
        b"\0",
        b"\x01\0\0\0\0\0\0\0\x01",
        b"a\r\n2 token.issued",
        b"\"",
        b",",
        b"=1+1",
    ]);
    prop::option::of(prop_oneof![wild, nasty.prop_map(<[u8]>::to_vec)])
}

fn line() -> impl Strategy<Value = Owned> {
    let texts = prop::collection::vec(text(), AuditLine::TEXTS.len());
    (any::<i64>(), any::<i64>(), texts).prop_map(|(sequence, at_ms, texts)| Owned {
        sequence,
        at_ms,
        texts: texts.try_into().expect("as many texts as asked for"),
    })
}

/// Reads a canonical form back: that this can be done shows that no two lines share one.
fn decoded(mut bytes: &[u8]) -> Owned {
    fn take<'b>(bytes: &mut &'b [u8], count: usize) -> &'b [u8] {
        let (head, rest) = bytes.split_at(count);
        *bytes = rest;
        head
    }
    let number = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().unwrap());
    let sequence = number(take(&mut bytes, 8));
    let at_ms = number(take(&mut bytes, 8));
    let texts = std::array::from_fn(|_| {
        if take(&mut bytes, 1) == [0] {
            return None;
        }
        let length = usize::try_from(number(take(&mut bytes, 8))).unwrap();
        Some(take(&mut bytes, length).to_vec())
    });
    assert!(bytes.is_empty());
    Owned { sequence, at_ms, texts }
}

proptest! {
    #[test]
    fn canonical_form_is_read_back_as_the_same_line(line in line()) {
        prop_assert_eq!(decoded(&line.encoded()), line);
    }

    #[test]
    fn two_lines_that_differ_differ_in_their_form_and_code(one in line(), other in line()) {
        let chain = AuditChain::new(&Vault::generate());
        let macs = [&one, &other].map(|line| chain.mac(&GENESIS, &line.line()));
        prop_assert_eq!(one == other, one.encoded() == other.encoded());
        prop_assert_eq!(one == other, macs[0] == macs[1]);
    }

    #[test]
    fn text_that_moves_to_the_next_field_changes_the_form(mut line in line(), field in 0..AuditLine::TEXTS.len() - 1) {
        let before = line.clone();
        line.texts.swap(field, field + 1);
        prop_assert_eq!(before == line, before.encoded() == line.encoded());
    }

    #[test]
    fn any_change_to_any_line_of_a_trail_is_found(at in 0_usize..6, changed in line()) {
        let mut trail = Trail::of(6);
        trail.lines[at].0.texts = changed.texts;
        let untouched = trail.lines[at].0 == Owned::plain(trail.lines[at].0.sequence);
        prop_assert_eq!(trail.verify().is_ok(), untouched);
    }
}
