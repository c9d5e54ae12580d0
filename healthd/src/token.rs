//! Secrets that two programs share, read from a file.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use subtle::ConstantTimeEq as _;

/// The shortest secret that is taken: 128 random bits are 22 characters of base64.
const SHORTEST: usize = 16;

/// The shared secret. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Reads the secret from a file that only its owner and group may read.
    ///
    /// # Errors
    /// A sentence without the file's content.
    pub(crate) fn read(file: &Path) -> Result<Token, String> {
        let wrong = |why: &str| format!("token_file `{}` {why}", file.display());
        let text = fs::read_to_string(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        let mode = fs::metadata(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?.mode();
        if mode & 0o007 != 0 {
            return Err(wrong("may be read by everybody: chmod 640"));
        }
        Token::of(text.trim()).ok_or_else(|| {
            wrong("needs one line of 16 or more printable characters, such as `openssl rand -base64 32` makes")
        })
    }

    /// The secret itself, unless it is too short or could not be sent.
    pub(crate) fn of(text: &str) -> Option<Token> {
        let good = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Token(text.to_owned()))
    }

    /// The secret, to be sent.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that does not depend on where the difference is.
    pub(crate) fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_compared_as_a_whole_and_never_shown() {
        let token = Token("0123456789abcdef".to_owned());
        assert!(token.is("0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef0"] {
            assert!(!token.is(other), "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
