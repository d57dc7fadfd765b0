//! A PIN or a key under the fingers: only how much of it is there is shown.

use zeroize::Zeroizing;

/// What was typed of a secret. Never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a character, unless there are so many already.
    pub fn push(&mut self, typed: char, most: usize) {
        // Room for all of it at once: a string that grows leaves its old bytes behind.
        if self.0.capacity() == 0 {
            self.0.reserve(most);
        }
        if self.0.len() < most {
            self.0.push(typed);
        }
    }

    pub fn pop(&mut self) {
        self.0.pop();
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({} characters)", self.0.len())
    }
}
