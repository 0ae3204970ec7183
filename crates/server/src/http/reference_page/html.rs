//! Text to HTML: escaping, the little Markdown that doc comments use, and names that may stand in an address.
//! Knows nothing of OpenAPI. Called by the other parts of the reference page.

/// The text as HTML shows it, inside an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The text with everything but ASCII letters, digits, `_` and `.` turned into `-`: fit for an `id`.
pub(super) fn slug(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' => character,
            _ => '-',
        })
        .collect()
}

/// Doc-comment text as HTML: paragraphs, `-` lists, headings, fenced code, `code`, **bold**, [links](https://…).
pub(super) fn prose(text: &str) -> String {
    let mut blocks = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with("```")).collect();
            blocks += &format!("<pre><code>{}</code></pre>", escape(&code.join("\n")));
        } else if let Some(item) = list_item(trimmed) {
            let mut items = format!("<li>{}", inline(item));
            // A line that goes on belongs to the item above it.
            while let Some(next) = lines.next_if(|next| !next.trim().is_empty()) {
                match list_item(next.trim()) {
                    Some(item) => items += &format!("</li><li>{}", inline(item)),
                    None => items += &format!(" {}", inline(next.trim())),
                }
            }
            blocks += &format!("<ul>{items}</li></ul>");
        } else if trimmed.starts_with('#') {
            blocks += &format!("<p><strong>{}</strong></p>", inline(trimmed.trim_start_matches('#').trim()));
        } else if !trimmed.is_empty() {
            let mut paragraph = trimmed.to_owned();
            let goes_on = |next: &&str| {
                let next = next.trim();
                !next.is_empty() && list_item(next).is_none() && !next.starts_with("```")
            };
            while let Some(next) = lines.next_if(goes_on) {
                paragraph.push(' ');
                paragraph.push_str(next.trim());
            }
            blocks += &format!("<p>{}</p>", inline(&paragraph));
        }
    }
    blocks
}

fn list_item(line: &str) -> Option<&str> {
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))
}

/// One line's `code`, **bold** and [links](https://…); everything else escaped.
pub(super) fn inline(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        html += &escape(&rest[..at]);
        rest = &rest[at..];
        let (piece, after) = code(rest).or_else(|| bold(rest)).or_else(|| link(rest)).unwrap_or_else(|| {
            let (mark, after) = rest.split_at(1);
            (mark.to_owned(), after)
        });
        html += &piece;
        rest = after;
    }
    html + &escape(rest)
}

fn code(text: &str) -> Option<(String, &str)> {
    let (inside, after) = text.strip_prefix('`')?.split_once('`')?;
    Some((format!("<code>{}</code>", escape(inside)), after))
}

fn bold(text: &str) -> Option<(String, &str)> {
    let (inside, after) = text.strip_prefix("**")?.split_once("**")?;
    Some((format!("<strong>{}</strong>", inline(inside)), after))
}

/// Only addresses that begin as a page or a place on this one do: never `javascript:`.
fn link(text: &str) -> Option<(String, &str)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    let known = ["https://", "http://", "#", "/"].iter().any(|start| address.starts_with(start));
    known.then(|| (format!("<a href=\"{}\">{}</a>", escape(address), escape(label)), after))
}
