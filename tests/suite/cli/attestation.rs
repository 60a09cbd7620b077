//! `firstkey attestation-root`, the profiles of keys, and the table of authenticators' names.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::machine::Machine;
use crate::support::database::on_both_engines;
use crate::support::maker::Maker;

const MODEL: &str = "00000000-0000-0000-0000-00000000acce";

on_both_engines! {
    async fn makers_are_trusted_and_put_aside(machine: Machine) {
        let roots = machine.list(&["attestation-root", "list"]);
        assert_eq!(roots.len(), 6);
        assert!(roots.iter().all(|root| root["source"] == "builtIn" && root["trusted"] == true));
        let table = machine.ok(&["attestation-root", "list"]);
        assert!(table.contains("CN=Yubico U2F Root CA Serial 457200631"), "{table}");
        let maker = Maker::new("Acme");
        fs::write(machine.path("acme.pem"), maker.root()).unwrap();
        let added = machine.json(&[
            "attestation-root", "add", "acme.pem", "--format", "packed", "--model", MODEL,
        ]);
        assert_eq!((&added["name"], &added["source"]), (&json!("CN=Acme Root"), &json!("operator")));
        assert_eq!((&added["formats"], &added["models"]), (&json!(["packed"]), &json!([MODEL])));
        let id = added["id"].as_str().unwrap();
        machine.json(&["attestation-root", "rm", &id[..12]]);
        assert_eq!(machine.list(&["attestation-root", "list"]), roots);
        let said = machine.refused(&["attestation-root", "rm", &id[..12]]);
        assert!(said.contains("there is no attestation root"), "{said}");
        fs::write(machine.path("none.pem"), "nothing").unwrap();
        let said = machine.refused(&["attestation-root", "add", "none.pem"]);
        assert!(said.contains("a certificate in PEM is needed"), "{said}");
        let said = machine.refused(&["attestation-root", "add", "gone.pem"]);
        assert!(said.contains("gone.pem"), "{said}");
        let yubico = roots[0]["id"].as_str().unwrap();
        machine.json(&["attestation-root", "rm", yubico]);
        assert_eq!(machine.list(&["attestation-root", "list"])[0]["trusted"], false);
    }

    async fn the_metadata_services_file_is_imported(machine: Machine) {
        let (maker, service) = (Maker::new("Acme"), Maker::new("Service"));
        let entries = json!([{ "aaguid": MODEL, "metadataStatement": {
            "description": "Acme Key", "attestationRootCertificates": [maker.root_base64()] } }]);
        fs::write(machine.path("service.pem"), service.root()).unwrap();
        fs::write(machine.path("blob.jwt"), service.metadata("mds.example", 3, &entries)).unwrap();
        let said = machine.refused(&["attestation-root", "import", "blob.jwt"]);
        assert!(said.contains("lead to no root that may sign it"), "{said}");
        let import = ["attestation-root", "import", "blob.jwt", "--root", "service.pem"];
        let imported = machine.json(&import);
        assert_eq!((&imported["serial"], &imported["models"]), (&json!(3), &json!(1)));
        let roots = machine.list(&["attestation-root", "list"]);
        let root = roots.iter().find(|root| root["source"] == "metadata").unwrap();
        assert_eq!((&root["name"], &root["models"]), (&json!("CN=Acme Root"), &json!([MODEL])));
    }

    async fn targets_name_profiles_of_keys(machine: Machine) {
        machine.json(&["group", "add", "Admins"]);
        let open = json!({ "isEnforced": false, "enforcementType": "block", "aaGuids": [] });
        let profile = |id: &str, types: &str, enforcement: &str| json!({
            "id": id, "name": id, "passkeyTypes": types, "attestationEnforcement": enforcement,
            "keyRestrictions": open,
        });
        let profiles = json!([
            profile("hardware", "deviceBound", "registrationOnly"),
            profile("any", "deviceBound,synced", "disabled"),
        ]);
        let profiles = format!("passkeyProfiles={profiles}");
        let targets = "includeTargets=group:admins=>hardware, all=>hardware+any";
        let changed = machine.json(&["policy", "set", "Fido2", &profiles, targets]);
        let named = |at: usize| &changed["includeTargets"][at]["allowedPasskeyProfiles"];
        assert_eq!((named(0), named(1)), (&json!(["hardware"]), &json!(["hardware", "any"])));
        // What is shown can be given to `set` again.
        let shown = machine.ok(&["policy", "show", "Fido2"]);
        assert!(shown.contains("group:Admins=>hardware,all=>hardware+any"), "{shown}");
        let said = machine.refused(&["policy", "set", "Fido2", "includeTargets=all=>gone"]);
        assert!(said.contains("no profile with this id"), "{said}");
        let (_, warning) = machine.warned(&["policy", "set", "Fido2", "includeTargets=all=>hardware"]);
        assert!(warning.contains("only if a trusted maker vouches"), "{warning}");
        assert_eq!(machine.list(&["policy", "check"])[0]["code"], "onlyAttestedKeys");
    }
}

/// Runs the script that refreshes the table of names.
fn refresh(arguments: &[&str]) -> (bool, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/authenticators/refresh.mjs");
    let ran = Command::new("node").arg(script).args(arguments).output().expect("node");
    let said =
        String::from_utf8_lossy(if ran.status.success() { &ran.stdout } else { &ran.stderr });
    (ran.status.success(), said.trim().to_owned())
}

#[test]
fn the_table_of_authenticators_is_refreshed_from_the_lists_that_others_keep() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (list, blob, table) = (path("aaguid.json"), path("blob.jwt"), path("models.tsv"));
    let known = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
    let provider = "aaaaaaaa-0000-0000-0000-000000000001";
    let names = json!({
        provider: { "name": "Acme\tPasswords ", "icon_light": "data:image/png;base64,AA==" },
        known: { "name": "A much longer name" },
        "00000000-0000-0000-0000-000000000000": { "name": "Nobody" },
        "not-an-id": { "name": "Nothing" },
    });
    fs::write(&list, names.to_string()).unwrap();
    let entries = json!([
        { "aaguid": "BBBBBBBB-0000-0000-0000-000000000002", "metadataStatement": {
            "description": "Acme Key With A Name That Is Far Longer Than Anybody Would Read",
            "attachmentHint": ["external", "wired", "nfc"] } },
        { "aaguid": "bbbbbbbb-0000-0000-0000-000000000003", "metadataStatement": {
            "description": "Acme Laptop", "attachmentHint": ["internal"] } },
        { "aaid": "1234#5678" },
    ]);
    fs::write(&blob, Maker::new("Service").metadata("mds.example", 1, &entries)).unwrap();
    let (done, said) = refresh(&["--to", &table, &list, &blob]);
    assert!(done && said.ends_with("3 added, 0 renamed"), "{said}");
    let text = fs::read_to_string(&table).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.is_sorted());
    let line = |id: &str| *lines.iter().find(|line| line.starts_with(id)).unwrap();
    assert_eq!(line(provider), format!("{provider}\tsynced\tAcme Passwords"));
    assert!(line("bbbbbbbb-0000-0000-0000-000000000003").ends_with("\tplatform\tAcme Laptop"));
    let shortened = line("bbbbbbbb-0000-0000-0000-000000000002");
    assert!(shortened.ends_with("\tsecurityKey\tAcme Key With A Name That Is Far Longer Than"));
    assert!(line(known).ends_with("\tYubiKey 5 NFC"), "names that there are stay");
    let (done, _) = refresh(&["--to", &table, "--overwrite", &list]);
    assert!(done && fs::read_to_string(&table).unwrap().contains("A much longer name"));
    // Nothing new: the table as it is in the repository.
    let nothing = path("nothing.json");
    fs::write(&nothing, Value::Object(serde_json::Map::new()).to_string()).unwrap();
    refresh(&["--to", &table, &nothing]);
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/authenticators/models.tsv");
    assert_eq!(fs::read_to_string(&table).unwrap(), fs::read_to_string(own).unwrap());
    for wrong in [&["--to", &table][..], &["--as", "x", &list], &[&table]] {
        assert!(!refresh(wrong).0, "{wrong:?}");
    }
}
