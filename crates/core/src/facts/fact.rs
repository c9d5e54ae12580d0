//! A fact is one thing that is read from a server or from its machine. This is its entry, and where the values are
//! kept.
//!
//! Everything else derives from the entry: the [`Need`] that a check states, the privileges in its documentation, the
//! typed getter. How a fact is read is one entry in `healthd_mysql::read::facts` (from a server) or in the plugins'
//! `local` (from its machine).

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::need::{FactEntry, FactPlace, Need};
use super::server_process::ServerProcess;
use super::unseen::Unseen;
use super::view::View;
use crate::observed::section::Unreadable;

/// An entry for a value that is read.
pub trait Fact: 'static {
    /// The value.
    type Value: Any + Send + Sync;

    /// The name in messages: `the process list` cannot be read.
    const NAME: &'static str;

    /// The privilege that reading it needs besides a login, as Markdown.
    const PRIVILEGE: Option<&'static str> = None;

    /// Where it is read.
    const PLACE: FactPlace = FactPlace::Server;

    /// How a check states that it needs this fact.
    const NEED: Need =
        Need::Fact(FactEntry { id: TypeId::of::<Self>(), privilege: Self::PRIVILEGE, place: Self::PLACE });
}

/// Why a fact that was requested is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unavailable {
    /// The server did not let it be read.
    Unreadable(Unreadable),
    /// It could not be looked at on this machine.
    Unseen(Unseen),
}

impl From<Unreadable> for Unavailable {
    fn from(why: Unreadable) -> Unavailable {
        Unavailable::Unreadable(why)
    }
}

impl From<Unseen> for Unavailable {
    fn from(why: Unseen) -> Unavailable {
        Unavailable::Unseen(why)
    }
}

/// A fact's value, or why it is not known.
pub type Known<F> = Result<<F as Fact>::Value, Unavailable>;

/// The facts of one run: those that were requested, and how they were read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// When they were read, since 1970, by the clock of the plugin's machine.
    pub read_at: Duration,
    /// How long it took to connect and log in.
    pub connected_in: Duration,
    /// The server's process, if its socket shows it. Searched only if a fact is read at [`FactPlace::Process`].
    pub process: Option<ServerProcess>,
    /// Which tables the account sees. The default if no fact is read at [`FactPlace::Tables`].
    pub view: View,
    known: BTreeMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl Facts {
    /// The value of this fact, or why it is unknown; `None` if it was not requested.
    pub fn get<F: Fact>(&self) -> Option<Result<&F::Value, &Unavailable>> {
        let known = self.known.get(&TypeId::of::<F>())?;
        // Always of this type: only `put` stores values.
        known.downcast_ref::<Known<F>>().map(Result::as_ref)
    }

    /// The value of this fact, if it was requested and could be read.
    pub fn value<F: Fact>(&self) -> Option<&F::Value> {
        self.get::<F>()?.ok()
    }

    /// Stores what was read of this fact.
    pub fn put<F: Fact>(&mut self, read: Known<F>) {
        self.known.insert(TypeId::of::<F>(), Arc::new(read));
    }

    /// The same facts with this one.
    #[must_use]
    pub fn with<F: Fact>(mut self, read: Known<F>) -> Facts {
        self.put::<F>(read);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Count;

    impl Fact for Count {
        type Value = u64;
        const NAME: &'static str = "the count";
    }

    struct Other;

    impl Fact for Other {
        type Value = u64;
        const NAME: &'static str = "the count";
    }

    #[test]
    fn a_fact_is_found_by_its_type_and_told_from_others_of_the_same_name() {
        let facts = Facts::default().with::<Count>(Ok(7));
        assert_eq!((facts.value::<Count>(), facts.get::<Other>()), (Some(&7), None));
        let unseen = Unseen::Unsaid("x");
        let facts = facts.with::<Other>(Err(unseen.clone().into()));
        assert_eq!(facts.get::<Other>(), Some(Err(&Unavailable::Unseen(unseen))));
        assert_eq!((facts.value::<Count>(), facts.value::<Other>()), (Some(&7), None));
        assert_ne!(Count::NEED, Other::NEED);
        assert_eq!(Count::NEED, Count::NEED);
    }
}
