-- The book, version 1. A migration may speak SQLite's own dialect; every other statement may not.
-- Times are milliseconds since the Unix epoch, amounts are fen.

CREATE TABLE versions (
    version INTEGER NOT NULL PRIMARY KEY
);

-- One thing to be paid.
CREATE TABLE sales (
    id         INTEGER PRIMARY KEY NOT NULL,
    created_at INTEGER NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    note       TEXT NOT NULL,
    till       INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('sale', 'check')),
    outcome    TEXT NOT NULL,
    winner     TEXT REFERENCES attempts (out_trade_no),
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sales_by_note ON sales (note) WHERE note <> '';
CREATE INDEX sales_by_end ON sales (updated_at) WHERE outcome <> 'open';

-- One try to have it paid, with an order number of its own.
CREATE TABLE attempts (
    out_trade_no          TEXT PRIMARY KEY NOT NULL,
    -- The same from the last character to the first, so that an index finds the last digits; as below.
    out_trade_no_reversed TEXT NOT NULL,
    sale_id               INTEGER NOT NULL REFERENCES sales (id),
    method                TEXT NOT NULL CHECK (method IN ('native', 'micropay')),
    total_fee             INTEGER NOT NULL CHECK (total_fee > 0),
    created_at            INTEGER NOT NULL,
    state                 TEXT NOT NULL,
    outcome               TEXT NOT NULL,
    transaction_id          TEXT,
    transaction_id_reversed TEXT,
    paid_at               INTEGER,
    cash_fee              INTEGER CHECK (cash_fee >= 0),
    code_last4            TEXT,
    code_hash             TEXT,
    rules                 TEXT NOT NULL,
    order_json            TEXT NOT NULL,
    owner                 TEXT,
    -- 1 while anything of it is left to do; also a final attempt may have a late question to ask.
    pending               INTEGER NOT NULL CHECK (pending IN (0, 1)),
    version               INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    -- Nothing is paid without what proves it.
    CHECK (outcome NOT IN ('paid', 'paid_late') OR (transaction_id IS NOT NULL AND paid_at IS NOT NULL))
) STRICT;

-- Partial where they can be: each index that a new attempt touches is a page more in its durable write.
CREATE INDEX attempts_by_tail ON attempts (out_trade_no_reversed);
CREATE UNIQUE INDEX attempts_by_transaction ON attempts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX attempts_by_transaction_tail ON attempts (transaction_id_reversed)
    WHERE transaction_id_reversed IS NOT NULL;
CREATE INDEX attempts_by_sale ON attempts (sale_id, created_at);
CREATE INDEX attempts_by_time ON attempts (created_at);
CREATE INDEX attempts_by_fee ON attempts (total_fee, created_at);
CREATE INDEX attempts_by_payment ON attempts (paid_at, outcome, total_fee) WHERE paid_at IS NOT NULL;
CREATE INDEX attempts_by_code ON attempts (code_hash, created_at) WHERE code_hash IS NOT NULL;
CREATE INDEX attempts_pending ON attempts (created_at) WHERE pending = 1;

-- What was intended, answered, done and decided, line by line. No line ever goes, so no id comes twice.
CREATE TABLE journal (
    id           INTEGER PRIMARY KEY NOT NULL,
    at           INTEGER NOT NULL,
    sale_id      INTEGER REFERENCES sales (id),
    out_trade_no TEXT,
    kind         TEXT NOT NULL CHECK (kind IN ('intent', 'answer', 'cashier', 'state')),
    what         TEXT NOT NULL,
    detail       TEXT NOT NULL
) STRICT;

CREATE INDEX journal_by_sale ON journal (sale_id, id);

CREATE TRIGGER journal_never_changes BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER journal_never_shrinks BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER attempts_never_vanish BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'an attempt stays'); END;

CREATE TRIGGER sales_never_vanish BEFORE DELETE ON sales
BEGIN SELECT RAISE(ABORT, 'a sale stays'); END;

CREATE TRIGGER attempts_keep_what_was_asked
BEFORE UPDATE OF out_trade_no, sale_id, method, total_fee, created_at, order_json ON attempts
BEGIN SELECT RAISE(ABORT, 'what was asked stays'); END;

CREATE TRIGGER sales_keep_what_was_asked BEFORE UPDATE OF id, amount, created_at ON sales
BEGIN SELECT RAISE(ABORT, 'what was asked stays'); END;

-- The same rule stands in the statements; this holds for whoever else writes to the file.
CREATE TRIGGER attempts_stay_paid BEFORE UPDATE OF outcome ON attempts
WHEN OLD.outcome IN ('paid', 'paid_late', 'partly_refunded', 'refunded')
    AND NEW.outcome NOT IN ('paid', 'paid_late', 'partly_refunded', 'refunded')
BEGIN SELECT RAISE(ABORT, 'paid stays paid'); END;

CREATE TRIGGER sales_stay_paid BEFORE UPDATE OF outcome ON sales
WHEN OLD.outcome IN ('paid', 'paid_late', 'partly_refunded', 'refunded')
    AND NEW.outcome NOT IN ('paid', 'paid_late', 'partly_refunded', 'refunded')
BEGIN SELECT RAISE(ABORT, 'paid stays paid'); END;
