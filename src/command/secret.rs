//! A secret from standard input, where no list of processes shows it.

use std::fs::File;
use std::io::{self, Read};

use zeroize::Zeroizing;

/// The most bytes of a secret.
const LONGEST: usize = 1_024;

/// The first line of standard input, without its end. [`io::ErrorKind::InvalidData`] if it is too long or no text.
///
/// Read past the standard library's buffer, which nobody wipes.
pub(super) fn line() -> io::Result<Zeroizing<String>> {
    first_line(&mut unbuffered()?)
}

fn first_line(from: &mut impl Read) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0]);
    while from.read(&mut *byte)? == 1 && byte[0] != b'\n' {
        if line.len() == LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        line.push(byte[0]);
    }
    let text = str::from_utf8(&line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Zeroizing::new(text.trim_end_matches('\r').to_owned()))
}

#[cfg(unix)]
fn unbuffered() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn unbuffered() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_it_ends() {
        for (input, line) in
            [("", ""), ("key", "key"), ("key\n", "key"), ("a b \r\nmore", "a b "), ("口令\n\n", "口令"), ("\n", "")]
        {
            assert_eq!(first_line(&mut input.as_bytes()).unwrap().as_str(), line, "{input:?}");
        }
        let longest = "x".repeat(LONGEST);
        assert_eq!(first_line(&mut longest.as_bytes()).unwrap().as_str(), longest);
        for bad in [format!("{longest}x").as_bytes(), &[0xff, b'\n']] {
            assert_eq!(first_line(&mut &*bad).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }
}
