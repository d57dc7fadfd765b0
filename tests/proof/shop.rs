//! A live shop: a data folder, and a gateway in this process, which outlives every till that is killed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use guitai::number::OutTradeNo;
use guitai::payment::{Answer, Call, Gateway, Order, QueryAnswer};
use guitai::practice::{Customer, Line, Practice, PracticeError, Rules};
use guitai::wechat::sign::{ApiKey, SignType};
use guitai::wechat::{Client, Config};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

use super::keyring::Keyring;

pub(crate) struct Shop {
    folder: TempDir,
    keyring: Arc<Keyring>,
    address: SocketAddr,
    /// `None` while it is down.
    gateway: Option<(Practice, UnboundedReceiver<Line>)>,
    /// Every order that the gateway has told of.
    orders: BTreeSet<OutTradeNo>,
    said: usize,
}

/// One attempt as the book has it.
pub(crate) struct Row {
    pub(crate) number: String,
    pub(crate) sale: i64,
    pub(crate) outcome: String,
    pub(crate) transaction: Option<String>,
    pub(crate) total_fee: i64,
    pub(crate) order: Order,
}

impl Shop {
    /// A shop that has gone live.
    pub(crate) fn open(keyring: Arc<Keyring>) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut shop = Self { folder, keyring, address, gateway: None, orders: BTreeSet::new(), said: 0 };
        shop.gateway_up();
        let gateway = shop.gateway();
        let (url, ca, p12) = (gateway.url(), gateway.ca_file(), gateway.p12_file());
        shop.address = url.trim_start_matches("https://").parse().expect("an address");
        let mut command = shop.guitai(&["setup", "--api-key-stdin", "--merchant-id", guitai::practice::MCH_ID]);
        command.args(["--app-id", guitai::practice::APPID, "--gateway", &url]);
        command.arg("--gateway-ca").arg(ca.expect("it has a folder"));
        command.arg("--certificate").arg(p12.expect("it has a folder"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(guitai::practice::API_KEY.as_bytes()).expect("it reads its key");
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        shop
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn book(&self) -> PathBuf {
        self.data().join("book.db")
    }

    pub(crate) fn guitai(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guitai"));
        command.args([Path::new("--data-dir"), &self.data()]).args(arguments).arg("--json");
        self.keyring.on_bus(&mut command).env("LANG", "en_US.UTF-8");
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts the program; what it says goes to a file, which a kill leaves.
    pub(crate) fn start(&mut self, arguments: &[&str]) -> (Child, PathBuf) {
        self.said += 1;
        let path = self.folder.path().join(format!("said-{}", self.said));
        let file = File::create(&path).expect("a file");
        (self.guitai(arguments).stdout(file).spawn().expect("the binary starts"), path)
    }

    pub(crate) fn gateway(&self) -> &Practice {
        &self.gateway.as_ref().expect("the gateway is up").0
    }

    pub(crate) fn is_up(&self) -> bool {
        self.gateway.is_some()
    }

    pub(crate) fn gateway_up(&mut self) {
        let gateway = self.begin_gateway();
        // Else nothing that shows a QR code would end within a minute.
        gateway.set_rules(Rules { five_minutes_before_close: false, ..Rules::default() });
        gateway.phone().set_customer(Customer::Pays);
        let lines = gateway.follow();
        self.gateway = Some((gateway, lines));
    }

    /// While the gateway was gone a connection of another till may have been given its port: that one is over soon.
    fn begin_gateway(&self) -> Practice {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match Practice::start(Some(self.folder.path().join("gateway")), self.address) {
                Err(PracticeError::Listen { kind: ErrorKind::AddrInUse, .. }) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                started => return started.expect("a gateway"),
            }
        }
    }

    pub(crate) fn gateway_down(&mut self) {
        self.hear();
        self.gateway = None;
    }

    /// Notes the orders that the gateway has told of since.
    fn hear(&mut self) {
        if let Some((gateway, lines)) = &mut self.gateway {
            // Asked and answered: whatever was handled before has been told.
            let _ = gateway.trace();
            while let Ok(line) = lines.try_recv() {
                self.orders.extend(OutTradeNo::parse(&line.subject).filter(|_| line.subject.starts_with("20")));
            }
        }
    }

    /// Every order that the gateway has told of.
    pub(crate) fn orders(&mut self) -> BTreeSet<OutTradeNo> {
        self.hear();
        self.orders.clone()
    }

    /// What the gateway has of an order now.
    pub(crate) fn truth(&self, runtime: &tokio::runtime::Runtime, order: &Order) -> QueryAnswer {
        let gateway = self.gateway();
        let client = Client::new(Config {
            appid: gateway.appid().to_owned(),
            mch_id: gateway.mch_id().to_owned(),
            sub: None,
            api_key: ApiKey::new(gateway.api_key()),
            other_api_key: None,
            sign_type: SignType::HmacSha256,
            gateway: gateway.url(),
            ca_pem: Some(gateway.ca_pem().to_owned()),
            certificate: None,
        });
        let reply = runtime.block_on(client.expect("a client").send(order, Call::Query));
        match reply.answer {
            Answer::Queried(answer) => answer,
            other => unreachable!("a query is answered as one: {other:?}"),
        }
    }

    /// How many attempts have no final result yet, whoever drives them.
    pub(crate) fn open_attempts(&self) -> i64 {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let book = rusqlite::Connection::open_with_flags(self.book(), flags).expect("the book opens");
        book.busy_timeout(Duration::from_secs(5)).expect("a time");
        let count = "SELECT COUNT(*) FROM attempts WHERE outcome = 'open'";
        book.query_row(count, [], |row| row.get(0)).expect("it can be counted")
    }

    /// The book's attempts. No till may be running.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let book = rusqlite::Connection::open(self.book()).expect("the book opens");
        let select = "SELECT out_trade_no, sale_id, outcome, transaction_id, total_fee, order_json FROM attempts";
        let mut statement = book.prepare(select).expect("the table is there");
        let rows = statement.query_map([], |row| {
            let order: String = row.get(5)?;
            Ok(Row {
                number: row.get(0)?,
                sale: row.get(1)?,
                outcome: row.get(2)?,
                transaction: row.get(3)?,
                total_fee: row.get(4)?,
                order: serde_json::from_str(&order).expect("an order"),
            })
        });
        rows.expect("they can be read").collect::<Result<_, _>>().expect("they can be read")
    }
}

/// The last whole line that a program said, if it had said one.
pub(crate) fn last_said(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).expect("what was said");
    let (whole, _) = text.rsplit_once('\n')?;
    serde_json::from_str(whole.lines().last()?).ok()
}
