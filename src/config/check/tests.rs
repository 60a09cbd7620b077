use super::*;

#[test]
fn issuers_that_cannot_work_are_refused() {
    for good in ["http://localhost:8080", "https://id.example.com", "https://id.example.com/"] {
        check_issuer(good).unwrap();
    }
    for bad in [
        "localhost:8080",
        "http://id.example.com",
        "http://127.0.0.1:8080",
        "https://id.example.com/firstkey",
        "https://id.example.com/?x=1",
        "ftp://id.example.com",
        "",
    ] {
        assert!(check_issuer(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_secret_stands_beside_the_database() {
    let beside = |database| beside_database(database, "firstkey.secret");
    assert_eq!(beside("sqlite:firstkey.db"), Path::new("firstkey.secret"));
    assert_eq!(
        beside("sqlite:/var/lib/fk/db.sqlite?x=1"),
        Path::new("/var/lib/fk/firstkey.secret")
    );
    assert_eq!(beside("sqlite:///var/lib/fk/db"), Path::new("/var/lib/fk/firstkey.secret"));
    assert_eq!(beside("postgres://h/db"), Path::new("firstkey.secret"));
}

#[test]
fn mistakes_are_named() {
    let check = |change: fn(&mut Raw)| {
        let mut raw = Raw::default();
        change(&mut raw);
        super::check(raw).map_err(|error| error.to_string())
    };
    assert!(check(|_| ()).is_ok());
    assert!(check(|raw| raw.listen = "8080".into()).unwrap_err().starts_with("listen:"));
    let proxies = check(|raw| raw.trusted_proxies = "10.0.0.0/8, ::1".into()).unwrap();
    assert_eq!(proxies.trusted_proxies.len(), 2);
    let metrics = check(|raw| raw.metrics_listen = "127.0.0.1:9464".into()).unwrap();
    assert_eq!(metrics.metrics_listen.map(|address| address.port()), Some(9464));
    let public = check(|raw| raw.metrics_listen = "127.0.0.1:8080".into()).unwrap_err();
    assert!(public.contains("an address of its own"), "{public}");
    assert!(check(|raw| raw.metrics_listen = "on".into()).unwrap_err().contains("on"));
    assert!(check(|raw| raw.drain_seconds = 301).unwrap_err().contains("300"));
    let otlp = |url: &'static str| {
        let raw = Raw { otlp_endpoint: url.into(), ..Raw::default() };
        super::check(raw).map_err(|error| error.to_string())
    };
    assert!(otlp("http://localhost:4318").unwrap().otlp_endpoint.is_some());
    for bad in ["localhost:4318", "grpc://localhost:4317", "http://me:hush@x/?y=hush"] {
        let refusal = otlp(bad).unwrap_err();
        assert!(refusal.starts_with("otlp_endpoint:") && !refusal.contains("hush"));
    }
    assert!(check(|raw| raw.key_rotation_days = 3651).unwrap_err().contains("3650"));
    assert!(check(|raw| raw.trusted_proxies = "lan".into()).unwrap_err().contains("lan"));
}

#[test]
fn tls_needs_a_certificate_a_key_and_https() {
    let check = |certificate: &str, key: &str, issuer: &str| {
        let issuer = issuer.parse().unwrap();
        let checked = check_tls(certificate, key, &issuer);
        checked.map(|tls| tls.is_some()).map_err(|error| error.to_string())
    };
    let https = "https://id.example";
    assert_eq!(check("", "", https), Ok(false));
    assert_eq!(check("cert.pem", "key.pem", https), Ok(true));
    assert!(check("", "key.pem", https).unwrap_err().starts_with("tls_key: tls_certificate"));
    assert!(check("cert.pem", "", https).unwrap_err().starts_with("tls_certificate: tls_key"));
    let plain = check("cert.pem", "key.pem", "http://localhost:8080").unwrap_err();
    assert!(plain.contains("an issuer that is https"), "{plain}");
}

#[test]
fn a_password_in_a_file_reaches_the_database_as_it_is_and_no_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password").display().to_string();
    let with =
        |database: &str| with_password(database.into(), &file).map_err(|error| error.to_string());
    assert!(with("postgres://me@db/firstkey").unwrap_err().contains("No such file"));
    std::fs::write(&file, "\n").unwrap();
    assert!(with("postgres://me@db/firstkey").unwrap_err().ends_with("is empty"));
    std::fs::write(&file, "hush %41@/:\u{e4}\n").unwrap();
    let url = with("postgres://me@db:5433/firstkey?sslmode=require").unwrap();
    assert_eq!(url, "postgres://me:hush%20%2541%40%2F%3A%C3%A4@db:5433/firstkey?sslmode=require");
    for database in [
        "postgres://me:other@db/firstkey",
        "postgres://me@db/firstkey?password=other",
        "postgres:firstkey",
        "firstkey",
    ] {
        let refusal = with(database).unwrap_err();
        assert!(refusal.contains("without a password"), "{database}: {refusal}");
        assert!(!refusal.contains("hush") && !refusal.contains("other"), "{refusal}");
    }
    assert_eq!(with_password("firstkey".into(), "").unwrap(), "firstkey");
    assert_eq!(with("sqlite:firstkey.db").unwrap(), "sqlite:firstkey.db");
}

#[test]
fn mail_needs_a_server_and_an_address_and_keeps_the_password_to_itself() {
    let check = |url: &str, from: &str| {
        let checked = check_mail(url.into(), from.into());
        checked.map(|mail| mail.map(|mail| mail.from)).map_err(|error| error.to_string())
    };
    let from = "Firstkey <no-reply@example.com>";
    assert!(check("", "").unwrap().is_none());
    let kept = check("smtps://me:hush@mail.example.com", from).unwrap();
    assert_eq!(kept.as_deref(), Some(from));
    check("smtp://localhost:2525", "no-reply@example.com").unwrap();
    assert!(check("", from).unwrap_err().starts_with("mail_from: smtp_url is needed"));
    assert!(check("smtp://localhost", "").unwrap_err().starts_with("smtp_url: mail_from"));
    for bad in ["me:hush@mail.example.com", "https://me:hush@mail.example.com", "smtp:hush"] {
        let refusal = check(bad, from).unwrap_err();
        assert!(refusal.starts_with("smtp_url:") && !refusal.contains("hush"), "{refusal}");
    }
    assert!(check("smtp://localhost", "nobody").unwrap_err().starts_with("mail_from:"));
}
