//! Every statement of the book, in the dialect that SQLite and PostgreSQL share: `$1` placeholders (first used in
//! ascending order, for SQLite numbers them so), BIGINT and TEXT, `ON CONFLICT`. Tests hold each against that
//! dialect, and against its query plan.

/// The outcomes that mean that money came in.
macro_rules! paid {
    () => {
        "('paid', 'paid_late', 'partly_refunded', 'refunded')"
    };
}

/// Whether an outcome may become another one: only forward, and paid never unpaid.
macro_rules! forward {
    ($new:literal) => {
        concat!(
            "(outcome = ",
            $new,
            " OR outcome = 'open'",
            " OR (outcome IN ('not_paid', 'not_sent', 'reversed', 'closed') AND ",
            $new,
            " IN ('paid', 'paid_late'))",
            // A lost charge that arrives after all is open until it is reversed again.
            " OR (outcome = 'reversed' AND ",
            $new,
            " = 'open')",
            " OR (outcome IN ('paid', 'paid_late') AND ",
            $new,
            " IN ('partly_refunded', 'refunded'))",
            " OR (outcome = 'partly_refunded' AND ",
            $new,
            " = 'refunded'))"
        )
    };
}

macro_rules! select_attempt {
    ($rest:literal) => {
        concat!(
            "SELECT a.out_trade_no, a.sale_id, a.method, a.total_fee, a.created_at, a.state, a.outcome, \
             a.transaction_id, a.paid_at, a.cash_fee, a.code_last4, a.rules, a.order_json, a.owner, a.version, \
             a.updated_at, s.note, \
             (SELECT CAST(COALESCE(SUM(r.refund_fee), 0) AS BIGINT) FROM refunds r \
             WHERE r.out_trade_no = a.out_trade_no AND r.standing IN ('accepted', 'arrived', 'bounced')) \
             + COALESCE((SELECT o.elsewhere FROM refunded_orders o WHERE o.out_trade_no = a.out_trade_no), 0), s.kind \
             FROM attempts a JOIN sales s ON s.id = a.sale_id WHERE ",
            $rest
        )
    };
}

macro_rules! select_refund {
    ($rest:literal) => {
        concat!(
            "SELECT out_refund_no, out_trade_no, refund_fee, reason, created_at, state, standing, rules, refund_id, \
             look_first, owner, version FROM refunds WHERE ",
            $rest
        )
    };
}

/// As [`select_attempt`], without trials of the settings: nobody is shown one, unless it was paid against all odds.
macro_rules! select_shown {
    ($rest:literal) => {
        concat!(select_attempt!("(s.kind = 'sale' OR a.paid_at IS NOT NULL) AND "), $rest)
    };
}

/// Newest first, from the place of the last page's end on. One order number breaks a tie of two orders that were made
/// in the same moment.
macro_rules! older {
    ($at:literal, $number:literal, $limit:literal) => {
        concat!(
            " AND a.created_at <= ",
            $at,
            " AND (a.created_at < ",
            $at,
            " OR a.out_trade_no < ",
            $number,
            ") ORDER BY a.created_at DESC, a.out_trade_no DESC LIMIT ",
            $limit
        )
    };
}

macro_rules! select_sale {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.created_at, s.amount, s.note, s.till, s.kind, s.outcome, s.winner, s.updated_at, \
             COALESCE(s.winner, (SELECT a.out_trade_no FROM attempts a WHERE a.sale_id = s.id \
             ORDER BY a.created_at DESC LIMIT 1)) FROM sales s WHERE ",
            $rest
        )
    };
}

pub(super) const INSERT_SALE: &str = "INSERT INTO sales \
    (id, created_at, amount, note, till, kind, outcome, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, 'open', $7) ON CONFLICT (id) DO NOTHING";

/// A sale that ended unpaid is tried again; one that is paid is not.
pub(super) const REOPEN_SALE: &str =
    concat!("UPDATE sales SET outcome = 'open', updated_at = $1 WHERE id = $2 AND outcome NOT IN ", paid!());

pub(super) const INSERT_ATTEMPT: &str = "INSERT INTO attempts \
    (out_trade_no, out_trade_no_reversed, sale_id, method, total_fee, created_at, state, outcome, code_last4, \
    code_hash, rules, order_json, owner, pending, version, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12, 1, 1, $13) \
    ON CONFLICT (out_trade_no) DO NOTHING";

/// A line without a sale belongs to its order's.
pub(super) const INSERT_LINE: &str = "INSERT INTO journal (at, sale_id, out_trade_no, kind, what, detail) \
    VALUES ($1, COALESCE($2, (SELECT a.sale_id FROM attempts a WHERE a.out_trade_no = $3)), $3, $4, $5, $6)";

pub(super) const LINE_EXISTS: &str = "SELECT id FROM journal \
    WHERE sale_id = $1 AND out_trade_no = $2 AND kind = $3 AND what = $4 AND detail = $5 LIMIT 1";

pub(super) const UPDATE_ATTEMPT: &str = concat!(
    "UPDATE attempts SET state = $1, outcome = $2, rules = $3, transaction_id = COALESCE($4, transaction_id), \
     transaction_id_reversed = COALESCE($5, transaction_id_reversed), paid_at = COALESCE($6, paid_at), \
     cash_fee = COALESCE($7, cash_fee), pending = $8, updated_at = $9, version = version + 1 \
     WHERE out_trade_no = $10 AND version = $11 AND COALESCE($4, '') IN ('', COALESCE(transaction_id, $4)) AND ",
    forward!("$2")
);

/// A sale of which something went back may have an attempt that is still watched; that it was paid is no news then.
pub(super) const UPDATE_SALE: &str = concat!(
    "UPDATE sales SET outcome = CASE WHEN outcome IN ('partly_refunded', 'refunded') AND $1 IN ('paid', 'paid_late') \
     THEN outcome ELSE $1 END, winner = COALESCE(winner, $2), updated_at = $3 \
     WHERE id = $4 AND (outcome NOT IN ",
    paid!(),
    " OR ",
    forward!("$1"),
    " OR (outcome IN ('partly_refunded', 'refunded') AND $1 IN ('paid', 'paid_late'))) AND COALESCE($2, '') IN ('', COALESCE(winner, $2))"
);

pub(super) const ADOPT: &str = "UPDATE attempts SET owner = $1, version = version + 1, updated_at = $2 \
    WHERE out_trade_no = $3 AND COALESCE(owner, '') = COALESCE($4, '') AND pending = 1";

pub(super) const VERSION_OF: &str = "SELECT version FROM attempts WHERE out_trade_no = $1";

pub(super) const SALE_EXISTS: &str = "SELECT id FROM sales WHERE id = $1";

pub(super) const CODE_USED: &str = "SELECT out_trade_no FROM attempts \
    WHERE code_hash = $1 AND created_at >= $2 AND outcome <> 'not_sent' LIMIT 1";

pub(super) const ATTEMPT: &str = select_attempt!("a.out_trade_no = $1");

pub(super) const BY_TRANSACTION: &str = select_attempt!("a.transaction_id = $1");

pub(super) const ATTEMPTS_OF_SALE: &str = select_attempt!("a.sale_id = $1 ORDER BY a.created_at");

/// The bound lets the index serve; a pending attempt of the future would be a clock's mistake, and is wanted too.
pub(super) const PENDING_ATTEMPTS: &str = select_attempt!("a.pending = 1 AND a.created_at >= $1 ORDER BY a.created_at");

pub(super) const BY_TAIL: &str =
    concat!(select_shown!("a.out_trade_no_reversed >= $1 AND a.out_trade_no_reversed < $2"), older!("$3", "$4", "$5"));

pub(super) const BY_TRANSACTION_TAIL: &str = concat!(
    select_shown!("a.transaction_id_reversed >= $1 AND a.transaction_id_reversed < $2"),
    older!("$3", "$4", "$5")
);

pub(super) const BY_FEE: &str = concat!(select_shown!("a.total_fee = $1"), older!("$2", "$3", "$4"));

pub(super) const BY_TIME: &str = concat!(select_shown!("a.created_at >= $1"), older!("$2", "$3", "$4"));

/// Sales with this very note, so that the index gives the newest without sorting all of them.
pub(super) const BY_NOTE: &str = concat!(
    select_shown!("s.note <> '' AND s.note = $1 AND s.created_at <= $2"),
    " AND (a.created_at < $2 OR a.created_at = $2 AND a.out_trade_no < $3) \
     ORDER BY s.created_at DESC, s.id DESC LIMIT $4"
);

/// The next note in the order of the alphabet.
pub(super) const NEXT_NOTE: &str = "SELECT MIN(note) FROM sales WHERE note <> '' AND note > $1 AND note < $2";

pub(super) const SALE: &str = select_sale!("s.id = $1");

pub(super) const RECENT: &str = select_sale!(
    "s.outcome <> 'open' AND s.updated_at <= $1 AND (s.kind = 'sale' OR s.winner IS NOT NULL) \
     ORDER BY s.updated_at DESC, s.id DESC LIMIT $2"
);

pub(super) const PAID_SINCE: &str = concat!(
    "SELECT COUNT(*), CAST(COALESCE(SUM(total_fee), 0) AS BIGINT) FROM attempts \
     WHERE paid_at IS NOT NULL AND paid_at >= $1 AND outcome IN ",
    paid!()
);

pub(super) const JOURNAL_OF_SALE: &str = "SELECT at, sale_id, out_trade_no, kind, what, detail FROM journal \
    WHERE sale_id = $1 ORDER BY id";

/// What became of an attempt: outcome, when it was paid, whether anything of it is left to do, its amount.
pub(super) const PAYMENT_OF: &str = "SELECT outcome, paid_at, pending, total_fee FROM attempts WHERE out_trade_no = $1";

pub(super) const ORDER_PAID_AT: &str = "SELECT paid_at FROM refunded_orders WHERE out_trade_no = $1";

/// An attempt that had ended unpaid and that nobody watches any more is paid after all.
pub(super) const PAID_AFTER_ALL: &str = "UPDATE attempts SET outcome = 'paid_late', transaction_id = $1, \
    transaction_id_reversed = $2, paid_at = $3, version = version + 1 WHERE out_trade_no = $4 AND pending = 0 \
    AND outcome IN ('not_paid', 'not_sent', 'reversed', 'closed')";

pub(super) const SALE_PAID_AFTER_ALL: &str = "UPDATE sales SET outcome = 'paid_late', \
    winner = COALESCE(winner, $1), updated_at = $2 \
    WHERE id = (SELECT sale_id FROM attempts WHERE out_trade_no = $3) \
    AND outcome IN ('not_paid', 'not_sent', 'reversed', 'closed')";

pub(super) const INSERT_ORDER: &str = "INSERT INTO refunded_orders \
    (out_trade_no, total_fee, paid_at, elsewhere, elsewhere_count) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (out_trade_no) DO NOTHING";

pub(super) const UPDATE_ORDER: &str =
    "UPDATE refunded_orders SET elsewhere = $1, elsewhere_count = $2 WHERE out_trade_no = $3";

/// What counts against an order: sum, number, and the sum of what the gateway has taken.
pub(super) const PROMISED: &str = "SELECT \
    CAST(COALESCE(SUM(CASE WHEN standing <> 'void' THEN refund_fee ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN standing <> 'void' THEN 1 ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN standing IN ('accepted', 'arrived', 'bounced') THEN refund_fee ELSE 0 END), 0) \
    AS BIGINT) FROM refunds WHERE out_trade_no = $1";

pub(super) const ELSEWHERE: &str =
    "SELECT elsewhere, elsewhere_count, elsewhere FROM refunded_orders WHERE out_trade_no = $1";

pub(super) const INSERT_REFUND: &str = "INSERT INTO refunds \
    (out_refund_no, out_trade_no, refund_fee, reason, created_at, state, standing, rules, look_first, owner, pending, \
    version, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, 0, $8, 1, 1, $9) \
    ON CONFLICT (out_refund_no) DO NOTHING";

pub(super) const REFUND_EXISTS: &str = "SELECT version FROM refunds WHERE out_refund_no = $1";

pub(super) const UPDATE_REFUND: &str = "UPDATE refunds SET state = $1, standing = $2, rules = $3, \
    refund_id = COALESCE($4, refund_id), pending = $5, look_first = 0, updated_at = $6, version = version + 1 \
    WHERE out_refund_no = $7 AND version = $8 \
    AND (standing = $2 OR standing = 'open' OR (standing = 'accepted' AND $2 <> 'open'))";

/// What has gone back of an attempt's order.
pub(super) const REFUNDED_ATTEMPT: &str = "UPDATE attempts SET outcome = CASE WHEN \
    (SELECT SUM(r.refund_fee) FROM refunds r WHERE r.out_trade_no = attempts.out_trade_no \
    AND r.standing IN ('arrived', 'bounced')) + (SELECT o.elsewhere FROM refunded_orders o \
    WHERE o.out_trade_no = attempts.out_trade_no) >= total_fee THEN 'refunded' ELSE 'partly_refunded' END, \
    updated_at = $1 WHERE out_trade_no = (SELECT r.out_trade_no FROM refunds r WHERE r.out_refund_no = $2) \
    AND outcome IN ('paid', 'paid_late', 'partly_refunded')";

/// The same of its sale, if that is the order that paid it.
pub(super) const REFUNDED_SALE: &str = "UPDATE sales SET \
    outcome = (SELECT a.outcome FROM attempts a WHERE a.out_trade_no = sales.winner), updated_at = $1 \
    WHERE id = (SELECT a.sale_id FROM refunds r JOIN attempts a ON a.out_trade_no = r.out_trade_no \
    WHERE r.out_refund_no = $2) AND winner = (SELECT r.out_trade_no FROM refunds r WHERE r.out_refund_no = $2) \
    AND outcome IN ('paid', 'paid_late', 'partly_refunded')";

pub(super) const NEXT_REFUND_OWNER: &str = "SELECT MIN(owner) FROM refunds WHERE pending = 1 AND owner > $1";

pub(super) const ADOPT_REFUND: &str =
    "UPDATE refunds SET owner = $1, version = version + 1, updated_at = $2 WHERE out_refund_no = $3";

pub(super) const REFUND: &str = select_refund!("out_refund_no = $1");

pub(super) const REFUNDS_OF_ORDER: &str = select_refund!("out_trade_no = $1 ORDER BY created_at");

pub(super) const OPEN_REFUNDS_OF_OWNER: &str =
    select_refund!("pending = 1 AND owner = $1 AND standing = 'open' ORDER BY created_at LIMIT $2");

pub(super) const TAKEN_REFUNDS_OF_OWNER: &str =
    select_refund!("pending = 1 AND owner = $1 AND standing <> 'open' ORDER BY created_at LIMIT $2");

pub(super) const RECENT_REFUNDS: &str = select_refund!("created_at <= $1 ORDER BY created_at DESC LIMIT $2");

pub(super) const BOUNCED_REFUNDS: &str =
    select_refund!("standing = 'bounced' AND created_at <= $1 ORDER BY created_at DESC LIMIT $2");

pub(super) const COUNT_REFUNDS: &str = "SELECT \
    CAST(COALESCE(SUM(CASE WHEN standing = 'open' THEN 1 ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN standing = 'accepted' THEN 1 ELSE 0 END), 0) AS BIGINT) \
    FROM refunds WHERE pending = 1 AND owner >= $1";

pub(super) const INSERT_SEND: &str = "INSERT INTO refund_sends (at, out_refund_no) VALUES ($1, $2)";

pub(super) const SENT_REFUND: &str = "UPDATE refunds SET sent_at = $1 WHERE out_refund_no = $2";

/// From then on it is known that the request did not arrive later.
pub(super) const SEND_ANSWERED: &str = "UPDATE refund_sends SET at = $1, failed_at = $2 \
    WHERE id = (SELECT MAX(s.id) FROM refund_sends s WHERE s.out_refund_no = $3)";

pub(super) const FORGET_SENDS: &str = "DELETE FROM refund_sends WHERE at < $1";

pub(super) const SENDS_OF_THE_FUTURE: &str = "UPDATE refund_sends SET at = $1 WHERE at > $2";

pub(super) const SENDS: &str = "SELECT at FROM refund_sends WHERE at > $1 ORDER BY at";

pub(super) const FAILED: &str =
    "SELECT MAX(failed_at) FROM refund_sends WHERE failed_at IS NOT NULL AND failed_at > $1";

pub(super) const LAST_SEND_OF_ORDER: &str = "SELECT MAX(o.sent_at) FROM refunds r \
    JOIN refunds o ON o.out_trade_no = r.out_trade_no \
    WHERE r.out_refund_no = $1 AND o.out_refund_no <> r.out_refund_no AND o.sent_at <= $2";

/// The bound lets the index serve.
pub(super) const LOOK_FIRST: &str = "UPDATE refunds SET look_first = 1 WHERE pending = 1 AND owner >= $1";

/// `journal_by_sale` leads to the few lines that are about no sale.
pub(super) const RESTORED_AT: &str = "SELECT at FROM journal \
    WHERE sale_id IS NULL AND kind = 'state' AND what = 'restored' ORDER BY id DESC LIMIT 1";

pub(super) const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM versions";

pub(super) const AUDIT: &str = "\
    SELECT a.n, a.at, a.approved_by, a.means, a.out_refund_no, a.out_trade_no, a.refund_fee, a.reason, a.key_id, a.hash, \
    EXISTS (SELECT 1 FROM refunds r WHERE r.out_refund_no = a.out_refund_no AND r.out_trade_no = a.out_trade_no \
    AND r.refund_fee = a.refund_fee AND r.reason = a.reason) \
    FROM audit a WHERE a.n > $1 ORDER BY a.n LIMIT $2";

pub(super) const AUDIT_HEAD: &str = "SELECT n, hash FROM audit WHERE n <= $1 ORDER BY n DESC LIMIT 1";

pub(super) const INSERT_AUDIT: &str = "\
    INSERT INTO audit (n, at, approved_by, means, out_refund_no, out_trade_no, refund_fee, reason, key_id, hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

pub(super) const UNRECORDED_REFUND: &str = "\
    SELECT r.out_refund_no FROM refunds r WHERE r.out_refund_no > $1 \
    AND r.created_at >= (SELECT a.at FROM audit a WHERE a.n = 1) \
    AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.out_refund_no = r.out_refund_no) \
    ORDER BY r.out_refund_no LIMIT 1";

pub(super) const REFUNDED_SINCE: &str =
    "SELECT COALESCE(SUM(refund_fee), 0) FROM audit WHERE at >= $1 AND means <> 'till'";

pub(super) const PIN_TRIES: &str = "SELECT failed, locked_until FROM pin_tries WHERE id = $1";

pub(super) const COUNT_PIN_TRY: &str = "UPDATE pin_tries SET failed = failed + 1, locked_until = $1 WHERE id = 1";

pub(super) const FORGIVE_PIN_TRIES: &str = "UPDATE pin_tries SET failed = 0, locked_until = NULL WHERE id = 1";

pub(super) const INSERT_VERSION: &str = "INSERT INTO versions (version) VALUES ($1)";

/// All of them, for the tests.
#[cfg(test)]
pub(super) const ALL: &[&str] = &[
    INSERT_SALE,
    REOPEN_SALE,
    INSERT_ATTEMPT,
    INSERT_LINE,
    LINE_EXISTS,
    UPDATE_ATTEMPT,
    UPDATE_SALE,
    ADOPT,
    VERSION_OF,
    SALE_EXISTS,
    CODE_USED,
    ATTEMPT,
    BY_TRANSACTION,
    ATTEMPTS_OF_SALE,
    PENDING_ATTEMPTS,
    BY_TAIL,
    BY_TRANSACTION_TAIL,
    BY_FEE,
    BY_TIME,
    BY_NOTE,
    NEXT_NOTE,
    SALE,
    RECENT,
    PAID_SINCE,
    JOURNAL_OF_SALE,
    RESTORED_AT,
    LOOK_FIRST,
    PAYMENT_OF,
    ORDER_PAID_AT,
    PAID_AFTER_ALL,
    SALE_PAID_AFTER_ALL,
    INSERT_ORDER,
    UPDATE_ORDER,
    PROMISED,
    ELSEWHERE,
    INSERT_REFUND,
    REFUND_EXISTS,
    UPDATE_REFUND,
    REFUNDED_ATTEMPT,
    REFUNDED_SALE,
    NEXT_REFUND_OWNER,
    ADOPT_REFUND,
    REFUND,
    REFUNDS_OF_ORDER,
    OPEN_REFUNDS_OF_OWNER,
    TAKEN_REFUNDS_OF_OWNER,
    RECENT_REFUNDS,
    BOUNCED_REFUNDS,
    COUNT_REFUNDS,
    INSERT_SEND,
    SENT_REFUND,
    SEND_ANSWERED,
    FORGET_SENDS,
    SENDS_OF_THE_FUTURE,
    SENDS,
    FAILED,
    LAST_SEND_OF_ORDER,
    AUDIT,
    AUDIT_HEAD,
    INSERT_AUDIT,
    UNRECORDED_REFUND,
    REFUNDED_SINCE,
    PIN_TRIES,
    COUNT_PIN_TRY,
    FORGIVE_PIN_TRIES,
    VERSION,
    INSERT_VERSION,
];
