//! `guitai practice`: the simulated WeChat Pay alone, for anybody's client.

use std::io::Write;
use std::net::SocketAddr;

use serde_json::json;

use crate::practice::{Customer, Practice, Rules};

use super::Common;
use super::output::{Exit, Output};
use super::session::{self, SessionError};

pub(super) async fn run(common: &Common, listen: SocketAddr, close_at_once: bool, output: Output) -> Exit {
    let server = match start(common, listen) {
        Ok(server) => server,
        Err(error) => return output.refused(&error.words(output.lang())),
    };
    server.phone().set_customer(Customer::Pays);
    server.set_rules(Rules { five_minutes_before_close: !close_at_once, ..Rules::default() });
    let (certificate, key) = server.client_files().unzip();
    let line = json!({
        "url": server.url(),
        "mch_id": server.mch_id(),
        "appid": server.appid(),
        "api_key": server.api_key(),
        "ca_file": server.ca_file(),
        "cert_file": certificate,
        "key_file": key,
        "p12_file": server.p12_file(),
    });
    // One line for programs in both forms: that is what the command is for.
    output.say(&line.to_string(), &line);
    let mut trace = server.follow();
    while let Some(entry) = trace.recv().await {
        // Somebody who doesn't read the trace is served all the same.
        let _ = writeln!(std::io::stderr(), "{entry}");
    }
    Exit::Done
}

fn start(common: &Common, listen: SocketAddr) -> Result<Practice, SessionError> {
    let folder = session::practice_folder(common)?;
    Ok(Practice::start(Some(folder.join(session::GATEWAY_FOLDER)), listen)?)
}
