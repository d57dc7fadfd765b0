//! The XML of API V2 (manual, "protocol rules"): one root, flat fields, and none of what makes XML
//! dangerous. What a signature is made over is read here exactly as it was written.

use std::fmt;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::QName;
use thiserror::Error;

use super::redact;

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// The most elements in a body, nested ones too.
pub const MAX_FIELDS: usize = 256;
/// How deep elements may stand below the root; a field stands at 1.
pub const MAX_DEPTH: usize = 3;

/// The flat fields of one document, each name once, in document order.
///
/// An empty element counts as absent, as it does for the signature; only [`Fields::has_element`] still
/// knows it. An element that holds elements is read over and has no value.
#[derive(Clone, Default)]
pub struct Fields {
    /// The document as it came, or names and values one after the other; spans point into it.
    text: String,
    spans: Vec<Span>,
}

#[derive(Clone)]
struct Span {
    name: Range<usize>,
    value: Range<usize>,
}

/// Why a body is not a document of this protocol. Each variant blames who wrote the body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlError {
    #[error("the body is larger than {MAX_BODY} bytes")]
    TooLarge,
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body has a DOCTYPE")]
    Doctype,
    #[error("the body refers to an entity that the protocol doesn't have")]
    Entity,
    #[error("the body has a comment, a processing instruction or a misplaced declaration")]
    Markup,
    #[error("the field {name} is there twice")]
    Duplicate { name: String },
    #[error("an element has a name that no field can have")]
    Name,
    #[error("elements are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("there are more than {MAX_FIELDS} elements")]
    TooManyFields,
    #[error("the body doesn't begin with the root element")]
    NoRoot,
    #[error("something follows the root element")]
    Trailing,
    #[error("the body ends early")]
    Cut,
    #[error("the body is not well-formed")]
    Malformed,
}

impl Fields {
    pub fn new() -> Self {
        // As large as most messages get.
        Self { text: String::with_capacity(512), spans: Vec::with_capacity(24) }
    }

    /// Adds a field; empty values are left out. The name must not be there yet.
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a field; empty values are left out. The name must not be there yet.
    pub fn push(&mut self, name: &str, value: impl AsRef<str>) {
        let value = value.as_ref();
        debug_assert!(is_field_name(name), "{name} can't be a field");
        debug_assert!(!self.has_element(name), "{name} is there already");
        if value.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.push_str(value);
        self.spans.push(Span { name: start..middle, value: middle..self.text.len() });
    }

    /// The value of a field; `None` if it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Whether the document has this element, be it empty.
    pub fn has_element(&self, name: &str) -> bool {
        self.spans.iter().any(|span| &self.text[span.name.clone()] == name)
    }

    /// All fields that are not empty, in document order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.spans
            .iter()
            .filter(|span| !span.value.is_empty())
            .map(|span| (&self.text[span.name.clone()], &self.text[span.value.clone()]))
    }

    /// The document, values in CDATA.
    pub fn to_xml(&self) -> String {
        const AROUND_ROOT: usize = "<xml></xml>".len();
        const AROUND_FIELD: usize = "<><![CDATA[]]></>".len();
        let size: usize = self.iter().map(|(name, value)| AROUND_FIELD + 2 * name.len() + value.len()).sum();
        let mut xml = String::with_capacity(AROUND_ROOT + size);
        xml.push_str("<xml>");
        for (name, value) in self.iter() {
            xml.push('<');
            xml.push_str(name);
            xml.push_str("><![CDATA[");
            push_cdata(&mut xml, value);
            xml.push_str("]]></");
            xml.push_str(name);
            xml.push('>');
        }
        xml.push_str("</xml>");
        xml
    }

    /// Reads a document whose root is `<xml>`.
    pub fn parse(body: &[u8]) -> Result<Self, XmlError> {
        Self::parse_root(body, "xml")
    }

    /// Reads a document with another root: the refund notification's plain text has `<root>`.
    pub fn parse_root(body: &[u8], root: &str) -> Result<Self, XmlError> {
        if body.len() > MAX_BODY {
            return Err(XmlError::TooLarge);
        }
        let text = std::str::from_utf8(body).map_err(|_| XmlError::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.bytes().any(|byte| is_control(char::from(byte))) {
            return Err(XmlError::Malformed);
        }
        let (spans, joined) = Parser::new(text).document(root)?;
        let mut all = String::with_capacity(text.len() + joined.len());
        all.push_str(text);
        all.push_str(&joined);
        Ok(Self { text: all, spans })
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}

/// Shows what may be seen in a log: payment codes, signatures and persons are masked.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, redact::value(name, value)))).finish()
    }
}

/// Letters, digits, `_`, `-`, `.`: a `=` or `&` in a name would make the signed text ambiguous.
fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// The control characters that XML 1.0 doesn't allow.
fn is_control(c: char) -> bool {
    c < ' ' && !matches!(c, '\t' | '\n' | '\r')
}

/// Writes `value` inside a CDATA section; a `]]>` in it is split over two sections.
fn push_cdata(xml: &mut String, value: &str) {
    let mut parts = value.split("]]>");
    xml.push_str(parts.next().unwrap_or_default());
    for part in parts {
        xml.push_str("]]]]><![CDATA[>");
        xml.push_str(part);
    }
}

struct Parser<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    spans: Vec<Span>,
    /// Values that are not one piece of the document; their spans begin at the document's end.
    joined: String,
    elements: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        // WeChat's replies have 15 to 30 fields.
        let spans = Vec::with_capacity(32);
        Self { reader: Reader::from_str(text), text, spans, joined: String::new(), elements: 0 }
    }

    fn document(mut self, root: &str) -> Result<(Vec<Span>, String), XmlError> {
        if self.root(root)? {
            while self.field()? {}
        }
        match self.next()? {
            Event::Eof => {}
            Event::Text(text) if is_blank(&text) && matches!(self.next()?, Event::Eof) => {}
            _ => return Err(XmlError::Trailing),
        }
        Ok((self.spans, self.joined))
    }

    /// Reads up to the root's start; `false` if it is an empty element.
    fn root(&mut self, root: &str) -> Result<bool, XmlError> {
        let mut first = true;
        loop {
            match self.read()? {
                Event::Decl(declaration) if first => check_declaration(&declaration)?,
                Event::Text(text) if is_blank(&text) => {}
                Event::Start(tag) if tag.name() == QName(root) => return Ok(true),
                Event::Empty(tag) if tag.name() == QName(root) => return Ok(false),
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => return Err(XmlError::Markup),
                _ => return Err(XmlError::NoRoot),
            }
            first = false;
        }
    }

    /// Reads one field; `false` at the end of the root.
    fn field(&mut self) -> Result<bool, XmlError> {
        let start = self.position();
        match self.next()? {
            Event::Start(tag) => {
                let name = self.name(start, &tag)?;
                let value = self.value()?;
                self.spans.push(Span { name, value });
            }
            Event::Empty(tag) => {
                let name = self.name(start, &tag)?;
                self.spans.push(Span { name, value: 0..0 });
            }
            Event::End(_) => return Ok(false),
            Event::Text(text) if is_blank(&text) => {}
            Event::Eof => return Err(XmlError::Cut),
            _ => return Err(XmlError::Malformed),
        }
        Ok(true)
    }

    /// Where the name of a tag that starts at `start` stands.
    fn name(&mut self, start: usize, tag: &BytesStart<'_>) -> Result<Range<usize>, XmlError> {
        self.count_element()?;
        let name = tag.name().into_inner();
        if !is_field_name(name) {
            return Err(XmlError::Name);
        }
        if self.spans.iter().any(|span| &self.text[span.name.clone()] == name) {
            return Err(XmlError::Duplicate { name: name.to_owned() });
        }
        let start = start + "<".len();
        Ok(start..start + name.len())
    }

    /// Reads a field's value and its end tag.
    ///
    /// White space that stands beside a CDATA section is padding; any other is part of the value.
    fn value(&mut self) -> Result<Range<usize>, XmlError> {
        let start = self.position();
        let mut cdata = None;
        let mut in_pieces = false;
        let mut only_blank_text = true;
        let mut nested = false;
        loop {
            let before = self.position();
            match self.next()? {
                Event::Text(text) => only_blank_text &= is_blank(&text),
                Event::GeneralRef(_) => in_pieces = true,
                Event::CData(_) => {
                    in_pieces |= cdata.is_some();
                    cdata = Some(before + "<![CDATA[".len()..self.position() - "]]>".len());
                }
                Event::Start(_) => {
                    nested = true;
                    self.skip_element()?;
                }
                Event::Empty(_) => {
                    nested = true;
                    self.count_element()?;
                }
                Event::End(_) if nested => return Ok(0..0),
                Event::End(_) => {
                    let whole = start..before;
                    return Ok(match cdata {
                        Some(cdata) if only_blank_text && !in_pieces => cdata,
                        None if !in_pieces => whole,
                        _ => self.join(whole)?,
                    });
                }
                Event::Eof => return Err(XmlError::Cut),
                _ => return Err(XmlError::Malformed),
            }
        }
    }

    /// Reads over an element inside a field, down to the depth that is allowed.
    fn skip_element(&mut self) -> Result<(), XmlError> {
        self.count_element()?;
        let mut depth = 2;
        while depth > 1 {
            match self.next()? {
                Event::Start(_) => {
                    self.count_element()?;
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(XmlError::TooDeep);
                    }
                }
                Event::Empty(_) => {
                    self.count_element()?;
                    if depth == MAX_DEPTH {
                        return Err(XmlError::TooDeep);
                    }
                }
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(XmlError::Cut),
                _ => {}
            }
        }
        Ok(())
    }

    /// Joins a value written in several pieces: references resolved, CDATA sections put together.
    fn join(&mut self, whole: Range<usize>) -> Result<Range<usize>, XmlError> {
        let text = self.text;
        let mut pieces = Reader::from_str(&text[whole]);
        let start = text.len() + self.joined.len();
        let mut run = String::new();
        let mut has_cdata = false;
        loop {
            let event = pieces.read_event().map_err(|error| blame(&error))?;
            match &event {
                Event::Text(text) => run.push_str(text),
                Event::GeneralRef(reference) => run.push(resolve(reference)?),
                Event::CData(_) | Event::Eof => {
                    has_cdata |= matches!(event, Event::CData(_));
                    if !(has_cdata && is_blank(&run)) {
                        self.joined.push_str(&run);
                    }
                    run.clear();
                }
                _ => return Err(XmlError::Malformed),
            }
            match event {
                Event::CData(section) => self.joined.push_str(&section),
                Event::Eof => return Ok(start..text.len() + self.joined.len()),
                _ => {}
            }
        }
    }

    /// The next event inside or after the root, where only elements and text may stand.
    fn next(&mut self) -> Result<Event<'a>, XmlError> {
        match self.read()? {
            Event::DocType(_) => Err(XmlError::Doctype),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Err(XmlError::Markup),
            Event::GeneralRef(reference) => resolve(&reference).map(|_| Event::GeneralRef(reference)),
            event => Ok(event),
        }
    }

    fn read(&mut self) -> Result<Event<'a>, XmlError> {
        self.reader.read_event().map_err(|error| blame(&error))
    }

    fn count_element(&mut self) -> Result<(), XmlError> {
        self.elements += 1;
        if self.elements > MAX_FIELDS { Err(XmlError::TooManyFields) } else { Ok(()) }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).expect("the body is at most a megabyte")
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8") => Ok(()),
        Some(Ok(_)) => Err(XmlError::NotUtf8),
        Some(Err(_)) => Err(XmlError::Malformed),
    }
}

/// The five predefined entities, and characters by number (which name one character and expand no
/// further); of these only such that XML allows.
fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => match reference.resolve_char_ref() {
            Ok(Some(c)) if !is_control(c) && !matches!(c, '\u{fffe}' | '\u{ffff}') => Ok(c),
            _ => Err(XmlError::Entity),
        },
    }
}

fn blame(error: &quick_xml::Error) -> XmlError {
    match error {
        quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) => XmlError::Malformed,
        quick_xml::Error::Syntax(_) => XmlError::Cut,
        _ => XmlError::Malformed,
    }
}

#[cfg(test)]
mod tests;
