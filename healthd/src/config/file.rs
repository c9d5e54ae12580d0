//! Reading the configuration file, and the environment over it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use healthd_core::text::clean::one_line;

use super::contradiction::Contradiction;
use super::error::{ConfigError, ENVIRONMENT};
use super::raw::RawConfig;

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "/etc/healthd/healthd.toml";

/// What was read, and where it was written.
pub(super) struct Read {
    pub(super) raw: RawConfig,
    pub(super) origin: Origin,
}

/// Where the values come from, for errors.
pub(super) struct Origin {
    file: Option<PathBuf>,
    places: Places,
}

/// A table of the file, by its number in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// `[[instance]]`
    Instance(usize),
    /// `[[log]]`
    Log(usize),
    /// `[[log.counter]]`: the number of the log, and of the counter in it.
    Counter(usize, usize),
    /// `[[ratio]]`
    Ratio(usize),
}

/// Where the tables of a good file begin.
#[derive(Debug, Default)]
struct Places {
    instances: Vec<Place>,
    logs: Vec<LogPlaces>,
    ratios: Vec<Place>,
}

#[derive(Debug)]
struct LogPlaces {
    log: Place,
    counters: Vec<Place>,
}

impl Places {
    fn of(&self, table: Table) -> Option<Place> {
        match table {
            Table::Instance(instance) => self.instances.get(instance).copied(),
            Table::Log(log) => self.logs.get(log).map(|places| places.log),
            Table::Counter(log, counter) => self.logs.get(log)?.counters.get(counter).copied(),
            Table::Ratio(ratio) => self.ratios.get(ratio).copied(),
        }
    }
}

/// A place in a text, from 1.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: usize,
    column: usize,
}

impl Origin {
    /// Forgets the file's instances, because others take their place.
    pub(super) fn without_instances(self) -> Origin {
        Origin { places: Places { instances: Vec::new(), ..self.places }, ..self }
    }

    /// The error for a contradiction, in one table if it is known.
    pub(super) fn error(&self, table: Option<Table>, contradiction: Contradiction) -> ConfigError {
        let place = table.and_then(|table| self.places.of(table));
        match (place, self.file.clone()) {
            (Some(Place { line, column }), Some(file)) => {
                ConfigError::At { file, line, column, message: contradiction.to_string() }
            }
            (_, file) => ConfigError::Contradiction { file, contradiction },
        }
    }
}

/// Reads the file alone (its parser knows lines and columns), then the environment over it.
///
/// # Errors
/// When the file cannot be read, or a value is not well-formed.
pub(super) fn read(named: Option<&Path>) -> Result<Read, ConfigError> {
    let (file, text) = match named {
        Some(file) => (Some(file.to_owned()), read_file(file)?),
        None => match read_file(Path::new(DEFAULT_FILE)) {
            Ok(text) => (Some(PathBuf::from(DEFAULT_FILE)), text),
            Err(ConfigError::Unreadable { error, .. }) if error.kind() == ErrorKind::NotFound => (None, String::new()),
            Err(error) => return Err(error),
        },
    };
    if let Err(error) = toml::from_str::<RawConfig>(&text) {
        let Place { line, column } = place(&text, error.span().map_or(0, |span| span.start));
        let message = one_line(error.message(), 300);
        return Err(ConfigError::At { file: file.unwrap_or_default(), line, column, message });
    }
    let environment = config::Environment::with_prefix(ENVIRONMENT)
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("listen")
        .with_list_parse_key("agent_listen")
        .with_list_parse_key("allow")
        .with_list_parse_key("allow_read")
        .with_list_parse_key("server_names")
        .with_list_parse_key("witness.from")
        .with_list_parse_key("witness.names");
    let merged = config::Config::builder()
        .add_source(config::File::from_str(&text, config::FileFormat::Toml))
        .add_source(environment)
        .build()
        .and_then(config::Config::try_deserialize::<RawConfig>);
    match merged {
        Ok(raw) => Ok(Read { raw, origin: Origin { file, places: places(&text) } }),
        // The file alone was good, so a variable is not.
        Err(error) => Err(environment_error(&error)),
    }
}

fn read_file(file: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(file).map_err(|error| ConfigError::Unreadable { file: file.to_owned(), error })
}

fn environment_error(error: &config::ConfigError) -> ConfigError {
    let message = one_line(&error.to_string(), 300);
    let key = match error {
        config::ConfigError::Type { key: Some(key), .. } | config::ConfigError::At { key: Some(key), .. } => {
            key.clone()
        }
        // An unknown field is named only in the text.
        _ => message.split('`').nth(1).unwrap_or("?").to_owned(),
    };
    ConfigError::Environment { key, message }
}

/// The places of the tables of a file that is good.
fn places(text: &str) -> Places {
    use toml::{Spanned, Value};
    #[derive(Default, serde::Deserialize)]
    struct Tables {
        #[serde(default)]
        instance: Vec<Spanned<Value>>,
        #[serde(default)]
        log: Vec<Spanned<Log>>,
        #[serde(default)]
        ratio: Vec<Spanned<Value>>,
    }
    #[derive(serde::Deserialize)]
    struct Log {
        #[serde(default)]
        counter: Vec<Spanned<Value>>,
    }
    let tables = toml::from_str::<Tables>(text).unwrap_or_default();
    let each = |tables: &[Spanned<Value>]| tables.iter().map(|table| place(text, table.span().start)).collect();
    let of_log =
        |log: &Spanned<Log>| LogPlaces { log: place(text, log.span().start), counters: each(&log.get_ref().counter) };
    Places {
        instances: each(&tables.instance),
        logs: tables.log.iter().map(of_log).collect(),
        ratios: each(&tables.ratio),
    }
}

/// The place of a byte offset.
fn place(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}
