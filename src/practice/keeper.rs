//! The one thread that works on the books: requests, the panel, and what is due come to it in turn.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{oneshot, watch};

use crate::number::AuthCode;
use crate::timestamp::Timestamp;

use super::books::{Line, Outgoing, RefundSend, Reply, Request, Rules};
use super::phone::{Button, Customer, PhoneView};
use super::store::Store;

/// A request that can travel to the keeper's thread.
#[derive(Debug)]
pub(super) struct OwnedRequest {
    pub(super) is_post: bool,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
    pub(super) negative_test: Option<String>,
    pub(super) has_client_certificate: bool,
}

/// Something to do with the books.
#[derive(Debug)]
pub(super) enum Job {
    Handle(OwnedRequest, oneshot::Sender<Reply>),
    Press(Button),
    CodeShown(AuthCode),
    SetCustomer(Customer),
    SetRules(Rules),
    Trace(mpsc::Sender<Vec<Line>>),
    RefundSends(mpsc::Sender<Vec<RefundSend>>),
    /// What a client said to a notification: whether it took it.
    NoticeAnswered(u64, bool),
    Follow(UnboundedSender<Line>),
    Stop,
}

/// The wall clock.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since)
}

/// Works until it is told to stop, or until nobody is left who could.
pub(super) fn keep(
    mut store: Store,
    jobs: &Receiver<Job>,
    view: &watch::Sender<PhoneView>,
    courier: &UnboundedSender<Outgoing>,
) {
    let mut wait = refresh(&mut store, view, courier);
    let mut followers = Followers::default();
    loop {
        let job = match wait {
            None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => jobs.recv_timeout(wait),
        };
        match job {
            Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(Job::Follow(follower)) => followers.add(follower, &mut store),
            Ok(job) => work(&mut store, job),
            Err(RecvTimeoutError::Timeout) => {}
        }
        wait = refresh(&mut store, view, courier);
        followers.tell(&mut store);
    }
}

/// Who reads the trace as it grows.
#[derive(Default)]
struct Followers {
    all: Vec<UnboundedSender<Line>>,
    told: u64,
}

impl Followers {
    /// From here on; who followed before has been told of all until now.
    fn add(&mut self, follower: UnboundedSender<Line>, store: &mut Store) {
        let told = self.told;
        if let Ok((_, now)) = store.transact(|books| books.trace_after(told)) {
            self.told = now;
        }
        self.all.push(follower);
    }

    fn tell(&mut self, store: &mut Store) {
        if self.all.is_empty() {
            return;
        }
        let told = self.told;
        let Ok((lines, now)) = store.transact(|books| books.trace_after(told)) else { return };
        self.told = now;
        self.all.retain(|follower| lines.iter().all(|line| follower.send(line.clone()).is_ok()));
    }
}

/// Lets happen what is due, sends what is to be told, shows the phone anew if it changed, and says how long nothing will happen.
fn refresh(
    store: &mut Store,
    view: &watch::Sender<PhoneView>,
    courier: &UnboundedSender<Outgoing>,
) -> Option<Duration> {
    // After a failure of the disk the next try comes by itself; requests meanwhile answer 500.
    const AFTER_FAILURE: Duration = Duration::from_secs(5);
    let now = now();
    let refreshed = store.transact(|books| {
        books.advance(now);
        let notices = books.take_notices(now);
        (books.phone_view(now), books.next_due(), notices)
    });
    let Ok((seen, due, notices)) = refreshed else { return Some(AFTER_FAILURE) };
    for notice in notices {
        // The courier ends only with practice; what it didn't take comes again by its plan.
        let _ended = courier.send(notice);
    }
    let code_ends = seen.code.as_ref().map(|code| code.until);
    view.send_if_modified(|shown| {
        let changed = *shown != seen;
        *shown = seen;
        changed
    });
    // A millisecond more, so that the moment has passed when the wait ends.
    [due, code_ends].into_iter().flatten().min().map(|at| at.since(now) + Duration::from_millis(1))
}

fn work(store: &mut Store, job: Job) {
    let now = now();
    match job {
        Job::Handle(request, reply) => {
            let answer = store.transact(|books| books.handle(&request.borrow(), now));
            // The client may have gone away, which is its own affair.
            let _gone = reply.send(answer.unwrap_or_else(|_| Reply::html(500, "Internal Server Error")));
        }
        Job::Press(button) => ignore(store.transact(|books| books.press(button, now))),
        Job::CodeShown(code) => ignore(store.transact(|books| books.code_shown(&code, now))),
        Job::SetCustomer(customer) => ignore(store.transact(|books| books.set_customer(customer, now))),
        Job::SetRules(rules) => ignore(store.transact(|books| books.set_rules(rules))),
        Job::NoticeAnswered(id, taken) => ignore(store.transact(|books| books.notice_answered(id, taken, now))),
        Job::Trace(lines) => {
            let trace = store.transact(|books| books.trace().cloned().collect());
            let _gone = lines.send(trace.unwrap_or_default());
        }
        Job::RefundSends(sends) => {
            let log = store.transact(|books| books.refund_sends().cloned().collect());
            let _gone = sends.send(log.unwrap_or_default());
        }
        Job::Follow(_) | Job::Stop => unreachable!("the loop takes them itself"),
    }
}

/// A press that the disk refused has no effect that the view would show; there is nobody to tell.
fn ignore<T, E>(_result: Result<T, E>) {}

impl OwnedRequest {
    fn borrow(&self) -> Request<'_> {
        Request {
            is_post: self.is_post,
            path: &self.path,
            body: &self.body,
            negative_test: self.negative_test.as_deref(),
            has_client_certificate: self.has_client_certificate,
        }
    }
}
