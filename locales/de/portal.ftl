# Das Portal: Personen und Pässe.

## Um jede Seite

admin-skip = Zum Inhalt springen
admin-tag = Admin
admin-sections = Bereiche
admin-overview = Übersicht
admin-people = Personen
admin-groups = Gruppen
admin-policies = Richtlinien
admin-branding = Branding
admin-applications = Anwendungen
admin-audit = Prüfprotokoll
admin-pages = Seiten
admin-first-page = Erste Seite
admin-next-page = Nächste Seite
admin-exists-user = Es gibt schon eine Person mit dem Benutzernamen { $name }.
admin-exists-group = Es gibt schon eine Gruppe mit dem Namen { $name }.
admin-exists-client = Es gibt schon eine Anwendung mit der ID { $name }.
admin-exists = Das gibt es schon: { $what }.
admin-changed = Jemand anderes hat dies inzwischen geändert. Es wurde nichts gespeichert: Sehen Sie sich den jetzigen Stand an, und speichern Sie noch einmal, was Sie weiterhin ändern möchten.
admin-refused = Abgelehnt
admin-done = Erledigt
admin-when = Wann
admin-what = Was
admin-who = Wer
admin-result = Ergebnis
admin-by = durch { $actor }
admin-from = von { $address }
admin-actor-unknown = eine unbekannte Person
admin-actor-operator = die Befehlszeile
admin-actor-system = das System
admin-actor-app = die Anwendung { $client }

## Wer hereinkommt

admin-only-title = Dieser Bereich ist für die Verwaltung
admin-only = Ihr Konto hat keine Adminrolle.
admin-only-next = Wenn Sie eine haben sollten, wenden Sie sich an jemanden, der hier Konten verwaltet.
admin-again-title = Noch einmal anmelden
admin-again = Um etwas zu ändern, muss Ihre Anmeldung aktueller sein. Was Sie ausgefüllt haben, bleibt auf dieser Seite erhalten; geändert wurde noch nichts.
admin-again-tab = In einem neuen Tab anmelden
admin-again-send = Danach noch einmal senden
admin-back-in-title = Wieder angemeldet
admin-back-in-heading = Sie sind wieder angemeldet
admin-back-in = Schließen Sie diesen Tab, gehen Sie zurück zu der Seite, die wartet, und senden Sie das Formular noch einmal.
admin-back-in-overview = Oder weiter zur Übersicht
admin-gone-title = Das gibt es nicht
admin-gone-user = Die Person { $name } gibt es hier nicht (mehr).
admin-gone-group = Die Gruppe { $name } gibt es hier nicht (mehr).
admin-gone-client = Die Anwendung { $name } gibt es hier nicht (mehr).
admin-gone = Das gibt es hier nicht (mehr): { $what }.
admin-denied-title = Das dürfen Sie nicht
admin-denied-next = Es wurde nichts geändert.
admin-denied-self = Das darf niemand für sich selbst tun; jemand anderes aus der Verwaltung muss es tun.
admin-denied-admin = Diese Person hat eine Adminrolle. Das darf nur, wer eine höhere Adminrolle hat.
admin-denied-alone = Was ein Adminkonto öffnet, braucht zwei Personen aus der Verwaltung. Stellen Sie einen Zugriffspass aus, den eine zweite Person genehmigt.
admin-denied-role = Ihre Rollen erlauben das nicht.
admin-denied-scope = Dem Zugriffstoken fehlt dafür ein Scope.
admin-denied-weak = Eine Anmeldung allein mit einem befristeten Zugriffspass erlaubt das nicht; verwenden Sie einen Schlüssel.

## Rollen: wie Microsoft Entra sie nennt

admin-role-global = Globaler Administrator
admin-role-privileged = Privilegierter Authentifizierungsadministrator
admin-role-authentication = Authentifizierungsadministrator
admin-role-policy = Authentifizierungsrichtlinien-Administrator
admin-role-user = Benutzeradministrator
admin-role-reader = Globaler Leser

## Übersicht

admin-add-person = Person hinzufügen
admin-overview-waiting = { $n ->
    [one] Person hat
   *[other] Personen haben
} die Einrichtung noch nicht abgeschlossen
admin-overview-passes = { $n ->
    [one] offener Zugriffspass
   *[other] offene Zugriffspässe
}
admin-overview-refused = { $n ->
    [one] abgelehnte Anmeldung
   *[other] abgelehnte Anmeldungen
} in den letzten 24 Stunden
admin-overview-people = { $n ->
    [one] Person
   *[other] Personen
} insgesamt
admin-not-onboarded = Einrichtung nicht abgeschlossen
admin-all-n = Alle { $n }
admin-everybody-onboarded = Alle, die sich anmelden dürfen, haben einen Passkey oder einen Sicherheitsschlüssel.
admin-has-pass = Hat einen Zugriffspass
admin-no-pass = Kein Zugriffspass
admin-issue = Zugriffspass ausstellen
admin-issue-to = Zugriffspass ausstellen für { $name }
admin-lately = Was zuletzt geschah

## Personen

admin-bulk = Zugriffspässe aus einer Liste
admin-people-search = Name, Benutzername oder E-Mail beginnt mit
admin-state = Status
admin-state-all = Alle
admin-state-registered = Mit Passkey oder Schlüssel
admin-state-enabled = Darf sich anmelden
admin-disabled = Deaktiviert
admin-show = Anzeigen
admin-people-count = { $n } { $n ->
    [one] Person
   *[other] Personen
}
admin-nobody = Niemand passt dazu.
admin-show-everybody = Alle anzeigen
admin-person = Person
admin-email = E-Mail
admin-pass = Zugriffspass
admin-none = keine
admin-none-pass = keiner
admin-none-yet = Noch keine
admin-admin = Admin
admin-member = Mitglied
admin-person-added = { $name } wurde hinzugefügt. Stellen Sie einen Zugriffspass aus, damit es losgehen kann.
admin-username-hint = Was die Person eingibt, um zu sagen, wer sie ist, etwa ada oder ada@example.com.
admin-add-this-person = Diese Person hinzufügen
admin-display-name = Anzeigename
admin-given-name = Vorname
admin-surname = Nachname
admin-job-title = Position
admin-department = Abteilung
admin-employee-id = Personalnummer
admin-managers-username = Benutzername der Führungskraft
admin-alternate-email = Alternative E-Mail
admin-alternate-email-hint = Erreicht die Person, bevor sie ihr eigenes Postfach öffnen kann.
admin-language-example = de

## Eine Person

admin-edit = Bearbeiten
admin-edit-name = { $name } bearbeiten
admin-approve-pass = Zugriffspass genehmigen
admin-person-no-pass = Kein Zugriffspass.
admin-not-to-oneself = Niemand stellt sich selbst einen Zugriffspass aus: Das kann jemand anderes aus der Verwaltung tun.
admin-key-for-them = Schlüssel für diese Person einrichten
admin-person-anew = Die Person muss seit dem { $since } alles neu einrichten: Was hier steht, öffnet nichts mehr und verschwindet, sobald etwas Neues eingerichtet ist.
admin-person-anew-pass = Dafür braucht die Person einen Zugriffspass.
admin-methods-none = Noch ist nichts eingerichtet. Mit einem Zugriffspass richtet die Person einen Passkey oder einen Sicherheitsschlüssel ein.
admin-methods-count = { $n } eingerichtet.
admin-vouched-by = { $root } bürgt dafür
admin-person-codes = Wiederherstellungscodes: noch { $left } übrig, erstellt am { $made }.
admin-sessions = Sitzungen
admin-sessions-none = Nirgends angemeldet.
admin-sessions-hidden = Sie dürfen nicht sehen, wo diese Person angemeldet ist.
admin-how-phone = dem eigenen Smartphone
admin-devices = Geräte
admin-device-added = am { $when } hinzugefügt
admin-device-seen = zuletzt am { $when } gesehen
admin-details = Angaben
admin-name = Name
admin-manager = Führungskraft
admin-external-id = Externe ID
admin-added = Hinzugefügt
admin-id = ID
admin-all-of-it = Alles
admin-anew = Neue Einrichtung verlangen
admin-anew-text = Für alle, die ihr Gerät verloren haben oder deren Anmeldung jemand anderes kennen könnte: Was die Person eingerichtet hat, öffnet ab sofort nichts mehr, ihre Wiederherstellungscodes gelten nicht mehr, und sie ist überall abgemeldet. Mit einem neuen Zugriffspass richtet sie alles neu ein, und was sie hatte, wird entfernt. Sie erfährt es per E-Mail.
admin-not-anew = Neue Einrichtung zurücknehmen
admin-not-anew-text = Solange die Person nichts Neues eingerichtet hat: Was hier steht, öffnet ihr Konto wieder. Wiederherstellungscodes bleiben ungültig, und sie bleibt abgemeldet. Sie erfährt es per E-Mail.
admin-take-back = Zurücknehmen
admin-delete-person = Diese Person löschen
admin-delete-person-text = Methoden, Zugriffspass und Sitzungen dieser Person werden mit gelöscht. Das lässt sich nicht rückgängig machen; um jemanden eine Zeit lang auszusperren, deaktivieren Sie das Konto stattdessen.
admin-delete-confirm = Benutzernamen { $username } eingeben
admin-delete-for-good = Endgültig löschen
admin-enabled-hint = Wird das abgewählt, enden sofort alle Sitzungen und Token.
admin-roles = Adminrollen
admin-person-saved = { $name } wurde gespeichert.
admin-not-deleted = Es wurde nichts gelöscht: Geben Sie zur Bestätigung { $username } ein.
admin-deleted = { $name } wurde gelöscht.
admin-method-removed = Entfernt. { $name } ist überall abgemeldet.
admin-session-ended = { $name } ist dort abgemeldet.
admin-sessions-ended = { $name } ist überall abgemeldet.
admin-anew-done = { $name } muss alles neu einrichten: Was bisher eingerichtet war, öffnet nichts mehr. Stellen Sie dafür einen Zugriffspass aus.
admin-not-anew-done = { $name } meldet sich wieder an wie zuvor.
admin-not-taken-back = Es wurde nichts zurückgenommen: { $why }.
admin-device-removed = { $name } wurde entfernt und ist abgemeldet.
admin-device-gone = Das Gerät wurde entfernt.

## Ein Schlüssel für jemanden

admin-key-title = Schlüssel einrichten
admin-key-heading = Ein Schlüssel für { $name }
admin-key-lede = Stecken oder halten Sie den Schlüssel an, den { $name } bekommen soll. Von da an gehört er dieser Person: Mit ihm und seiner PIN meldet sie sich als { $username } an.
admin-key-name = Name des Schlüssels
admin-key-name-hint = Leer lassen, um ihn so zu nennen wie sein Hersteller.
admin-key-pin = Geben Sie die PIN auf einem anderen Weg weiter als den Schlüssel, und lassen Sie sie am ersten Tag ändern.
admin-key-no-script = Das braucht JavaScript, und das ist in diesem Browser ausgeschaltet.
admin-key-register = Diesen Schlüssel einrichten
admin-key-added = { $key } ist jetzt der Schlüssel von { $name }.
admin-key-refused = Der Schlüssel wurde nicht eingerichtet: { $why }.
script-key-cancelled = Es wurde abgebrochen oder hat zu lange gedauert. Es wurde nichts gespeichert; versuchen Sie es noch einmal.
script-key-already = Dieser Schlüssel ist für diese Person schon eingerichtet.
script-key-address = An dieser Adresse lassen sich keine Schlüssel einrichten.
script-key-failed = Dieser Browser oder dieser Schlüssel kann das nicht. Es wurde nichts gespeichert.
script-key-unsupported = Dieser Browser kann hier keine Schlüssel einrichten. Öffnen Sie diese Seite in einem aktuellen Browser.
script-zone = In Ihrer Zeitzone, { $name }.
script-copied = Kopiert
script-copy-by-hand = Bitte von Hand kopieren

## Einen Zugriffspass ausstellen

admin-pass-for = Ein Zugriffspass für { $name }
admin-pass-warn-disabled = Das Konto von { $name } ist deaktiviert: Der Zugriffspass gilt erst, wenn es wieder aktiviert ist.
admin-pass-warn-policy = Die Richtlinie für Zugriffspässe erlaubt { $name } keine Anmeldung mit einem Zugriffspass.
admin-pass-warn-admin = { $name } hat eine Adminrolle: Eine zweite Person aus der Verwaltung muss den Zugriffspass genehmigen.
admin-pass-warn-methods = Der Zugriffspass gilt nur zusammen mit dem, was { $name } eingerichtet hat. Entfernen Sie zuerst, was verloren ging.
admin-pass-told = Die Person wird unter ihrer alternativen Adresse per E-Mail benachrichtigt.
admin-pass-told-manager = Die Führungskraft wird per E-Mail benachrichtigt.
admin-pass-mailed = Die E-Mail enthält den Zugriffspass selbst.
admin-pass-start = Beginn
admin-pass-start-hint = Leer lassen, um sofort zu beginnen. Es kann auch der erste Arbeitstag sein.
admin-pass-utc = In UTC.
admin-pass-lifetime = Gültigkeit in Minuten
admin-pass-lifetime-hint = Von { $least } bis { $most }, gezählt ab dem Beginn.
admin-pass-once = Gilt einmal
admin-pass-once-policy = Die Richtlinie erlaubt keine mehrfache Verwendung.
admin-pass-once-hint = Danach bleiben zehn Minuten für die Einrichtung. Sonst gilt er so oft wie nötig, solange er läuft.
admin-pass-old = Es gibt schon einen Zugriffspass ({ $state }). Der neue tritt an seine Stelle, und was der alte geöffnet hat, wird geschlossen.
admin-pass-start-wrong = Beginn: Datum und Uhrzeit sind nötig.
admin-pass-lifetime-wrong = Gültigkeit: eine ganze Zahl von Minuten.
admin-pass-meanwhile = Inzwischen wurde ein Zugriffspass ausgestellt, vielleicht durch dieses Formular. Sein Wert lässt sich nicht noch einmal zeigen; stellen Sie einen neuen aus, wenn er nicht notiert wurde.
admin-pass-deleted = Der Zugriffspass von { $name } wurde gelöscht. Was er geöffnet hat, ist geschlossen.
admin-pass-approved = Der Zugriffspass von { $name } ist genehmigt.
admin-pass-none-waits = Es wartet kein Zugriffspass mehr auf Genehmigung.

## Ein ausgestellter Zugriffspass

admin-issued-title = Zugriffspass ausgestellt
admin-issued-copy = Zugriffspass kopieren
admin-issued-print = Zettel drucken
admin-issued-once = Der Zugriffspass wird nur dieses eine Mal gezeigt. Niemand kann ihn noch einmal lesen: Kopieren oder drucken Sie ihn jetzt.
admin-issued-mail = Eine E-Mail ist unterwegs an { $address }.
admin-issued-not-yet = Er kann noch nicht verwendet werden: { $state }.
admin-slip = Der Zettel für { $name }
admin-slip-hello = Willkommen, { $name }.
admin-slip-address = Anmelden unter
admin-slip-qr = QR-Code, der zu { $address } führt
admin-slip-open = Öffnen Sie die Adresse oben, oder scannen Sie den Code.
admin-slip-type = Geben Sie Ihren Benutzernamen ein, dann den Zugriffspass.
admin-slip-set-up = Richten Sie einen Passkey oder einen Sicherheitsschlüssel ein. Von da an genügt zum Anmelden eine Berührung.
admin-slip-once = Gilt einmal, vom { $starts } bis zum { $ends }. Behalten Sie ihn für sich; niemand wird Sie je danach fragen.
admin-slip-often = Gilt so oft wie nötig, vom { $starts } bis zum { $ends }. Behalten Sie ihn für sich; niemand wird Sie je danach fragen.
admin-slip-stuck = Es hakt?
admin-issued-done = Fertig: zurück zu { $name }

## Offene Zugriffspässe

admin-passes = Offene Zugriffspässe
admin-passes-none = Kein Zugriffspass ist offen.
admin-passes-none-text = Ein Zugriffspass wird auf der Seite der <a href="/admin/people">Person</a> ausgestellt, für die er bestimmt ist.
admin-from-when = Von
admin-until = Bis
admin-works = Gilt
admin-works-once = einmal
admin-works-often = mehrmals

## Zugriffspässe aus einer Liste

admin-bulk-file = Eine Datei
admin-bulk-list = Die Liste, als kommagetrennte Werte (CSV)
admin-bulk-hint = Die erste Zeile nennt die Spalten: { $columns }. Nur username ist nötig. Wer noch nicht da ist, wird hinzugefügt, wenn displayName angegeben ist; mehrere Gruppen werden durch | getrennt. Höchstens { $most } Personen auf einmal.
admin-bulk-look = Zuerst ansehen
admin-bulk-another = Andere Liste
admin-bulk-heading = Ist das richtig?
admin-bulk-good = { $n } { $n ->
    [one] Zugriffspass wird
   *[other] Zugriffspässe werden
} ausgestellt. Noch ist nichts geschehen.
admin-bulk-good-bad = { $n } { $n ->
    [one] Zugriffspass wird
   *[other] Zugriffspässe werden
} ausgestellt; { $bad } { $bad ->
    [one] Zeile wird
   *[other] Zeilen werden
} ausgelassen. Noch ist nichts geschehen.
admin-bulk-lines = Zeilen
admin-bulk-line = Zeile
admin-bulk-what = Was geschieht
admin-bulk-left-out = Ausgelassen
admin-bulk-adds = Wird hinzugefügt, mit einem Zugriffspass
admin-bulk-replaces = Ein Zugriffspass für { $name }, anstelle des bisherigen
admin-bulk-issue = { $n } { $n ->
    [one] Zugriffspass
   *[other] Zugriffspässe
} ausstellen
admin-bulk-issued-title = Zugriffspässe ausgestellt
admin-bulk-issued = { $n } { $n ->
    [one] Zugriffspass
   *[other] Zugriffspässe
} ausgestellt
admin-bulk-save = Als Datei speichern
admin-bulk-once = Die Zugriffspässe werden nur dieses eine Mal gezeigt. Niemand kann sie noch einmal lesen: Speichern Sie die Datei jetzt.
admin-bulk-failed = { $n } { $n ->
    [one] Zeile wurde
   *[other] Zeilen wurden
} ausgelassen.
admin-bulk-passes = Zugriffspässe

## Was geschah, als Zeilen des Protokolls

admin-act-pass-issued = Zugriffspass ausgestellt
admin-act-pass-approved = Zugriffspass genehmigt
admin-act-pass-deleted = Zugriffspass gelöscht
admin-act-pass-sign-in = Anmeldung mit Zugriffspass
admin-act-key-sign-in = Anmeldung mit Schlüssel
admin-act-recovery-code-sign-in = Anmeldung mit Wiederherstellungscode
admin-act-phone-asked = Smartphone angefragt
admin-act-phone-sign-in = Anmeldung mit Smartphone
admin-act-upstream-sign-in = Anmeldung über einen anderen Anbieter
admin-act-upstream-linked = Konto eines anderen Anbieters verknüpft
admin-act-upstream-added = Anderer Anbieter hinzugefügt
admin-act-upstream-changed = Anderer Anbieter geändert
admin-act-upstream-removed = Anderer Anbieter entfernt
admin-act-method-registered = Methode eingerichtet
admin-act-method-removed = Methode entfernt
admin-act-method-renamed = Methode umbenannt
admin-act-recovery-codes-made = Wiederherstellungscodes erstellt
admin-act-reregistration-required = Neue Einrichtung verlangt
admin-act-reregistration-cancelled = Neue Einrichtung zurückgenommen
admin-act-user-added = Person hinzugefügt
admin-act-user-changed = Person geändert
admin-act-user-removed = Person entfernt
admin-act-group-changed = Gruppe geändert
admin-act-client-added = Anwendung hinzugefügt
admin-act-client-changed = Anwendung geändert
admin-act-client-removed = Anwendung entfernt
admin-act-policy-changed = Richtlinie geändert
admin-act-mail-failed = E-Mail nicht zustellbar
admin-act-keys-rotated = Signaturschlüssel gewechselt
admin-act-key-revoked = Signaturschlüssel zurückgezogen
admin-act-registration-token-issued = Registrierungstoken ausgestellt
admin-act-consent-given = Zustimmung gegeben
admin-act-authorized = Anwendung geöffnet
admin-act-device-authorized = Gerät zugelassen
admin-act-device-denied = Gerät abgelehnt
admin-act-device-registered = Gerät eingerichtet
admin-act-device-removed = Gerät entfernt
admin-act-signed-out = Abgemeldet
admin-act-logout-not-told = Abmeldung nicht mitgeteilt
admin-act-grant-revoked = Zugriff von der Anwendung aufgegeben
admin-act-access-removed = Zugriff entzogen
admin-act-replay-detected = Doppelte Verwendung erkannt
admin-act-database-backed-up = Datenbank gesichert
admin-act-database-restored = Datenbank wiederhergestellt

## Felder, wo eines abgelehnt wird

admin-field-username = Benutzername
admin-field-display-name = Anzeigename
admin-field-email = E-Mail
admin-field-alternate-email = Alternative E-Mail
admin-field-given-name = Vorname
admin-field-surname = Nachname
admin-field-formatted-name = Vollständiger Name
admin-field-job-title = Position
admin-field-department = Abteilung
admin-field-employee-id = Personalnummer
admin-field-employee-hire-date = Eintrittsdatum
admin-field-external-id = Externe ID
admin-field-preferred-language = Sprache
admin-field-business-phone = Telefon
admin-field-mobile-phone = Mobiltelefon
admin-field-manager = Führungskraft
admin-field-role = Rolle
admin-field-permission = Berechtigung
admin-field-start-date-time = Beginn
admin-field-lifetime-in-minutes = Gültigkeit in Minuten
admin-field-is-usable-once = Einmalige Verwendung
admin-field-list = Liste
admin-field-line = Zeile
admin-field-approval = Genehmigung
admin-field-public-key-credential = Schlüssel
admin-field-name = Name
admin-field-id = ID
admin-field-kind = Art
admin-field-group = Gruppe
admin-field-members = Mitglieder
admin-field-file = Datei
admin-field-certificate = Zertifikat
admin-field-logo = Logo
admin-field-dark-logo = Logo für dunkle Seiten
admin-field-accent-color = Farbe
admin-field-policy = Richtlinie
admin-field-rules = Regeln
admin-field-profile = Profil
admin-field-keys = Schlüssel
admin-field-state = Status
admin-field-include-targets = Wer gemeint ist
admin-field-exclude-targets = Wer ausgenommen ist
admin-field-minimum-lifetime-in-minutes = Kürzeste Gültigkeit in Minuten
admin-field-maximum-lifetime-in-minutes = Längste Gültigkeit in Minuten
admin-field-default-lifetime-in-minutes = Übliche Gültigkeit in Minuten
admin-field-default-length = Zeichen eines Zugriffspasses
admin-field-multifactor-use = Wo eine Anwendung mehrere Faktoren verlangt
admin-field-delivery-target = Wer per E-Mail benachrichtigt wird
admin-field-key-restrictions = Modelle von Schlüsseln
admin-field-passkey-profiles = Profile für Passkeys
admin-field-default-passkey-profile = Übliches Profil für Passkeys
admin-field-allowed-kinds = Erlaubte Arten
admin-field-recommended-methods = Empfohlene Methoden
admin-field-required-methods = Verlangte Methoden
admin-field-allowed-skips = Wie oft man es aufschieben darf
admin-field-reminder-in-days = Erinnerung in Tagen
admin-field-absolute-lifetime-in-minutes = Längste Dauer in Minuten
admin-field-idle-timeout-in-minutes = Dauer ohne Aktivität in Minuten
admin-field-challenge-timeout-in-minutes = Zeit für einen Schritt in Minuten
admin-field-strong-sign-in-max-age-in-minutes = Höchstes Alter einer starken Anmeldung in Minuten
admin-field-client-id = Client-ID
admin-field-client-secret = Client-Secret
admin-field-redirect-uri = Redirect-URI
admin-field-post-logout-redirect-uri = Redirect-URI nach der Abmeldung
admin-field-backchannel-logout-uri = URI für die Abmeldung im Hintergrund
admin-field-initiate-login-uri = URI, an der Anmeldungen beginnen
admin-field-client-uri = URI der Anwendung
admin-field-logo-uri = URI des Logos
admin-field-policy-uri = URI der Datenschutzerklärung
admin-field-tos-uri = URI der Nutzungsbedingungen
admin-field-jwks-uri = URI der öffentlichen Schlüssel
admin-field-jwks = Öffentliche Schlüssel
admin-field-sector-identifier-uri = URI der Sektorkennung
admin-field-contacts = Kontakte
admin-field-scope = Scope
admin-field-scopes = Scopes
admin-field-grant-type = Grant-Typ
admin-field-response-types = Antworttypen
admin-field-require-acr = Verlangte Stufe der Anmeldung
admin-field-default-acr-values = Übliche Stufen der Anmeldung
admin-field-resources = Ressourcen
admin-field-resource-server-for = Ressourcenserver für
admin-field-application-permissions = Berechtigungen der Anwendung
admin-field-token-endpoint-auth-method = Authentifizierung am Token-Endpunkt
admin-field-token-endpoint-auth-signing-alg = Signaturverfahren am Token-Endpunkt
admin-field-userinfo-signed-response-alg = Signaturverfahren der Userinfo-Antwort
admin-field-request-object-signing-alg = Signaturverfahren der Anfragen
admin-field-device-registration = Einrichtung von Geräten
admin-field-forward-auth = Forward-Auth
admin-field-external-hint = Externer Hinweis
admin-field-claim = Claim
admin-field-format = Format
admin-field-issuer = Issuer
admin-field-endpoint = Endpunkt
admin-field-domains = Domänen
admin-field-link-existing-by = Verknüpfen nach
admin-field-preset = Vorlage
admin-field-help-desk-phone = Telefon des Helpdesks
admin-field-help-desk-url = Adresse des Helpdesks
admin-field-help-desk-text = Text zum Helpdesk
admin-field-privacy-url = Adresse des Datenschutzes
admin-field-terms-url = Adresse der Nutzungsbedingungen

## Was eine Zeile des Protokolls sonst noch sagt

admin-detail-signed-in = angemeldet
admin-detail-approved = genehmigt
admin-detail-deleted = gelöscht
admin-detail-everywhere = überall
admin-detail-everywhere-else = überall sonst
admin-detail-one-session = eine Sitzung
admin-detail-rotated = gewechselt
admin-detail-approved-signed-in = bestätigt und angemeldet
admin-detail-once = einmalig, { $minutes } Minuten ab { $start }
admin-detail-often = mehrmalig, { $minutes } Minuten ab { $start }
admin-detail-code-left = angemeldet, noch { $left } übrig
admin-detail-codes-first = { $n } Codes, die ersten
admin-detail-codes-again = { $n } Codes, anstelle älterer
admin-detail-anew = { $n } Methoden öffnen nichts mehr
admin-detail-not-anew = { $n } Methoden öffnen das Konto wieder
admin-detail-in-place = { $name }, an dessen Stelle ein anderes eingerichtet wurde
admin-detail-on-return = { $name }, beim neuen Einrichten
admin-detail-lost = { $name } (verloren oder gestohlen)
admin-detail-moved-on = { $name }: für jemand anderen eingerichtet
admin-detail-by-device = { $name }: durch das Gerät selbst
admin-detail-group-added = Gruppe { $name } hinzugefügt
admin-detail-group-changed = Gruppe { $name } geändert
admin-detail-group-removed = Gruppe { $name } entfernt
admin-detail-group-renamed = Gruppe { $from } in { $to } umbenannt
admin-detail-group-joined = in Gruppe { $name } aufgenommen
admin-detail-group-left = aus Gruppe { $name } entfernt
admin-detail-group-joined-group = Gruppe { $id } in Gruppe { $name } aufgenommen
admin-detail-group-left-group = Gruppe { $id } aus Gruppe { $name } entfernt
admin-detail-policy-default = { $policy }: wieder wie am Anfang
admin-detail-secret = { $name }: ein neues Client-Secret
admin-detail-client-disabled = { $name } deaktiviert
admin-detail-client-enabled = { $name } aktiviert
admin-detail-client-changed = { $name } geändert
admin-detail-no-user = keine solche Person
admin-detail-no-pass = kein Zugriffspass
admin-detail-wrong-pass = falscher Zugriffspass
admin-detail-disabled-account = das Konto ist deaktiviert
admin-detail-blocked = nach { $n } falschen Versuchen gesperrt bis { $until }
admin-detail-blocked-codes = nach { $n } falschen Codes gesperrt bis { $until }
admin-detail-too-often = zu oft angefragt
admin-detail-no-phones = die Richtlinie nimmt keine Smartphones an
admin-detail-no-key-person = die Richtlinie erlaubt dieser Person keinen Schlüssel
admin-detail-no-key-kind = diese Art von Schlüssel ist nicht erlaubt
admin-detail-no-key-model = die Richtlinie nimmt dieses Modell nicht an
admin-detail-no-key-synced = die Richtlinie nimmt nur Schlüssel an, die auf einem Gerät bleiben
admin-detail-no-key-bound = die Richtlinie nimmt nur Schlüssel an, die abgeglichen werden
admin-detail-no-key-attested = die Richtlinie verlangt einen Schlüssel, für den ein vertrauenswürdiger Hersteller bürgt
admin-detail-no-key-strong = die Anwendung verlangt einen Schlüssel, für den ein vertrauenswürdiger Hersteller bürgt
admin-detail-no-key = dieser Schlüssel ist hier nicht eingerichtet
admin-detail-other-person = die Anwendung erwartet jemand anderen
admin-detail-not-verified = die Person wurde nicht geprüft
admin-detail-outdated = die Person muss alles neu einrichten
admin-detail-shut-out = inzwischen ausgesperrt
admin-detail-crossed = zwei Verwendungen dieses Schlüssels überschnitten sich
admin-detail-wrong-code = falscher oder schon verwendeter Code
admin-detail-no-device = kein Gerät wartet unter diesem Code
admin-detail-wrong-number = die Zahl war falsch ({ $name })
admin-detail-denied = auf dem Smartphone abgelehnt ({ $name })
admin-detail-not-me = „Das war nicht ich“, auf dem Smartphone ({ $name })
admin-detail-not-recognised = die Person erkannte das Smartphone nicht
admin-detail-late = der Code ist abgelaufen, oder es wurde anderswo entschieden
admin-detail-code-twice = ein Code wurde zweimal vorgelegt
admin-detail-code-twice-at-once = ein Code wurde zweimal zugleich vorgelegt
admin-detail-device-code-twice = ein Gerätecode wurde zweimal vorgelegt
admin-detail-device-code-twice-at-once = ein Gerätecode wurde zweimal zugleich vorgelegt
admin-detail-refresh-twice = ein Aktualisierungstoken wurde zweimal verwendet
admin-detail-hint-twice = ein id_token_hint wurde zweimal beantwortet
admin-detail-no-group = die Person ist in keiner der Gruppen, die sie öffnen dürfen
admin-detail-denied-self = das darf niemand für sich selbst tun
admin-detail-denied-admin = diese Person hat eine Adminrolle, und das darf nur, wer eine höhere hat
admin-detail-denied-role = die Rollen erlauben das nicht
admin-detail-enabled = aktiviert
admin-detail-disabled = deaktiviert
admin-detail-display-name = Anzeigename
admin-detail-email = E-Mail
admin-detail-external-id = externe ID
admin-detail-manager = Führungskraft
admin-detail-alternate-email = alternative E-Mail
admin-detail-profile = Profil
admin-detail-roles = Rollen: { $roles }
admin-detail-username = Benutzername von { $from } zu { $to }
admin-detail-no-such-person = die Person { $username } gibt es nicht; mit einem displayName würde sie hinzugefügt
admin-detail-no-such-user = die Person { $username } gibt es nicht
admin-detail-no-such-group = die Gruppe { $name } gibt es nicht
