//! Tokens that two programs share, read from a file.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use subtle::ConstantTimeEq as _;

/// The shortest token that is accepted: 128 random bits are 22 characters of base64.
const SHORTEST: usize = 16;

/// Why a file has no valid token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// It cannot be read.
    #[error("token_file `{}` cannot be read: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Every user may read or change it.
    #[error("token_file `{}` is open to all users: chmod 640", .0.display())]
    Public(PathBuf),
    /// It is empty, too short, or has characters that cannot be sent.
    #[error(
        "token_file `{}` needs one line of 16 or more printable characters: write it with `openssl rand -base64 32`",
        .0.display()
    )]
    Weak(PathBuf),
}

/// A shared token. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Reads the token from a file that only its owner and group may read.
    ///
    /// # Errors
    /// When the file cannot be read, is open to all users, or has no valid token. The error never contains the file's
    /// content.
    pub(crate) fn read(file: &Path) -> Result<Token, TokenError> {
        let unreadable = |error| TokenError::Unreadable { file: file.to_owned(), error };
        let text = fs::read_to_string(file).map_err(unreadable)?;
        if fs::metadata(file).map_err(unreadable)?.mode() & 0o007 != 0 {
            return Err(TokenError::Public(file.to_owned()));
        }
        Token::of(text.trim()).ok_or_else(|| TokenError::Weak(file.to_owned()))
    }

    /// The token itself, unless it is too short or cannot be sent.
    pub(crate) fn of(text: &str) -> Option<Token> {
        let good = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Token(text.to_owned()))
    }

    /// The token, to be sent.
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
