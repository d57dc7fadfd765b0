//! SKELETON: signatures only; the wire helper writes the bodies (and may better them).
use super::xml::Fields;
use thiserror::Error;
use zeroize::Zeroizing;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignType {
    Md5,
    HmacSha256,
}

impl SignType {
    /// `MD5`, `HMAC-SHA256`
    pub fn name(self) -> &'static str {
        todo!()
    }
    pub fn from_name(_name: &str) -> Option<Self> {
        todo!()
    }
}

/// The merchant's API key (32 characters). Never shown.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl ApiKey {
    pub fn new(key: impl Into<String>) -> Self {
        Self(Zeroizing::new(key.into()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignError {
    #[error("the message carries no signature")]
    Missing,
    #[error("the signature is wrong")]
    Wrong,
}

/// Fields whose signature was checked. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified(Fields);

impl Verified {
    pub fn fields(&self) -> &Fields {
        &self.0
    }
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }
}

/// The signature over all non-empty fields but `sign`, upper-case hex.
pub fn sign(_fields: &Fields, _key: &ApiKey, _kind: SignType) -> String {
    todo!()
}

/// Checks `sign` by the algorithm asked for, in constant time.
pub fn verify(_fields: Fields, _key: &ApiKey, _kind: SignType) -> Result<Verified, SignError> {
    todo!()
}
