//! What a HAProxy says about its servers in a check: `me=db101&up.db101=1&up.db202=0`, or `me_up=1&peer_up=0`.

use healthd_core::writer::Opinion;

/// The statement in a check about HAProxy's servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// No statement, or the client is not a witness.
    None,
    /// The statement of a witness.
    Witness {
        /// The number of the witness.
        number: usize,
        /// Its opinion.
        opinion: Opinion,
        /// Whether client sessions are open here, as far as the check says so.
        sessions: bool,
    },
    /// The statement of a witness is invalid, with the reason.
    Unreadable(&'static str),
}

/// The parameters of a witness in one check, not interpreted yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WitnessWords {
    me: Option<String>,
    up: Vec<(String, String)>,
    me_up: Option<String>,
    peer_up: Option<String>,
}

impl WitnessWords {
    /// Reads a key of a check that is not a parameter of another kind.
    pub(crate) fn read(&mut self, key: &str, value: &str) {
        let value = value.to_owned();
        match key {
            "me" => self.me = Some(value),
            "me_up" => self.me_up = Some(value),
            "peer_up" => self.peer_up = Some(value),
            _ => {
                // A backend has few servers. More keys than that are not a statement.
                if let Some(server) = key.strip_prefix("up.").filter(|_| self.up.len() < 32) {
                    self.up.push((server.to_owned(), value));
                }
            }
        }
    }

    /// The opinion, if the client is the witness with this number. `state` is the header of `http-check send-state`.
    pub(crate) fn word(&self, asking: Option<usize>, state: Option<&str>) -> Word {
        let Some(number) = asking else {
            return Word::None;
        };
        // A person on HAProxy's machine asks without a statement.
        if *self == WitnessWords::default() && state.is_none() {
            return Word::None;
        }
        match self.opinion(state) {
            Ok(opinion) => Word::Witness { number, opinion, sessions: state.is_some_and(has_sessions) },
            Err(what) => Word::Unreadable(what),
        }
    }

    fn opinion(&self, state: Option<&str>) -> Result<Opinion, &'static str> {
        if let Some(me) = &self.me {
            let mut opinion = None;
            let mut peer = None;
            for (server, value) in &self.up {
                let up = number(value).ok_or("the state of a server is not a number")?;
                if server == me {
                    opinion = Some(up);
                } else {
                    peer = Some(peer.unwrap_or(false) || up);
                }
            }
            let me = opinion.ok_or("me= names none of the servers whose state it tells")?;
            let peer = peer.ok_or("the state of the other server is missing")?;
            return Ok(Opinion { me, peer });
        }
        let Some(peer) = &self.peer_up else {
            return Err("me= and the states of the servers are missing");
        };
        let peer = number(peer).ok_or("the state of the other server is not a number")?;
        let me = match (&self.me_up, state) {
            (Some(me), _) => number(me).ok_or("the state of this server is not a number")?,
            (None, Some(state)) => ["UP", "NOLB", "DRAIN"].iter().any(|word| state.trim_start().starts_with(word)),
            (None, None) => return Err("the state of this server is missing: `http-check send-state`"),
        };
        Ok(Opinion { me, peer })
    }
}

/// HAProxy's booleans are 0 and 1, and `nbsrv()` is any count.
fn number(text: &str) -> Option<bool> {
    text.parse::<u32>().ok().map(|number| number != 0)
}

/// Whether `scur=5/7` says that this backend has sessions on this server.
fn has_sessions(state: &str) -> bool {
    let scur = state.split(';').filter_map(|part| part.trim().strip_prefix("scur=")).next();
    let own = scur.and_then(|scur| scur.split('/').next()).and_then(|own| own.parse::<u32>().ok());
    own.is_some_and(|own| own > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = "UP 1/3; address=127.0.0.1; port=26306; name=m/db1; node=lb; weight=1/1; scur=2/5; qcur=0";

    fn word(query: &str, state: Option<&str>, asking: Option<usize>) -> Word {
        let mut words = WitnessWords::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            words.read(&key, &value);
        }
        words.word(asking, state)
    }

    #[test]
    fn opinions_are_read_from_a_witness_only() {
        let opinion = |me, peer, sessions| Word::Witness { number: 0, opinion: Opinion { me, peer }, sessions };
        for (query, state, expected) in [
            ("me=db1&up.db1=1&up.db2=0", None, opinion(true, false, false)),
            ("me=db2&up.db1=1&up.db2=0", None, opinion(false, true, false)),
            ("up.db2=0&up.db1=0&me=db1", Some(STATE), opinion(false, false, true)),
            ("me=db1&up.db1=1&up.db2=0&up.db3=1", None, opinion(true, true, false)),
            ("me_up=1&peer_up=0", None, opinion(true, false, false)),
            ("peer_up=2", Some(STATE), opinion(true, true, true)),
            ("peer_up=0", Some("DOWN 1/2; scur=0/3"), opinion(false, false, false)),
            ("peer_up=0", None, Word::Unreadable("the state of this server is missing: `http-check send-state`")),
            ("", Some(STATE), Word::Unreadable("me= and the states of the servers are missing")),
            ("me=db1&up.db1=&up.db2=0", None, Word::Unreadable("the state of a server is not a number")),
            ("me=db3&up.db1=1&up.db2=0", None, Word::Unreadable("me= names none of the servers whose state it tells")),
            ("me=db1&up.db1=1", None, Word::Unreadable("the state of the other server is missing")),
            ("me_up=1&peer_up=-1", None, Word::Unreadable("the state of the other server is not a number")),
        ] {
            assert_eq!(word(query, state, Some(0)), expected, "{query}");
            assert_eq!(word(query, state, None), Word::None, "{query}");
        }
    }
}
