//! Tells code, strings and comments of a Rust file apart, so that a check sees only what it means.
//! Not a parser: it knows tokens that span text, nothing of grammar. Used by the checks on Rust files.

/// A Rust file, taken apart. Lines are counted from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RustText {
    /// The file with comments and the content of strings blanked; every line keeps its number.
    pub code: String,
    /// The content of each string literal, and the line it begins on.
    pub strings: Vec<(usize, String)>,
}

impl RustText {
    /// Takes a file apart.
    pub fn of(text: &str) -> Self {
        Reader { rest: text, code: String::with_capacity(text.len()), strings: Vec::new(), line: 1 }.read()
    }

    /// The same without modules marked `#[cfg(test)]`.
    #[must_use]
    pub fn without_tests(mut self) -> Self {
        while let Some((start, end)) = test_module(&self.code) {
            let lines = line_of(&self.code, start)..=line_of(&self.code, end);
            self.strings.retain(|(line, _)| !lines.contains(line));
            self.code =
                format!("{}{}{}", &self.code[..start], blank(&self.code[start..end]), &self.code[end..]);
        }
        self
    }

    /// The lines on which this path or word stands in code, as a whole: `crate::http` is not in
    /// `my_crate::http` nor in `crate::https`.
    pub fn lines_with(&self, word: &str) -> Vec<usize> {
        self.code.match_indices(word).filter(|(at, _)| is_whole(&self.code, *at, word)).fold(
            Vec::new(),
            |mut lines, (at, _)| {
                let line = line_of(&self.code, at);
                if lines.last() != Some(&line) {
                    lines.push(line);
                }
                lines
            },
        )
    }
}

/// The line of a byte offset, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].matches('\n').count()
}

/// Whether a character can be part of a name.
pub fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_whole(code: &str, at: usize, word: &str) -> bool {
    let before = code[..at].chars().next_back();
    let after = code[at + word.len()..].chars().next();
    !before.is_some_and(is_name) && !after.is_some_and(is_name)
}

/// The span of the first `#[cfg(test)] mod … { … }`, attribute included.
fn test_module(code: &str) -> Option<(usize, usize)> {
    const MARK: &str = "#[cfg(test)]";
    code.match_indices(MARK).find_map(|(start, _)| {
        let item = &code[start + MARK.len()..];
        let open = item.find('{')?;
        // `mod tests;` is another file, and an attribute on something else is not a module.
        let is_module =
            !item[..open].contains(';') && item[..open].split_whitespace().any(|word| word == "mod");
        is_module.then(|| (start, start + MARK.len() + block_end(item, open)))
    })
}

/// The offset after the brace that closes the one at `open`; the end if it is never closed.
pub fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, character) in code[open..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return open + at + 1;
        }
    }
    code.len()
}

fn blank(text: &str) -> String {
    text.chars().map(|character| if character == '\n' { '\n' } else { ' ' }).collect()
}

struct Reader<'a> {
    rest: &'a str,
    code: String,
    strings: Vec<(usize, String)>,
    line: usize,
}

impl Reader<'_> {
    fn read(mut self) -> RustText {
        while let Some(first) = self.rest.chars().next() {
            let after_name = self.code.chars().next_back().is_some_and(is_name);
            if self.rest.starts_with("//") {
                self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.skip(block_comment_length(self.rest));
            } else if let Some((open, hashes)) = raw_string_start(self.rest, after_name) {
                self.raw_string(open, hashes);
            } else if first == '"' {
                self.string();
            } else if let Some(length) = char_literal_length(self.rest) {
                self.skip(length);
            } else {
                self.keep(first.len_utf8());
            }
        }
        RustText { code: self.code, strings: self.strings }
    }

    fn keep(&mut self, length: usize) {
        let (kept, rest) = self.rest.split_at(length);
        self.line += kept.matches('\n').count();
        self.code.push_str(kept);
        self.rest = rest;
    }

    fn skip(&mut self, length: usize) {
        let (skipped, rest) = self.rest.split_at(length);
        self.line += skipped.matches('\n').count();
        self.code.push_str(&blank(skipped));
        self.rest = rest;
    }

    fn string(&mut self) {
        let mut escaped = false;
        let end = self.rest[1..]
            .find(|character| {
                let closes = character == '"' && !escaped;
                escaped = character == '\\' && !escaped;
                closes
            })
            .map_or(self.rest.len(), |at| at + 1);
        self.literal(1, end, 1);
    }

    fn raw_string(&mut self, open: usize, hashes: usize) {
        let closing = format!("\"{}", "#".repeat(hashes));
        let end = self.rest[open..].find(&closing).map_or(self.rest.len(), |at| open + at);
        self.literal(open, end, closing.len());
    }

    /// Notes a literal whose content is `from..to`, and blanks that content.
    fn literal(&mut self, from: usize, to: usize, closing: usize) {
        self.strings.push((self.line, self.rest[from..to].to_owned()));
        self.keep(from);
        self.skip(to - from);
        self.keep(closing.min(self.rest.len()));
    }
}

fn block_comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// For `r"`, `r#"`, `br##"` and the like: the length up to and with the quote, and the number of hashes.
fn raw_string_start(text: &str, after_name: bool) -> Option<(usize, usize)> {
    if after_name {
        return None;
    }
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| text.starts_with(prefix))?;
    let after = &text[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some((prefix.len() + hashes + 1, hashes))
}

/// The length of `'x'` or `'\n'`; `None` for a lifetime or anything else.
fn char_literal_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let mut characters = inside.char_indices();
    if characters.next()?.1 == '\\' {
        // The escaped character itself may be a quote; what closes comes after it.
        let (escaped, character) = characters.next()?;
        let after = escaped + character.len_utf8();
        Some(1 + after + inside[after..].find('\'')? + 1)
    } else {
        let (end, quote) = characters.next()?;
        (quote == '\'').then_some(end + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_not_code() {
        let text = RustText::of("a(); // b\n/* c /* d */\n e */ f(\"g \\\" h\"); i(r#\"j\"k\"#);\n");

        assert_eq!(
            text.code.split_whitespace().collect::<Vec<_>>(),
            ["a();", "f(\"", "\");", "i(r#\"", "\"#);"]
        );
        assert_eq!(text.strings, [(3, "g \\\" h".to_owned()), (3, "j\"k".to_owned())]);
        assert_eq!(text.code.lines().count(), 3);
    }

    #[test]
    fn quotes_in_character_literals_open_no_string() {
        let text = RustText::of("let a: &'static str = x('\"', '\\'', '\\u{22}', b'\"'); y(\"z\");");

        assert_eq!(text.strings, [(1, "z".to_owned())]);
        assert!(text.code.contains("&'static str"));
    }

    #[test]
    fn strings_over_several_lines_keep_the_line_count() {
        let text = RustText::of("a(\"one\ntwo\");\nb();");

        assert_eq!(text.lines_with("b"), [3]);
        assert_eq!(text.strings, [(1, "one\ntwo".to_owned())]);
    }

    #[test]
    fn words_are_found_whole() {
        let text = RustText::of("use crate::http;\nuse my_crate::http;\nuse crate::https;\n// crate::http\n");

        assert_eq!(text.lines_with("crate::http"), [1]);
    }

    #[test]
    fn test_modules_are_left_out_and_the_rest_kept() {
        let source =
            "a();\n#[cfg(test)]\nmod tests {\n fn b() { c(\"d\"); }\n}\ne(\"f\");\n#[cfg(test)]\nmod g;\n";

        let text = RustText::of(source).without_tests();

        assert_eq!(text.lines_with("c"), Vec::<usize>::new());
        assert_eq!(text.lines_with("e"), [6]);
        assert_eq!(text.strings, [(6, "f".to_owned())]);
    }
}
