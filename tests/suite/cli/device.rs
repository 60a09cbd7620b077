//! `firstkey device` on a device, and what an operator sees of it: the real binary on both sides.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::machine::{Machine, Running};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::Visitor;

/// What a device has been told to show.
async fn shown(device: &Running) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some((line, _)) = device.stdout().split_once('\n') {
            return serde_json::from_str(line).unwrap();
        }
        assert!(Instant::now() < deadline, "it shows nothing: {}", device.stderr());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn mode(machine: &Machine, file: &str) -> u32 {
    std::fs::metadata(machine.path(file)).unwrap().permissions().mode() & 0o777
}

/// Nothing of what a device was given can be read by others, or was said.
fn keeps_its_secrets(machine: &Machine, said: &str) {
    // Nobody else reads what it keeps, and nothing of that was said.
    assert_eq!((mode(machine, "box"), mode(machine, "box/key.p8")), (0o700, 0o600));
    assert_eq!(mode(machine, "box/device.json"), 0o600);
    let kept = std::fs::read_to_string(machine.path("box/device.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    for secret in ["access_token", "refresh_token"] {
        assert!(!said.contains(kept[secret].as_str().unwrap()), "{secret}");
    }
}

#[tokio::test]
async fn a_device_joins_with_a_pass_on_day_one_and_leaves() {
    let machine = Machine::new().await;
    let served = machine.serve().await;
    machine.ok(&["user", "add", "ada", "--display-name", "Ada Lovelace"]);
    machine.json(&["policy", "set", "Registration", "recommendedMethods=1"]);
    let client = machine.json(&["client", "add", "Laptops", "--device"]);
    assert_eq!(
        (&client["client_id"], client.get("client_secret")),
        (&"firstkey-device".into(), None)
    );
    assert_eq!(client["device_registration"], true);
    let pass = machine.json(&["pass", "issue", "ada"])["temporaryAccessPass"].clone();
    let join = |extra: &[&str]| {
        let own = [
            "device",
            "join",
            "--issuer",
            &served.issuer,
            "--state",
            "box",
            "--name",
            "ADA-LAPTOP",
            "--platform",
            "Linux",
            "--json",
        ];
        machine.start_with(&[], &[&own, extra].concat())
    };
    let device = join(&[]);
    let shows = shown(&device).await;
    assert_eq!(
        (&shows["event"], &shows["verificationUri"]),
        (&"waiting".into(), &format!("{}/device", served.issuer).into())
    );
    let (mut ada, mut phone) = (Visitor::new(&served.issuer), SoftAuthenticator::new());
    ada.open("/device").await.page();
    let code = shows["userCode"].as_str().unwrap();
    let page = ada.submit_to("/device", &[("user_code", code)]).await.page();
    assert!(page.body.contains("ADA-LAPTOP, Linux"));
    ada.submit("device", &[("decision", "continue")]).await.page();
    ada.sign_in("ada", pass.as_str().unwrap()).await.page();
    ada.register(&mut phone).await.page();
    ada.submit("consent", &[("decision", "allow")]).await.page();
    let outcome = device.wait();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    let joined: Value = serde_json::from_str(outcome.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&joined["event"], &joined["username"]), (&"joined".into(), &"ada".into()));
    assert_eq!(joined["name"], "Ada Lovelace");
    keeps_its_secrets(&machine, &outcome.stdout);

    let place = ["--state", "box"];
    let status = machine.json(&[&["device", "status"], &place[..]].concat());
    assert_eq!((&status["event"], &status["username"]), (&"signedIn".into(), &"ada".into()));
    let token = machine.ok(&[&["device", "token"], &place[..]].concat());
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    // Both headers of a request, as curl takes them.
    let url = format!("{}/userinfo", served.issuer);
    let headers = machine.ok(&[&["device", "token", "--url", &url], &place[..]].concat());
    let asks = async |nonce: &str| {
        let headers =
            machine
                .ok(&[&["device", "token", "--url", &url, "--nonce", nonce], &place[..]].concat());
        let mut request = reqwest::Client::new().get(&url);
        for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    };
    assert!(headers.starts_with("Authorization: DPoP ") && headers.contains("\nDPoP: "));
    let first = asks("none").await;
    assert_eq!(first.status(), 401);
    let nonce = first.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    assert_eq!(asks(&nonce).await.status(), 200);

    // What the operator sees, and takes away.
    let list = machine.list(&["device", "list", "--user", "ada"]);
    assert_eq!((list.len(), &list[0]["displayName"]), (1, &"ADA-LAPTOP".into()));
    assert_eq!(list[0]["keyThumbprint"], joined["keyThumbprint"]);
    let id = list[0]["id"].as_str().unwrap();
    assert_eq!(machine.json(&["device", "show", id])["userPrincipalName"], "ada");
    machine.json(&["device", "rm", id]);
    assert!(machine.list(&["device", "list"]).is_empty());
    assert!(machine.refused(&["device", "rm", id]).contains("there is no device"));
    let why = machine.refused(&[&["device", "status"], &place[..]].concat());
    assert!(why.contains("no longer set up"), "{why}");

    // Set up again with the same key, by somebody who says no at first.
    let device = join(&[]);
    let shows = shown(&device).await;
    ada.open("/device").await.page();
    ada.submit_to("/device", &[("user_code", shows["userCode"].as_str().unwrap())]).await.page();
    ada.submit("device", &[("decision", "deny")]).await.page();
    let outcome = device.wait();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("access_denied"), "{}", outcome.stderr);
    let device = join(&["--non-interactive"]);
    let shows = shown(&device).await;
    ada.open("/device").await.page();
    ada.submit_to("/device", &[("user_code", shows["userCode"].as_str().unwrap())]).await.page();
    // Whoever has a key by now uses it.
    ada.submit("device", &[("decision", "continue")]).await.page();
    ada.use_passkey(&mut phone).await.page();
    ada.submit("consent", &[("decision", "allow")]).await.page();
    assert_eq!(device.wait().code, Some(0));
    assert_eq!(machine.list(&["device", "list"])[0]["keyThumbprint"], joined["keyThumbprint"]);
    let left = machine.ok(&[&["device", "leave"], &place[..]].concat());
    assert!(left.contains("signed out"), "{left}");
    assert!(machine.list(&["device", "list"]).is_empty() && !machine.path("box").exists());
}

#[tokio::test]
async fn a_device_says_what_is_wrong() {
    let machine = Machine::new().await;
    let place = ["--state", "box"];
    let of_device =
        |arguments: &[&str]| machine.start_with(&[], &[arguments, &place].concat()).wait();
    assert_eq!(of_device(&["device", "join"]).code, Some(2), "no server was named");
    let outcome = of_device(&["device", "join", "--issuer", "http://login.example.com"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("must be an https URL"), "{}", outcome.stderr);
    for command in ["token", "status", "leave"] {
        let outcome = of_device(&["device", command]);
        assert_eq!(outcome.code, Some(1), "{command}");
        assert!(outcome.stderr.contains("not set up"), "{command}: {}", outcome.stderr);
    }
    // Where is nobody, and where there is no such application.
    let nobody = format!("http://localhost:{}", super::machine::free_port());
    assert_eq!(of_device(&["device", "join", "--issuer", &nobody]).code, Some(1));
    let served = machine.serve().await;
    let outcome = of_device(&["device", "join", "--issuer", &served.issuer]);
    assert!(outcome.stderr.contains("invalid_client"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    // A key that others can read is not used.
    let key = machine.path("box/key.p8");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = of_device(&["device", "join", "--issuer", &served.issuer]);
    assert!(outcome.stderr.contains("may be read by others"), "{}", outcome.stderr);
    // Nothing of that touched a database.
    let files = machine.files();
    assert_eq!(files, ["box"], "{files:?}");
}
