//! Lines of a file that may be anything: of bounded length, each with its end.

use std::io::{self, BufRead, Read};

/// Longest line in bytes. The longest entry of Counterfoil holds one request to a provider, which
/// is far shorter.
pub const LONGEST_LINE: usize = 4 << 20;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A line, without its end.
    Line,
    /// The file ended right after a line.
    End,
    /// The file ended within a line.
    CutOff,
    /// The line is longer than [`LONGEST_LINE`].
    TooLong,
}

/// Reads the next line into `line`, never holding more than [`LONGEST_LINE`] of it.
///
/// # Errors
/// The file cannot be read.
pub fn next(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Next> {
    line.clear();
    let most = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX).saturating_add(1);
    let read = file.by_ref().take(most).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(Next::End);
    }
    if line.pop_if(|byte| *byte == b'\n').is_some() {
        return Ok(Next::Line);
    }
    Ok(if line.len() > LONGEST_LINE { Next::TooLong } else { Next::CutOff })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_a_line_feed_and_are_not_endless() {
        let all = |bytes: &[u8]| {
            let (mut file, mut line, mut seen) = (bytes, Vec::new(), Vec::new());
            loop {
                let next = next(&mut file, &mut line).expect("memory reads");
                let ended = next != Next::Line;
                seen.push((next, line.len()));
                if ended {
                    return seen;
                }
            }
        };
        assert_eq!(all(b""), [(Next::End, 0)]);
        assert_eq!(
            all(b"a\n\nbc\n"),
            [(Next::Line, 1), (Next::Line, 0), (Next::Line, 2), (Next::End, 0)]
        );
        assert_eq!(all(b"a\nb"), [(Next::Line, 1), (Next::CutOff, 1)]);
        let long = vec![b'x'; LONGEST_LINE * 2];
        assert_eq!(all(&long), [(Next::TooLong, LONGEST_LINE + 1)]);
    }
}
