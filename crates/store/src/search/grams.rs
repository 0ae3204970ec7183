//! How texts are cut so that any piece of them is found: into all their pieces of one, two and three characters, each kept
//! as a number. An index of those numbers finds the entries that may hold a word; whether one does is then seen by its text.
//! Both databases are given the same numbers, so that they find the same.

use std::collections::BTreeSet;

use mudlark_types::WorkspaceId;

/// The longest gram. *Units*: characters.
const LONGEST: usize = 3;

/// The most grams that one word is looked up by. *Why*: a few of a long word leave hardly anything to look at.
const MOST_OF_A_WORD: usize = 12;

/// Whose grams are looked up together. The same characters of another workspace, or of the other kind, are another
/// number: what one workspace holds costs another nothing, and tells it nothing by the time that a search takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The words of assets themselves.
    Assets(WorkspaceId),
    /// The words of folders, tags and comments.
    Beside(WorkspaceId),
}

/// The numbers of all grams of a text, with spaces between.
pub(super) fn of_text(scope: Scope, folded: &str) -> String {
    let words: Vec<Vec<char>> = folded.split_whitespace().map(|word| word.chars().collect()).collect();
    let mut grams: Vec<&[char]> =
        (1..=LONGEST).flat_map(|length| words.iter().flat_map(move |word| word.windows(length))).collect();
    // Most pieces of a long text stand in it more than once.
    grams.sort_unstable();
    grams.dedup();
    joined(grams.into_iter().map(|gram| number(scope, gram)).collect())
}

/// The numbers that every text has which holds this word.
pub(super) fn of_word(scope: Scope, word: &str) -> String {
    let word: Vec<char> = word.chars().collect();
    let grams: Vec<&[char]> = word.windows(word.len().clamp(1, LONGEST)).collect();
    let step = grams.len().div_ceil(MOST_OF_A_WORD).max(1);
    joined(grams.into_iter().step_by(step).map(|gram| number(scope, gram)).collect())
}

fn joined(numbers: BTreeSet<u32>) -> String {
    let mut text = String::with_capacity(numbers.len() * 11);
    for number in numbers {
        if !text.is_empty() {
            text.push(' ');
        }
        text += &number.to_string();
    }
    text
}

/// A gram as a number of 31 bits. Two that share one make a search look at a few entries more.
///
/// *Source*: FNV-1a, 64 bits, folded. It is kept in databases: another way of counting needs all entries made anew.
fn number(scope: Scope, gram: &[char]) -> u32 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let (kind, workspace) = match scope {
        Scope::Assets(workspace) => (1, workspace),
        Scope::Beside(workspace) => (2, workspace),
    };
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    let hash = workspace.as_uuid().as_bytes().iter().fold(mix(BASIS, kind), |hash, byte| mix(hash, *byte));
    let characters = gram.iter().flat_map(|character| u32::from(*character).to_le_bytes());
    let hash = characters.fold(hash, mix);
    let folded = (hash >> 33) ^ (hash & 0x7fff_ffff);
    u32::try_from(folded).expect("31 bits")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn scope() -> Scope {
        Scope::Assets(WorkspaceId::from_uuid(Uuid::from_u128(7)))
    }

    fn set(text: &str) -> BTreeSet<&str> {
        text.split(' ').filter(|number| !number.is_empty()).collect()
    }

    #[test]
    fn every_piece_of_a_text_is_looked_up_by_grams_that_the_text_has() {
        let text = "robot_final.png 主角ロボット 🤖";
        let has = of_text(scope(), text);
        for word in ["r", "bo", "robot_final.png", "角", "ロボット", "🤖", "final"] {
            let wants = of_word(scope(), word);
            assert!(!wants.is_empty() && set(&wants).is_subset(&set(&has)), "{word}");
        }
    }

    #[test]
    fn long_word_is_looked_up_by_a_few_grams() {
        assert!(set(&of_word(scope(), &"0123456789abcdef".repeat(4))).len() <= MOST_OF_A_WORD);
    }

    #[test]
    fn grams_of_another_workspace_or_kind_are_other_numbers() {
        let other = WorkspaceId::from_uuid(Uuid::from_u128(8));
        let here = of_text(scope(), "robot");
        for scope in [Scope::Assets(other), Scope::Beside(WorkspaceId::from_uuid(Uuid::from_u128(7)))] {
            assert!(set(&here).is_disjoint(&set(&of_text(scope, "robot"))));
        }
    }

    #[test]
    fn numbers_are_those_that_databases_hold_already() {
        assert_eq!(of_word(scope(), "bot"), "705493062");
    }
}
