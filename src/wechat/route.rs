//! Where a call goes and which key signs it: pure, the client only does as it is told here.
//!
//! WeChat Pay has a second host in another city, with the same calls and the same certificate (manual, 1.1). It is
//! asked when the first fails, by calls that may be repeated alone: all but micropay, whose second send could charge
//! twice. A refund may be repeated, but each request of one is counted against what the gateway takes in a second: it is
//! never repeated in one breath, and the next one, at its own turn, goes where and as this one should have. A gateway of
//! the owner's own has one host. While the owner changes the API key there are two keys.
//!
//! | calls go to | heard | then |
//! |---|---|---|
//! | main | main answers | stays |
//! | main | main not reached, or no gateway's answer | the same call at the backup, if it may be repeated at once |
//! | main | the same of another call, or main silent until the time was up | the next call that may be repeated asks the backup |
//! | main | backup answers | calls go to the backup |
//! | main | backup does not answer either | stays |
//! | backup | backup answers, for five minutes | the next call that may be repeated asks main |
//! | backup | main answers | calls go to main |
//! | backup | main does not answer | stays, for five minutes more |
//! | backup | backup not reached, or silent | as with main, the other way round |
//! | either | the key is refused, and there is another | the same call signed by the other, if it may be repeated at once |
//! | either | the same of another call | the next call that may be repeated is signed by the other |
//! | either | a signed reply | calls are signed by the key that asked for it |

use std::time::{Duration, Instant};

/// How long the backup is used before main is tried again.
const LOOK_BACK: Duration = Duration::from_secs(5 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Main,
    Backup,
}

/// One of the two API keys, as the settings name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Current,
    Other,
}

/// Whether a call may be made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// A second send could charge twice.
    Never,
    /// Each request has to be counted, so only whoever made the call makes it again.
    Later,
    /// Twice is as good as once.
    AtOnce,
}

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// A reply signed by one of the keys, so the gateway took the key that asked.
    Signed,
    /// The gateway objects to the request's signature, or to something unsaid that may be it.
    KeyRefused,
    /// Any other answer of a host that works.
    Answer,
    /// No connection, or an answer that no gateway gives.
    Unwell,
    /// The request was sent and nothing came back.
    Silent,
}

/// A try of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Try {
    pub(super) host: Host,
    pub(super) key: Key,
    repeat: Repeat,
    elsewhere: bool,
    rekeyed: bool,
}

/// What was learnt about hosts and keys.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    has_backup: bool,
    has_other_key: bool,
    host: Host,
    /// The host failed last time.
    shaky: bool,
    look_back_at: Option<Instant>,
    key: Key,
    /// What signs the next call that may be repeated: the other, if this one was refused last time.
    next_key: Key,
}

impl Routes {
    pub(super) fn new(has_backup: bool, has_other_key: bool) -> Self {
        Self {
            has_backup,
            has_other_key,
            host: Host::Main,
            shaky: false,
            look_back_at: None,
            key: Key::Current,
            next_key: Key::Current,
        }
    }

    /// The first try of a call.
    pub(super) fn first(&self, repeat: Repeat, now: Instant) -> Try {
        let may_probe = repeat != Repeat::Never;
        let look_back = self.look_back_at.is_some_and(|at| now >= at);
        let host = if may_probe && (self.shaky || look_back) { self.host.other() } else { self.host };
        let key = if may_probe { self.next_key } else { self.key };
        Try { host, key, repeat, elsewhere: false, rekeyed: false }
    }

    /// Takes what came of a try; the next try, if the call is to have one.
    pub(super) fn heard(&mut self, tried: Try, heard: Heard, now: Instant) -> Option<Try> {
        match heard {
            Heard::Signed => {
                self.key = tried.key;
                self.next_key = tried.key;
                self.answers(tried.host, now);
                None
            }
            Heard::Answer => {
                self.answers(tried.host, now);
                None
            }
            Heard::KeyRefused => {
                self.answers(tried.host, now);
                if self.has_other_key {
                    self.next_key = tried.key.other();
                }
                let again = self.has_other_key && tried.repeat == Repeat::AtOnce && !tried.rekeyed;
                again.then(|| Try { key: tried.key.other(), rekeyed: true, ..tried })
            }
            Heard::Unwell => {
                self.fails(tried.host, now);
                let again = self.has_backup && tried.repeat == Repeat::AtOnce && !tried.elsewhere;
                again.then(|| Try { host: tried.host.other(), elsewhere: true, ..tried })
            }
            // The call had its time; the rules ask again soon.
            Heard::Silent => {
                self.fails(tried.host, now);
                None
            }
        }
    }

    fn answers(&mut self, host: Host, now: Instant) {
        match (self.host, host) {
            (_, Host::Main) => self.look_back_at = None,
            (Host::Main, Host::Backup) => self.look_back_at = Some(now + LOOK_BACK),
            (Host::Backup, Host::Backup) => {}
        }
        self.host = host;
        self.shaky = false;
    }

    fn fails(&mut self, host: Host, now: Instant) {
        self.shaky = self.has_backup && host == self.host;
        if self.host == Host::Backup && host == Host::Main {
            self.look_back_at = Some(now + LOOK_BACK);
        }
    }
}

impl Host {
    fn other(self) -> Self {
        match self {
            Self::Main => Self::Backup,
            Self::Backup => Self::Main,
        }
    }
}

impl Key {
    fn other(self) -> Self {
        match self {
            Self::Current => Self::Other,
            Self::Other => Self::Current,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: [Heard; 2] = [Heard::Unwell, Heard::Silent];

    /// Calls go to the backup since `now`.
    fn at_backup(now: Instant) -> Routes {
        let mut routes = Routes::new(true, false);
        let tried = routes.first(Repeat::AtOnce, now);
        let again = routes.heard(tried, Heard::Unwell, now).unwrap();
        assert_eq!(routes.heard(again, Heard::Signed, now), None);
        assert_eq!(routes.first(Repeat::Never, now).host, Host::Backup);
        routes
    }

    fn hosts(routes: &Routes, now: Instant) -> (Host, Host) {
        (routes.first(Repeat::AtOnce, now).host, routes.first(Repeat::Never, now).host)
    }

    #[test]
    fn main_is_asked_as_long_as_it_answers() {
        let now = Instant::now();
        let mut routes = Routes::new(true, true);
        for heard in [Heard::Signed, Heard::Answer] {
            for repeat in [Repeat::AtOnce, Repeat::Later, Repeat::Never] {
                let tried = routes.first(repeat, now);
                assert_eq!(tried.host, Host::Main);
                assert_eq!(routes.heard(tried, heard, now), None);
            }
        }
    }

    #[test]
    fn a_call_that_did_not_reach_main_is_repeated_at_the_backup() {
        let now = Instant::now();
        let mut routes = Routes::new(true, false);
        let tried = routes.first(Repeat::AtOnce, now);
        let again = routes.heard(tried, Heard::Unwell, now).unwrap();
        assert_eq!((again.host, again.key), (Host::Backup, Key::Current));
        assert_eq!(routes.heard(again, Heard::Unwell, now), None, "and at no third");
        assert_eq!(hosts(&routes, now), (Host::Main, Host::Main), "neither is better");
    }

    #[test]
    fn after_a_charge_that_did_not_reach_main_the_backup_is_asked() {
        let now = Instant::now();
        let mut routes = Routes::new(true, false);
        assert_eq!(routes.heard(routes.first(Repeat::Never, now), Heard::Unwell, now), None);
        assert_eq!(hosts(&routes, now), (Host::Backup, Host::Main), "a charge is no probe");
    }

    #[test]
    fn a_charge_is_sent_once() {
        let now = Instant::now();
        let mut routes = Routes::new(true, true);
        for heard in [Heard::Signed, Heard::KeyRefused, Heard::Answer, Heard::Unwell, Heard::Silent] {
            let tried = routes.first(Repeat::Never, now);
            assert_eq!(routes.heard(tried, heard, now), None, "{heard:?}");
        }
    }

    #[test]
    fn after_silence_the_next_call_asks_the_other_host() {
        let now = Instant::now();
        let mut routes = Routes::new(true, false);
        assert_eq!(routes.heard(routes.first(Repeat::AtOnce, now), Heard::Silent, now), None, "its time is up");
        let next = routes.first(Repeat::AtOnce, now);
        assert_eq!(next.host, Host::Backup);
        assert_eq!(routes.heard(next, Heard::Silent, now), None);
        assert_eq!(hosts(&routes, now), (Host::Main, Host::Main), "neither answers");
        let next = routes.first(Repeat::AtOnce, now);
        routes.heard(next, Heard::Silent, now);
        routes.heard(routes.first(Repeat::AtOnce, now), Heard::Answer, now);
        assert_eq!(hosts(&routes, now), (Host::Backup, Host::Backup));
    }

    #[test]
    fn the_backup_is_left_when_main_answers_again() {
        let now = Instant::now();
        let mut routes = at_backup(now);
        let soon = now + LOOK_BACK.checked_sub(Duration::from_secs(1)).unwrap();
        routes.heard(routes.first(Repeat::AtOnce, soon), Heard::Signed, soon);
        assert_eq!(hosts(&routes, soon), (Host::Backup, Host::Backup));
        let later = now + LOOK_BACK;
        assert_eq!(hosts(&routes, later), (Host::Main, Host::Backup), "a charge is no probe");
        routes.heard(routes.first(Repeat::AtOnce, later), Heard::Answer, later);
        assert_eq!(hosts(&routes, later + LOOK_BACK), (Host::Main, Host::Main));
    }

    #[test]
    fn the_backup_is_kept_while_main_does_not_answer() {
        for heard in BAD {
            let now = Instant::now();
            let mut routes = at_backup(now);
            let later = now + LOOK_BACK;
            let again = routes.heard(routes.first(Repeat::AtOnce, later), heard, later);
            assert_eq!(again.map(|again| again.host), (heard == Heard::Unwell).then_some(Host::Backup));
            assert_eq!(hosts(&routes, later), (Host::Backup, Host::Backup), "{heard:?}");
            assert_eq!(routes.first(Repeat::AtOnce, later + LOOK_BACK).host, Host::Main);
        }
    }

    #[test]
    fn a_backup_that_fails_gives_way_to_main() {
        for heard in BAD {
            let now = Instant::now();
            let mut routes = at_backup(now);
            let again = routes.heard(routes.first(Repeat::AtOnce, now), heard, now);
            assert_eq!(again.map(|again| again.host), (heard == Heard::Unwell).then_some(Host::Main));
            assert_eq!(hosts(&routes, now), (Host::Main, Host::Backup), "{heard:?}");
            routes.heard(routes.first(Repeat::AtOnce, now), Heard::Signed, now);
            assert_eq!(hosts(&routes, now + LOOK_BACK), (Host::Main, Host::Main), "{heard:?}");
        }
    }

    #[test]
    fn a_gateway_of_ones_own_has_one_host() {
        let now = Instant::now();
        let mut routes = Routes::new(false, true);
        for heard in BAD {
            assert_eq!(routes.heard(routes.first(Repeat::AtOnce, now), heard, now), None);
            assert_eq!(hosts(&routes, now + LOOK_BACK), (Host::Main, Host::Main));
        }
    }

    #[test]
    fn a_refused_key_gives_way_to_the_one_that_is_taken() {
        let now = Instant::now();
        let mut routes = Routes::new(true, true);
        let tried = routes.first(Repeat::AtOnce, now);
        assert_eq!(tried.key, Key::Current);
        let again = routes.heard(tried, Heard::KeyRefused, now).unwrap();
        assert_eq!((again.key, again.host), (Key::Other, Host::Main));
        assert_eq!(routes.first(Repeat::Never, now).key, Key::Current, "nothing is known of the other yet");
        assert_eq!(routes.heard(again, Heard::Signed, now), None);
        assert_eq!(routes.first(Repeat::Never, now).key, Key::Other);
        let back = routes.heard(routes.first(Repeat::AtOnce, now), Heard::KeyRefused, now).unwrap();
        assert_eq!(back.key, Key::Current, "the owner changed the key meanwhile");
        assert_eq!(routes.heard(back, Heard::KeyRefused, now), None, "neither is taken");
        assert_eq!(routes.first(Repeat::AtOnce, now).key, Key::Other);
    }

    #[test]
    fn one_key_is_not_exchanged() {
        let now = Instant::now();
        let mut routes = Routes::new(true, false);
        assert_eq!(routes.heard(routes.first(Repeat::AtOnce, now), Heard::KeyRefused, now), None);
        assert_eq!(routes.first(Repeat::AtOnce, now).key, Key::Current);
    }

    #[test]
    fn a_call_may_change_both_host_and_key() {
        let now = Instant::now();
        let mut routes = Routes::new(true, true);
        let second = routes.heard(routes.first(Repeat::AtOnce, now), Heard::Unwell, now).unwrap();
        let third = routes.heard(second, Heard::KeyRefused, now).unwrap();
        assert_eq!((third.host, third.key), (Host::Backup, Key::Other));
        assert_eq!(routes.heard(third, Heard::Unwell, now), None);
    }

    /// Each request of a refund is counted, so there is one a call.
    #[test]
    fn a_refund_is_sent_once_and_the_next_one_goes_where_and_as_it_should_have() {
        let now = Instant::now();
        for heard in [Heard::Signed, Heard::KeyRefused, Heard::Answer, Heard::Unwell, Heard::Silent] {
            let mut routes = Routes::new(true, true);
            let tried = routes.first(Repeat::Later, now);
            assert_eq!((tried.host, tried.key), (Host::Main, Key::Current));
            assert_eq!(routes.heard(tried, heard, now), None, "{heard:?}");
            let next = routes.first(Repeat::Later, now);
            let (host, key) = match heard {
                Heard::Signed | Heard::Answer => (Host::Main, Key::Current),
                Heard::KeyRefused => (Host::Main, Key::Other),
                Heard::Unwell | Heard::Silent => (Host::Backup, Key::Current),
            };
            assert_eq!((next.host, next.key), (host, key), "{heard:?}");
            assert_eq!(routes.first(Repeat::Never, now).key, Key::Current, "nothing is known of the other yet");
            assert_eq!(routes.heard(next, Heard::Signed, now), None);
            let charge = routes.first(Repeat::Never, now);
            assert_eq!((charge.host, charge.key), (host, key), "{heard:?}");
        }
    }

    #[test]
    fn where_neither_key_is_taken_a_refund_tries_them_in_turn() {
        let now = Instant::now();
        let mut routes = Routes::new(false, true);
        for key in [Key::Current, Key::Other, Key::Current, Key::Other] {
            let tried = routes.first(Repeat::Later, now);
            assert_eq!(tried.key, key);
            assert_eq!(routes.heard(tried, Heard::KeyRefused, now), None);
        }
        let mut routes = Routes::new(false, false);
        assert_eq!(routes.heard(routes.first(Repeat::Later, now), Heard::KeyRefused, now), None);
        assert_eq!(routes.first(Repeat::Later, now).key, Key::Current, "there is no other");
    }
}
