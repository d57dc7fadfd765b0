//! SKELETON: signatures only; the wire helper writes the bodies (and may better them).
use thiserror::Error;

/// The flat fields of one `<xml>` document, each name once, in document order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(Vec<(String, String)>);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlError {
    #[error("not the XML that the wire allows")]
    Malformed,
}

impl Fields {
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds a field; empty values are left out. The name must not be there yet.
    pub fn with(self, _name: &str, _value: impl Into<String>) -> Self {
        todo!()
    }
    pub fn push(&mut self, _name: &str, _value: impl Into<String>) {
        todo!()
    }
    pub fn get(&self, _name: &str) -> Option<&str> {
        todo!()
    }
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
    /// The document, values in CDATA.
    pub fn to_xml(&self) -> String {
        todo!()
    }
    pub fn parse(_body: &[u8]) -> Result<Self, XmlError> {
        todo!()
    }
}
