//! The part of the crate `regex` that mysql_common calls, over `regex-lite`: it stands in for it by
//! `[patch.crates-io]`.
//!
//! mysql_common reads the version in a server's greeting with two expressions of Unicode digits. To compile them takes
//! `regex` longer than a whole check otherwise takes, and its tables are a fifth of the plugins' executable. Digits are
//! those of ASCII here, which is what a server sends; mysql_common panics on others.

pub mod bytes {
    //! Expressions over bytes.

    pub use regex_lite::Error;

    /// A compiled expression.
    #[derive(Debug, Clone)]
    pub struct Regex(regex_lite::Regex);

    /// What an expression found, by the number of the group.
    #[derive(Debug)]
    pub struct Captures<'h>(regex_lite::Captures<'h>);

    /// A piece of what was searched.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Match<'h>(&'h [u8]);

    impl Regex {
        /// Compiles an expression.
        ///
        /// # Errors
        /// A text that is none.
        pub fn new(pattern: &str) -> Result<Regex, Error> {
            regex_lite::Regex::new(pattern).map(Regex)
        }

        /// Whether it is found.
        pub fn is_match(&self, haystack: &[u8]) -> bool {
            self.0.is_match(text(haystack))
        }

        /// What the first match and its groups are.
        pub fn captures<'h>(&self, haystack: &'h [u8]) -> Option<Captures<'h>> {
            self.0.captures(text(haystack)).map(Captures)
        }
    }

    impl<'h> Captures<'h> {
        /// The group of this number, if it took part; 0 is all of it.
        pub fn get(&self, group: usize) -> Option<Match<'h>> {
            self.0.get(group).map(|found| Match(found.as_str().as_bytes()))
        }
    }

    impl<'h> Match<'h> {
        /// Its bytes.
        pub fn as_bytes(&self) -> &'h [u8] {
            self.0
        }
    }

    /// The part before the first byte that is no text: `.` and `[^x]` of `regex` end there too.
    fn text(haystack: &[u8]) -> &str {
        haystack.utf8_chunks().next().map_or("", |chunk| chunk.valid())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// As in mysql_common 0.37.
        const MARIADB: &str = r"^(?:5.5.5-)?(\d{1,2})\.(\d{1,2})\.(\d{1,3})-MariaDB";
        const ANY: &str = r"^(\d{1,2})\.(\d{1,2})\.(\d{1,3})(.*)";

        fn groups(pattern: &str, haystack: &[u8]) -> Option<Vec<Option<String>>> {
            let captures = Regex::new(pattern).expect("an expression").captures(haystack)?;
            let group = |at| captures.get(at).map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned());
            Some((1..=3).map(group).collect())
        }

        #[test]
        fn versions_of_servers_are_found_as_mysql_common_looks_for_them() {
            let three = |parts: [&str; 3]| Some(parts.map(|part| Some(part.to_owned())).to_vec());
            for (version, mariadb, any) in [
                (&b"10.11.19-MariaDB-0+deb12u1-log"[..], Some(["10", "11", "19"]), Some(["10", "11", "19"])),
                (b"5.5.5-10.6.12-MariaDB", Some(["10", "6", "12"]), Some(["5", "5", "5"])),
                (b"9.7.4", None, Some(["9", "7", "4"])),
                (b"8.0.36-28\xff\xfe", None, Some(["8", "0", "36"])),
                // Other digits than those of ASCII made mysql_common panic.
                ("8.0.٣٦".as_bytes(), None, None),
                (b"", None, None),
                (b"\xff8.0.36", None, None),
                (b"SSH-2.0-OpenSSH_9.2p1", None, None),
            ] {
                assert_eq!(groups(MARIADB, version), mariadb.and_then(three), "{version:?}");
                assert_eq!(groups(ANY, version), any.and_then(three), "{version:?}");
            }
        }

        #[test]
        fn keys_and_times_are_found_too() {
            let key = "-----BEGIN PUBLIC KEY-----\nMIIB\nAQAB\n-----END PUBLIC KEY-----\n";
            let expression =
                Regex::new("-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----").expect("an expression");
            let body = expression.captures(key.as_bytes()).and_then(|found| found.get(1)).expect("a key");
            assert_eq!(body.as_bytes(), b"\nMIIB\nAQAB\n");
            let date = Regex::new(r"^\d{4}-\d{2}-\d{2}$").expect("an expression");
            assert!(date.is_match(b"2026-11-25") && !date.is_match(b"2026-11-25 "));
        }
    }
}
