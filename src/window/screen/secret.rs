//! A PIN or a key under the fingers: only how much of it is there is shown.

use zeroize::Zeroizing;

/// What was typed of a secret. Never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a character, unless there are so many already.
    pub fn push(&mut self, typed: char, most: usize) {
        // Room for all of it at once: a string that grows leaves its old bytes behind. A clone has none to spare.
        if self.0.capacity() < most {
            let mut room = Zeroizing::new(String::with_capacity(most));
            room.push_str(&self.0);
            self.0 = room;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_that_grows_is_moved_whole_and_once() {
        const MOST: usize = 32;
        let mut secret = Secret::default();
        for (typed, expected) in [('4', "4"), ('8', "48"), ('0', "480")] {
            // As the pages do: each key is typed on a clone.
            secret = secret.clone();
            secret.push(typed, MOST);
            assert_eq!(secret.text(), expected);
            assert!(secret.0.capacity() >= MOST, "{} bytes", secret.0.capacity());
        }
        let place = secret.0.as_ptr();
        for typed in "21".repeat(MOST).chars() {
            secret.push(typed, MOST);
        }
        assert_eq!((secret.len(), secret.0.as_ptr()), (MOST, place), "it has grown where it was");
    }
}
