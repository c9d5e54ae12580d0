//! [`crate::statements::GRANTS`]: what an account may do.

use super::TextRow;

/// Whether the account has this privilege on everything, such as `PROCESS`.
pub(crate) fn has_globally(rows: &[TextRow], privilege: &str) -> bool {
    has(rows, privilege, |on| on == "*.*")
}

/// Whether it has this privilege on everything in a schema; one that is granted by a pattern is not known to.
pub(crate) fn has_on_schema(rows: &[TextRow], privilege: &str, schema: &str) -> bool {
    let quoted = format!("`{}`.*", schema.replace(['`', '"'], "``"));
    // With ANSI_QUOTES names stand in the other quotes.
    has(rows, privilege, |on| on.replace("\\_", "_").replace("\\%", "%").replace('"', "`") == quoted)
}

/// Whether something of it was taken away again: MySQL's partial revokes.
pub(crate) fn is_partly_revoked(rows: &[TextRow], privilege: &str) -> bool {
    let lines = rows.iter().filter_map(|row| row.first()?.1.as_deref());
    let revoked = lines.filter_map(|line| line.strip_prefix("REVOKE ")?.split_once(" ON "));
    revoked.flat_map(|(privileges, _)| privileges.split(", ")).any(|one| one == privilege || one == "ALL PRIVILEGES")
}

fn has(rows: &[TextRow], privilege: &str, is_on: impl Fn(&str) -> bool) -> bool {
    let lines = rows.iter().filter_map(|row| row.first()?.1.as_deref());
    let grants = lines.filter_map(|line| line.strip_prefix("GRANT ")?.split_once(" TO ")?.0.split_once(" ON "));
    let privileges = grants.filter(|(_, on)| is_on(on)).flat_map(|(privileges, _)| privileges.split(", "));
    privileges.into_iter().any(|one| one == privilege || one == "ALL PRIVILEGES")
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
    fn a_privilege_on_a_schema_counts_for_that_schema() {
        for (grants, expected) in [
            (&["GRANT SELECT ON `my_shop`.* TO `n`@`%`"][..], true),
            (&["GRANT USAGE ON *.* TO `n`@`%`", "GRANT INSERT, SELECT ON `my\\_shop`.* TO `n`@`%`"], true),
            (&["GRANT ALL PRIVILEGES ON `my_shop`.* TO `n`@`%`"], true),
            (&["GRANT SELECT ON \"my_shop\".* TO \"n\"@\"%\""], true),
            (&["GRANT SELECT ON `my%`.* TO `n`@`%`"], false),
            (&["GRANT SELECT ON `my_shop`.`t` TO `n`@`%`"], false),
            (&["GRANT INSERT ON `my_shop`.* TO `n`@`%`"], false),
            (&["GRANT SELECT ON `other`.* TO `my_shop`@`%`"], false),
        ] {
            assert_eq!(has_on_schema(&rows(grants), "SELECT", "my_shop"), expected, "{grants:?}");
        }
    }

    #[test]
    fn what_was_taken_away_again_is_not_everything() {
        for (grants, expected) in [
            (&["GRANT SELECT ON *.* TO `n`@`%`"][..], false),
            (&["GRANT SELECT ON *.* TO `n`@`%`", "REVOKE SELECT ON `secret`.* FROM `n`@`%`"], true),
            (&["GRANT SELECT ON *.* TO `n`@`%`", "REVOKE INSERT ON `secret`.* FROM `n`@`%`"], false),
        ] {
            assert_eq!(is_partly_revoked(&rows(grants), "SELECT"), expected, "{grants:?}");
        }
    }
}
