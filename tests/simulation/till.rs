//! The tills' side: runs each sale's drive, writes for it, and lets processes die and begin.

use guitai::ledger::{AttemptChange, AttemptRow, LedgerError, Line, NewAttempt, NewSale, Outcome, SaleChange};
use guitai::number::SaleId;
use guitai::payment::sale::Sale;
use guitai::till::drive::{Action, Drive, Versions, Wish};
use guitai::till::take_up::{Adoption, TakeUp};

use super::bug::Bug;
use super::crash::Crash;
use super::fault::Fault;
use super::people::CashierAct;
use super::world::{Happening, Input, Millis, Running, SECOND, World};

/// A write that a planted bug does later than it says.
pub(crate) enum Held {
    Begin(Option<NewSale>, Box<NewAttempt>, Vec<Line>),
    Commit(Box<AttemptChange>, SaleChange, Vec<Line>),
}

impl World {
    /// Begins a sale in a till.
    pub(crate) fn begin(&mut self, till: usize, drive: Drive) {
        let wall = self.tills[till].wall(self.now);
        let id = drive.id();
        if self.tills[till].sales.contains_key(&id) {
            return self.violated(format!("sale {} is driven twice in one process", id.as_i64()));
        }
        let running = Running::new(drive, self.now, wall, self.asleep);
        self.tills[till].sales.insert(id, running);
        self.go_on(till, id);
    }

    pub(crate) fn wish(&mut self, till: usize, sale: SaleId, wish: Wish) {
        self.input(till, sale, Input::Wish(wish));
    }

    pub(crate) fn input(&mut self, till: usize, sale: SaleId, input: Input) {
        if let Some(running) = self.tills[till].sales.get_mut(&sale) {
            running.inbox.push(input);
            self.go_on(till, sale);
        }
    }

    pub(crate) fn wake(&mut self, till: usize, start: u32, sale: SaleId, turn: u32) {
        if !self.lives(till, start) {
            return;
        }
        let Some(running) = self.tills[till].sales.get_mut(&sale) else { return };
        if running.turn == turn && !running.paused {
            let now = self.clock_of(till, sale);
            self.running(till, sale).drive.woken(now);
            self.go_on(till, sale);
        }
    }

    fn running(&mut self, till: usize, sale: SaleId) -> &mut Running {
        self.tills[till].sales.get_mut(&sale).expect("the sale runs here")
    }

    /// The time that the sale goes by.
    fn clock_of(&mut self, till: usize, sale: SaleId) -> guitai::timestamp::Timestamp {
        if self.bug == Some(Bug::FollowsTheWallClock) {
            return guitai::timestamp::Timestamp::from_millis(self.tills[till].wall(self.now));
        }
        let (now, asleep, is_linux) = (self.now, self.asleep, self.is_linux);
        self.running(till, sale).clock(now, asleep, is_linux)
    }

    /// Runs a sale until it waits, pauses or ends, or its process dies.
    pub(crate) fn go_on(&mut self, till: usize, sale: SaleId) {
        let mut actions = 0;
        while self.violation.is_none() && self.tills[till].sales.get(&sale).is_some_and(|running| !running.paused) {
            if self.may_die(till) {
                return;
            }
            actions += 1;
            self.counts.events += 1;
            self.note_states(till, sale);
            if self.waits_for_the_disk(till, sale) {
                return;
            }
            let now = self.clock_of(till, sale);
            let action = self.running(till, sale).drive.next(now);
            if self.perform(till, sale, action) || self.spins(actions, sale) {
                return;
            }
        }
    }

    /// Before any step: what was written just now comes back late.
    fn waits_for_the_disk(&mut self, till: usize, sale: SaleId) -> bool {
        let waits = self.script.is_none() && self.dice.below(10) == 0 && self.strikes(Fault::DiskSlow);
        if waits {
            let after = self.dice.between(1, 5) * SECOND;
            let start = self.tills[till].start;
            self.running(till, sale).paused = true;
            self.later(after, Happening::PauseOver { till, start, sale });
        }
        waits
    }

    /// Counts the edges that the sale's attempts have taken.
    fn note_states(&mut self, till: usize, sale: SaleId) {
        let running = self.tills[till].sales.get_mut(&sale).expect("the sale runs here");
        let now = running.drive.sale().state_names();
        let before = std::mem::replace(&mut running.states, now);
        if now.1 == Some("paying") && before.1.is_none() {
            running.intended_at = Some(self.now);
        }
        if now.1 == Some("reversing") && before.1 != now.1 {
            running.gave_up_at = Some(self.now);
        }
        for (method, before, now) in [("native", before.0, now.0), ("micropay", before.1, now.1)] {
            if let Some(now) = now.filter(|_| before != now) {
                self.counts.edge(method, before.unwrap_or("(new)"), now);
            }
        }
    }

    fn may_die(&mut self, till: usize) -> bool {
        if self.script.is_some() {
            return self.dies_as_written(till);
        }
        let young = self.now - self.tills[till].booted_at < 5 * SECOND && self.tills[till].start > 1;
        // There are many steps: each is a tenth of a chance.
        if self.faults && self.dice.below(10) == 0 && self.strikes(Fault::Crash) {
            if young {
                self.counts.fault(Fault::SecondCrash);
            }
            self.kill(till, "killed between two steps");
            return true;
        }
        if self.faults && self.dice.below(30) == 0 && self.dice.permille(self.rates.of(Fault::PowerCut)) {
            self.power_cut();
            return true;
        }
        false
    }

    fn dies_as_written(&mut self, till: usize) -> bool {
        let script = self.script.as_mut().filter(|_| self.faults);
        match script.and_then(crate::crash::Script::step) {
            None => return false,
            Some(Crash::Kill) => self.kill(till, "killed between two steps"),
            Some(Crash::PowerCut) => self.power_cut(),
        }
        true
    }

    /// Does one action; true if the sale waits now.
    fn perform(&mut self, till: usize, sale: SaleId, action: Action) -> bool {
        match action {
            Action::Begin { sale: new, attempt, lines } => {
                let result = self.write_begin(till, sale, new, attempt, lines);
                let ends_all = self.bug == Some(Bug::RefusedScanEndsTheSale) && result.is_err();
                self.running(till, sale).drive.began(&result);
                if ends_all {
                    self.tills[till].sales.remove(&sale);
                    return true;
                }
            }
            Action::Commit { attempt, sale: change, lines } => {
                let result = self.write_commit(till, sale, attempt, change, lines);
                // A planted bug may have killed the till meanwhile.
                if let Some(running) = self.tills[till].sales.get_mut(&sale) {
                    running.drive.committed(&result);
                }
            }
            Action::Note { lines } => {
                let failed = self.tills[till].disk_failed || self.strikes(Fault::NoteFailed);
                let result = if failed { Err(LedgerError::Busy) } else { self.ledger.note(&lines) };
                self.running(till, sale).drive.noted(&result);
            }
            Action::Send { order, call } => self.send(till, sale, *order, call),
            Action::Show(view) => self.show(till, sale, view),
            Action::Pause(pause) => {
                self.running(till, sale).paused = true;
                let start = self.tills[till].start;
                let after = Millis::try_from(pause.as_millis()).expect("short");
                self.later(after, Happening::PauseOver { till, start, sale });
                return true;
            }
            Action::Wait(until) => return self.wait(till, sale, until),
            Action::End => {
                self.write_held(till, sale);
                self.tills[till].sales.remove(&sale);
                self.tell(format_args!("till {} sale {} runs no more", till + 1, sale.as_i64()));
                self.next_sale_soon(till);
                return true;
            }
        }
        false
    }

    fn wait(&mut self, till: usize, sale: SaleId, until: Option<guitai::timestamp::Timestamp>) -> bool {
        self.write_held(till, sale);
        let now = self.clock_of(till, sale);
        let entropy = self.dice.u32();
        let running = self.running(till, sale);
        running.turn += 1;
        if running.inbox.is_empty() {
            let turn = running.turn;
            if let Some(at) = until {
                let wait = Millis::try_from(at.since(now).as_millis()).expect("deadlines are near");
                let moment = self.moment_by_the_wall(till, until).unwrap_or(self.now + wait);
                let start = self.tills[till].start;
                self.at(moment, Happening::Wake { till, start, sale, turn });
            }
            return true;
        }
        match running.inbox.remove(0) {
            Input::Answer(number, reply) => running.drive.answered(number, reply, now),
            Input::Wish(wish) => {
                running.drive.wished(wish.clone(), entropy, now);
                self.tell(format_args!("till {} sale {} cashier: {}", till + 1, sale.as_i64(), name_of(&wish)));
            }
        }
        false
    }

    fn moment_by_the_wall(&self, till: usize, until: Option<guitai::timestamp::Timestamp>) -> Option<Millis> {
        (self.bug == Some(Bug::FollowsTheWallClock)).then_some(())?;
        let wait = until?.as_millis() - self.tills[till].wall(self.now);
        Some(self.now + Millis::try_from(wait.max(1)).expect("positive"))
    }

    // Writes -------------------------------------------------------------------------------------

    /// Whether a durable write fails, and whether it is there all the same.
    pub(crate) fn disk(&mut self, till: usize) -> Option<(LedgerError, bool)> {
        if self.tills[till].disk_failed {
            return Some((LedgerError::Disk { code: 1034 }, false));
        }
        if self.strikes(Fault::DiskBusy) {
            return Some((self.dice.pick(&[LedgerError::Busy, LedgerError::Full]), false));
        }
        for (fault, written) in [(Fault::DiskFailed, false), (Fault::DiskFailedWritten, true)] {
            // Such a disk needs a person, so it is rare.
            if self.strikes_rarely(4, fault) {
                self.tills[till].disk_failed = true;
                return Some((LedgerError::Disk { code: 1034 }, written));
            }
        }
        None
    }

    fn write_begin(
        &mut self,
        till: usize,
        sale: SaleId,
        new: Option<NewSale>,
        attempt: Box<NewAttempt>,
        lines: Vec<Line>,
    ) -> Result<(), LedgerError> {
        match self.bug {
            Some(Bug::ForgetsIntent) => return Ok(()),
            Some(Bug::SendsBeforeCommit) => {
                self.running(till, sale).held.push(Held::Begin(new, attempt, lines));
                return Ok(());
            }
            _ => {}
        }
        let result = match self.disk(till) {
            Some((error, written)) => {
                if written {
                    self.ledger.begin(new.as_ref(), &attempt, &lines)?;
                }
                Err(error)
            }
            None => self.ledger.begin(new.as_ref(), &attempt, &lines),
        };
        let number = &attempt.out_trade_no;
        self.tell(format_args!("till {} book: begin {} {number}: {result:?}", till + 1, attempt.method.as_str()));
        if result.is_ok() {
            self.check_number(number);
            self.may_be_lost(till);
        }
        result
    }

    fn write_commit(
        &mut self,
        till: usize,
        sale: SaleId,
        mut attempt: Box<AttemptChange>,
        change: SaleChange,
        lines: Vec<Line>,
    ) -> Result<i64, LedgerError> {
        match self.bug {
            Some(Bug::ShowsBeforeCommit) if attempt.outcome == Outcome::Paid => {
                let version = attempt.version + 1;
                self.running(till, sale).held.push(Held::Commit(attempt, change, lines));
                return Ok(version);
            }
            Some(Bug::LosesACommit) if self.dice.below(20) == 0 => return Ok(attempt.version + 1),
            Some(Bug::LatePaymentIsClosed) if attempt.outcome == Outcome::PaidLate => {
                attempt.outcome = Outcome::Closed;
            }
            _ => {}
        }
        let result = match self.disk(till) {
            Some((error, written)) => {
                if written {
                    self.ledger.commit(&attempt, Some(&change), &lines)?;
                }
                Err(error)
            }
            None => self.ledger.commit(&attempt, Some(&change), &lines),
        };
        self.tell(format_args!(
            "till {} book: {} is {} ({}), sale {}: {result:?}",
            till + 1,
            attempt.out_trade_no,
            attempt.state,
            attempt.outcome.as_str(),
            change.outcome.as_str(),
        ));
        if self.bug == Some(Bug::IgnoresBookErrors) && result.is_err() {
            return Ok(attempt.version + 1);
        }
        self.check_commit(&result);
        result
    }

    fn write_held(&mut self, till: usize, sale: SaleId) {
        for held in std::mem::take(&mut self.running(till, sale).held) {
            // A bug's write fails as its bug will have it.
            let _ = match held {
                Held::Begin(new, attempt, lines) => self.ledger.begin(new.as_ref(), &attempt, &lines).map(|()| 1),
                Held::Commit(attempt, change, lines) => self.ledger.commit(&attempt, Some(&change), &lines),
            };
        }
    }

    // Processes ----------------------------------------------------------------------------------

    pub(crate) fn kill(&mut self, till: usize, how: &str) {
        if !self.faults {
            return self.ends(till, how);
        }
        let after = match &self.script {
            Some(script) => script.dark_for(),
            None => self.dice.between(0, 40 * SECOND),
        };
        self.kill_for(till, how, after);
    }

    /// The process ends, and another begins after so long.
    pub(crate) fn kill_for(&mut self, till: usize, how: &str, dark: Millis) {
        self.ends(till, how);
        self.tills[till].dark_until = self.now + dark;
        self.later(dark, Happening::Boot { till });
    }

    fn ends(&mut self, till: usize, how: &str) {
        self.tell(format_args!("till {} {how}", till + 1));
        self.tills[till].alive = false;
        self.tills[till].sales.clear();
    }

    pub(crate) fn power_cut(&mut self) {
        self.counts.fault(Fault::PowerCut);
        self.tell(format_args!("-- power cut --"));
        self.ledger.power_cut();
        for till in 0..self.tills.len() {
            if self.tills[till].alive {
                self.kill(till, "is dark");
            }
        }
    }

    pub(crate) fn boot(&mut self, till: usize) {
        if self.tills[till].alive || self.now < self.tills[till].dark_until {
            return;
        }
        self.start(till);
        // Another process may be started at the very moment, or be settling.
        let other = usize::try_from(self.dice.below(self.tills.len() as u64)).expect("few");
        let both = other != till && self.script.is_none() && self.tills[other].dark_until <= self.now;
        if both && self.may_strike(Fault::TakenUpTogether) {
            if !self.tills[other].alive {
                self.start(other);
            }
            return self.take_up_together(&[till, other]);
        }
        self.take_up(till);
    }

    fn start(&mut self, till: usize) {
        let (now, numbers_from) = (self.now, self.numbers_from());
        self.tills[till].restart(now, numbers_from);
        self.tell(format_args!("till {} starts", till + 1));
        let start = self.tills[till].start;
        let after = self.dice.between(0, 5 * SECOND);
        self.later(after, Happening::Cashier { till, start, act: CashierAct::NextSale });
    }

    fn is_driven(&self, row: &AttemptRow) -> bool {
        self.tills.iter().any(|till| till.alive && row.owner.as_ref() == Some(&till.desk.owner))
    }

    /// As a till that starts, or `guitai settle`.
    pub(crate) fn take_up(&mut self, till: usize) {
        self.take_up_together(&[till]);
    }

    /// Several processes that look at the same moment, and then go on as chance will have it.
    fn take_up_together(&mut self, tills: &[usize]) {
        if self.bug == Some(Bug::NeverTakesUp) {
            return;
        }
        let mut orphans = self.ledger.pending_attempts();
        if self.bug != Some(Bug::TakesUpTheLiving) {
            orphans.retain(|row| !self.is_driven(row));
        }
        if tills.len() > 1 && !orphans.is_empty() {
            self.counts.fault(Fault::TakenUpTogether);
        }
        let mut at_it: Vec<(usize, TakeUp)> = Vec::new();
        for till in tills {
            let mut orphans = orphans.clone();
            orphans.retain(|row| row.owner.as_ref() != Some(&self.tills[*till].desk.owner));
            at_it.push((*till, TakeUp::new(orphans)));
        }
        while !at_it.is_empty() {
            let place =
                if at_it.len() > 1 { usize::try_from(self.dice.below(at_it.len() as u64)).expect("few") } else { 0 };
            let (till, taking) = &mut at_it[place];
            let till = *till;
            if !self.tills[till].alive || self.dies_while_it_takes_up(till) {
                at_it.remove(place);
            } else if self.take_up_step(till, taking) {
                let (till, taking) = at_it.remove(place);
                self.took_up(till, taking);
            }
        }
    }

    /// These pending attempts, whoever has them.
    pub(crate) fn take_up_rows(&mut self, till: usize, rows: Vec<AttemptRow>) {
        let mut taking = TakeUp::new(rows);
        while !self.dies_while_it_takes_up(till) {
            if self.take_up_step(till, &mut taking) {
                return self.took_up(till, taking);
            }
        }
    }

    fn dies_while_it_takes_up(&mut self, till: usize) -> bool {
        if self.script.is_some() {
            return self.dies_as_written(till);
        }
        let dies = self.strikes(Fault::CrashInTakeUp);
        if dies {
            self.kill(till, "killed while it took up");
        }
        dies
    }

    /// One step; true if it was the last.
    fn take_up_step(&mut self, till: usize, taking: &mut TakeUp) -> bool {
        self.counts.events += 1;
        match taking.step() {
            Adoption::Read(sale) => taking.read(Ok(self.read_sale(sale))),
            Adoption::Adopt(row) => {
                let result = self.adopt(till, &row);
                taking.adopted(result);
            }
            Adoption::Done => return true,
        }
        false
    }

    fn took_up(&mut self, till: usize, taking: TakeUp) {
        let (sales, error) = taking.finish();
        let start = self.tills[till].start;
        if error.is_some() {
            self.later(10 * SECOND, Happening::TakeUp { till, start });
        }
        for (sale, versions) in sales {
            if self.lives(till, start) {
                self.resume(till, sale, versions);
            }
        }
    }

    fn read_sale(&self, sale: SaleId) -> Vec<AttemptRow> {
        let mut rows = self.ledger.attempts_of(sale);
        if self.bug == Some(Bug::TakesUpHalfASale) {
            let pending = self.ledger.pending_attempts();
            rows.retain(|row| pending.contains(row));
        }
        rows
    }

    fn adopt(&mut self, till: usize, row: &AttemptRow) -> Result<i64, LedgerError> {
        if self.strikes(Fault::TakeUpFailed) {
            return Err(LedgerError::Busy);
        }
        let me = self.tills[till].desk.owner.clone();
        let at = guitai::timestamp::Timestamp::from_millis(self.tills[till].wall(self.now));
        let result = self.ledger.adopt(&row.out_trade_no, row.owner.as_deref(), &me, at);
        let old = row.owner.as_deref().unwrap_or_default();
        if old.get(..1) != me.get(..1) && result.is_ok() {
            self.counts.fault(Fault::AnotherTakesUp);
        }
        self.tell(format_args!("till {} adopts {} ({}) from {old}: {result:?}", till + 1, row.out_trade_no, row.state));
        match result {
            Err(LedgerError::Stale { version }) if self.bug == Some(Bug::AdoptsWhatIsTaken) => Ok(version),
            result => result,
        }
    }

    fn resume(&mut self, till: usize, sale: Sale, versions: Versions) {
        let wall = self.tills[till].wall(self.now);
        let now = guitai::timestamp::Timestamp::from_millis(wall);
        let drive = Drive::resume(self.tills[till].desk.clone(), sale, versions, now);
        self.begin(till, drive);
    }
}

fn name_of(wish: &Wish) -> &'static str {
    match wish {
        Wish::Scan(_) => "scans a code",
        Wish::Renew => "F5",
        Wish::Query => "F6",
        Wish::Cancel => "F7",
        Wish::Leave => "Esc",
        Wish::Reported(..) => "a report of the gateway",
    }
}
