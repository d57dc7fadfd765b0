//! Room to be written.
