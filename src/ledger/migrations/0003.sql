-- The book, version 3: who let money go back, and how often a PIN was tried.

-- One line for each refund, written with it. Each hash holds the line before it too, by a key that isn't in the book.
CREATE TABLE audit (
    n             INTEGER PRIMARY KEY NOT NULL CHECK (n > 0),
    at            INTEGER NOT NULL,
    approved_by   TEXT NOT NULL,
    -- 'till' is nobody's wish: the till gives back what was paid twice or too late.
    means         TEXT NOT NULL CHECK (means IN ('rules', 'pin', 'till')),
    out_refund_no TEXT NOT NULL,
    out_trade_no  TEXT NOT NULL,
    refund_fee    INTEGER NOT NULL CHECK (refund_fee > 0),
    reason        TEXT NOT NULL,
    key_id        TEXT NOT NULL,
    hash          TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX audit_by_refund ON audit (out_refund_no);
-- For the day's cap.
CREATE INDEX audit_by_time ON audit (at, means, refund_fee);

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

-- One row: a try is counted before the PIN is looked at, so that killing the program wins nobody another one.
CREATE TABLE pin_tries (
    id           INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    -- Since the PIN was last right.
    failed       INTEGER NOT NULL CHECK (failed >= 0),
    -- No try before this.
    locked_until INTEGER
) STRICT;

INSERT INTO pin_tries (id, failed) VALUES (1, 0);
