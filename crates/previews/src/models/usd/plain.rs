//! A layer's text in the words that its reader knows: what that gives up a whole file for is written otherwise, or left out where nothing
//! that is seen hangs on it. Programs write one statement a line, and so they are told apart.

/// Types that the reader does not know: those of bones' turns, mostly.
const STRANGE: [&str; 9] =
    ["quatd[]", "quatf[]", "quath[]", "uint[]", "uint64[]", "timecode", "timecode[]", "opaque", "group"];
/// Words that may stand before a type.
const BEFORE: [&str; 4] = ["custom", "uniform", "varying", "config"];
/// What a value that changes over time is called by.
const OVER_TIME: &str = ".timeSamples";

/// Of values that change over time, the first is taken for all; changes of a list of targets become the list.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let length = match Statement::of(line) {
            Statement::Plain => {
                plain.push_str(line);
                line.len()
            }
            Statement::Strange => end(rest),
            Statement::List(list) => {
                plain.push_str(list);
                line.len()
            }
            Statement::OverTime(attribute) => {
                let length = end(rest);
                if let Some(value) = first_value(&rest[..length]) {
                    plain.extend([attribute, " = ", value, "\n"]);
                }
                length
            }
        };
        rest = &rest[length..];
    }
    plain
}

/// What a line begins.
enum Statement<'a> {
    Plain,
    /// To be left out, with all of its value.
    Strange,
    /// Without the word that says how it changes another.
    List(&'a str),
    /// With all that stands before the values.
    OverTime(&'a str),
}

impl<'a> Statement<'a> {
    fn of(line: &'a str) -> Self {
        let mut words = line.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        if words.clone().next() == Some("rel") {
            match first {
                "prepend" | "append" | "add" => {
                    return Self::List(line.trim_start().strip_prefix(first).unwrap_or(line));
                }
                "delete" | "reorder" => return Self::Strange,
                _ => {}
            }
        }
        let mut words = line.split_ascii_whitespace().skip_while(|word| BEFORE.contains(word));
        let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if STRANGE.contains(&kind) && !name.is_empty() {
            return Self::Strange;
        }
        match line.find(OVER_TIME) {
            Some(place) if name.ends_with(OVER_TIME) => Self::OverTime(&line[..place]),
            _ => Self::Plain,
        }
    }
}

/// Where the statement ends that a text begins with: at the end of a line that is within no brackets.
fn end(text: &str) -> usize {
    let mut depth = 0_usize;
    pieces(text)
        .find(|(_, byte)| {
            match byte {
                b'[' | b'(' | b'{' => depth += 1,
                b']' | b')' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *byte == b'\n' && depth == 0
        })
        .map_or(text.len(), |(place, _)| place + 1)
}

/// Of `name = { 1: value, 2: value }`, the first value.
fn first_value(statement: &str) -> Option<&str> {
    let open = statement.find('{')? + 1;
    let samples = statement.get(open..)?;
    let start = samples.find(':')? + 1;
    let value = samples.get(start..)?;
    let mut depth = 0_usize;
    let end = pieces(value).find(|(_, byte)| {
        let is_end = depth == 0 && matches!(byte, b',' | b'}' | b'\n');
        match byte {
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_end
    });
    let value = value.get(..end?.0)?.trim();
    (!value.is_empty() && value != "None").then_some(value)
}

/// The bytes of a text with their places, without those in quotation marks and comments.
fn pieces(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut quote: Option<u8> = None;
    let mut is_comment = false;
    let mut is_escaped = false;
    text.bytes().enumerate().filter(move |(_, byte)| {
        if is_comment {
            is_comment = *byte != b'\n';
            return !is_comment;
        }
        if let Some(open) = quote {
            if !is_escaped && *byte == open {
                quote = None;
            }
            is_escaped = !is_escaped && *byte == b'\\';
            return false;
        }
        match byte {
            b'"' | b'\'' => quote = Some(*byte),
            b'#' => is_comment = true,
            _ => return true,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_does_not_know_is_written_otherwise_or_left_out() {
        let text = "\
def Xform \"A\"
{
    float3 xformOp:translate.timeSamples = {
        0: (1, 2, 3), # the first
        10: (4, 5, 6),
    }
    token visibility.timeSamples = { 1: \"in}visible\", 2: \"inherited\" }
    double size.timeSamples = { }
    uniform quatf[] rotations = [
        (1, 0, 0, 0), (0, 1, 0, 0)
    ] (
        doc = \"\"\"two ) lines
        \"\"\"
    )
    quath[] scales
    prepend rel skel:skeleton = </A/Skel>
    delete rel other = [</A>, </B>]
    int[] faces = [1, 2]
}
";
        let lines: Vec<String> = plain(text).lines().map(|line| line.trim().to_owned()).collect();
        assert_eq!(
            lines,
            [
                "def Xform \"A\"",
                "{",
                "float3 xformOp:translate = (1, 2, 3)",
                "token visibility = \"in}visible\"",
                "rel skel:skeleton = </A/Skel>",
                "int[] faces = [1, 2]",
                "}"
            ]
        );
    }

    #[test]
    fn text_that_ends_anywhere_ends() {
        let text =
            "quatf[] a = [(1, 2)]\nfloat b.timeSamples = { 0: [1, \"x\"], 1: 2 }\nprepend rel c = [<d>]\n";
        for end in 0..text.len() {
            plain(&text[..end]);
        }
    }
}
