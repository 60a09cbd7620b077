//! Makers' certificates: trusted and put aside by whoever decides on policies.

use firstkey::domain::audit::Activity;
use firstkey::domain::role::Role;

use super::{Admin, notice};
use crate::support::app::App;
use crate::support::maker::Maker;

const PAGE: &str = "/admin/policies/attestation-roots";
const MODEL: &str = "00000000-0000-0000-0000-00000000acce";

/// The thumbprint of the root whose name has this in it.
async fn thumbprint(app: &App, name: &str) -> String {
    let roots = app.services.list_attestation_roots().await.unwrap();
    let found = roots.iter().find(|listed| listed.root.name.contains(name));
    found.expect("such a root").root.id.clone()
}

#[tokio::test]
async fn a_makers_certificate_is_trusted_and_put_aside() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::AuthenticationPolicyAdministrator).await;
    assert!(admin.get("/admin/policies").await.body.contains(PAGE), "there is a way to it");
    let page = admin.get(PAGE).await;
    assert_eq!(page.heading(), "Makers’ certificates");
    assert!(page.body.contains("Yubico U2F Root CA Serial 457200631"));
    let before = app.audited(Activity::PolicyChanged).await.len();

    let maker = Maker::new("Acme <b>");
    for (pem, models, why) in [
        ("nothing", "", "a certificate in PEM is needed"),
        ("", "", "a certificate in PEM is needed"),
        (&*format!("{0}{0}", maker.root()), "", "one certificate in PEM is needed"),
        (maker.root(), "not-a-model", "one AAGUID is needed in each line"),
    ] {
        let fields = [("certificate", pem), ("models", models), ("format.packed", "on")];
        let page = admin.post(PAGE, &fields).await;
        assert_eq!(page.status, 422, "{why}");
        assert!(page.body.contains(why), "{why}: {}", page.body);
        assert!(page.body.contains("name=\"format.packed\" checked"), "what was chosen stays");
    }
    assert_eq!(app.audited(Activity::PolicyChanged).await.len(), before);
    let fields = [("certificate", maker.root()), ("models", MODEL), ("format.packed", "on")];
    let page = admin.post(PAGE, &fields).await;
    assert!(notice(&page).ends_with("is trusted from now on."), "{}", notice(&page));
    assert!(page.body.contains("Models: ") && page.body.contains("Formats: packed"));
    assert!(page.body.contains("Acme &#60;b&#62; Root") && !page.body.contains("<b>"));
    let roots = app.services.list_attestation_roots().await.unwrap();
    let added = &roots.iter().find(|listed| listed.root.name.contains("Acme")).unwrap().root;
    assert_eq!((added.models.len(), added.formats.len()), (1, 1));
    let (id, remove) = (thumbprint(&app, "Acme").await, format!("{PAGE}/remove"));
    let page = admin.post(&remove, &[("id", &id)]).await;
    assert!(notice(&page).ends_with("is trusted no more."), "{}", notice(&page));
    assert!(!page.body.contains("Acme &#60;b&#62; Root</span>"));
    admin.post(&remove, &[("id", &id)]).await;
    let audited = app.audited(Activity::PolicyChanged).await;
    assert_eq!(audited.len(), before + 2, "a second click is no change: {audited:?}");
    assert!(audited.iter().any(|(_, it)| it.starts_with("attestation root added: CN=Acme")));
    assert!(audited.iter().any(|(_, it)| it.starts_with("attestation root removed: CN=Acme")));

    // What came with the program is put aside, and trusted again by one press.
    let yubico = thumbprint(&app, "Yubico").await;
    let page = admin.post(&remove, &[("id", &yubico)]).await;
    assert!(page.body.contains("Not trusted") && page.body.contains("Trust again"));
    let certificate = page.value("certificate").expect("what to trust again");
    let page = admin.post(PAGE, &[("certificate", &certificate)]).await;
    assert!(!page.body.contains("Not trusted"), "{}", page.body);
    assert_eq!(app.services.list_attestation_roots().await.unwrap().len(), 6);
}

/// [Attacks] OWASP API5:2023 · having a maker trusted without the right to
#[tokio::test]
async fn only_who_decides_on_policies_says_which_makers_are_trusted() {
    let app = App::start().await;
    let maker = Maker::new("Acme");
    let yubico = thumbprint(&app, "Yubico").await;
    for (name, role, sees) in [
        ("reader", Role::GlobalReader, true),
        ("helper", Role::AuthenticationAdministrator, true),
        ("people", Role::UserAdministrator, false),
    ] {
        let mut admin = Admin::new(&app, name, role).await;
        let offered = admin.get("/admin/policies").await.status == 200;
        let page = admin.get(PAGE).await;
        assert_eq!((page.status == 200, sees || offered), (offered, offered || sees), "{name}");
        assert!(!page.body.contains("Trust this certificate"), "{name}");
        assert!(!page.body.contains("Trust no more"), "{name}");
        let page = admin.post(PAGE, &[("certificate", maker.root())]).await;
        assert_eq!(page.status, 403, "{name}");
        let page = admin.post(&format!("{PAGE}/remove"), &[("id", &yubico)]).await;
        assert_eq!(page.status, 403, "{name}");
        // Refused, they are somewhere where a form can be sent from.
        admin.get("/admin").await;
    }
    let roots = app.services.list_attestation_roots().await.unwrap();
    assert!(roots.len() == 6 && roots.iter().all(|listed| listed.root.trusted));
    let mut stranger = app.visitor();
    let page = stranger.open(PAGE).await.page();
    assert!(page.path.starts_with("/journey/"), "{}", page.path);
}
