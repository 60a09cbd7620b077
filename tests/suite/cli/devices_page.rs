//! docs/devices.md: its commands are taken from the page and run as they are written there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;

use super::machine::Machine;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Page, Visitor, claims};

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/devices.md"));

/// The blocks of a language, without their fences.
fn blocks(language: &str) -> Vec<&'static str> {
    let fenced = PAGE.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// The commands in running text and tables.
fn spans() -> BTreeSet<&'static str> {
    let prose = PAGE.split("```").step_by(2);
    let spans = prose.flat_map(|text| text.split('`').skip(1).step_by(2));
    spans.filter(|span| span.starts_with("firstkey ")).collect()
}

/// A shell on a machine on which `firstkey` is installed, and what the page's addresses are here.
struct Shell {
    machine: Machine,
    issuer: String,
    api: String,
}

impl Shell {
    fn command(&self, script: &str) -> Command {
        let api = format!("{}/inventory", self.api);
        let script = script
            .replace("https://login.example.com", &self.issuer)
            .replace("https://api.example.com/inventory", &api)
            .replace("/usr/local/bin/firstkey", "firstkey");
        let mut command = Command::new("sh");
        command
            .args(["-eu", "-c", &script])
            .current_dir(self.machine.path("."))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.machine.path("bin").display()))
            .env("XDG_STATE_HOME", self.machine.path("state"))
            .env("FIRSTKEY_DATABASE", self.machine.database());
        command
    }

    /// What a script says that goes through.
    #[track_caller]
    fn says(&self, script: &str) -> String {
        let output = self.command(script).output().expect("a shell");
        let (said, complaint) = (output.stdout, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{script}: {complaint}");
        String::from_utf8(said).expect("text")
    }

    /// What a script has said so far that waits for somebody to type a code.
    async fn waits(&self, script: &str, variables: &[(&str, String)]) -> (Child, String) {
        let file = self.machine.path("said-by-join");
        let mut command = self.command(script);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let said = File::create(&file).expect("a file");
        #[expect(clippy::zombie_processes, reason = "`ended` waits for it")]
        let child = command.stdout(said).spawn().expect("a shell");
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let said = fs::read_to_string(&file).expect("what it said");
            if said.contains("The code works until") {
                return (child, said);
            }
            assert!(Instant::now() < deadline, "it shows nothing: {said}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What it had said when it ended well.
    fn ended(&self, mut child: Child) -> String {
        assert!(child.wait().expect("its end").success());
        fs::read_to_string(self.machine.path("said-by-join")).expect("what it said")
    }
}

/// The line that a person reads, and types the code of.
async fn types(owner: &mut Visitor, said: &str) -> Page {
    let line = said.lines().find_map(|line| line.strip_prefix("and type the code"));
    let code = line.expect("a code").trim();
    owner.open("/device").await.page();
    owner.submit_to("/device", &[("user_code", code)]).await.page();
    owner.submit("device", &[("decision", "continue")]).await.page()
}

/// An API that notes the headers of its requests.
async fn inventory() -> (String, Arc<Mutex<Vec<HeaderMap>>>) {
    let seen: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
    let notes = seen.clone();
    let note = move |headers: HeaderMap| async move {
        notes.lock().unwrap().push(headers);
        "noted"
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/inventory", get(note));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://localhost:{}", address.port()), seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_of_the_page_about_devices_work_as_they_are_written() {
    let machine = Machine::new().await;
    let served = machine.serve().await;
    machine.ok(&["user", "add", "ada", "--display-name", "Ada Lovelace"]);
    machine.json(&["policy", "set", "Registration", "recommendedMethods=1"]);
    let pass = machine.json(&["pass", "issue", "ada"])["temporaryAccessPass"].clone();
    fs::create_dir(machine.path("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_firstkey"), machine.path("bin/firstkey")).unwrap();
    let (api, seen) = inventory().await;
    let shell = Shell { machine, issuer: served.issuer.clone(), api };

    let scripts = blocks("sh");
    let [add, join, use_token] = scripts[..] else {
        panic!("a new one is run as well: {scripts:?}")
    };
    let [status, token, headers, leave, remove, set] = [
        "firstkey device status",
        "firstkey device token",
        "firstkey device token --url URL [--method METHOD] [--nonce NONCE]",
        "firstkey device leave",
        "firstkey device rm ID",
        "firstkey client set firstkey-device --metadata \
         '{\"resources\": [\"https://api.example.com\"]}'",
    ];
    let run = BTreeSet::from(["firstkey device join", status, token, headers, leave, remove, set]);
    assert_eq!(spans(), run, "what the page says is what is run here");

    // Once for all devices; then one, on its owner's first day.
    assert!(shell.says(add).contains("firstkey-device"));
    let (device, said) = shell.waits(join, &[]).await;
    let shown = blocks("text")[0].replace("https://login.example.com", &shell.issuer);
    let (address, _) = shown.split_once('\n').unwrap();
    assert!(said.starts_with(address), "{said} is not as on the page: {shown}");
    let (mut ada, mut key) = (Visitor::new(&served.issuer), SoftAuthenticator::new());
    types(&mut ada, &said).await;
    ada.sign_in("ada", pass.as_str().unwrap()).await.page();
    ada.register(&mut key).await.page();
    ada.submit("consent", &[("decision", "allow")]).await.page();
    let said = shell.ended(device);
    assert!(said.trim_end().ends_with(" is set up for Ada Lovelace (ada)."), "{said}");
    for file in ["key.p8", "device.json"] {
        assert!(shell.machine.path("state/firstkey-device").join(file).exists(), "{file}");
    }

    assert!(shell.says(status).contains("ada"), "{status}");
    assert_eq!(shell.says(token).trim().split('.').count(), 3, "{token}");
    let plain =
        headers.split(" [").next().unwrap().replace("URL", "https://api.example.com/inventory");
    let both = shell.says(&plain);
    assert!(both.starts_with("Authorization: DPoP ") && both.contains("\nDPoP: "), "{both}");
    let full = headers.replace(['[', ']'], "").replace("URL", "https://api.example.com/inventory");
    let full = full.replace("METHOD", "POST").replace("--nonce NONCE", "--nonce from-the-api");
    let both = shell.says(&full);
    let proof = both.lines().find_map(|line| line.strip_prefix("DPoP: ")).expect("a proof");
    let proof = claims(&proof.into());
    assert_eq!((&proof["htm"], &proof["nonce"]), (&"POST".into(), &"from-the-api".into()));
    assert_eq!(proof["htu"], format!("{}/inventory", shell.api));

    // Later scripts.
    assert_eq!(shell.says(use_token).trim(), "noted");
    {
        let seen = seen.lock().unwrap();
        let header = |name: &str| seen[0][name].to_str().unwrap().to_owned();
        assert!(seen.len() == 1 && header("authorization").starts_with("DPoP "));
        let proof = claims(&header("dpop").into());
        assert_eq!(
            (&proof["htm"], &proof["htu"]),
            (&"GET".into(), &format!("{}/inventory", shell.api).into())
        );
    }
    shell.says(set);
    let client = shell.machine.json(&["client", "show", "firstkey-device"]);
    assert_eq!(client["resources"], serde_json::json!(["https://api.example.com"]));

    // What the unit starts, with what systemd says.
    let unit = blocks("ini")[0];
    let line = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    let start = line("ExecStart=");
    let folder = shell.machine.path(&format!("lib/{}", line("StateDirectory=")));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).unwrap();
    let directory = folder.display().to_string();
    let (device, said) = shell.waits(start, &[("STATE_DIRECTORY", directory.clone())]).await;
    types(&mut ada, &said).await;
    ada.use_passkey(&mut key).await.page();
    ada.submit("consent", &[("decision", "allow")]).await.page();
    shell.ended(device);
    let there = line("ConditionPathExists=!").strip_prefix("/var/").expect("in /var");
    assert!(shell.machine.path(there).exists(), "once it has been set up it does not ask again");
    let place = format!("{status} --state {directory}");
    assert!(shell.says(&place).contains("ada"));

    // Both are on the list, and go from it.
    let list = shell.machine.list(&["device", "list", "--user", "ada"]);
    assert_eq!(list.len(), 2);
    let own = fs::read_to_string(folder.join("device.json")).unwrap();
    let named = |id: &serde_json::Value| own.contains(id["keyThumbprint"].as_str().unwrap());
    let id = list.iter().find(|device| named(device)).expect("the unit's")["id"].as_str().unwrap();
    shell.says(&remove.replace("ID", id));
    assert!(!shell.command(&place).output().unwrap().status.success(), "it is signed out");
    assert!(shell.says(leave).contains("signed out"));
    assert!(shell.machine.list(&["device", "list"]).is_empty());
}
