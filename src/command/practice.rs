//! `guitai practice`: the simulated WeChat Pay alone, for anybody's client.

use std::io::Write;
use std::net::SocketAddr;

use serde_json::json;

use crate::practice::{self, Practice};

use super::Common;
use super::output::{Exit, Output};

pub(super) async fn run(common: &Common, listen: SocketAddr, output: &Output) -> Exit {
    let folder = common.data_dir.as_ref().map(|dir| dir.join("practice").join("gateway"));
    let server = match Practice::start(folder, listen).await {
        Ok(server) => server,
        Err(error) => return output.trouble(&error.to_string()),
    };
    server.phone().set_customer(practice::Customer::Pays);
    let line = json!({
        "url": server.url(),
        "mch_id": practice::MCH_ID,
        "appid": practice::APPID,
        "api_key": practice::API_KEY,
        "ca_file": server.ca_file(),
        "cert_file": server.client_cert_file(),
        "key_file": server.client_key_file(),
    });
    // One line for programs in both forms: that is what the command is for.
    output.say(&line.to_string(), &line);
    let mut trace = server.trace();
    while let Some(entry) = trace.recv().await {
        // Somebody who doesn't read the trace is served all the same.
        let _ = writeln!(std::io::stderr(), "{entry}");
    }
    Exit::Done
}
