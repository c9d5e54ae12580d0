//! How one fact is read: the kinds of entries of the table in [`super`], and a round of reading.

use std::borrow::Cow;
use std::pin::Pin;

use healthd_core::check::{Settings, TableName};
use healthd_core::facts::{Fact, Facts, Need, View};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;
use healthd_core::observed::server::Server;

use super::view;
use crate::connection::session::Session;
use crate::decode::columns::TextRow;

/// A future of this crate. Its error is an error of the connection.
pub(super) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// How a fact is read.
pub(super) trait Entry: Sync {
    /// The fact that this entry reads.
    fn need(&self) -> Need;

    /// The variables that are read for it, together with those that checks name.
    fn variables(&self, _request: &Request<'_>) -> Variables {
        Variables::default()
    }

    /// Whether it may read many rows, so that the server itself needs a time limit.
    fn is_long(&self) -> bool {
        self.need().is_of_tables()
    }

    /// Reads it into the facts of the round.
    fn read<'a>(&'a self, round: &'a mut Round<'_>) -> Pending<'a, ()>;
}

/// Names of status and system variables.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Variables {
    pub(super) status: &'static [&'static str],
    pub(super) system: &'static [&'static str],
}

/// What to read, and from which server.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) server: Server,
    pub(super) settings: &'a Settings,
    pub(super) needs: &'a [Need],
}

impl Request<'_> {
    /// Whether a check needs this fact.
    pub(super) fn needs<F: Fact>(&self) -> bool {
        self.needs.contains(&F::NEED)
    }
}

/// One round of reading facts, on one connection.
pub(super) struct Round<'a> {
    pub(super) session: &'a mut Session,
    pub(super) request: Request<'a>,
    pub(super) facts: Facts,
    view: Option<Section<View>>,
}

impl<'a> Round<'a> {
    pub(super) fn new(session: &'a mut Session, settings: &'a Settings, needs: &'a [Need]) -> Round<'a> {
        let request = Request { server: session.server(), settings, needs };
        Round { session, request, facts: Facts::default(), view: None }
    }

    /// How the account sees the tables that the settings name, read once; an error if that could not be read.
    pub(super) async fn view(&mut self) -> Result<Section<View>, Failure> {
        if let Some(known) = &self.view {
            return Ok(known.clone());
        }
        let view = view::view(self.session, self.request.settings).await?;
        // If it could not be read, some tables may be hidden.
        self.facts.view = view.as_ref().copied().unwrap_or(View { hides: true, ..View::default() });
        self.view = Some(view.clone());
        Ok(view)
    }

    /// Stores the result of a statement.
    pub(super) fn put<F: Fact>(&mut self, read: Section<F::Value>) {
        self.facts.put::<F>(read.map_err(Into::into));
    }
}

/// A statement, and the privilege that it needs; empty if it needs none.
pub(super) struct Statement {
    pub(super) sql: Cow<'static, str>,
    pub(super) grant: Cow<'static, str>,
}

impl Statement {
    pub(super) fn new(sql: impl Into<Cow<'static, str>>, grant: impl Into<Cow<'static, str>>) -> Statement {
        Statement { sql: sql.into(), grant: grant.into() }
    }
}

/// The privilege for reading a table that was named.
pub(super) fn table_grant(table: &TableName) -> String {
    format!("GRANT SELECT ON {table}")
}

/// A fact that consists of the rows of one statement.
pub(super) struct Rows<F: Fact> {
    /// `None` if there is nothing to read. Then the fact counts as not requested.
    pub(super) statement: fn(&Request<'_>) -> Option<Statement>,
    pub(super) decode: fn(&[TextRow], &Request<'_>) -> Section<F::Value>,
    pub(super) is_long: bool,
}

impl<F: Fact> Entry for Rows<F> {
    fn need(&self) -> Need {
        F::NEED
    }

    fn is_long(&self) -> bool {
        self.is_long || self.need().is_of_tables()
    }

    fn read<'a>(&'a self, round: &'a mut Round<'_>) -> Pending<'a, ()> {
        Box::pin(async move {
            if let Some(Statement { sql, grant }) = (self.statement)(&round.request) {
                let rows = round.session.section(&sql, grant).await?;
                round.put::<F>(rows.and_then(|rows| (self.decode)(&rows, &round.request)));
            }
            Ok(())
        })
    }
}

/// A fact that needs several statements.
pub(super) struct Several<F: Fact> {
    pub(super) read: for<'a> fn(&'a mut Round<'_>) -> Pending<'a, Section<F::Value>>,
    pub(super) variables: Variables,
    pub(super) is_long: bool,
}

impl<F: Fact> Entry for Several<F> {
    fn need(&self) -> Need {
        F::NEED
    }

    fn variables(&self, _request: &Request<'_>) -> Variables {
        self.variables
    }

    fn is_long(&self) -> bool {
        self.is_long || self.need().is_of_tables()
    }

    fn read<'a>(&'a self, round: &'a mut Round<'_>) -> Pending<'a, ()> {
        Box::pin(async move {
            let read = (self.read)(round).await?;
            round.put::<F>(read);
            Ok(())
        })
    }
}
