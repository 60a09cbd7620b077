//! What makers vouch for: what is believed, what proves nothing, and who is trusted to say so.

use firstkey::domain::attestation::{Format, Level};
use firstkey::domain::audit::Activity;
use firstkey::domain::error::Invalid;
use firstkey::service::AdminError;
use firstkey::service::caller::Caller;
use serde_json::json;
use uuid::Uuid;

use super::{MODEL, at_registration, enforced, keys, refusal, told, trusted};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::maker::Maker;
use crate::support::visitor::{Request, claims};

on_both_engines! {
    async fn a_key_that_a_trusted_maker_vouches_for_is_taken_and_that_is_remembered(app: App) {
        app.one_method_is_enough().await;
        enforced(&app).await;
        let maker = Maker::of_model("Acme", MODEL);
        trusted(&app, &maker).await;
        let request = Request::of(&app.client("payroll").await).with("acr_values", "phrh");
        let mut ada = at_registration(&app, "ada", &request).await;
        let (_, begun) = ada.fetch("register/options", &json!({ "kind": "passkey" })).await;
        assert_eq!(begun["options"]["publicKey"]["attestation"], "direct");
        let mut key = SoftAuthenticator::new().with_aaguid(MODEL).made_by(&maker);
        ada.register(&mut key).await.page();
        let found = keys(&app, "ada").await.remove(0);
        let attestation = &found.attestation;
        assert_eq!((attestation.level, attestation.format), (Level::Attested, Some(Format::Packed)));
        assert_eq!(attestation.root.as_deref(), Some("CN=Acme Root"));
        assert!(attestation.certificates[0].subject.contains("CN=Acme Batch 1"));
        // What it is worth is told to the application, from the first sign-in on.
        ada.use_passkey(&mut key).await.page();
        let code = ada.submit("finish", &[]).await.code();
        let (_, tokens) = ada.redeem(&request, &code).await;
        let told = claims(&tokens["id_token"]);
        assert_eq!(told["acr"], "phrh");
        assert!(told["amr"].as_array().unwrap().contains(&json!("hwk")), "{told}");
    }

    /// [Attacks] WebAuthn §7.1 steps 21-25 · attestations that prove nothing, where they must
    async fn what_proves_nothing_is_refused_with_its_true_reason(app: App) {
        enforced(&app).await;
        let (maker, other) = (Maker::new("Acme"), Maker::new("Nobody"));
        let expired = Maker::expired("Stale");
        let lying = Maker::of_model("Liar", Uuid::from_u128(1));
        for maker in [&maker, &expired, &lying] {
            trusted(&app, maker).await;
        }
        let request = Request::of(&app.client("payroll").await);
        let mut ada = at_registration(&app, "ada", &request).await;
        let device = || SoftAuthenticator::new().with_aaguid(MODEL);
        for (mut device, reason) in [
            (device(), "there is no attestation"),
            (device().device_bound(), "there is no attestation"),
            (device().self_attested(), "the key vouches for itself alone"),
            (device().self_attested().device_bound(), "the key vouches for itself alone"),
            (device().made_by(&other), "lead to nobody trusted here: CN=Nobody Root"),
            (device().made_by(&expired), "CN=Stale Root: AttestationChainNotTrusted(NotAfter)"),
            (device().made_by(&lying), "AttestationCertificateAAGUIDMismatch"),
            (device().falsely_made_by(&maker), "AttestationStatementSigInvalid"),
        ] {
            let answer = ada.try_register(&mut device, "passkey").await;
            let page = told(&mut ada, &answer).await;
            assert!(page.contains("no maker whom your organisation trusts"), "{page}");
            let found = refusal(&app).await;
            assert!(found.starts_with("the policy wants a key that a trusted maker"), "{found}");
            assert!(found.contains(reason), "{found}, not {reason}");
            ada.open(&ada.journey()).await.page();
        }
        assert!(keys(&app, "ada").await.is_empty());
        // Nothing was lost by that.
        ada.register(&mut device().made_by(&maker)).await.page();
        assert_eq!(keys(&app, "ada").await.len(), 1);
    }

    async fn where_nobody_wants_an_attestation_one_that_does_not_hold_is_no_hindrance(app: App) {
        let maker = Maker::new("Acme");
        let request = Request::of(&app.client("payroll").await);
        for (name, mut device, level) in [
            ("ada", SoftAuthenticator::new(), Level::None),
            ("bob", SoftAuthenticator::new().self_attested(), Level::SelfSigned),
            ("eve", SoftAuthenticator::new().made_by(&maker), Level::Untrusted),
            ("grace", SoftAuthenticator::new().falsely_made_by(&maker), Level::None),
        ] {
            let mut visitor = at_registration(&app, name, &request).await;
            let (_, begun) = visitor.fetch("register/options", &json!({ "kind": "passkey" })).await;
            assert_eq!(begun["options"]["publicKey"]["attestation"], "none");
            visitor.register(&mut device).await.page();
            let found = keys(&app, name).await.remove(0);
            assert_eq!(found.attestation.level, level, "{name}");
        }
    }

    /// [Attacks] FIDO MDS §3.1.4 · a key of a model whose attestation is worth nothing any more
    async fn a_key_of_a_model_that_was_found_compromised_is_hardware_no_longer(app: App) {
        app.one_method_is_enough().await;
        let (maker, service) = (Maker::of_model("Acme", MODEL), Maker::new("Service"));
        trusted(&app, &maker).await;
        let payroll = app.client("payroll").await;
        let request = Request::of(&payroll).with("acr_values", "phrh");
        let mut ada = at_registration(&app, "ada", &request).await;
        let mut key = SoftAuthenticator::new().with_aaguid(MODEL).made_by(&maker);
        ada.register(&mut key).await.page();
        ada.use_passkey(&mut key).await.page();
        let code = ada.submit("finish", &[]).await.code();
        assert_eq!(claims(&ada.redeem(&request, &code).await.1["id_token"])["acr"], "phrh");

        let import = async |serial: i64, status: &str| {
            let entries = json!([{
                "aaguid": MODEL,
                "metadataStatement": { "attestationRootCertificates": [maker.root_base64()] },
                "statusReports": [{ "status": status }],
            }]);
            let blob = service.metadata("mds.example", serial, &entries);
            let caller = &Caller::OPERATOR;
            let signer = Some(service.root());
            app.services.import_attestation_metadata(caller, &blob, signer).await.unwrap();
        };
        import(1, "REVOKED").await;
        let mut later = app.visitor();
        let plain = Request::of(&payroll);
        later.authorize(&plain).await.page();
        let code = later.use_passkey(&mut key).await.code();
        assert_eq!(claims(&later.redeem(&plain, &code).await.1["id_token"])["acr"], "phr");
        // Where hardware is demanded it is not asked for again and again: another key is wanted.
        let mut later = app.visitor();
        later.authorize(&request).await.page();
        let page = later.use_passkey(&mut key).await.page();
        assert!(page.body.contains("data-offers"), "{}", page.heading());
        // A maker who mended it is believed again.
        import(2, "UPDATE_AVAILABLE").await;
        let mut later = app.visitor();
        later.authorize(&request).await.page();
        let code = later.use_passkey(&mut key).await.code();
        assert_eq!(claims(&later.redeem(&request, &code).await.1["id_token"])["acr"], "phrh");
    }
}

#[tokio::test]
async fn whom_we_trust_is_the_operators_to_say() {
    let app = App::start().await;
    let (services, caller) = (&app.services, &Caller::OPERATOR);
    let maker = Maker::of_model("Acme", MODEL);
    let listed = || async { services.list_attestation_roots().await.unwrap() };
    assert_eq!(listed().await.len(), 6, "what comes with the program");
    let formats = [Format::Packed];
    let root =
        services.add_attestation_root(caller, maker.root(), &formats, vec![MODEL]).await.unwrap();
    assert_eq!((root.name.as_str(), root.models.as_slice()), ("CN=Acme Root", &[MODEL][..]));
    assert_eq!(listed().await.len(), 7);
    for wrong in ["", "Acme", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let refused = services.add_attestation_root(caller, wrong, &[], vec![]).await;
        assert!(matches!(refused, Err(AdminError::Invalid(Invalid { .. }))), "{refused:?}");
    }
    let two = format!("{}{}", maker.root(), maker.root());
    assert!(services.add_attestation_root(caller, &two, &[], vec![]).await.is_err());

    // A key of another model is not vouched for.
    enforced(&app).await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = at_registration(&app, "ada", &request).await;
    let mut other = SoftAuthenticator::new().with_aaguid(Uuid::from_u128(9)).made_by(&maker);
    assert_eq!(ada.try_register(&mut other, "passkey").await.0, 403);
    let mut key = SoftAuthenticator::new().with_aaguid(MODEL).made_by(&maker);
    ada.register(&mut key).await.page();

    // What is removed is trusted no more; what comes with the program is put aside, and taken back.
    assert!(services.remove_attestation_root(caller, "0123456789").await.is_err());
    assert!(services.remove_attestation_root(caller, &root.id[..4]).await.is_err());
    services.remove_attestation_root(caller, &root.id[..8]).await.unwrap();
    assert_eq!(listed().await.len(), 6);
    let mut bob = at_registration(&app, "bob", &request).await;
    let mut second = SoftAuthenticator::new().with_aaguid(MODEL).made_by(&maker);
    assert_eq!(bob.try_register(&mut second, "passkey").await.0, 403);
    let yubico = listed().await.remove(0).root;
    services.remove_attestation_root(caller, &yubico.id).await.unwrap();
    assert!(!listed().await[0].root.trusted);
    services.add_attestation_root(caller, &yubico.certificate, &[], vec![]).await.unwrap();
    assert!(listed().await[0].root.trusted);
    assert_eq!(listed().await.len(), 6);
    let audited = app.audited(Activity::PolicyChanged).await;
    assert!(audited[0].1.contains("attestation root added: CN=Yubico"), "{audited:?}");
}

on_both_engines! {
    /// [Attacks] FIDO Metadata Service §3.2 · metadata that somebody else signed, or that is older
    async fn the_metadata_services_file_says_which_models_are_trusted(app: App) {
        let (services, caller) = (&app.services, &Caller::OPERATOR);
        let (maker, fallen) = (Maker::of_model("Acme", MODEL), Maker::new("Fallen"));
        let compromised = Uuid::from_u128(0xbad);
        let (service, impostor) = (Maker::new("Service"), Maker::new("Impostor"));
        let entries = json!([
            { "aaguid": MODEL, "metadataStatement": {
                "description": "Acme Key", "attestationRootCertificates": [maker.root_base64()] },
              "statusReports": [{ "status": "FIDO_CERTIFIED_L1" }] },
            { "aaguid": compromised, "metadataStatement": {
                "description": "Fallen", "attestationRootCertificates": [fallen.root_base64()] },
              "statusReports": [{ "status": "FIDO_CERTIFIED" }, { "status": "REVOKED" }] },
            { "aaid": "1234#5678", "metadataStatement": {
                "description": "UAF", "attestationRootCertificates": [fallen.root_base64()] } },
            { "aaguid": Uuid::from_u128(3), "metadataStatement": {
                "description": "Odd", "attestationRootCertificates": ["AAAA"] } },
        ]);
        let host = "mds.fidoalliance.org";
        let good = service.metadata(host, 7, &entries);
        let root = Some(service.root());
        let import = |blob: String, root: Option<&'static str>| async move {
            services.import_attestation_metadata(caller, &blob, root).await
        };
        let root: Option<&'static str> = root.map(|root| &*String::leak(root.to_owned()));
        let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
        parts[1].replace_range(10..12, "AA");
        for (blob, root) in [
            (good.clone(), None),
            (impostor.metadata(host, 7, &entries), root),
            (parts.join("."), root),
            ("{}".to_owned(), root),
        ] {
            let refused = import(blob, root).await;
            assert!(matches!(refused, Err(AdminError::Invalid(_))), "{refused:?}");
        }
        let (success, reason) = app.audited(Activity::PolicyChanged).await.remove(0);
        assert!(!success && reason.starts_with("attestation metadata: "), "{reason}");
        let imported = import(good, root).await.unwrap();
        assert_eq!((imported.models, imported.roots, imported.unreadable), (1, 1, 1));
        assert_eq!(imported.compromised, [compromised]);
        assert!(!imported.is_outdated);
        // An older edition comes too late.
        assert!(import(service.metadata(host, 6, &entries), root).await.is_err());

        enforced(&app).await;
        let request = Request::of(&app.client("payroll").await);
        let mut ada = at_registration(&app, "ada", &request).await;
        let mut other = SoftAuthenticator::new().with_aaguid(Uuid::from_u128(9)).made_by(&maker);
        assert_eq!(ada.try_register(&mut other, "passkey").await.0, 403);
        // Not even a root that the operator added vouches for a model that the service warns of.
        trusted(&app, &fallen).await;
        let mut bad = SoftAuthenticator::new().with_aaguid(compromised).made_by(&fallen);
        assert_eq!(ada.try_register(&mut bad, "passkey").await.0, 403);
        assert!(refusal(&app).await.contains("warns of this model"));
        let mut key = SoftAuthenticator::new().with_aaguid(MODEL).made_by(&maker);
        ada.register(&mut key).await.page();
        // The next edition takes the place of this one.
        import(service.metadata(host, 8, &json!([])), root).await.unwrap();
        let mut bob = at_registration(&app, "bob", &request).await;
        let mut second = SoftAuthenticator::new().with_aaguid(MODEL).made_by(&maker);
        assert_eq!(bob.try_register(&mut second, "passkey").await.0, 403);
    }
}
