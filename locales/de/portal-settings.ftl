# Das Portal: Anwendungen, Richtlinien, Gruppen, Branding, Protokoll.

## Wörter mehrerer Seiten

settings-none = keine
settings-none-single = keines
settings-wrong = { $label }: { $why }.
settings-saved = { $name } wurde gespeichert.
settings-deleted = { $name } wurde gelöscht.
settings-type-to-confirm = Es wurde nichts gelöscht: Geben Sie zur Bestätigung { $name } ein.
settings-type-name = Geben Sie den Namen { $name } ein

## Anwendungen

settings-apps = Anwendungen
settings-app-add = Anwendung hinzufügen
settings-apps-none = Noch keine Anwendungen.
settings-apps-first = Fügen Sie die erste hinzu: <a href="/admin/applications/new/preset">Vorlagen</a> kennen die Einrichtung von Grafana, GitLab, Nextcloud und anderen.
settings-app = Anwendung
settings-app-kind = Art
settings-state = Status
settings-on = Aktiv
settings-disabled = Deaktiviert

## Eine Anwendung

settings-edit = Bearbeiten
settings-secret = Client-Secret
settings-secret-copy = Client-Secret kopieren
settings-secret-once = Es wird nur dieses eine Mal gezeigt. Danach kann es niemand mehr lesen.
settings-paste = Was in der Anwendung einzutragen ist
settings-paste-copy = Einstellungen kopieren
settings-paste-for = Für { $place }.
settings-paste-for-secret = Für { $place }. Das Client-Secret steht darin: Es wird nur dieses eine Mal gezeigt.
settings-paste-settings = Einstellungen
settings-app-own = Für die Einstellungen der Anwendung
settings-issuer = Issuer
settings-discovery = Discovery
settings-client-id = Client-ID
settings-copy-issuer = Kopieren<span class="sr-only"> (Issuer)</span>
settings-copy-discovery = Kopieren<span class="sr-only"> (Discovery-Adresse)</span>
settings-copy-client = Kopieren<span class="sr-only"> (Client-ID)</span>
settings-secret-public = keines: Sie kann es nicht geheim halten
settings-secret-shown = wurde gezeigt, als es erzeugt wurde
settings-scopes = Scopes
settings-app-may = Was die Anwendung darf
settings-redirects = Redirect-URIs
settings-after-sign-out = Nach dem Abmelden
settings-told-of-sign-out = Erfährt von Abmeldungen unter
settings-grants = Grants
settings-devices = Geräte
settings-devices-text = sie richtet welche ein: Sie stehen auf den Listen derer, denen sie gehören
settings-alone = Eigene Berechtigungen
settings-id-tokens = ID-Tokens
settings-profile = Profil
settings-no-pkce = Ohne PKCE lässt sich ein gestohlener Code verwenden
settings-least = Mindestens nötige Anmeldung
settings-whose = Wem sie gehört
settings-whose-third = jemand anderem: Personen werden um Zustimmung gebeten
settings-whose-ours = uns
settings-added = Hinzugefügt
settings-proxied = Hinter einem Reverse-Proxy
settings-proxy-change = Ändern, wie der Proxy fragt
settings-change = Ändern
settings-proxied-text = Der Proxy fragt uns bei jeder Anfrage. Wie der Proxy eingerichtet wird, steht im Dokument über Forward-Auth.
settings-reached-at = Erreichbar unter
settings-open-to = Offen für
settings-asks-for = Verlangt
settings-any-sign-in = irgendeine Anmeldung
settings-hinting = Der Anbieter, der einen zweiten Faktor verlangt
settings-hint-change = Den anfragenden Anbieter ändern
settings-hinting-text = Seine Tokens sagen, wer sich anmelden soll.
settings-its-keys = Seine Schlüssel
settings-knows-us = Kennt uns als
settings-tenant = Mandant
settings-finds-by = Findet Personen über
settings-secret-new = Neues Client-Secret
settings-secret-new-text = Das alte Client-Secret gilt ab diesem Moment nicht mehr.
settings-secret-make = Neues Client-Secret erzeugen
settings-app-delete = Diese Anwendung löschen
settings-app-delete-text = Niemand kann sich mehr bei ihr anmelden, und ihre Tokens werden widerrufen. Um sie nur eine Zeit lang auszusperren, deaktivieren Sie sie stattdessen.
settings-delete-for-good = Endgültig löschen

## Arten, Grants, Profile, und was eine Anwendung öffnet

settings-kind-hinted = Zweiter Faktor für einen anderen Anbieter
settings-kind-proxied = Hinter einem Reverse-Proxy, der uns fragt
settings-kind-device = Auf Geräten ohne Browser
settings-kind-service = Arbeitet eigenständig mit der API
settings-kind-native = Native App auf persönlichen Geräten
settings-kind-spa = Single-Page-App im Browser
settings-kind-web = Webanwendung mit Client-Secret
settings-everybody = alle
settings-group-was-deleted = eine gelöschte Gruppe
settings-grant-code = Personen melden sich bei ihr an
settings-grant-refresh = Sie bleibt angemeldet, während Personen nicht da sind
settings-grant-credentials = Sie arbeitet eigenständig
settings-grant-device = Sie läuft auf einem Gerät, das man auf einem anderen zulässt
settings-profile-default = Wie üblich: PKCE ist Pflicht (OAuth 2.1)
settings-profile-fapi2 = Streng: Pushed Authorization Requests, eigene Schlüssel, gebundene Tokens (FAPI 2.0)
settings-profile-legacy = Alt: Sie kennt PKCE nicht
settings-require-nothing = Was die Anwendung verlangt
settings-require-multifactor = Beliebige MFA: mehrere Faktoren
settings-require-resistant = Phishing-resistent: ein Passkey oder Sicherheitsschlüssel
settings-require-attested = Attestierter Schlüssel: Sein Hersteller bürgt für ihn

## Das Formular einer Anwendung

settings-app-edit = { $name } bearbeiten
settings-app-preset-offer = Ist es Grafana, GitLab, Nextcloud, Keycloak, Kubernetes …? <a href="/admin/applications/new/preset">Verwenden Sie eine Vorlage</a>, und geben Sie nur die Adresse ein.
settings-name = Name
settings-app-name-hint = Was Personen sehen, wenn sie sich bei ihr anmelden.
settings-redirects-hint = Eine je Zeile, Zeichen für Zeichen so, wie die Anwendung sie sendet.
settings-after-sign-out-field = Wohin Personen nach dem Abmelden gehen dürfen
settings-app-what-kind = Was für eine Anwendung das ist
settings-app-public = Sie kann kein Geheimnis bewahren
settings-app-public-hint = Eine Single-Page-App oder eine App auf persönlichen Geräten.
settings-app-native = Sie läuft auf persönlichen Geräten
settings-app-native-hint = Der Port einer Loopback-Redirect-URI darf wechseln (RFC 8252).
settings-app-third = Sie gehört jemand anderem
settings-app-third-hint = Personen werden gefragt, ob sie zustimmen.
settings-app-who = Wer hineinkommt
settings-app-enabled = Personen dürfen sich bei ihr anmelden
settings-app-least = Welche Anmeldung mindestens nötig ist
settings-app-least-hint = Die Anwendung kann mehr verlangen, nie weniger. Wer eine solche Anmeldung noch nicht hat, richtet sie unterwegs ein.
settings-app-profile = Wie streng das Protokoll eingehalten wird
settings-app-does = Was die Anwendung tut
settings-app-registers = Sie richtet Geräte ein, die angemeldet bleiben, bis sie entfernt werden
settings-app-more = Scopes, Berechtigungen, Tokens
settings-app-scopes = Scopes, um die sie bitten darf
settings-app-permissions = Eigene Berechtigungen, ohne angemeldete Person
settings-app-algorithm = Wie ID-Tokens signiert werden
settings-save = Speichern
settings-app-add-this = Diese Anwendung hinzufügen
settings-hint-title = Der Anbieter, der { $name } fragt
settings-hint-issuer-hint = Zeichen für Zeichen wie in seinen Tokens. Wer dahintersteht, sagt, wer sich anmelden soll.
settings-hint-keys = Wo seine Schlüssel liegen
settings-hint-audience = Die ID, unter der er uns kennt
settings-hint-tenant-hint = Leer, wenn er keinen hat.
settings-hinted-oid = oid: die externe ID hier
settings-hinted-username = preferred_username: den Benutzernamen
settings-hinted-email = email: die E-Mail-Adresse, wenn nur eine Person sie hat
settings-proxy-title = { $name } hinter dem Reverse-Proxy
settings-proxy-origin-hint = So, wie man sie eingibt, ohne Pfad: https://wiki.example.com. Die Redirect-URI richtet sich danach.
settings-proxy-groups = Offen für diese Gruppen
settings-proxy-groups-hint = Ein Name je Zeile. Ohne Gruppen ist sie für alle offen.
settings-proxy-no-group = Gruppen: Es gibt keine Gruppe { $name }.

## Vorlagen

settings-preset = Vorlage verwenden
settings-preset-text = Was die Anwendung hier braucht, wird ausgefüllt, und Ihnen wird gezeigt, was in der Anwendung einzutragen ist.
settings-preset-address = Adresse der Anwendung
settings-preset-address-hint = Wo man sie öffnet, zum Beispiel https://grafana.example.com. Bei Keycloak die des Realms: https://keycloak.example.com/realms/main. Kubernetes hat keine.
settings-preset-name-hint = Was Personen sehen, wenn sie sich bei ihr anmelden. Leer heißt sie so wie oben.
settings-preset-apache = den virtuellen Host von Apache
settings-preset-apache-1 = Die Redirect-URI ist ein Pfad, unter dem sonst nichts liegt; Apache beantwortet ihn selbst.
settings-preset-apache-2 = Require claim groups:NAME lässt die Personen einer Gruppe hinein.
settings-preset-argocd = die ConfigMaps argocd-cm und argocd-rbac-cm
settings-preset-argocd-1 = Argo CD hat kein Client-Secret: Die Befehlszeile meldet sich als derselbe Client an, mit PKCE.
settings-preset-argocd-2 = Den Pfad /pkce/verify verwenden Versionen vor 3.0; neuere verwenden /auth/callback.
settings-preset-argocd-3 = Wer in keiner der Gruppen aus argocd-rbac-cm ist, hat, was policy.default sagt.
settings-preset-authentik = einen Blueprint oder Directory > Federation and Social login > OpenID OAuth Source
settings-preset-authentik-1 = Der Slug der Quelle muss firstkey sein: Er steht in der Redirect-URI.
settings-preset-authentik-2 = PKCE muss auf S256 stehen. Eine Version ohne diese Einstellung braucht --profile legacy.
settings-preset-gitlab = /etc/gitlab/gitlab.rb, danach gitlab-ctl reconfigure
settings-preset-gitlab-1 = Wer sich bei GitLab abmeldet, beendet nur die Sitzung bei GitLab.
settings-preset-gitlab-2 = Gruppen lesen nur die kostenpflichtigen Editionen.
settings-preset-grafana = grafana.ini
settings-preset-grafana-1 = root_url im Abschnitt [server] muss die angegebene Adresse sein.
settings-preset-grafana-2 = Die Gruppen in role_attribute_path sind Beispiele: Setzen Sie dort die Namen Ihrer Gruppen ein.
settings-preset-home-assistant = configuration.yaml
settings-preset-home-assistant-1 = Home Assistant selbst kennt kein OpenID Connect: Installieren Sie zuerst die Integration hass-oidc-auth der Community.
settings-preset-home-assistant-2 = Home Assistant hat kein Client-Secret, wie es diese Integration empfiehlt; an seine Stelle tritt PKCE.
settings-preset-keycloak = firstkey.json, für kcadm.sh create identity-provider/instances
settings-preset-keycloak-1 = Der Alias des Identity-Providers muss firstkey sein: Er steht in der Redirect-URI.
settings-preset-keycloak-2 = Gruppen kommen als Claim an: Legen Sie in Keycloak einen Mapper für die an, die es kennen soll.
settings-preset-kubernetes = die Datei aus --authentication-config des kube-apiserver und jede kubeconfig
settings-preset-kubernetes-1 = Der API-Server muss den Issuer über https erreichen.
settings-preset-kubernetes-2 = Personen melden sich mit dem kubectl-Plugin oidc-login (kubelogin) an, auf einem von zwei Ports.
settings-preset-nextcloud = ein Terminal auf dem Server, als Benutzer des Webservers
settings-preset-nextcloud-1 = Die App user_oidc muss installiert sein: occ app:install user_oidc
settings-preset-nextcloud-2 = Konten und Gruppen heißen nach einem Hash, damit niemand in eines kommt, das es unter demselben Namen schon gibt.
settings-preset-nextcloud-3 = Wer in der Gruppe admin von Nextcloud ist, wird in Nextcloud entschieden.
settings-preset-oauth2-proxy = oauth2-proxy.cfg
settings-preset-oauth2-proxy-1 = Alle brauchen eine E-Mail-Adresse: Ohne sie lässt oauth2-proxy niemanden hinein.
settings-preset-oauth2-proxy-2 = Das Cookie-Secret erzeugen Sie selbst: openssl rand -base64 32 | tr -- '+/' '-_'

## Richtlinien

settings-policies = Richtlinien
settings-makers = Zertifikate der Hersteller
settings-off = Aus
settings-change-name = { $name } ändern
settings-policy-rules = Regeln für einige Personen
settings-policy-rules-hint = JSON, wie bei der API: eine Liste, in der jede Regel includeTargets, excludeTargets, requiredMethods, recommendedMethods und allowedKinds hat. Für eine Person gilt die erste Regel, die sie nennt.
settings-policy-reset = Auf Standard zurücksetzen
settings-policy-was-reset = { $name }: Es gelten wieder die Standardwerte.
settings-policy-saved = { $name }: gespeichert. Das gilt ab sofort.
settings-wrong-rules = Regeln: { $why }.
settings-wrong-number = { $label }: Eine ganze Zahl ist nötig, nicht unter 0.
settings-wrong-group = { $label }: Es gibt keine Gruppe { $name }.
settings-wrong-user = { $label }: Es gibt niemanden namens { $name }.
settings-wrong-target = { $label }: Nötig ist all, group:NAME oder user:NAME, nicht { $line }.

## Richtlinien in wenigen Worten

settings-minutes = { $n ->
    [one] { $n } Minute
   *[other] { $n } Minuten
}
settings-hours = { $n ->
    [one] { $n } Stunde
   *[other] { $n } Stunden
}
settings-days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tage
}
settings-yes = ja
settings-no = nein
settings-no-limit = kein Limit
settings-nobody = niemand

## Was mit Richtlinien schiefgehen kann

settings-warning-passes-off = Niemand darf sich mit einem Zugriffspass anmelden. Wer noch keinen Schlüssel hat, kann deshalb keinen einrichten.
settings-warning-keys-off = Niemand darf einen Schlüssel haben: Personen melden sich nur mit Zugriffspässen an, und keine Anwendung, die mehr verlangt, lässt sie hinein.
settings-warning-self-service-off = Niemand richtet selbst einen Schlüssel ein: Das muss die Verwaltung für jede Person tun.
settings-warning-lost-methods = Ein Zugriffspass gilt nur zusammen mit einer Methode, die die Person noch hat: Was jemand verloren hat, muss entfernt werden, bevor ein Zugriffspass hilft.
settings-warning-demand-unmet = Eine Anwendung verlangt eine stärkere Anmeldung, als manche Personen selbst einrichten können: Wer sie noch nicht hat, wird dort abgewiesen.
settings-warning-only-attested = Neue Schlüssel werden nur angenommen, wenn ein vertrauenswürdiger Hersteller für sie bürgt: Für Passkeys von Smartphones, Passwortmanagern und Windows Hello bürgt keiner. Wer keinen Sicherheitsschlüssel hat, kann also kaum einen Schlüssel einrichten.
settings-warning-models-claims = Modelle von Schlüsseln werden ohne Attestierung unterschieden: Ein Authenticator kann sich als ein anderer ausgeben, als er ist.
settings-warning-mail-off = Zugriffspässe sollen per E-Mail verschickt werden, aber hier ist kein Mailserver eingerichtet.

## Die Formulare der Richtlinien

settings-kind-passkeys = Passkeys
settings-kind-security-keys = Sicherheitsschlüssel
settings-kind-phones = Smartphones
settings-targets = Je Zeile eins: all, group:NAME oder user:NAME.
settings-targets-profiles = Je Zeile eins: all, group:NAME oder user:NAME. Um Profile zu nennen, hängen Sie => und ihre IDs an: group:Staff=>hardware+any.
settings-targets-not = Ausschluss geht vor Einschluss.
settings-tap = Befristeter Zugriffspass
settings-tap-about = Wer sich mit einem Zugriffspass anmelden darf, und wie lange Zugriffspässe gelten.
settings-tap-state = Personen dürfen sich mit einem Zugriffspass anmelden
settings-tap-shortest = Kürzeste Gültigkeit in Minuten
settings-tap-shortest-hint = Mindestens 10.
settings-tap-longest = Längste Gültigkeit in Minuten
settings-tap-longest-hint = Höchstens 43200: 30 Tage.
settings-tap-usual = Übliche Gültigkeit in Minuten
settings-tap-usual-hint = Wenn beim Ausstellen keine andere angegeben wird.
settings-tap-length = Zeichen eines Zugriffspasses
settings-tap-length-hint = Von 8 bis 48.
settings-tap-once = Jeder Zugriffspass gilt nur einmal
settings-tap-approval = Eine zweite Person aus der Verwaltung genehmigt Zugriffspässe für Admins
settings-tap-existing = Zusammen mit dem, was noch eingerichtet ist
settings-tap-existing-hint = Wer noch einen Passkey oder Schlüssel hat, verwendet ihn zusätzlich zum Zugriffspass.
settings-tap-mail = Wer per E-Mail benachrichtigt wird
settings-tap-mail-nobody = Niemand
settings-tap-mail-person = Die Person, an ihre alternative Adresse
settings-tap-mail-manager = Die Führungskraft der Person
settings-tap-value-mailed = Die E-Mail enthält den Zugriffspass selbst
settings-tap-several = Wenn eine Anwendung mehrere Faktoren verlangt
settings-tap-several-hint = Was ihr mitgeteilt wird, bleibt wahr: Ein Zugriffspass allein heißt nie „mehrere Faktoren“.
settings-tap-several-with = Ein Zugriffspass ist einer davon
settings-tap-several-alone = Ein Zugriffspass allein genügt
settings-tap-several-never = Ein Zugriffspass zählt nicht
settings-tap-who = Wer einen Zugriffspass verwenden darf
settings-who-not = Wer nicht
settings-fido2 = Passkeys und Sicherheitsschlüssel
settings-fido2-about = Wer einen Schlüssel haben darf, und welche Modelle.
settings-fido2-state = Personen dürfen Passkeys und Sicherheitsschlüssel verwenden
settings-fido2-self = Personen richten Schlüssel selbst ein
settings-fido2-attested = Für jeden neuen Schlüssel bürgt ein vertrauenswürdiger Hersteller
settings-fido2-attested-hint = Passkeys, die abgeglichen werden, werden dann nicht angenommen: Für sie bürgt niemand.
settings-fido2-models-only = Nur bestimmte Modelle
settings-fido2-list = Was die Liste der Modelle sagt
settings-fido2-list-allow = welche angenommen werden
settings-fido2-list-block = welche nicht angenommen werden
settings-fido2-models = Modelle
settings-fido2-models-hint = AAGUIDs, eine je Zeile.
settings-fido2-who = Wer einen Schlüssel haben darf
settings-fido2-profiles = Profile
settings-fido2-profiles-hint = JSON, wie bei der API: eine Liste, in der jedes Profil id, name, passkeyTypes (deviceBound, synced oder beide mit Komma), attestationEnforcement (disabled oder registrationOnly) und keyRestrictions hat. Ein Schlüssel muss zu einem Profil der Person passen, der er gehört.
settings-fido2-default = Profil für alle ohne eigenes
settings-fido2-default-hint = Die ID eines Profils. Leer: die Felder oben in diesem Formular.
settings-registration = Registrierung
settings-registration-about = Was Personen einrichten, bevor eine Anwendung sie hineinlässt.
settings-registration-required = Methoden, die alle haben müssen
settings-registration-required-hint = Von 0 bis 5.
settings-registration-suggested = Methoden, die vorgeschlagen werden
settings-registration-suggested-hint = Was über die nötigen hinausgeht, darf übersprungen werden.
settings-registration-kinds = Was eingerichtet werden darf
settings-registration-skips = Wie oft ein Vorschlag übersprungen werden darf
settings-registration-skips-hint = Leer: immer.
settings-registration-reminder = Tage bis zur Erinnerung
settings-registration-reminder-hint = Leer: nie.
settings-codes = Wiederherstellungscodes
settings-codes-about = Wer Codes drucken darf, mit denen man wieder hineinkommt, wenn alles andere verloren ist.
settings-codes-state = Personen dürfen Wiederherstellungscodes erstellen und sich damit anmelden
settings-codes-offered = Wird angeboten, wenn jemand eine Methode eingerichtet hat
settings-codes-who = Wer Codes haben darf
settings-session = Sitzungen
settings-session-about = Wie lange Personen in einem Browser angemeldet bleiben.
settings-session-idle = Zeit ohne Aktivität, in Minuten
settings-session-idle-hint = Ab 5. Leer: kein solches Limit.
settings-session-longest = Zeit seit der letzten Anmeldung, in Minuten
settings-session-longest-hint = Von 10 bis 43200: 30 Tage.
settings-portal = Admin-Portal
settings-portal-about = Was von Admins verlangt wird, bevor sie etwas ändern.
settings-portal-age = Alter der Anmeldung, in Minuten
settings-portal-age-hint = Von 1 bis 480.
settings-tap-shortest-short = Kürzeste Gültigkeit
settings-tap-longest-short = Längste Gültigkeit
settings-tap-usual-short = Übliche Gültigkeit
settings-session-idle-short = Zeit ohne Aktivität
settings-session-longest-short = Zeit seit der letzten Anmeldung
settings-portal-age-short = Alter der Anmeldung

## Gruppen

settings-groups = Gruppen
settings-group-begins = Name beginnt mit
settings-show = Anzeigen
settings-groups-none = Noch keine Gruppen. Richtlinien richten sich an Gruppen.
settings-groups-none-like = Keine Gruppe hat einen Namen, der so beginnt.
settings-groups-all = Alle Gruppen anzeigen
settings-group = Gruppe
settings-group-purpose = Wofür sie da ist
settings-not-said = keine Angabe
settings-group-add = Gruppe hinzufügen
settings-group-add-this = Diese Gruppe hinzufügen

## Eine Gruppe

settings-members = Mitglieder
settings-member = Benutzername oder Name einer Gruppe
settings-member-add = Zur Gruppe hinzufügen
settings-members-none = Niemand ist in dieser Gruppe.
settings-member-remove-name = { $name } herausnehmen
settings-member-remove = Herausnehmen
settings-group-delete = Diese Gruppe löschen
settings-group-delete-text = Ihre Mitglieder bleiben als Personen erhalten. Eine Richtlinie, die sie nennt, erreicht durch sie niemanden mehr.
settings-group-inside = Gruppe: Alle ihre Mitglieder sind auch in dieser
settings-group-added = Die Gruppe { $name } wurde hinzugefügt.
settings-group-deleted = Die Gruppe { $name } wurde gelöscht.
settings-member-added = Das neue Mitglied ist jetzt in der Gruppe.
settings-member-already = Dieses Mitglied war schon in der Gruppe.
settings-member-removed = Dieses Mitglied ist nicht mehr in der Gruppe.
settings-member-unknown = Es gibt keine Person oder Gruppe { $name }.
settings-group-unknown = Es gibt keine Gruppe { $name }.
settings-member-gone = Dieses Mitglied gibt es nicht.

## Branding

settings-branding = Branding
settings-branding-about = Name, Logo, Farbe und Hilfe auf jeder Seite, die Personen sehen.
settings-branding-now = Wie es ist
settings-branding-light = Auf hellen Seiten
settings-branding-dark = Auf dunklen Seiten
settings-branding-by-day = Die Anmeldeseite bei Tag
settings-branding-by-night = Die Anmeldeseite bei Nacht
settings-branding-change = Branding ändern
settings-branding-change-text = Für niemanden ändert sich etwas, bis Sie speichern.
settings-branding-empty = Leer: { $name }.
settings-colour = Farbe
settings-colour-pick = Farbe auswählen
settings-colour-hint = Ein # und sechs Ziffern, wie in #0e6652. Leer: wie mitgeliefert. Was immer Sie wählen: Text bleibt gut lesbar.
settings-logo-now = Das jetzige
settings-logo-file = { $name }: eine Datei
settings-logo-remove = Entfernen
settings-name-beside = Der Name steht neben dem Logo
settings-name-beside-hint = Nicht, wenn das Logo ihn schon enthält.
settings-look = Ansehen
settings-look-day = bei Tag
settings-look-night = bei Nacht
settings-preview = Vorschau
settings-branding-reset = Wie mitgeliefert
settings-preview-width = Breite der Vorschau
settings-preview-wide = Breit
settings-preview-phone = Smartphone
settings-preview-page = Die Anmeldeseite, wie sie aussähe
settings-preview-hint = Nur zum Ansehen: Nichts darin funktioniert.
settings-preview-app = Gehaltsabrechnung
settings-help-text = Was zu tun ist, wenn es nicht weitergeht
settings-help-text-hint = Ein Satz. Reiner Text.
settings-help-phone = Telefon des Helpdesks
settings-help-url = Adresse des Helpdesks
settings-help-url-hint = https:// oder mailto:
settings-privacy = Datenschutzerklärung
settings-terms = Nutzungsbedingungen
settings-https = https://
settings-logo = Logo
settings-logo-hint = PNG, JPEG oder WebP, höchstens 100 KiB. Es wird 36 Pixel hoch gezeigt.
settings-logo-dark = Logo auf dunklen Seiten
settings-logo-dark-hint = Nur, wenn das erste dort nicht zu sehen ist.
settings-help = Hilfe
settings-as-it-comes = wie mitgeliefert
settings-logo-own = ein eigenes
settings-logo-same = dasselbe
settings-branding-was-reset = Das Branding ist wieder wie mitgeliefert.
settings-branding-saved = Das Branding wurde gespeichert. Es ist ab sofort zu sehen.
settings-colour-darker = Auf hellen Seiten wird die Farbe zu { $shown } abgedunkelt, weil { $chosen } dort schlecht zu sehen ist.
settings-colour-lighter = Auf dunklen Seiten wird die Farbe zu { $shown } aufgehellt, weil { $chosen } dort schlecht zu sehen ist.
script-branding-too-large = Höchstens 100 KiB. Wählen Sie eine kleinere Datei.
script-branding-sign-in = Um weiter die Vorschau zu sehen, melden Sie sich noch einmal an: Speichern Sie, oder laden Sie diese Seite neu.
script-branding-unreachable = Die Vorschau kann gerade nicht geladen werden.

## Zertifikate der Hersteller

settings-roots-who = Wer für Schlüssel bürgen darf
settings-roots-hint = Ein Schlüssel ist attestiert, wenn seine Zertifikate zu einem von diesen führen. Was bei der Registrierung festgestellt wurde, bleibt für den Schlüssel bestehen.
settings-certificate = Zertifikat
settings-roots-for = Bürgt für
settings-roots-from = Herkunft
settings-thumbprint = SHA-256-Fingerabdruck
settings-roots-models = Modelle: { $models }
settings-roots-formats = Formate: { $formats }
settings-not-trusted = Nicht vertraut
settings-expired = Abgelaufen
settings-trusted = Vertraut
settings-trust-again-name = { $name } wieder vertrauen
settings-trust-again = Wieder vertrauen
settings-trust-no-more-name = { $name } nicht mehr vertrauen
settings-trust-no-more = Nicht mehr vertrauen
settings-roots-new = Einem weiteren vertrauen
settings-certificate-hint = Eines in PEM, wie sein Hersteller es veröffentlicht: mit den Zeilen BEGIN und END CERTIFICATE.
settings-roots-new-formats = Formate, in denen es bürgt; keines heißt alle
settings-roots-new-models = Modelle, für die es bürgt; keines heißt alle
settings-roots-new-models-hint = Eine AAGUID je Zeile.
settings-roots-add = Diesem Zertifikat vertrauen
settings-any = alle
settings-models = { $n } Modelle
settings-root-built-in = mitgeliefert
settings-root-added = hier hinzugefügt
settings-root-metadata = FIDO Metadata Service
settings-root-wrong-models = Modelle: In jeder Zeile muss eine AAGUID stehen.
settings-root-trusted = { $name } wird ab sofort vertraut.
settings-root-no-more = { $name } wird nicht mehr vertraut.
settings-root-gone = Diesem Zertifikat wird nicht mehr vertraut.

## Das Prüfprotokoll

settings-audit = Prüfprotokoll
settings-audit-export = Als JSON Lines exportieren
settings-audit-lines = Zeilen
settings-audit-what = Was
settings-audit-result = Ergebnis
settings-audit-whom = An wem (Benutzername)
settings-audit-by = Von wem (Benutzername)
settings-audit-from = Ab (UTC)
settings-audit-to = Bis (UTC)
settings-audit-none = Nichts dergleichen ist geschehen.
settings-audit-all = Alles anzeigen
settings-audit-sealed = { $n } { $n ->
    [one] Zeile ist
   *[other] Zeilen sind
} in einer Kette versiegelt, in der eine geänderte oder entfernte Zeile auffällt: <code>firstkey audit verify</code>.
settings-audit-nobody = Es gibt niemanden namens { $name }.
settings-audit-wrong-from = Ab: ein Datum wie 2030-01-31.
settings-audit-wrong-to = Bis: ein Datum wie 2030-01-31.
settings-audit-everything = Alles
settings-audit-sign-ins = Anmeldungen
settings-audit-either = Erledigt oder abgelehnt
settings-audit-done = Erledigt
settings-audit-refused = Abgelehnt

## Formulare mit Dateien

settings-unreadable = Dieses Formular ist nicht lesbar.
