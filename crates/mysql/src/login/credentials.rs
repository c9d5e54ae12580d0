//! The account to log in with, and the use of TLS, from option files.
//!
//! Options that are not named here are ignored, although the clients refuse unknown ones: the files are shared with
//! programs that know other options. In two points this code refuses what the clients accept: a boolean such as
//! `ssl=yes`, which they treat as "off" with a warning, and abbreviated names such as `pass`.

use std::path::PathBuf;

use crate::option_file::{KnownOption, Location, OptionEntry, OptionValueError, Prefix, Switch};

pub use crate::option_file::Secret;

/// Whether to use TLS, and what to verify of the server.
///
/// `ssl-mode` (<https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode>) names the
/// mode itself and overrides `ssl` and whatever a certificate option implies; MariaDB's clients do not know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsMode {
    /// No option is given.
    #[default]
    Unset,
    /// `ssl-mode=DISABLED`; or `skip-ssl` or `ssl=0`
    /// (<https://mariadb.com/kb/en/securing-connections-for-client-and-server/>).
    Disabled,
    /// `ssl-mode=PREFERRED`: plain text if the server has no TLS.
    Preferred,
    /// `ssl-mode=REQUIRED`; or `ssl=1`, or a client certificate, key, cipher or revocation list, each of which turns
    /// `ssl` on (<https://mariadb.com/docs/reference/mdb/cli/mariadb/ssl-ca/>). The server's certificate is not
    /// verified, even if `ssl-ca` is given beside `ssl-mode=REQUIRED`.
    Required,
    /// `ssl-mode=VERIFY_CA`; or `ssl-ca` without `ssl-mode`, which in MySQL means this
    /// (<https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-ca>) and in MariaDB turns
    /// `ssl` on and has the library check the chain. `skip-ssl-verify-server-cert` does not undo it.
    VerifyCa,
    /// `ssl-mode=VERIFY_IDENTITY`; or `ssl-verify-server-cert`
    /// (<https://mariadb.com/docs/all/ref/mdb/cli/mariadb/ssl-verify-server-cert/>).
    /// The latter raises any mode but [`TlsMode::Disabled`] to this: in a file for both families the stricter one wins.
    VerifyIdentity,
}

/// How to use TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsSettings {
    /// Whether to use it, and what to verify.
    pub mode: TlsMode,
    /// `ssl-ca`: PEM file of the authorities to trust.
    pub ca: Option<PathBuf>,
    /// `ssl-cert`: PEM file of the client's certificate.
    pub cert: Option<PathBuf>,
    /// `ssl-key`: PEM file of the client's key.
    pub key: Option<PathBuf>,
}

/// Everything needed to log in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// `user`
    pub user: Option<String>,
    /// `password` or `password1`; none after `skip-password`.
    pub password: Option<Secret>,
    /// The `ssl` options.
    pub tls: TlsSettings,
    /// The database to start in, from a plugin's command line. No option of a file sets it. The login fails without
    /// access.
    pub database: Option<String>,
}

/// Why options are not usable credentials. No message quotes a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A known option that cannot be understood.
    #[error(transparent)]
    Value(#[from] OptionValueError),
    /// A value of `ssl-mode` that is not a mode.
    #[error(
        "option ssl-mode has an unknown value at {at}; write one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, \
         VERIFY_IDENTITY"
    )]
    UnknownMode {
        /// Its position.
        at: Location,
    },
    /// An option whose protection healthd cannot provide.
    #[error("option {name} at {at} is not supported; remove it and use ssl-ca, or turn TLS off with skip-ssl")]
    Unsupported {
        /// The option.
        name: &'static str,
        /// Its position.
        at: Location,
    },
}

const TEXT_OPTIONS: [&str; 3] = ["user", "password", "password1"];
const TLS_SWITCHES: [&str; 2] = ["ssl", "ssl-verify-server-cert"];
const TLS_FILES: [&str; 3] = ["ssl-ca", "ssl-cert", "ssl-key"];
/// Each restricts which servers are trusted, so ignoring it would trust more than the administrator does.
const TLS_UNSUPPORTED: [&str; 5] = ["ssl-capath", "ssl-crl", "ssl-crlpath", "ssl-fp", "ssl-fplist"];

impl Credentials {
    /// Whether these options mention a password, if only to say that there is none.
    pub fn name_a_password(options: &[OptionEntry]) -> bool {
        options.iter().any(|entry| matches!(KnownOption::find(entry, &["password", "password1"]), Ok(Some(_))))
    }

    /// Selects the login from options in the order in which they were read: later ones win.
    ///
    /// # Errors
    /// An option that is named here and has an unusable value, or that is unsupported while TLS is in use.
    pub fn from_options(options: &[OptionEntry]) -> Result<Self, CredentialsError> {
        let known =
            [&TEXT_OPTIONS[..], &TLS_SWITCHES, &TLS_FILES, &TLS_UNSUPPORTED, &["ssl-mode", "ssl-cipher"]].concat();
        let mut credentials = Self::default();
        let mut tls = TlsOptions::default();
        for entry in options {
            let Some(option) = KnownOption::find(entry, &known)? else {
                continue;
            };
            match option.name() {
                "user" => credentials.user = Some(option.text()?.to_owned()),
                "password" | "password1" if option.prefix() == Prefix::Skip => credentials.password = None,
                "password" | "password1" => credentials.password = Some(Secret::new(option.text()?)),
                _ => tls.apply(&option)?,
            }
        }
        credentials.tls = tls.finish()?;
        Ok(credentials)
    }
}

/// The `ssl` options as far as they have been read.
#[derive(Default)]
struct TlsOptions {
    mode: Option<TlsMode>,
    ssl: Option<Switch>,
    verify: Option<Switch>,
    settings: TlsSettings,
    unsupported: Vec<(&'static str, Location)>,
}

impl TlsOptions {
    fn apply(&mut self, option: &KnownOption<'_>) -> Result<(), CredentialsError> {
        let name = option.name();
        match name {
            "ssl" => self.ssl = Some(option.switch()?),
            "ssl-verify-server-cert" => self.verify = Some(option.switch()?),
            "ssl-mode" => {
                let mode = named_mode(option.text()?);
                self.mode = Some(mode.ok_or_else(|| CredentialsError::UnknownMode { at: option.at() })?);
            }
            _ => {
                // The other options turn TLS on for MariaDB's clients, even those whose value is empty.
                let value = option.text()?;
                self.ssl = Some(Switch::On);
                let path = (!value.is_empty()).then(|| PathBuf::from(value));
                match name {
                    "ssl-ca" => self.settings.ca = path,
                    "ssl-cert" => self.settings.cert = path,
                    "ssl-key" => self.settings.key = path,
                    _ if TLS_UNSUPPORTED.contains(&name) => {
                        self.unsupported.retain(|(other, _)| *other != name);
                        self.unsupported.extend(path.map(|_| (name, option.at())));
                    }
                    // `ssl-cipher`: rustls offers none that would need to be excluded.
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<TlsSettings, CredentialsError> {
        let mode = self.resolved_mode();
        if mode != TlsMode::Disabled
            && let Some((name, at)) = self.unsupported.into_iter().next()
        {
            return Err(CredentialsError::Unsupported { name, at });
        }
        Ok(TlsSettings { mode, ..self.settings })
    }

    fn resolved_mode(&self) -> TlsMode {
        let implied = match self.ssl {
            Some(Switch::Off) => TlsMode::Disabled,
            _ if self.settings.ca.is_some() => TlsMode::VerifyCa,
            Some(Switch::On) => TlsMode::Required,
            None => TlsMode::Unset,
        };
        match self.mode.unwrap_or(implied) {
            TlsMode::Disabled => TlsMode::Disabled,
            _ if self.verify == Some(Switch::On) => TlsMode::VerifyIdentity,
            mode => mode,
        }
    }
}

fn named_mode(value: &str) -> Option<TlsMode> {
    match value.to_ascii_uppercase().as_str() {
        "DISABLED" => Some(TlsMode::Disabled),
        "PREFERRED" => Some(TlsMode::Preferred),
        "REQUIRED" => Some(TlsMode::Required),
        "VERIFY_CA" => Some(TlsMode::VerifyCa),
        "VERIFY_IDENTITY" => Some(TlsMode::VerifyIdentity),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The credentials of lines such as `name` and `name=value`.
    fn read(lines: &[&str]) -> Result<Credentials, CredentialsError> {
        let entries: Vec<_> = (1..)
            .zip(lines)
            .map(|(line, text)| {
                let (name, value) = text.split_once('=').map_or((*text, None), |(n, v)| (n, Some(v.to_owned())));
                OptionEntry::new(name, value, Location { file: PathBuf::from("my.cnf"), line })
            })
            .collect();
        Credentials::from_options(&entries)
    }

    fn check_mode(lines: &[&str], expected: TlsMode) {
        let credentials = read(lines).unwrap_or_else(|error| panic!("{lines:?}: {error}"));
        assert_eq!(credentials.tls.mode, expected, "{lines:?}");
    }

    fn check_error(lines: &[&str], expected: &str) {
        let message = read(lines).expect_err("the options are wrong").to_string();
        assert!(message.contains(expected), "{lines:?}: {message}");
        assert!(!message.contains("hunter2"), "{lines:?}: {message}");
    }

    #[test]
    fn the_last_user_and_password_win() {
        let found = read(&["user=a", "password=b", "loose_user=c", "password1=d", "host=e"]).expect("good options");
        assert_eq!(found.user.as_deref(), Some("c"));
        assert_eq!(found.password.as_ref().map(Secret::expose), Some("d"));
        assert_eq!(found.tls, TlsSettings::default());
        assert_eq!(read(&["password=a", "skip-password"]).expect("good options").password, None);
    }

    #[test]
    fn ssl_mode_is_named_in_any_case_and_overrides_what_is_implied() {
        check_mode(&[], TlsMode::Unset);
        check_mode(&["ssl-mode=disabled", "ssl-ca=x"], TlsMode::Disabled);
        check_mode(&["SSL_MODE=Preferred"], TlsMode::Preferred);
        check_mode(&["ssl-mode=REQUIRED", "ssl-ca=x"], TlsMode::Required);
        check_mode(&["skip-ssl", "ssl-mode=VERIFY_CA"], TlsMode::VerifyCa);
        check_mode(&["loose-ssl-mode=VERIFY_IDENTITY"], TlsMode::VerifyIdentity);
    }

    #[test]
    fn without_ssl_mode_the_mariadb_options_decide() {
        check_mode(&["ssl"], TlsMode::Required);
        check_mode(&["ssl-cert=x"], TlsMode::Required);
        check_mode(&["ssl-cipher=x"], TlsMode::Required);
        check_mode(&["ssl-ca=x"], TlsMode::VerifyCa);
        check_mode(&["skip-ssl", "ssl-ca=x"], TlsMode::VerifyCa);
        check_mode(&["ssl-ca=x", "skip-ssl"], TlsMode::Disabled);
        check_mode(&["ssl-ca=x", "ssl-ca="], TlsMode::Required);
        check_mode(&["ssl-ca=x", "skip-ssl-verify-server-cert"], TlsMode::VerifyCa);
    }

    #[test]
    fn verifying_the_certificate_raises_any_mode_but_disabled() {
        check_mode(&["ssl-verify-server-cert"], TlsMode::VerifyIdentity);
        check_mode(&["ssl-verify-server-cert", "ssl", "ssl-ca=x"], TlsMode::VerifyIdentity);
        check_mode(&["ssl-mode=REQUIRED", "loose-ssl-verify-server-cert"], TlsMode::VerifyIdentity);
        check_mode(&["ssl-verify-server-cert", "ssl-mode=DISABLED"], TlsMode::Disabled);
        check_mode(&["ssl-verify-server-cert", "skip-ssl"], TlsMode::Disabled);
        check_mode(&["ssl-verify-server-cert=0"], TlsMode::Unset);
    }

    #[test]
    fn unsupported_options_matter_only_while_tls_is_in_use() {
        for name in TLS_UNSUPPORTED {
            let option = format!("{name}=x");
            check_error(&["ssl", &option], &format!("option {name} at my.cnf:2 is not supported"));
            check_mode(&[&option, "skip-ssl"], TlsMode::Disabled);
            check_mode(&[&option, &format!("{name}=")], TlsMode::Required);
        }
    }

    #[test]
    fn errors_name_the_line_and_no_value() {
        check_error(&["user=a", "ssl-mode=hunter2"], "at my.cnf:2; write one of DISABLED");
        check_error(&["ssl=hunter2"], "option ssl is not a boolean at my.cnf:1");
        check_error(&["password"], "option password has no value at my.cnf:1");
        check_error(&["pass=hunter2"], "at my.cnf:1; write it in full, such as password");
    }

    #[test]
    fn debug_does_not_show_the_password() {
        let found = read(&["password=hunter2"]);
        assert!(found.is_ok() && !format!("{found:?}").contains("hunter2"));
    }
}
