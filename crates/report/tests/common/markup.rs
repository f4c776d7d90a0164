//! Reads a page as strictly as XML where it matters: every tag closed in order, every attribute quoted.
#![allow(dead_code, reason = "each test file uses a part of this")]

/// A start tag with its attributes, as written.
#[derive(Clone, Debug)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What a page holds.
pub struct Page {
    /// Start tags in order.
    pub tags: Vec<Tag>,
    /// All text outside of style and script, entities resolved.
    pub text: String,
    /// Content of `script` elements.
    pub scripts: Vec<String>,
    /// Content of `style` elements.
    pub styles: Vec<String>,
}

const VOID: [&str; 4] = ["meta", "input", "br", "link"];

/// Reads a page; the error says what is wrong with it.
pub fn read(page: &str) -> Result<Page, String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    let mut open: Vec<String> = Vec::new();
    let mut found = Page { tags: Vec::new(), text: String::new(), scripts: Vec::new(), styles: Vec::new() };
    while let Some(start) = rest.find('<') {
        found.text.push_str(&resolve(&rest[..start])?);
        rest = &rest[start..];
        if let Some(closing) = rest.strip_prefix("</") {
            let end = closing.find('>').ok_or("closing tag without end")?;
            let name = &closing[..end];
            match open.pop() {
                Some(last) if last == name => {}
                last => return Err(format!("</{name}> closes {last:?}")),
            }
            rest = &closing[end + 1..];
            found.text.push(' ');
            continue;
        }
        let (tag, after) = start_tag(&rest[1..])?;
        rest = after;
        if matches!(tag.name.as_str(), "script" | "style") {
            let end = rest.find(&format!("</{}", tag.name)).ok_or("raw text without end")?;
            let raw = rest[..end].to_owned();
            if tag.name == "script" {
                found.scripts.push(raw)
            } else {
                found.styles.push(raw)
            }
            rest = &rest[end..];
        }
        if !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        found.tags.push(tag);
    }
    if !open.is_empty() || !rest.trim().is_empty() {
        return Err(format!("left open: {open:?}, left over: {:?}", rest.chars().take(40).collect::<String>()));
    }
    Ok(found)
}

fn start_tag(text: &str) -> Result<(Tag, &str), String> {
    let name_end = text.find(|c: char| !c.is_ascii_alphanumeric()).ok_or("tag without end")?;
    let name = text[..name_end].to_owned();
    if name.is_empty() {
        return Err(format!("`<` not escaped before {:?}", text.chars().take(30).collect::<String>()));
    }
    let mut rest = &text[name_end..];
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((Tag { name, attributes }, after));
        }
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .filter(|end| *end > 0)
            .ok_or_else(|| format!("bad attribute in <{name}>: {:?}", rest.chars().take(40).collect::<String>()))?;
        let key = rest[..end].to_owned();
        if attributes.iter().any(|(other, _)| *other == key) {
            return Err(format!("<{name}> has {key} twice"));
        }
        rest = &rest[end..];
        let value = match rest.strip_prefix("=\"") {
            None => String::new(),
            Some(quoted) => {
                let end = quoted.find('"').ok_or("attribute without end")?;
                rest = &quoted[end + 1..];
                let value = &quoted[..end];
                if value.contains('<') {
                    return Err(format!("`<` not escaped in {key}"));
                }
                resolve(value)?
            }
        };
        attributes.push((key, value));
    }
}

fn resolve(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut resolved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or_else(|| format!("`&` not escaped before {part:?}"))?;
        resolved.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            other => return Err(format!("entity {other}")),
        });
        resolved.push_str(rest);
    }
    Ok(resolved)
}
