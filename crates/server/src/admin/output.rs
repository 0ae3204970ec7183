//! What commands print: JSON for scripts, aligned columns for people.

use std::io::Write;

use serde_json::Value;

/// Prints one object: as JSON on one line, or as `name  value` lines.
pub(crate) fn object(json: bool, object: &Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{object}")?;
        return Ok(());
    }
    let members: Vec<_> = object.as_object().into_iter().flatten().collect();
    let width = members.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in members {
        writeln!(out, "{name:width$}  {}", text(value))?;
    }
    Ok(())
}

/// Prints a list: as one JSON array, or as a table of the columns named.
pub(crate) fn list(json: bool, rows: &[Value], columns: &[&str]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", Value::from(rows.to_vec()))?;
        return Ok(());
    }
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|column| text(&row[*column])).collect()).collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            cells.iter().map(|row| row[index].chars().count()).chain([column.len()]).max().unwrap_or(0)
        })
        .collect();
    let mut print = |row: &[String]| {
        let padded: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    print(&columns.iter().map(|column| (*column).to_uppercase()).collect::<Vec<_>>())?;
    for row in &cells {
        print(row)?;
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
