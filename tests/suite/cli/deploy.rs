//! What operators copy: `deploy/`, `compose.yaml`, `Dockerfile` and `docs/install.md` say what is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::machine::Machine;
use crate::support::database::{self, Engine, Given as _};
use crate::support::https::in_repository;

fn read(path: &str) -> String {
    fs::read_to_string(in_repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

/// All that operators copy, with its text.
fn copied() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    files_below(&in_repository("deploy"), &mut files);
    files.extend(["compose.yaml", "Dockerfile", "docs/install.md"].map(in_repository));
    let text = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(in_repository("")).unwrap().display().to_string(), text)
    };
    files.into_iter().map(text).collect()
}

/// The names of settings, as `src/config/raw.rs` has them.
fn settings() -> BTreeSet<String> {
    let source = read("src/config/raw.rs");
    let (_, rest) = source.split_once("struct Raw {\n").expect("the settings");
    let (fields, _) = rest.split_once("\n}").expect("their end");
    let names = fields.lines().filter_map(|line| line.trim().split_once(':'));
    names.map(|(name, _)| name.trim_start_matches("pub(super) ").to_owned()).collect()
}

/// Names that begin like this one, in capitals.
fn named<'a>(text: &'a str, beginning: &'a str) -> impl Iterator<Item = &'a str> {
    let ends = |c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit());
    text.match_indices(beginning).map(move |(at, _)| {
        let rest = &text[at..];
        &rest[..rest.find(ends).unwrap_or(rest.len())]
    })
}

#[test]
fn every_setting_that_is_named_is_one_and_a_page_explains_each() {
    let settings = settings();
    assert!(settings.contains("issuer") && settings.len() > 15, "{settings:?}");
    // The file of settings itself, and what the program is told when it is built.
    let others = ["FIRSTKEY_CONFIG", "FIRSTKEY_COMMIT"];
    let known: BTreeSet<String> =
        settings.iter().map(|name| format!("FIRSTKEY_{}", name.to_uppercase())).collect();
    for (file, text) in copied() {
        for name in named(&text, "FIRSTKEY_") {
            assert!(known.contains(name) || others.contains(&name), "{file}: {name}");
        }
    }
    let mut pages = Vec::new();
    files_below(&in_repository("docs"), &mut pages);
    let pages = pages.into_iter().filter(|path| path.extension().is_some_and(|it| it == "md"));
    let pages: String = pages.map(|path| fs::read_to_string(path).unwrap()).collect();
    let pages = pages + read("README.md").as_str();
    for name in &settings {
        assert!(pages.contains(&format!("`{name}`")), "no page explains {name}");
    }
}

#[tokio::test]
async fn settings_in_the_page_can_be_loaded() {
    let machine = Machine::new().await;
    let page = read("docs/install.md");
    let blocks: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split_once("\n```").expect("an end").0)
        .collect();
    assert!(blocks.len() >= 2, "the page has settings");
    for (number, block) in blocks.iter().enumerate() {
        let file = machine.path(&format!("{number}.toml"));
        fs::write(&file, block).unwrap();
        let arguments = ["doctor", "--json", "--config", file.to_str().unwrap()];
        let outcome = machine.start_with(&[], &arguments).wait();
        let found: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let checks = found["value"].as_array().unwrap();
        for name in ["configuration", "issuer", "proxy"] {
            let check = checks.iter().find(|it| it["check"] == name).unwrap_or(&Value::Null);
            assert_ne!(check["status"], "fail", "{block}: {check}");
            assert!(check.is_object(), "{block}: {found}");
        }
    }
}

#[test]
fn commands_in_the_page_are_commands() {
    let page = read("docs/install.md");
    let mut tried = 0;
    for line in page.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        // As it is called by an operator, by the word of their own, and in a container.
        let calls = ["docker compose exec firstkey firstkey ", "fk ", "firstkey "];
        let Some(rest) = calls.iter().find_map(|call| line.strip_prefix(call)) else { continue };
        let arguments: Vec<&str> = rest.split_whitespace().collect();
        let asked = Command::new(env!("CARGO_BIN_EXE_firstkey"))
            .args(&arguments)
            .arg("--help")
            .env_clear()
            .output()
            .unwrap();
        assert!(asked.status.success(), "{line}: {}", String::from_utf8_lossy(&asked.stderr));
        tried += 1;
    }
    assert!(tried >= 6, "the page has commands: {tried}");
}

#[tokio::test]
async fn the_password_of_postgresql_may_be_in_a_file_as_containers_have_it() {
    let machine = Machine::given(database::fresh(Engine::Postgres).await).await;
    fs::write(machine.path("password"), "50 %41 @/: hush\n").unwrap();
    let with = |file: &str| {
        let own =
            [("FIRSTKEY_DATABASE", machine.database()), ("FIRSTKEY_DATABASE_PASSWORD_FILE", file)];
        machine.start_with(&own, &["user", "list"]).wait()
    };
    let outcome = with("password");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    let outcome = with("nowhere");
    assert!(
        outcome.stderr.contains("database_password_file: nowhere: No such file"),
        "{outcome:?}"
    );
    // Nobody is told it where the database is away.
    let away = [
        ("FIRSTKEY_DATABASE", "postgres://firstkey@127.0.0.1:9/firstkey"),
        ("FIRSTKEY_DATABASE_PASSWORD_FILE", "password"),
    ];
    let outcome = machine.start_with(&away, &["user", "list"]).wait();
    assert!(outcome.code == Some(1) && !outcome.stderr.contains("hush"), "{outcome:?}");
}

fn in_dockerfile(instruction: &str) -> Vec<String> {
    // Lines that go on are one.
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter_map(|line| line.strip_prefix(instruction));
    lines.map(|rest| rest.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[tokio::test]
async fn the_manifests_fit_the_image_the_server_and_each_other() {
    let folder = "deploy/kubernetes";
    let kustomization = yaml(&format!("{folder}/kustomization.yaml"));
    let listed: BTreeSet<&str> = kustomization["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    let there: BTreeSet<String> = fs::read_dir(in_repository(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["kustomization.yaml", "secret.example.yaml"].contains(&name.as_str()))
        .collect();
    assert_eq!(listed, there.iter().map(String::as_str).collect());
    for name in &there {
        let manifest = yaml(&format!("{folder}/{name}"));
        for field in ["apiVersion", "kind", "metadata"] {
            assert!(!manifest[field].is_null(), "{name} has no {field}");
        }
        let named = if name == "forward-auth.yaml" { "firstkey-forward-auth" } else { "firstkey" };
        assert_eq!(manifest["metadata"]["name"], named, "{name}");
    }

    let deployment = yaml(&format!("{folder}/deployment.yaml"));
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let config = yaml(&format!("{folder}/config.yaml"));
    let port = container["ports"][0]["containerPort"].as_u64().unwrap();
    assert_eq!(config["data"]["FIRSTKEY_LISTEN"], format!("0.0.0.0:{port}"));
    assert_eq!(in_dockerfile("EXPOSE "), [port.to_string()]);
    assert!(in_dockerfile("ENV ")[0].contains(&format!("FIRSTKEY_LISTEN=0.0.0.0:{port} ")));
    let user = pod["securityContext"]["runAsUser"].as_u64().unwrap();
    assert_eq!(in_dockerfile("USER "), [format!("{user}:{user}")]);
    assert_eq!(pod["securityContext"]["fsGroup"], user);
    assert_eq!(container["image"], kustomization["images"][0]["name"]);

    let machine = Machine::new().await;
    let served = machine.serve().await;
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let asked = &container[probe]["httpGet"];
        assert_eq!(asked["port"], container["ports"][0]["name"], "{probe}");
        let url = format!("{}{}", served.issuer, asked["path"].as_str().unwrap());
        assert_eq!(reqwest::get(url).await.unwrap().status(), 200, "{probe}");
    }
    let drain = config["data"]["FIRSTKEY_DRAIN_SECONDS"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() > drain + 8);
    let seen = container["readinessProbe"]["periodSeconds"].as_u64().unwrap();
    assert!(drain >= 2 * seen, "balancers are told before the end");

    // What the configuration names is mounted from the secret.
    let mounted = container["volumeMounts"][0]["mountPath"].as_str().unwrap();
    let secret = yaml(&format!("{folder}/secret.example.yaml"));
    for name in ["FIRSTKEY_SECRET_FILE", "FIRSTKEY_DATABASE_PASSWORD_FILE"] {
        let path = config["data"][name].as_str().unwrap();
        let key = path.strip_prefix(&format!("{mounted}/")).expect(path);
        assert!(secret["stringData"][key].is_string(), "{key}");
    }
    assert_eq!(pod["volumes"][0]["secret"]["secretName"], secret["metadata"]["name"]);

    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    for name in ["service.yaml", "disruption.yaml"] {
        let selector = &yaml(&format!("{folder}/{name}"))["spec"]["selector"];
        let selector = if name == "service.yaml" { selector } else { &selector["matchLabels"] };
        assert_eq!(selector, labels, "{name}");
    }
    let network = yaml(&format!("{folder}/network.yaml"));
    assert_eq!(network["spec"]["podSelector"]["matchLabels"], *labels);
    assert_eq!(network["spec"]["ingress"][0]["ports"][0]["port"], container["ports"][0]["name"]);
    let service = yaml(&format!("{folder}/service.yaml"));
    assert_eq!(service["spec"]["ports"][0]["targetPort"], container["ports"][0]["name"]);
    let ingress = yaml(&format!("{folder}/ingress.yaml"));
    let rule = &ingress["spec"]["rules"][0];
    assert_eq!(
        config["data"]["FIRSTKEY_ISSUER"],
        format!("https://{}", rule["host"].as_str().unwrap())
    );
    // What only proxies of applications ask is kept inside, under the same name.
    let kept = yaml(&format!("{folder}/forward-auth.yaml"));
    assert_eq!(kept["spec"]["tls"], ingress["spec"]["tls"]);
    assert_eq!(kept["spec"]["rules"][0]["host"], rule["host"]);
    assert_eq!(kept["spec"]["rules"][0]["http"]["paths"][0]["path"], "/forward-auth");
    let backend = &rule["http"]["paths"][0]["backend"]["service"];
    assert_eq!(backend["name"], service["metadata"]["name"]);
    assert_eq!(backend["port"]["name"], service["spec"]["ports"][0]["name"]);
}

#[test]
fn the_composition_fits_the_image_and_the_proxy() {
    let compose = yaml("compose.yaml");
    let services = compose["services"].as_object().unwrap();
    for (name, service) in services {
        for needed in service["depends_on"].as_object().into_iter().flatten() {
            assert!(services.contains_key(needed.0), "{name} needs {}", needed.0);
        }
        for secret in service["secrets"].as_array().into_iter().flatten() {
            assert!(compose["secrets"][secret.as_str().unwrap()].is_object(), "{name}: {secret}");
        }
        let networks = match &service["networks"] {
            serde_json::Value::Array(named) => {
                named.iter().map(|it| it.as_str().unwrap()).collect()
            }
            named => named.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(),
        };
        for network in networks {
            assert!(compose["networks"][network].is_object(), "{name}: {network}");
        }
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let from = volume.as_str().unwrap().split(':').next().unwrap();
            let known = from.strip_prefix("./").map_or_else(
                || compose["volumes"].as_object().unwrap().contains_key(from),
                |file| in_repository(file).is_file(),
            );
            assert!(known, "{name}: {from}");
        }
    }
    let firstkey = &compose["services"]["firstkey"];
    let settings = &firstkey["environment"];
    // The proxy has an address that nobody else gets, and is trusted alone.
    let front = &compose["networks"]["front"]["ipam"]["config"][0];
    let net = |name: &str| front[name].as_str().unwrap().parse::<ipnet::IpNet>().unwrap();
    let proxy = compose["services"]["proxy"]["networks"]["front"]["ipv4_address"].as_str().unwrap();
    assert_eq!(settings["FIRSTKEY_TRUSTED_PROXIES"], proxy);
    let proxy = proxy.parse::<std::net::IpAddr>().unwrap();
    assert!(net("subnet").contains(&proxy) && !net("ip_range").contains(&proxy));
    assert!(net("subnet").contains(&net("ip_range")));
    let database = settings["FIRSTKEY_DATABASE"].as_str().unwrap();
    let database: url::Url = database.parse().unwrap();
    let there = &compose["services"][database.host_str().unwrap()]["environment"];
    assert_eq!(there["POSTGRES_USER"], database.username());
    assert_eq!(there["POSTGRES_DB"], database.path().trim_start_matches('/'));
    assert_eq!(there["POSTGRES_PASSWORD_FILE"], settings["FIRSTKEY_DATABASE_PASSWORD_FILE"]);
    let kept = firstkey["volumes"][0].as_str().unwrap();
    assert!(kept.ends_with(&in_dockerfile("VOLUME ")[0]), "{kept}");

    let proxy = &compose["services"]["proxy"]["environment"];
    assert_eq!(proxy["LOGIN_UPSTREAM"], format!("firstkey:{}", in_dockerfile("EXPOSE ")[0]));
    let sample = read("deploy/proxies/Caddyfile");
    for name in proxy.as_object().unwrap().keys() {
        assert!(sample.contains(&format!("{{${name}:")), "{name}");
    }
    let traefik = yaml("deploy/proxies/traefik.yml");
    let balancer = &traefik["http"]["services"]["firstkey"]["loadBalancer"];
    let transport = balancer["serversTransport"].as_str().unwrap();
    assert!(traefik["http"]["serversTransports"][transport].is_object());
    assert_eq!(traefik["http"]["routers"]["firstkey"]["service"], "firstkey");
}

#[test]
fn the_image_is_built_from_all_that_it_needs_and_asks_itself_how_it_is() {
    let allowed = read(".dockerignore");
    let allowed: Vec<&str> = allowed.lines().filter_map(|line| line.strip_prefix('!')).collect();
    for needed in
        ["Cargo.toml", "Cargo.lock", "src", "static", "templates", "locales", "migrations"]
    {
        assert!(allowed.contains(&needed), "{needed}");
    }
    for bench in ["benches/lists.rs", "benches/enumeration.rs", "benches/load/main.rs"] {
        assert!(
            read("Cargo.toml").contains(bench.split('/').nth(1).unwrap().trim_end_matches(".rs"))
        );
        assert!(read("Dockerfile").contains(bench.trim_end_matches(".rs")), "{bench}");
    }
    let health = &in_dockerfile("HEALTHCHECK ")[0];
    assert!(health.ends_with("CMD [\"/usr/local/bin/firstkey\", \"health\"]"), "{health}");
    assert_eq!(in_dockerfile("ENTRYPOINT "), ["[\"/usr/local/bin/firstkey\"]"]);
    assert_eq!(in_dockerfile("STOPSIGNAL "), ["SIGTERM"]);
}

#[test]
fn systemd_takes_the_service_and_finds_little_to_expose() {
    let folder = TempDir::new().unwrap();
    let unit = read("deploy/systemd/firstkey.service");
    let binary = env!("CARGO_BIN_EXE_firstkey");
    let unit = unit.replace("/usr/local/bin/firstkey", binary);
    let path = folder.path().join("firstkey.service");
    fs::write(&path, unit).unwrap();
    let analyze = |arguments: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        let output = command.args(arguments).arg(&path).output();
        let output = output.unwrap_or_else(|error| panic!("systemd-analyze: {error}"));
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    };
    let secure = ["security", "--offline=true", "--no-pager", "--threshold=20"];
    assert_eq!(analyze(&["verify"]), "");
    analyze(&secure);
    // With TLS of its own as well.
    let more = folder.path().join("firstkey.service.d");
    fs::create_dir(&more).unwrap();
    fs::copy(in_repository("deploy/systemd/tls.conf"), more.join("tls.conf")).unwrap();
    assert_eq!(analyze(&["verify"]), "");
    let hook = in_repository("deploy/systemd/certbot-hook");
    assert!(Command::new("sh").arg("-n").arg(hook).status().unwrap().success());
}
