//! A real nginx that hands requests round, one to each instance, whoever they come from.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use tempfile::TempDir;

use super::protected::Running;

/// The balancer, and what it wrote down about each request.
pub struct Balancer {
    log: TempDir,
    _running: Running,
}

/// One request that went through.
#[derive(Clone, Debug)]
pub struct Passed {
    pub status: u16,
    /// Those asked, in order: more than one where the first was gone.
    pub instances: Vec<String>,
    pub request: String,
}

impl Balancer {
    /// Listens at `at` and hands round to these ports.
    pub async fn start(at: SocketAddr, instances: &[u16]) -> Self {
        let log = TempDir::new().expect("a folder");
        let mut servers = String::new();
        for port in instances {
            writeln!(servers, "server 127.0.0.1:{port};").expect("text");
        }
        let configuration = format!(
            "daemon off; master_process off; pid FOLDER/pid; error_log FOLDER/error.log;
             events {{ worker_connections 1024; }}
             http {{
               log_format each '$status|$upstream_addr|$request_method $uri';
               access_log {}/access.log each;
               client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy;
               fastcgi_temp_path FOLDER/fastcgi; uwsgi_temp_path FOLDER/uwsgi;
               scgi_temp_path FOLDER/scgi;
               upstream firstkey {{ {servers} }}
               server {{
                 listen {at};
                 location / {{
                   proxy_pass http://firstkey;
                   proxy_http_version 1.1;
                   proxy_set_header Host $http_host;
                   proxy_set_header Connection '';
                 }}
               }}
             }}",
            log.path().display()
        );
        let arguments = ["-e", "stderr", "-p", "FOLDER", "-c", "FOLDER/nginx.conf"];
        let running = Running::start("nginx", &arguments, ("nginx.conf", &configuration), at).await;
        Self { log, _running: running }
    }

    /// All that went through so far.
    pub fn passed(&self) -> Vec<Passed> {
        let text = std::fs::read_to_string(self.log.path().join("access.log")).unwrap_or_default();
        text.lines()
            .filter_map(|line| {
                let mut parts = line.splitn(3, '|');
                let status = parts.next()?.parse().ok()?;
                let instances = parts.next()?.split(", ").map(str::to_owned).collect();
                Some(Passed { status, instances, request: parts.next()?.to_owned() })
            })
            .collect()
    }

    /// How many requests each instance answered.
    pub fn shares(&self) -> BTreeMap<String, usize> {
        let mut shares = BTreeMap::new();
        for passed in self.passed() {
            if let Some(last) = passed.instances.last() {
                *shares.entry(last.clone()).or_default() += 1;
            }
        }
        shares
    }
}
