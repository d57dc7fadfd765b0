//! Chinese and English: each word once a language.
