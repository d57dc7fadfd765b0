//! A simulated WeChat Pay, strict like the real one, for practice and for testing any API V2 client.
//!
//! [`Books`] is the gateway itself, pure: a request and the time go in, a reply comes out. [`Practice`]
//! serves the books over HTTPS on this machine. [`Phone`] is the simulated customer.
//!
//! # The practice merchant
//!
//! [`MCH_ID`], [`APPID`] and [`API_KEY`] are fixed, and the key is no secret: the server only ever
//! listens on the loopback interface. [`UNBOUND_APPID`] exists but belongs to another merchant
//! (`APPID_MCHID_NOT_MATCH`). The sandbox paths below sign with [`SANDBOX_KEY`].
//!
//! # Calls
//!
//! `/pay/unifiedorder` (NATIVE), `/pay/micropay`, `/pay/orderquery`, `/pay/closeorder`,
//! `/pay/refundquery`; with the merchant's client certificate `/secapi/pay/reverse` and `/secapi/pay/refund` (status
//! 400 without it); of the official sandbox
//! `/xdc/apiv2getsignkey/sign/getsignkey`, `/xdc/apiv2sandbox/pay/micropay` and
//! `/xdc/apiv2sandbox/pay/orderquery`. Anything else is an HTML page with status 404.
//!
//! # Customers
//!
//! A payment code (`auth_code`) that the simulated phone did not show counts as fresh when it is first
//! seen; a code lives 60 seconds and serves one payment. Its payer is told by its digits 3 to 8 (so
//! `13 456789 …` is always the same person). A password is asked for above 1,000 yuan, and after the
//! payer's fifth password-free payment of a Beijing day. A micropay that is still unpaid after 45
//! seconds is reversed by the gateway itself. What the customer does is a [`Customer`]'s choice.
//!
//! # Steering by amount
//!
//! `total_fee` 1 is plain; 2 is paid with a coupon of 1 fen; 3 with a coupon of 1 fen and a
//! no-recharge coupon of 2 fen, as in the official sandbox. An amount of 90,404.NN yuan, which no
//! shop takes by accident, forces one behaviour:
//!
//! | fen | micropay | what the books hold |
//! |---|---|---|
//! | 9040401 | `SYSTEMERROR` | unpaid (reversed after 45 s) |
//! | 9040402 | `SYSTEMERROR` | paid |
//! | 9040403 | `BANKERROR` | `PAYERROR` |
//! | 9040404 | `BANKERROR` | paid |
//! | 9040405 | `USERPAYING` | paid after 7 s |
//! | 9040406 | `USERPAYING` | never paid: reversed after 45 s |
//! | 9040407 | `USERPAYING` | `PAYERROR` after 7 s |
//! | 9040408 | `AUTHCODEEXPIRE` | nothing |
//! | 9040409 | `AUTH_CODE_ERROR` | nothing |
//! | 9040410 | `AUTH_CODE_INVALID` | nothing |
//! | 9040411 | `NOTENOUGH` | `PAYERROR` |
//! | 9040412 | `NOTSUPORTCARD` | `PAYERROR` |
//! | 9040413 | `TRADE_ERROR` | `PAYERROR` |
//! | 9040414 | `NOAUTH` | nothing |
//! | 9040415 | `BUYER_MISMATCH` | nothing |
//! | 9040416 | `INVALID_REQUEST` | nothing |
//! | 9040417 | `ORDERCLOSED` | nothing |
//! | 9040418 | `ORDERREVERSED` | nothing |
//! | 9040419 | `OUT_TRADE_NO_USED` | nothing |
//! | 9040420 | `ORDERPAID` | paid |
//! | 9040421 | `PARAM_ERROR` | nothing |
//! | 9040422 | `FREQUENCY_LIMITED` | nothing |
//! | 9040423 | `NEVER_DOCUMENTED`, a code that no manual knows | paid |
//! | 9040430 | success, but 15 s late | paid |
//! | 9040431 | an HTML page, status 502 | paid |
//! | 9040432 | XML cut in the middle | paid |
//! | 9040433 | success with a wrong signature | paid |
//! | 9040434 | success without a signature | paid |
//! | 9040435 | success, signed, with 1 fen too little | paid |
//! | 9040436 | success, signed, of another `out_trade_no` | paid |
//! | 9040437 | `SYSTEMERROR` | `ORDERNOTEXIST` for 10 s, then paid |
//! | 9040439 | `USERPAYING` | never paid; the first reverse is answered `recall=Y` and not done |
//! | 9040440 | `USERPAYING` | paid after 55 s, not reversed after 45; until then a reverse is `USERPAYING` |
//! | 9040441 | `SYSTEMERROR` | paid; the first reverse is done and answered `SYSTEMERROR` |
//!
//! For unifiedorder 9040401 and 9040402 are a `SYSTEMERROR` the first time (the same request again
//! succeeds), 9040414 is `NOAUTH`, 9040422 `FREQUENCY_LIMITED`, and 9040430 to 9040436 do to the
//! reply what they do above. An order of 9040438 can be closed at once, without the five minutes.
//!
//! # Refunds
//!
//! A refund is `PROCESSING` for ten seconds, then `SUCCESS`; from the first on, the order's `trade_state` is
//! `REFUND`. The rules and their codes stand in a table in `books/refund.rs`: at most 150 a second, and six a second
//! that end in an error (beyond that nothing is taken for a minute); a minute between two of one order, 50 of an order,
//! one year; the same number with the same parameters is the same refund, with others it is refused. The amount of
//! the *order* steers them:
//!
//! | order's fen | refund | what the books hold |
//! |---|---|---|
//! | 9040450 | `NOTENOUGH` until so much was paid after this order | then refunded |
//! | 9040451 | the first is `SYSTEMERROR` | nothing; the next request is taken |
//! | 9040452 | the first is `SYSTEMERROR` | refunded |
//! | 9040453 | the first is `BIZERR_NEED_RETRY` | nothing; the next request is taken |
//! | 9040454 | `TRADE_OVERDUE` | nothing |
//! | 9040455 | `USER_ACCOUNT_ABNORMAL` | nothing |
//! | 9040456 | `ERROR` | nothing |
//! | 9040457 | the first is `FREQUENCY_LIMITED` | nothing; the next request is taken |
//! | 9040458 | the first is `INVALID_REQ_TOO_MUCH` | nothing; the next request is taken |
//! | 9040459 | success | `CHANGE` after ten seconds |
//! | 9040460 | success | `REFUNDCLOSE` after ten seconds: it can be refunded again |
//! | 9040461 | success | `PROCESSING` for good |
//! | 9040462 | the first is `SYSTEMERROR` | refunded, but `REFUNDNOTEXIST` for 10 s |
//! | 9040463 | success | refunded, but queries are `SYSTEMERROR` for 10 s |
//! | 9040464 | the first is `NEVER_DOCUMENTED` | refunded |
//! | 9040470 to 9040476 | the reply is spoiled as in rows 30 to 36 | refunded |
//!
//! # Notifications
//!
//! A native order whose `notify_url` lies on this machine (plain HTTP to `localhost` or a
//! loopback address) is told of its payment, signed as it was ordered; a refund whose `notify_url` does is told how it ended,
//! sealed in `req_info`. Whoever doesn't answer `return_code` `SUCCESS` within five seconds is told again in WeChat's
//! rhythm, fifteen times in 24 h 4 min. An address anywhere else is never written to.
//!
//! # Steering by header
//!
//! `Wechatpay-Negative-Test`, as in the official sandbox: `MICROPAY_USERPAYING` (paid 7 s later),
//! `MICROPAY_TIMEOUT` (paid, the reply comes 15 s late), `MICROPAY_PAYERROR` (late too, the query says
//! `PAYERROR`), `MICROPAY_PAY_QUERY_TIMEOUT` (late, and the query is late and says `SYSTEMERROR`).
//!
//! [`Books`]: crate::practice::Books
//! [`Practice`]: crate::practice::Practice
//! [`Phone`]: crate::practice::Phone
//! [`Customer`]: crate::practice::Customer
//! [`MCH_ID`]: crate::practice::MCH_ID
//! [`APPID`]: crate::practice::APPID
//! [`UNBOUND_APPID`]: crate::practice::UNBOUND_APPID
//! [`API_KEY`]: crate::practice::API_KEY
//! [`SANDBOX_KEY`]: crate::practice::SANDBOX_KEY

mod books;
mod certificate;
mod courier;
mod keeper;
mod phone;
mod server;
mod store;

pub use books::{Books, Line, Outgoing, RefundSend, Reply, Request, Rules, ScanRefused};
pub use phone::{Button, Customer, NoSuchCustomer, Phone, PhoneOrder, PhoneScreen, PhoneView, ShownCode};
pub use server::{Practice, PracticeError};
pub use store::StoreError;

/// The practice merchant's number.
pub const MCH_ID: &str = "1900000001";
/// The practice merchant's app id.
pub const APPID: &str = "wx0123456789abcdef";
/// An app id that exists but isn't bound to [`MCH_ID`].
pub const UNBOUND_APPID: &str = "wxfedcba9876543210";
/// The practice merchant's API key; no secret.
pub const API_KEY: &str = "guitaiPracticeKeyIsNoSecret00001";
/// The key of the sandbox paths, which `getsignkey` hands out; no secret.
pub const SANDBOX_KEY: &str = "guitaiSandboxKeyIsNoSecret000001";
