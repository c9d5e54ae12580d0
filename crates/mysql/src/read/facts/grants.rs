//! The privileges of an account.

use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::writer::checksum;

use crate::connection::session::Session;
use crate::decode::columns::TextRow;

/// Reads the privileges of this account, including those of its enabled roles. `information_schema` leaves roles out,
/// and shows the privileges of all accounts to an account that may read `mysql`.
pub(super) const GRANTS: &str = "SHOW GRANTS";

/// The server's own schemas, whose tables are not reported.
pub(crate) const SYSTEM: [&str; 4] = ["mysql", "sys", "information_schema", "performance_schema"];

/// Whether the account has a privilege on everything, for a server that leaves out what the account may not see.
pub(super) async fn granted(
    session: &mut Session,
    privilege: &str,
    grant: &'static str,
) -> Result<Section<()>, Failure> {
    let rows = session.section(GRANTS, "").await?;
    Ok(rows.and_then(|rows| {
        if has_globally(&rows, privilege) { Ok(()) } else { Err(Unreadable::Denied { grant: grant.into() }) }
    }))
}

/// With one of these on a table, `information_schema` shows it and its columns. With others, such as `DELETE`, it shows
/// the table without columns: <https://dev.mysql.com/doc/refman/8.4/en/information-schema-introduction.html>.
const SHOW_TABLES: [&str; 5] = ["ALL PRIVILEGES", "SELECT", "INSERT", "UPDATE", "REFERENCES"];

/// A line: `GRANT privileges ON object TO …`, or `REVOKE … FROM …`.
struct Line<'a> {
    revokes: bool,
    privileges: &'a str,
    object: &'a str,
}

impl<'a> Line<'a> {
    /// `None` for a grant without an object, such as that of a role.
    fn read(text: &'a str) -> Option<Line<'a>> {
        let (revokes, rest) = match text.strip_prefix("GRANT ") {
            Some(rest) => (false, rest),
            None => (true, text.strip_prefix("REVOKE ")?),
        };
        let (rest, _) = split(rest, if revokes { " FROM " } else { " TO " })?;
        let (privileges, object) = split(rest, " ON ")?;
        Some(Line { revokes, privileges, object })
    }

    fn names(&self, wanted: &[&str]) -> bool {
        self.privileges.split(", ").any(|one| wanted.contains(&one))
    }

    /// Whether it is on all tables of this schema, or of all schemas.
    fn is_of(&self, schema: Option<&str>, plain: bool) -> bool {
        let characters = |text: &str| text.chars().collect::<Vec<char>>();
        match (self.object, self.schema(), schema) {
            ("*.*", ..) => true,
            (_, None, _) => false,
            (_, Some(own), Some(schema)) if plain => own == schema,
            (_, Some(own), Some(schema)) => fits(&characters(&own), &characters(schema)),
            (_, Some(own), None) => !plain && own == "%",
        }
    }

    /// The schema on all of whose tables it is, without quotes. It is a pattern unless names in grants are plain.
    fn schema(&self) -> Option<String> {
        let schema = self.object.strip_suffix(".*")?;
        let quote = schema.chars().next().filter(|quote| ['`', '"'].contains(quote))?;
        let inner = schema.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inner.replace(&String::from_iter([quote, quote]), &quote.to_string()))
    }
}

/// Splits at a word outside quotes, because quoted names may contain anything.
fn split<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            // A doubled quote ends the name and begins it again.
            Some(open) => quote = Some(open).filter(|open| *open != c),
            None if text[at..].starts_with(word) => return Some((&text[..at], &text[at + word.len()..])),
            None => quote = Some(c).filter(|c| ['`', '"', '\''].contains(c)),
        }
    }
    None
}

/// Whether a name matches a pattern of SQL's `LIKE`. Of several `%`, only the last one is tried again, so that no
/// pattern takes long.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut read, mut star) = (0, 0, None);
    while let Some(c) = name.get(read) {
        let step = match (pattern.get(at), pattern.get(at + 1)) {
            (Some('%'), _) => {
                star = Some((at + 1, read));
                at += 1;
                continue;
            }
            (Some('\\'), Some(escaped)) if escaped == c => Some(2),
            (Some('_'), _) => Some(1),
            (Some(plain), _) if plain == c => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(step), _) => (at, read) = (at + step, read + 1),
            (None, Some((after, from))) => {
                star = Some((after, from + 1));
                (at, read) = (after, from + 1);
            }
            (None, None) => return false,
        }
    }
    pattern.get(at..).is_none_or(|rest| rest.iter().all(|c| *c == '%'))
}

fn lines(rows: &[TextRow]) -> impl Iterator<Item = Line<'_>> {
    rows.iter().filter_map(|row| Line::read(row.first()?.1.as_deref()?))
}

/// Whether the account has this privilege on everything, such as `PROCESS`.
pub(super) fn has_globally(rows: &[TextRow], privilege: &str) -> bool {
    let wanted = [privilege, "ALL PRIVILEGES"];
    lines(rows).any(|line| !line.revokes && line.object == "*.*" && line.names(&wanted))
}

/// Whether there is a grant that may be on a pattern, such as `%`.
pub(super) fn has_patterns(rows: &[TextRow]) -> bool {
    lines(rows).filter_map(|line| line.schema()).any(|schema| schema.contains(['%', '_', '\\']))
}

/// Whether the account sees every table of a schema, or of all schemas. `plain` is whether names in grants are not
/// patterns.
pub(super) fn shows_tables(rows: &[TextRow], schema: Option<&str>, plain: bool) -> bool {
    let granted = |line: &Line<'_>| !line.revokes && line.is_of(schema, plain);
    // MySQL's partial revokes take away parts of a privilege on everything, from schemas by their plain names.
    let revoked = |line: &Line<'_>| {
        let of = line.schema().unwrap_or_default();
        line.revokes && schema.map_or(!SYSTEM.contains(&of.as_str()), |schema| of == schema)
    };
    let of_tables = || lines(rows).filter(|line| line.names(&SHOW_TABLES));
    of_tables().any(|line| granted(&line)) && !of_tables().any(|line| revoked(&line))
}

/// A number for all privileges of the account, which changes when they change.
pub(super) fn number(rows: &[TextRow]) -> u64 {
    let granted = |line: Line<'_>| format!("{} {} ON {}", line.revokes, line.privileges, line.object);
    let mut all: Vec<String> = lines(rows).map(granted).collect();
    all.sort_unstable();
    checksum(all.join("\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(grants: &[&str]) -> Vec<TextRow> {
        grants.iter().map(|grant| vec![("Grants".to_owned(), Some((*grant).to_owned()))]).collect()
    }

    #[test]
    fn a_privilege_counts_only_where_it_is_on_everything() {
        for (grants, expected) in [
            (&["GRANT USAGE ON *.* TO `n`@`%`"][..], false),
            (&["GRANT SELECT, PROCESS, SUPER ON *.* TO `n`@`%`"], true),
            (&["GRANT PROCESS ON *.* TO `n`@`%` IDENTIFIED BY PASSWORD '*1'"], true),
            (&["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"], true),
            (&["GRANT USAGE ON *.* TO `n`@`%`", "GRANT ALL PRIVILEGES ON `a`.* TO `n`@`%`"], false),
            (&["GRANT `monitor` TO `n`@`%`", "GRANT PROCESS ON *.* TO `monitor`"], true),
            (&[], false),
        ] {
            let rows = rows(grants);
            assert_eq!(has_globally(&rows, "PROCESS"), expected, "{grants:?}");
        }
    }

    #[test]
    fn the_tables_of_a_schema_are_seen_with_any_privilege_on_all_of_them() {
        for (grants, schema, expected) in [
            (&["GRANT SELECT ON `my_shop`.* TO `n`@`%`"][..], Some("my_shop"), true),
            (&["GRANT SELECT ON `my_shop`.* TO `n`@`%`"], None, false),
            (
                &["GRANT USAGE ON *.* TO `n`@`%`", "GRANT INSERT, SELECT ON `my\\_shop`.* TO `n`@`%`"],
                Some("my_shop"),
                true,
            ),
            (&["GRANT SELECT ON `my\\_shop`.* TO `n`@`%`"], Some("myxshop"), false),
            (&["GRANT ALL PRIVILEGES ON `my_shop`.* TO `n`@`%`"], Some("my_shop"), true),
            (&["GRANT SELECT ON \"my_shop\".* TO \"n\"@\"%\""], Some("my_shop"), true),
            (&["GRANT SELECT ON `my%`.* TO `n`@`%`"], Some("my_shop"), true),
            (&["GRANT SELECT ON `my%`.* TO `n`@`%`"], Some("shop"), false),
            (&["GRANT SELECT ON `%`.* TO `n`@`%`"], None, true),
            (&["GRANT SELECT ON `my_shop`.`t` TO `n`@`%`"], Some("my_shop"), false),
            (&["GRANT INSERT ON `my_shop`.* TO `n`@`%`"], Some("my_shop"), true),
            (&["GRANT INSERT ON *.* TO `n`@`%`"], None, true),
            // Shows tables without their columns.
            (&["GRANT DELETE ON *.* TO `n`@`%`"], None, false),
            (&["GRANT SELECT ON `my%p`.* TO `n`@`%`"], Some("my_shop_p"), true),
            (&["GRANT SELECT ON `%s%o%`.* TO `n`@`%`"], Some("my_shop"), true),
            (&["GRANT SELECT ON `%s%o%q`.* TO `n`@`%`"], Some("my_shop"), false),
            (&["GRANT SELECT ON `my_sho`.* TO `n`@`%`"], Some("my_shop"), false),
            (&["GRANT SELECT ON *.* TO `n`@`%`", "REVOKE SELECT ON `mysql`.* FROM `n`@`%`"], None, true),
            (&["GRANT EXECUTE ON *.* TO `n`@`%`"], None, false),
            (&["GRANT SELECT ON `other`.* TO `my_shop`@`%`"], Some("my_shop"), false),
            (&["GRANT SELECT ON `a TO b`.* TO `n`@`%`"], Some("a TO b"), true),
            (&["GRANT SELECT ON `a ON ``b`.* TO `n`@`%`"], Some("a ON `b"), true),
            (&["GRANT SELECT (`c, ON d`) ON `s`.`t` TO `n`@`%`"], Some("s"), false),
            (&["GRANT `r ON s` TO `n`@`%`"], None, false),
            (&["GRANT SELECT ON *.* TO `n`@`%`", "REVOKE SELECT ON `secret`.* FROM `n`@`%`"], None, false),
            (&["GRANT SELECT ON *.* TO `n`@`%`", "REVOKE SELECT ON `secret`.* FROM `n`@`%`"], Some("secret"), false),
            (&["GRANT SELECT ON *.* TO `n`@`%`", "REVOKE SELECT ON `secret`.* FROM `n`@`%`"], Some("shop"), true),
            (&["GRANT SELECT ON *.* TO `n`@`%`", "REVOKE EXECUTE ON `secret`.* FROM `n`@`%`"], None, true),
            (&[], None, false),
        ] {
            assert_eq!(shows_tables(&rows(grants), schema, false), expected, "{grants:?} {schema:?}");
        }
        for (grant, schema, expected) in [
            ("GRANT SELECT ON `%`.* TO `n`@`%`", None, false),
            ("GRANT SELECT ON `my%`.* TO `n`@`%`", Some("my_shop"), false),
            ("GRANT SELECT ON `my\\_shop`.* TO `n`@`%`", Some("my_shop"), false),
            ("GRANT SELECT ON `my_shop`.* TO `n`@`%`", Some("my_shop"), true),
            ("GRANT SELECT ON *.* TO `n`@`%`", None, true),
        ] {
            assert_eq!(shows_tables(&rows(&[grant]), schema, true), expected, "{grant} {schema:?}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern: Vec<char> = "%a".repeat(5_000).chars().chain(['b']).collect();
        let name: Vec<char> = "a".repeat(5_000).chars().collect();
        assert!(!fits(&pattern, &name) && fits(&pattern[..pattern.len() - 1], &name));
    }

    #[test]
    fn the_number_of_an_account_s_grants_changes_with_them_and_not_with_its_password() {
        let one = number(&rows(&[
            "GRANT SELECT ON *.* TO `n`@`%` IDENTIFIED BY PASSWORD '*1'",
            "GRANT INSERT ON `a`.* TO `n`@`%`",
        ]));
        let same = number(&rows(&[
            "GRANT INSERT ON `a`.* TO `n`@`%`",
            "GRANT SELECT ON *.* TO `n`@`%` IDENTIFIED BY PASSWORD '*2'",
        ]));
        let other = number(&rows(&["GRANT SELECT ON `a`.* TO `n`@`%`"]));
        assert!(one == same && one != other);
    }
}
