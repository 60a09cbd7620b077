//! Branding in the portal: who changes it, what is refused, and that nothing is lost by that.

use firstkey::domain::audit::Activity;
use firstkey::domain::branding::BrandingPolicy;
use firstkey::domain::branding::logo::BYTES_MAX;
use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;
use firstkey::store::expired;
use reqwest::Method;

use super::{Admin, MINUTE, notice};
use crate::support::app::App;
use crate::support::database::on_both_engines;
use crate::support::images::png;

const PAGE: &str = "/admin/branding";
const EDIT: &str = "/admin/branding/edit";
const PREVIEW: &str = "/admin/branding/preview";

/// The attribute of the first element that has it.
fn attribute(body: &str, begin: &str) -> Option<String> {
    let (_, rest) = body.split_once(begin)?;
    Some(rest.split_once('"')?.0.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Lets go of what has expired.
async fn clean(app: &App) {
    let now = app.services.now();
    loop {
        let swept = app
            .services
            .store
            .write(move |conn| Box::pin(async move { expired::delete_batch(conn, now).await }));
        if swept.await.unwrap() == 0 {
            break;
        }
    }
}

fn logo_of(body: &str) -> Option<String> {
    attribute(body, "<picture class=\"logo\"><img src=\"")
}

on_both_engines! {
    async fn branding_is_changed_in_the_portal_and_seen_by_the_next_request_everywhere(app: App) {
        let other = app.another().await;
        let mut admin = Admin::new(&app, "root", Role::AuthenticationPolicyAdministrator).await;
        let page = admin.get(PAGE).await;
        assert_eq!(page.heading(), "Branding");
        assert!(page.body.contains(EDIT) && page.body.contains("Firstkey"));
        let page = admin.get(EDIT).await;
        let version = page.value("version").unwrap();
        let before = app.audited(Activity::PolicyChanged).await.len();
        let fields = [
            ("version", version.as_str()),
            ("displayName", "Größe & <b>Söhne</b>"),
            ("accentColor", "#FFE100"),
            ("isNameShown", "on"),
            ("helpDeskText", "Call us: we are there from 7 to 7."),
            ("helpDeskPhone", "+49 30 1234-56"),
            ("helpDeskUrl", "https://help.example.com/?a=1&b=2"),
            ("privacyUrl", "https://example.com/privacy"),
            ("termsUrl", "https://example.com/terms"),
        ];
        let logo = png(64, 32, [200, 0, 0]);
        let page = admin.visitor.upload_to(EDIT, &fields, &[("logoFile", &logo)]).await.page();
        assert_eq!(notice(&page), "Branding was saved. People see it from now on.");
        assert!(page.body.contains("On light pages the colour is darkened to #"));
        let audited = app.audited(Activity::PolicyChanged).await;
        assert_eq!(audited.len(), before + 1);
        assert!(audited[0].0 && audited[0].1.starts_with("Branding: "), "{audited:?}");

        // A page of either instance, right away: also one that nobody knows.
        for (app, path) in [(&app, "/device"), (&other, "/device"), (&other, "/nowhere")] {
            let page = app.visitor().open(path).await.page();
            assert!(page.body.contains("· Größe &#38; &#60;b&#62;Söhne&#60;/b&#62;</title>"), "{path}");
            assert!(!page.body.contains("<b>"));
            for shown in [
                "Call us: we are there from 7 to 7.",
                "href=\"tel:+4930123456\"",
                ">+49 30 1234-56<",
                "href=\"https://help.example.com/?a=1&#38;b=2\"",
                "href=\"https://example.com/privacy\"",
                "href=\"https://example.com/terms\"",
                "accent-ffe100.css",
            ] {
                assert!(page.body.contains(shown), "{path}: {shown}");
            }
            let address = logo_of(&page.body).expect("a logo");
            let image = app.visitor().raw(Method::GET, &address).await;
            let header = |name: &str| image.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("content-type"), "image/png");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(header("cache-control").contains("immutable"));
            assert!(header("content-security-policy").starts_with("default-src 'none'"));
            assert!(header("content-security-policy").ends_with("sandbox"));
            assert_eq!(image.bytes().await.unwrap(), logo);
        }
        let page = app.visitor().open("/device").await.page().body;
        let (before, _) = page.split_once("/accent-ffe100.css").unwrap();
        let sheet = format!("{}/accent-ffe100.css", before.rsplit_once('"').unwrap().1);
        let sheet = app.visitor().raw(Method::GET, &sheet).await;
        assert_eq!(sheet.headers()["content-type"], "text/css; charset=utf-8");
        assert!(sheet.text().await.unwrap().starts_with(":root{--accent:#"));

        // Who saves what they saw before does not overwrite this.
        let page = admin.visitor.upload_to(EDIT, &fields, &[]).await.page();
        assert_eq!(page.status, 422);
        assert!(page.body.contains("Somebody else changed this meanwhile."));

        // All of it goes, and the logo a day later.
        let address = logo_of(&page.body).expect("a logo");
        let page = admin.visitor.upload_to(EDIT, &[("reset", "yes")], &[]).await.page();
        assert_eq!(notice(&page), "Branding is back as it came.");
        let page = other.visitor().open("/device").await.page();
        assert!(page.body.contains("· Firstkey</title>") && logo_of(&page.body).is_none());
        assert!(!page.body.contains("accent-"));
        assert_eq!(app.visitor().raw(Method::GET, &address).await.status(), 200);
        app.wait(24 * 60 * MINUTE + MINUTE);
        clean(&app).await;
        assert_eq!(app.visitor().raw(Method::GET, &address).await.status(), 404);
    }

    async fn a_logo_in_use_outlives_the_drafts(app: App) {
        let me = &Caller::OPERATOR;
        let (used, draft) = (png(64, 64, [1, 2, 3]), png(64, 64, [3, 2, 1]));
        let used = app.services.add_branding_image(me, "logo", &used).await.unwrap();
        let draft = app.services.add_branding_image(me, "logo", &draft).await.unwrap();
        app.policy("Branding", serde_json::json!({ "logo": used })).await;
        // Looked at once more, it is still in use.
        app.services.add_branding_image(me, "logo", &png(64, 64, [1, 2, 3])).await.unwrap();
        app.wait(25 * 60 * MINUTE);
        clean(&app).await;
        assert!(app.services.branding_image(&used).await.unwrap().is_some());
        assert!(app.services.branding_image(&draft).await.unwrap().is_none());
        let gone = serde_json::json!({ "logo": draft });
        let gone = gone.as_object().cloned().unwrap();
        let refused = app.services.change_policy(me, "Branding", gone).await.unwrap_err();
        assert!(refused.to_string().contains("upload it again"), "{refused}");
        assert!(app.services.branding_image(&used).await.unwrap().is_some(), "nothing changed");
    }
}

/// [Attacks] OWASP unrestricted file upload · a document with scripts, or a huge file, as a logo
#[tokio::test]
async fn a_bad_logo_is_refused_and_nothing_that_was_typed_is_lost() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    admin.get(EDIT).await;
    let good = png(64, 64, [0, 0, 200]);
    let fields =
        [("displayName", "Acme"), ("helpDeskText", "Knock on door 7."), ("isNameShown", "on")];
    admin.visitor.upload_to(EDIT, &fields, &[("logoFile", &good)]).await.page();
    let saved = app.services.branding_policy().await.unwrap();
    let kept = saved.logo.clone().unwrap();
    let before = app.audited(Activity::PolicyChanged).await.len();

    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let mut behind = good.clone();
    behind.extend(b"<script>alert(1)</script>");
    for (file, why) in [
        (svg, "Logo: a PNG, JPEG or WebP image is needed."),
        (b"GIF89a".to_vec(), "Logo: a PNG, JPEG or WebP image is needed."),
        (b"<!doctype html><script>alert(1)</script>".to_vec(), "Logo: a PNG, JPEG or WebP"),
        (behind, "Logo: this image is damaged"),
        (good[..100].to_vec(), "Logo: this image is damaged"),
        (vec![0; BYTES_MAX + 1], "Logo: at most 100 KiB"),
        (png(4000, 16, [0; 3])[..60].to_vec(), "Logo: this image is damaged"),
        (png(2100, 16, [0; 3]), "Logo: "),
        (png(8, 8, [0; 3]), "Logo: from 16 to 2048 pixels on a side"),
    ] {
        admin.get(EDIT).await;
        let fields = [
            ("displayName", "Acme and Daughters"),
            ("helpDeskText", "Ring twice."),
            ("privacyUrl", "https://example.com/privacy"),
            ("logo", kept.as_str()),
        ];
        let page = admin.visitor.upload_to(EDIT, &fields, &[("logoFile", &file)]).await.page();
        assert_eq!(page.status, 422, "{why}");
        assert!(page.body.contains(why), "{why}: {:?}", page.alert());
        for (name, value) in fields {
            assert_eq!(page.value(name).as_deref(), Some(value), "what was typed stays");
        }
        assert!(!page.body.contains("name=\"isNameShown\" checked"));
    }
    for (field, value) in [
        ("privacyUrl", "javascript:alert(1)"),
        ("termsUrl", "http://example.com"),
        ("helpDeskUrl", "data:text/html,hello"),
        ("helpDeskPhone", "call me"),
        ("accentColor", "red;}body{display:none"),
        ("displayName", "Acme\u{202e}emcA"),
        ("logo", "../../etc/passwd"),
    ] {
        admin.get(EDIT).await;
        let page = admin.visitor.upload_to(EDIT, &[(field, value)], &[]).await.page();
        assert_eq!(page.status, 422, "{field}");
        assert!(page.alert().is_some(), "{field}");
        assert!(!page.body.contains("href=\"javascript:"));
        assert_eq!(page.value(field).as_deref(), Some(value), "what was typed stays");
    }
    assert_eq!(app.services.branding_policy().await.unwrap(), saved, "nothing was saved");
    assert_eq!(app.audited(Activity::PolicyChanged).await.len(), before);
    let page = app.visitor().open("/device").await.page();
    assert!(page.body.contains(&kept) && page.body.contains("Knock on door 7."));
}

/// [Attacks] OWASP API5:2023, CWE-451 · making our own pages say something else
#[tokio::test]
async fn only_who_decides_on_policies_dresses_the_pages_or_drafts_that() {
    let app = App::start().await;
    for (name, role, sees) in [
        ("reader", Role::GlobalReader, true),
        ("helper", Role::AuthenticationAdministrator, false),
        ("people", Role::UserAdministrator, false),
    ] {
        let mut admin = Admin::new(&app, name, role).await;
        let page = admin.get(PAGE).await;
        assert_eq!(page.status == 200, sees, "{role:?}");
        assert!(!page.body.contains(EDIT), "{role:?}");
        assert_eq!(admin.get(EDIT).await.status, 404, "{role:?}");
        admin.get("/admin").await;
        let fields = [("displayName", "Evil"), ("isNameShown", "on")];
        let logo = png(64, 64, [1; 3]);
        for path in [EDIT, PREVIEW] {
            let page = admin.visitor.upload_to(path, &fields, &[]).await.page();
            assert!([403, 404].contains(&page.status), "{role:?} {path} {}", page.status);
            admin.get("/admin").await;
            let files = [("logoFile", &logo[..])];
            let page = admin.visitor.upload_to(path, &fields, &files).await.page();
            assert_eq!(page.status, 403, "{role:?} {path}");
            admin.get("/admin").await;
        }
    }
    let mut root = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let page = root.get(EDIT).await;
    let preview = attribute(&page.body, "name=\"preview\" src=\"").unwrap();
    assert_eq!(root.get(&preview).await.status, 200);
    // A draft is for who made it.
    let mut other = Admin::new(&app, "other", Role::GlobalAdministrator).await;
    assert_eq!(other.get(&preview).await.status, 404);
    assert_eq!(other.get(&format!("{PREVIEW}?draft=AAAA")).await.status, 404);
    assert_eq!(other.get(PREVIEW).await.status, 404);
    let stranger = app.visitor().open(&preview).await.page();
    assert!(stranger.path.starts_with("/journey/"), "{}", stranger.path);
    // Without the page's token, and too late.
    root.get(EDIT).await;
    for path in [EDIT, PREVIEW] {
        let forged = [("csrf", "forged"), ("displayName", "Evil")];
        root.visitor.page.as_mut().unwrap().body.clear();
        let page = root.visitor.upload_to(path, &forged[1..], &[]).await.page();
        assert_eq!(page.status, 403, "{path}");
        root.get(EDIT).await;
    }
    app.wait(20 * MINUTE);
    let page = root.visitor.upload_to(EDIT, &[("displayName", "Late")], &[]).await.page();
    assert_eq!(page.status, 403);
    assert_eq!(page.value("displayName").as_deref(), Some("Late"), "what was typed stays");
    assert_eq!(app.services.branding_policy().await.unwrap().display_name, None);
}

/// [Attacks] CWE-1021 · a page of ours in a frame of somebody else
#[tokio::test]
async fn the_preview_alone_may_be_framed_by_us_alone_and_does_nothing() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let page = admin.get(EDIT).await;
    let csp = page.headers["content-security-policy"].to_str().unwrap();
    assert!(csp.contains("frame-src 'self'") && csp.contains("frame-ancestors 'none'"), "{csp}");
    assert_eq!(page.headers["x-frame-options"], "DENY");
    let fields = [("displayName", "Draft"), ("accentColor", "#123456"), ("scheme", "dark")];
    let page = admin.visitor.upload_to(PREVIEW, &fields, &[]).await.page();
    assert_eq!((page.status, page.path.starts_with(PREVIEW)), (200, true));
    let csp = page.headers["content-security-policy"].to_str().unwrap();
    assert!(csp.contains("frame-ancestors 'self'"), "{csp}");
    assert!(csp.contains("sandbox allow-same-origin") && csp.contains("form-action 'none'"));
    assert!(!csp.contains("script-src") && !page.body.contains("<script"));
    assert_eq!(page.headers["x-frame-options"], "SAMEORIGIN");
    assert!(
        page.body.contains("accent-123456--dark.css") && page.body.contains("tokens--dark.css")
    );
    assert!(page.body.contains(">Draft</span>") && !page.body.contains("<form"));
    assert!(page.body.contains("Hello. Who is signing in?"));
    assert_eq!(
        app.services.branding_policy().await.unwrap(),
        BrandingPolicy::default(),
        "only a draft"
    );
    admin.get(EDIT).await;
    let wrong = [("privacyUrl", "javascript:alert(1)")];
    let page = admin.visitor.upload_to(PREVIEW, &wrong, &[]).await.page();
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Privacy statement: an address that begins with https://"));
    let csp = page.headers["content-security-policy"].to_str().unwrap();
    assert!(csp.contains("frame-ancestors 'self'"), "what is wrong is said in the frame");
    for path in ["/device", "/security-info", PAGE, "/branding/none.png"] {
        let page = admin.get(path).await;
        assert_eq!(page.headers["x-frame-options"], "DENY", "{path}");
    }
}
