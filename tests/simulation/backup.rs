//! The machine is lost, and the book is put back from a backup of earlier, while the gateway has gone on.

use guitai::till::restored;
use guitai::timestamp::Timestamp;

use super::bug::Bug;
use super::fault::Fault;
use super::model::Model;
use super::world::{Happening, SECOND, World};

/// An image of the book, and when it was made by the clock of the till that made it.
pub(crate) struct Backup {
    book: Model,
    made_at: Timestamp,
}

impl World {
    /// A charge or an order was just begun: somebody may make a backup now, and lose the machine later.
    pub(crate) fn may_be_lost(&mut self, till: usize) {
        if self.script.is_some() || self.backup.is_some() || !self.may_strike(Fault::RestoredBackup) {
            return;
        }
        let made_at = Timestamp::from_millis(self.tills[till].wall(self.now));
        self.backup = Some(Backup { book: self.ledger.clone(), made_at });
        self.tell(format_args!("till {} makes a backup", till + 1));
        let after = self.dice.between(1, 200) * SECOND;
        self.later(after, Happening::Restore);
    }

    /// Every till of the old machine is gone; a new one goes on with the backup, as `till::mark_restored` leaves it.
    pub(crate) fn restore(&mut self) {
        let Some(Backup { book, made_at }) = self.backup.take().filter(|_| self.faults) else { return };
        self.counts.fault(Fault::RestoredBackup);
        let dark = self.dice.between(40, 180) * SECOND;
        for till in 0..self.tills.len() {
            self.kill_for(till, "is lost", dark);
        }
        if self.dice.below(3) == 0 {
            // The other machine's clock is behind.
            let behind = i64::try_from(self.dice.between(1, 7200) * SECOND).expect("small");
            self.tills.iter_mut().for_each(|till| till.wall -= behind);
        }
        let wall = self.tills[0].wall(self.now + dark);
        let at = restored::put_back_at(Timestamp::from_millis(wall), made_at);
        self.ledger = book;
        if self.bug != Some(Bug::ForgetsItIsRestored) {
            let marked: Vec<_> =
                self.ledger.pending_attempts().iter().filter_map(|row| restored::marked(row, at)).collect();
            for (change, line) in marked {
                let done = self.ledger.commit(&change, None, &[line]);
                if let Err(error) = done {
                    self.violated(format!("{} can't be marked as restored: {error:?}", change.out_trade_no));
                }
            }
        }
        self.restored_at = Some(at);
        for (number, known) in &mut self.known {
            known.lost |= self.ledger.attempt(number).is_none();
        }
        self.tell(format_args!("-- the machine is lost; a backup of {made_at} is put back at {at} --"));
        if self.dice.below(2) == 0 {
            self.down_until = self.now + dark + self.dice.between(20, 150) * SECOND;
        }
    }

    /// The earliest time that a till which starts now gives to a number.
    pub(crate) fn numbers_from(&self) -> Timestamp {
        restored::numbers_from(self.restored_at.filter(|_| self.bug != Some(Bug::ReusesNumbers)))
    }
}
