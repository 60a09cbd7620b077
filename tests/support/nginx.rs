//! A real nginx, in front of applications that say which headers reach them.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::protected::{Running, application, documented, free_address};

/// nginx with the configuration of `docs/forward-auth.md`.
pub struct Nginx {
    /// Where the first application is reached.
    pub origin: String,
    /// Where nginx listens.
    pub at: SocketAddr,
    _running: Running,
}

impl Nginx {
    /// A place that is free now.
    pub async fn free_origin() -> String {
        format!("http://{}", free_address().await)
    }

    /// Protects an application at this origin; `issuer` is where Firstkey is.
    pub async fn start(origin: &str, issuer: &str) -> Self {
        let at = origin.trim_start_matches("http://").parse().expect("an address");
        Self::start_for(at, &[(origin, "Wiki")], issuer, "").await
    }

    /// Protects applications at these origins, all of them at one address; `more` is put into each
    /// server besides.
    pub async fn start_for(
        at: SocketAddr,
        applications: &[(&str, &'static str)],
        issuer: &str,
        more: &str,
    ) -> Self {
        let mut servers = String::new();
        for (origin, title) in applications {
            let upstream = application(title).await;
            let snippet = documented("nginx", origin, upstream, issuer);
            let name = origin.trim_start_matches("http://").split(':').next().unwrap_or_default();
            let more = more.replace("UPSTREAM", &upstream.to_string());
            writeln!(servers, "server {{ listen {at}; server_name {name}; {snippet} {more} }}")
                .expect("text");
        }
        let running = serve(&servers, at).await;
        let origin = applications.first().map_or_else(String::new, |it| it.0.to_owned());
        Self { origin, at, _running: running }
    }

    /// An address of the application.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// Runs nginx with these servers, which listen at this address.
pub async fn serve(servers: &str, at: SocketAddr) -> Running {
    let configuration = format!(
        "daemon off; master_process off; pid FOLDER/pid; error_log stderr warn;
         events {{ worker_connections 512; }}
         http {{
           access_log off;
           client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy;
           fastcgi_temp_path FOLDER/fastcgi; uwsgi_temp_path FOLDER/uwsgi;
           scgi_temp_path FOLDER/scgi;
           {servers}
         }}"
    );
    let arguments = ["-e", "stderr", "-p", "FOLDER", "-c", "FOLDER/nginx.conf"];
    Running::start("nginx", &arguments, ("nginx.conf", &configuration), at).await
}
