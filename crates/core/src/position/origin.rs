//! The origin of transactions: distinguishes a server's own transactions from those that it replicated.

use std::fmt;

/// `@@server_uuid`,
/// <https://dev.mysql.com/doc/refman/8.4/en/replication-options.html#sysvar_server_uuid>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// Reads 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12, in either case.
    pub fn parse(text: &str) -> Option<Uuid> {
        let mut groups = text.split('-');
        let mut bytes = [0; 16];
        let mut filled = bytes.iter_mut();
        for digits in [8, 4, 4, 4, 12] {
            let group = groups.next().filter(|group| group.len() == digits)?.as_bytes();
            for pair in group.chunks_exact(2) {
                let digit = |at: usize| char::from(pair[at]).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                *filled.next()? = digit(0)? << 4 | digit(1)?;
            }
        }
        groups.next().is_none().then_some(Uuid(bytes))
    }

    /// The first eight digits, for people.
    pub(super) fn head(self) -> String {
        self.0[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// As MySQL writes it: lower case, groups of 8, 4, 4, 4 and 12.
impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// The origin of a server's own transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// MariaDB, <https://mariadb.com/docs/server/ha-and-performance/standard-replication/gtid>.
    MariaDb {
        /// `@@gtid_domain_id`: where it writes now. It can be changed at run time, so it restricts nothing.
        domain: u32,
        /// `@@server_id`.
        server_id: u32,
    },
    /// MySQL with GTIDs.
    MySql {
        /// `@@server_uuid`.
        uuid: Uuid,
    },
    /// A server that has file names and positions only.
    File {
        /// `@@server_id`.
        server_id: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_read_in_either_case_and_nothing_else_is_one() {
        let text = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
        for good in [text.to_owned(), text.to_uppercase()] {
            assert_eq!(Uuid::parse(&good).map(|uuid| uuid.to_string()).as_deref(), Some(text), "{good}");
        }
        for bad in [
            "",
            "-",
            "----",
            "3e11fa47-71ca-11e1-9e33-c80aa942956",
            "3e11fa47-71ca-11e1-9e33-c80aa9429562-",
            "3e11fa47-71ca-11e1-9e33-c80aa94295620",
            "3e11fa4771ca11e19e33c80aa9429562",
            "3e11fa4-771ca-11e1-9e33-c80aa9429562",
            "3e11fa47-71ca-11e1-9e33-c80aa942956g",
            "+e11fa47-71ca-11e1-9e33-c80aa9429562",
            "3e11fa47-71ca-11e1-9e33-c80aa94295é2",
        ] {
            assert_eq!(Uuid::parse(bad), None, "{bad:?}");
        }
    }
}
