//! The words in the names of the benchmark's assets: some that many assets have, and some that few have.
//! Used by `seed`, which names the assets, and by `rates`, which searches for them.

const CONSONANTS: &[u8] = b"bcdfghjlmnprst";
const VOWELS: &[u8] = b"aeiou";
const SYLLABLES: usize = CONSONANTS.len() * VOWELS.len();

/// So many different words of one kind, each in every so-manieth name.
#[derive(Debug)]
pub(crate) struct Words {
    /// How many there are.
    pub(crate) count: usize,
    first: char,
    last: char,
}

/// Of 100,000 assets 2,000 have each.
pub(crate) const COMMON: Words = Words { count: 50, first: 'k', last: 'x' };

/// Of 100,000 assets 40 have each.
pub(crate) const RARE: Words = Words { count: 2_500, first: 'q', last: 'z' };

impl Words {
    /// The word in the name of the asset of this number. No word is a piece of another.
    pub(crate) fn word(&self, number: usize) -> String {
        let number = number % self.count;
        let syllable = |number: usize| {
            let number = number % SYLLABLES;
            let pair = [CONSONANTS[number / VOWELS.len()], VOWELS[number % VOWELS.len()]];
            pair.map(char::from).into_iter().collect::<String>()
        };
        // The first syllable alone tells fewer than 70 words apart; then the second does too.
        let second = number / SYLLABLES + number * 3;
        format!("{}{}{}{}", self.first, syllable(number), syllable(second), self.last)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_differ_but_for_their_first_letter_too() {
        for words in [COMMON, RARE] {
            let all: HashSet<String> =
                (0..words.count).map(|number| words.word(number)[1..].to_owned()).collect();
            assert_eq!(all.len(), words.count);
        }
    }
}
