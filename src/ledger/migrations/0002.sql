-- The book, version 2: refunds.

-- The newest sales of a note, without sorting all of them.
DROP INDEX sales_by_note;
CREATE INDEX sales_by_note ON sales (note, created_at) WHERE note <> '';

-- An order of which something goes back. It may be one that another till made, and that the book knows from the
-- gateway alone.
CREATE TABLE refunded_orders (
    out_trade_no    TEXT PRIMARY KEY NOT NULL,
    total_fee       INTEGER NOT NULL CHECK (total_fee > 0),
    paid_at         INTEGER NOT NULL,
    -- What others refunded of it, in sum and number, as the gateway told last.
    elsewhere       INTEGER NOT NULL CHECK (elsewhere >= 0),
    elsewhere_count INTEGER NOT NULL CHECK (elsewhere_count >= 0)
) STRICT;

-- One refund under a number of its own.
CREATE TABLE refunds (
    out_refund_no TEXT PRIMARY KEY NOT NULL,
    out_trade_no  TEXT NOT NULL REFERENCES refunded_orders (out_trade_no),
    refund_fee    INTEGER NOT NULL CHECK (refund_fee > 0),
    reason        TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    state         TEXT NOT NULL,
    -- 'open' is not known to be taken; 'void' ended without effect. All others count against the order.
    standing      TEXT NOT NULL CHECK (standing IN ('open', 'accepted', 'arrived', 'bounced', 'void')),
    rules         TEXT NOT NULL,
    refund_id     TEXT,
    -- When it was sent last.
    sent_at       INTEGER,
    -- 1 in a restored book, which may be older than the truth: the gateway is asked before anything is sent.
    look_first    INTEGER NOT NULL CHECK (look_first IN (0, 1)),
    owner         TEXT NOT NULL,
    pending       INTEGER NOT NULL CHECK (pending IN (0, 1)),
    version       INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX refunds_by_order ON refunds (out_trade_no, created_at);
CREATE INDEX refunds_by_time ON refunds (created_at);
CREATE INDEX refunds_pending ON refunds (owner, created_at) WHERE pending = 1;
CREATE INDEX refunds_bounced ON refunds (created_at) WHERE standing = 'bounced';

-- The last minute's sends, of all processes, whence the gateway's limits are kept.
CREATE TABLE refund_sends (
    id            INTEGER PRIMARY KEY NOT NULL,
    at            INTEGER NOT NULL,
    out_refund_no TEXT NOT NULL,
    -- When a failing reply came.
    failed_at     INTEGER
) STRICT;

CREATE INDEX refund_sends_by_time ON refund_sends (at);
CREATE INDEX refund_sends_by_number ON refund_sends (out_refund_no, id);
CREATE INDEX refund_sends_failed ON refund_sends (failed_at) WHERE failed_at IS NOT NULL;

CREATE TRIGGER refunded_orders_never_vanish BEFORE DELETE ON refunded_orders
BEGIN SELECT RAISE(ABORT, 'an order stays'); END;

CREATE TRIGGER refunded_orders_keep_what_was_paid
BEFORE UPDATE OF out_trade_no, total_fee, paid_at ON refunded_orders
BEGIN SELECT RAISE(ABORT, 'what was paid stays'); END;

CREATE TRIGGER refunds_never_vanish BEFORE DELETE ON refunds
BEGIN SELECT RAISE(ABORT, 'a refund stays'); END;

CREATE TRIGGER refunds_keep_what_was_asked
BEFORE UPDATE OF out_refund_no, out_trade_no, refund_fee, reason, created_at ON refunds
BEGIN SELECT RAISE(ABORT, 'what was asked stays'); END;

CREATE TRIGGER refunds_stay_ended BEFORE UPDATE OF standing ON refunds
WHEN OLD.standing <> NEW.standing
    AND (OLD.standing IN ('arrived', 'bounced', 'void') OR NEW.standing = 'open')
BEGIN SELECT RAISE(ABORT, 'a refund moves forward only'); END;

-- The statements check it where they can say why; this holds for whoever else writes to the file.
CREATE TRIGGER refunds_never_exceed_what_was_paid AFTER INSERT ON refunds
WHEN (SELECT SUM(r.refund_fee) FROM refunds r WHERE r.out_trade_no = NEW.out_trade_no AND r.standing <> 'void')
    > (SELECT o.total_fee - o.elsewhere FROM refunded_orders o WHERE o.out_trade_no = NEW.out_trade_no)
BEGIN SELECT RAISE(ABORT, 'not more than was paid'); END;
