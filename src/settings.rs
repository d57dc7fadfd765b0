//! Everything that is not secret.
