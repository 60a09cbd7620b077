# Deutsch. Sie-Form, einfache Wörter. Was hier steht und wie: siehe locales/en/pages.ftl.

## The language itself

language-name = Deutsch
language-direction = ltr

## Around every page

languages = Sprache
promise = { $brand } fragt nie nach einem Passwort.
signing-in-to = Anmeldung bei <strong>{ $app }</strong>
security-info = Meine Sicherheitsinfos
the-app = der App
the-application = der Anwendung
try-again = Noch einmal versuchen
list-name = <strong>{ $name }</strong>
list-next = { $list }, { $name }
list-last = { $list } und { $name }
or = oder
continue = Weiter

## Dates and times

date = { $month ->
    [1] { $day }. Januar { $year }
    [2] { $day }. Februar { $year }
    [3] { $day }. März { $year }
    [4] { $day }. April { $year }
    [5] { $day }. Mai { $year }
    [6] { $day }. Juni { $year }
    [7] { $day }. Juli { $year }
    [8] { $day }. August { $year }
    [9] { $day }. September { $year }
    [10] { $day }. Oktober { $year }
    [11] { $day }. November { $year }
   *[12] { $day }. Dezember { $year }
}
moment = { $date }, { $time } Uhr (UTC)
ago-now = gerade eben
ago-minutes = { $n ->
    [one] vor einer Minute
   *[other] vor { $n } Minuten
}
ago-hours = { $n ->
    [one] vor einer Stunde
   *[other] vor { $n } Stunden
}
ago-date = am { $date }

## Methods

kind-passkey = Passkey
kind-security-key = Sicherheitsschlüssel
kind-phone = Smartphone
method-added = { $when } hinzugefügt
method-used = zuletzt { $when } verwendet
method-new = Neu

## Who is it?

sign-in-title = Anmelden
identify-heading = Hallo. Wer meldet sich an?
identify-hint = Neu hier? Ihr Benutzername kam mit Ihrem Zugriffspass.
or-username = oder mit Ihrem Benutzernamen
username = Benutzername
next = Weiter
use-passkey = Passkey verwenden
identify-unsupported = Dieser Browser kann hier keine Passkeys verwenden. Geben Sie Ihren Benutzernamen ein, um sich mit einem befristeten Zugriffspass anzumelden.
identify-no-script = Passkeys brauchen JavaScript, und das ist in diesem Browser ausgeschaltet. Mit einem befristeten Zugriffspass können Sie sich trotzdem anmelden.
username-needed = Geben Sie Ihren Benutzernamen ein. Sie haben ihn mit Ihrem Zugriffspass bekommen.

## A pass or a passkey

check-heading = Noch eine kurze Prüfung
welcome-heading = Willkommen
show-heading = Zeigen Sie, dass Sie es sind
not-you = Nicht Sie?
or-pass = oder mit einem Zugriffspass
temporary-access-pass = Befristeter Zugriffspass
pass-hint = In Vierergruppen; Bindestriche und Großbuchstaben spielen keine Rolle.
sign-in = Anmelden
try-again-in = Sie können es in <span data-wait-left>{ $seconds } { $seconds ->
    [one] Sekunde
   *[other] Sekunden
}</span> noch einmal versuchen.
pass-unsupported = Dieser Browser kann hier keine Passkeys verwenden. Ihr befristeter Zugriffspass funktioniert.
pass-no-script = Passkeys brauchen JavaScript, und das ist in diesem Browser ausgeschaltet. Ihr befristeter Zugriffspass funktioniert auch ohne.
passkey-unsupported = Dieser Browser kann hier keine Passkeys verwenden. Öffnen Sie diese Seite in einem aktuellen Browser, oder bitten Sie Ihren Helpdesk um einen befristeten Zugriffspass.
passkey-no-script = Passkeys brauchen JavaScript, und das ist in diesem Browser ausgeschaltet. Schalten Sie es ein und laden Sie die Seite neu, oder bitten Sie Ihren Helpdesk um einen befristeten Zugriffspass.
admin-portal = Das Admin-Portal
this-page = Diese Seite
reason-fresh = { $who } bittet Sie, sich noch einmal anzumelden.
reason-use-new = Verwenden Sie einmal, was Sie gerade eingerichtet haben. Dann weiß { $who }, dass es funktioniert.
reason-stronger = { $who } verlangt einen Passkey oder einen Sicherheitsschlüssel.
reason-pass-again = Geben Sie Ihren Zugriffspass noch einmal ein.
reason-upstream-again = Zeigen Sie noch einmal, dass Sie es sind.
reason-use-method = Verwenden Sie den Passkey oder Sicherheitsschlüssel, den Sie eingerichtet haben.
reason-with-method = Ihre Organisation verlangt zusätzlich Ihren Passkey oder Sicherheitsschlüssel. Wenn Sie ihn verloren haben, lassen Sie ihn zuerst von Ihrem Helpdesk entfernen.
reason-admin-change = Bevor Sie etwas für andere ändern: Zeigen Sie bitte, dass Sie es noch sind.
reason-change = Bevor Sie ändern, wie Sie sich anmelden: Zeigen Sie bitte, dass Sie es sind.
pass-refused = Das hat nicht geklappt. Prüfen Sie den Benutzernamen und den Zugriffspass, und geben Sie ihn noch einmal ein. Wenn es weiterhin nicht klappt, bitten Sie Ihren Helpdesk um einen neuen Zugriffspass.
pass-wait = Es gab zu viele falsche Versuche. Warten Sie einen Moment, und geben Sie Ihren Zugriffspass dann noch einmal ein.
continue-with = Weiter mit { $name }
upstream-cancelled = { $name } hat nicht mitgeteilt, wer Sie sind. Versuchen Sie es noch einmal, oder verwenden Sie Ihren Zugriffspass oder Ihren Passkey.
upstream-no-answer = { $name } ist gerade nicht erreichbar. Versuchen Sie es gleich noch einmal, oder verwenden Sie Ihren Zugriffspass oder Ihren Passkey.
upstream-not-fresh = Die App verlangt eine aktuelle Anmeldung, und { $name } hat keine bestätigt. Versuchen Sie es noch einmal, oder verwenden Sie Ihren Zugriffspass oder Ihren Passkey.
upstream-refused = Mit { $name } können Sie sich hier nicht anmelden. Wenn Sie einen Passkey oder einen Zugriffspass haben, verwenden Sie den; sonst bitten Sie Ihren Helpdesk um einen Zugriffspass.
upstream-wrong-user = Die App erwartet jemand anderen. Melden Sie sich mit dem Konto an, nach dem sie fragt.
upstream-use-pass = Ihr Helpdesk hat Ihnen einen befristeten Zugriffspass gegeben. Geben Sie ihn hier ein, um sich anzumelden.

## Several accounts

choose-account = Konto auswählen
choose-account-text = Hier schon angemeldet:
another-account = Anderes Konto verwenden

## Setting up

set-up-title = Anmeldung einrichten
progress = { $registered } von { $goal }
progress-about = Anmeldemethoden sind eingerichtet
added-heading = Das hat geklappt, { $name }.
add-second = Fügen Sie eine zweite hinzu, damit Sie sich nie aussperren.
go-on-or-add = Sie haben { $registered } Anmeldemethoden. Machen Sie weiter, oder fügen Sie noch eine hinzu.
add-one-more = Fügen Sie noch eine hinzu, damit Sie sich nie aussperren.
recovery-heading = Willkommen zurück, { $name }.
recovery-lede = Richten Sie eine neue Anmeldemethode ein. Das dauert zwei Minuten.
first-heading = Willkommen, { $name }.
first-lede = Zwei Minuten, und Sie brauchen hier nie wieder ein Passwort.
another-heading = Weitere Anmeldemethode hinzufügen
spare-lede = Mit einer Reserve ist ein Verlust kein Drama.
still-have = Haben Sie diese noch?
set-up-before = Was Sie bisher hatten
register-unsupported = Dieser Browser kann hier weder Passkeys noch Sicherheitsschlüssel hinzufügen. Öffnen Sie diese Seite in einem aktuellen Browser, und geben Sie Ihren Zugriffspass noch einmal ein.
register-unsupported-again = Dieser Browser kann hier weder Passkeys noch Sicherheitsschlüssel hinzufügen. Öffnen Sie diese Seite in einem aktuellen Browser, und melden Sie sich noch einmal an.
register-no-script = Um einen Passkey oder Sicherheitsschlüssel hinzuzufügen, braucht es JavaScript, und das ist in diesem Browser ausgeschaltet. Schalten Sie es ein und laden Sie diese Seite neu. Nichts geht verloren.
skip = Jetzt nicht
skips-left = Sie können dies noch { $left ->
    [one] einmal
   *[other] { $left }-mal
} überspringen.
minutes-left = Ihr Zugriffspass gilt noch { $minutes } { $minutes ->
    [one] Minute
   *[other] Minuten
}.
minutes-left-here = Sie haben dafür noch { $minutes } { $minutes ->
    [one] Minute
   *[other] Minuten
} Zeit.
offer-passkey = Passkey
offer-another-passkey = Noch ein Passkey
offer-passkey-text = Ihr Fingerabdruck, Ihr Gesicht oder Ihre PIN, auf diesem Gerät oder Ihrem Smartphone.
offer-another-passkey-text = Auf Ihrem Smartphone oder einem anderen Ihrer Geräte.
recommended = Empfohlen
add-passkey = Passkey hinzufügen
offer-security-key = Sicherheitsschlüssel
offer-security-key-text = Ein kleiner Schlüssel zum Einstecken oder Antippen. Er funktioniert an jedem Computer.
add-security-key = Sicherheitsschlüssel hinzufügen

## Consent

consent-title = { $app } bittet um Zustimmung
consent-heading = Diese Angaben mit { $app } teilen?
consent-lede = Sie sind angemeldet als <strong>{ $username }</strong>. { $app } (<span class="host">{ $host }</span>) bittet um:
cancel = Abbrechen
scope-openid = Bestätigung, dass Sie es sind
scope-openid-text = Eine Kennung, die für Sie steht, jedes Mal dieselbe.
scope-profile = Ihren Namen
scope-profile-text = Ihren Namen und Ihren Benutzernamen.
scope-email = Ihre E-Mail-Adresse
scope-email-text = Die Adresse, die hier hinterlegt ist.
scope-groups = Ihre Gruppen
scope-groups-text = Die Namen der Gruppen, in denen Sie sind.
scope-offline = Zugriff, während Sie nicht da sind
scope-offline-text = Die Verbindung bleibt, bis Sie sich hier abmelden.
scope-api = Handeln in Ihrem Namen
permission-UserAuthMethod-TAP-Read = Ihren eigenen befristeten Zugriffspass sehen, nie seinen Wert.
permission-UserAuthMethod-TAP-Read-All = Die befristeten Zugriffspässe aller sehen, nie einen Wert.
permission-UserAuthMethod-TAP-ReadWrite = Ihren eigenen befristeten Zugriffspass sehen und löschen.
permission-UserAuthMethod-TAP-ReadWrite-All = Befristete Zugriffspässe für andere ausstellen und löschen.
permission-UserAuthenticationMethod-Read = Ihre eigenen Anmeldemethoden sehen.
permission-UserAuthenticationMethod-Read-All = Die Anmeldemethoden aller sehen.
permission-UserAuthenticationMethod-ReadWrite = Ihre eigenen Anmeldemethoden sehen und Ihren Zugriffspass löschen.
permission-UserAuthenticationMethod-ReadWrite-All = Anmeldemethoden und Zugriffspässe anderer hinzufügen und entfernen.
permission-Policy-Read-All = Die Richtlinien der Organisation sehen.
permission-Policy-Read-AuthenticationMethod = Die Richtlinien der Organisation sehen.
permission-Policy-ReadWrite-AuthenticationMethod = Die Richtlinien für Anmeldemethoden ändern.
permission-User-Read = Ihr eigenes Konto sehen.
permission-User-Read-All = Die Konten aller sehen.
permission-User-ReadWrite-All = Personen hinzufügen, ändern und entfernen.
permission-Group-Read-All = Alle Gruppen und ihre Mitglieder sehen.
permission-Group-ReadWrite-All = Gruppen hinzufügen, ändern und entfernen.
permission-AuditLog-Read-All = Das Prüfprotokoll lesen.
permission-Device-Read = Ihre eigenen Geräte sehen.
permission-Device-Read-All = Die Geräte aller sehen.
permission-Device-ReadWrite-All = Die Geräte aller sehen und entfernen.
permission-RoleManagement-ReadWrite-Directory = Adminrollen vergeben und entziehen.

## Registered devices

devices-claimed = So nennt sich das Gerät selbst. Wir haben das nicht geprüft.
devices-stays = Es bleibt angemeldet, bis Sie es unter „Meine Sicherheitsinfos“ entfernen.
devices-ends = Es wird abgemeldet, sobald Ihr Zugriffspass endet.
devices-ends-code = Es wird eine Stunde nach der Verwendung Ihres Wiederherstellungscodes abgemeldet, wenn Sie sich bis dahin in diesem Browser nicht mit einem Passkey oder Schlüssel anmelden.
devices-head = Ihre Geräte
devices-added = { $when } eingerichtet
devices-seen = zuletzt { $when } gesehen
devices-key = Schlüssel
devices-remove = Entfernen
devices-remove-one = { $name } entfernen
devices-hint = Ein Gerät, das Sie entfernen, wird sofort abgemeldet und muss neu eingerichtet werden. Entfernen Sie, was Sie verloren oder weggegeben haben.
devices-full = Sie haben zu viele Geräte
devices-full-text = Eine Person darf { $n } Geräte haben, und so viele haben Sie.
devices-full-next = Entfernen Sie eines, das Sie nicht mehr benutzen. Beginnen Sie dann auf dem neuen Gerät von vorn.

## Signing in a device

device-title = Gerät anmelden
device-linked = Ihr Gerät sollte genau diesen Code anzeigen. Wenn es einen anderen oder keinen anzeigt, brechen Sie hier ab.
device-type = Geben Sie den Code ein, den Ihr Gerät anzeigt.
device-code = Code auf Ihrem Gerät
device-code-hint = Acht Buchstaben; Bindestriche und Großbuchstaben spielen keine Rolle.
device-warning = Geben Sie nie einen Code ein, den Ihnen jemand geschickt hat: Damit käme diese Person in Ihr Konto.
device-refused = Dieser Code funktioniert nicht. Sehen Sie auf Ihr Gerät, und geben Sie den Code noch einmal ein. Wenn es weiterhin nicht klappt, beginnen Sie auf dem Gerät neu: Es zeigt dann einen neuen an.
device-wait = Aus Ihrem Netzwerk kamen zu viele falsche Codes. Warten Sie einen Moment.
device-yours = Ist das Ihr Gerät?
device-yours-lede = Ein Gerät möchte mit Ihrem Konto angemeldet werden.
device-app = Die App auf dem Gerät
device-must-show = Diesen Code muss es jetzt anzeigen
device-asked = Angefragt: { $when }
device-same-network = Von { $address }, im selben Netzwerk wie Sie
device-other-network = Von { $address }, in einem anderen Netzwerk als Sie
device-only-yours = Machen Sie nur weiter, wenn Sie dies selbst begonnen haben, auf einem Gerät, das Sie vor sich haben. Wenn Ihnen jemand den Code oder einen Link geschickt hat, wäre sonst diese Person mit Ihrem Konto angemeldet.
device-not-me = Das war ich nicht
device-allow-title = { $app } zulassen
device-allow-heading = { $app } auf Ihrem Gerät zulassen?
device-allow-lede = Das Gerät, das <strong class="host">{ $code }</strong> anzeigt, wird mit Ihrem Konto angemeldet.
device-gets = { $app } bekommt:
device-gets-at = { $app } (<span class="host">{ $host }</span>) bekommt:
allow = Zulassen
deny = Ablehnen
device-signed-in = Gerät angemeldet
device-done-heading = Sie können zu Ihrem Gerät zurückkehren
device-done-lede = { $app } meldet sich dort als <strong>{ $username }</strong> an. Sie können dieses Fenster schließen.
device-set-up = Sie haben eingerichtet:
device-denied-title = Gerät abgelehnt
device-denied-heading = Das Gerät wurde abgelehnt
device-denied-lede = { $app } bekommt dort nichts. Sie können dieses Fenster schließen.
device-denied-text = Wenn Ihnen jemand den Code oder einen Link geschickt hat, sagen Sie Ihrem Helpdesk Bescheid: Andere haben ihn vielleicht auch bekommen.
device-gone = Dieser Code funktioniert nicht mehr
device-gone-text = Er ist abgelaufen, oder es wurde schon über ihn entschieden. Nichts, was Sie eingerichtet haben, ist verloren.
device-gone-next = Beginnen Sie auf Ihrem Gerät neu, und geben Sie den Code ein, den es dann anzeigt.
device-over-next = Wenn Ihr Gerät noch wartet, beginnen Sie dort neu.
device-type-code = Code eingeben

## Done, and on to the application

done-title = Alles fertig
done-lede = Ab jetzt melden Sie sich mit einer Berührung an. Ohne Zugriffspass, ohne Passwort.
done-lede-phone = Ab jetzt melden Sie sich mit Ihrem Smartphone an. Ohne Zugriffspass, ohne Passwort.
done-foot = Schlüssel verloren oder ein neues Smartphone? Darum kümmern Sie sich unter <a href="/security-info">Meine Sicherheitsinfos</a>.
already-title = Schon angemeldet
already-heading = Sie sind schon angemeldet
already-lede = { $app } hat die Antwort bekommen. Auf dieser Seite ist nichts mehr zu tun.
go-to-app = Zu { $app }
leaving-title = Weiter zu { $app }
leaving-heading = Weiter zu { $app }
leaving-link = Gleich sind Sie da. Wenn nichts passiert, verwenden Sie diesen Link.
leaving-button = Gleich sind Sie da. Wenn nichts passiert, verwenden Sie diese Schaltfläche.
continue-to-app = Weiter zu { $app }

## My Security Info

info-lede = Hallo, { $name }. Damit öffnen Sie Ihr Konto.
info-methods = Anmeldemethoden
info-add = Methode hinzufügen
info-none = Noch keine. Fügen Sie einen Passkey oder einen Sicherheitsschlüssel hinzu, dann brauchen Sie keinen Zugriffspass mehr.
info-pass-delete = Zugriffspass löschen
info-pass-from-until = Vom { $starts } bis zum { $expires }
info-pass-once = gilt einmal
info-pass-often = gilt mehrmals
info-pass-hint = Wenn Sie keinen Zugriffspass verlangt haben, löschen Sie ihn, und sagen Sie Ihrem Helpdesk Bescheid.
info-sessions = Wo Sie angemeldet sind
pass-ready = Kann verwendet werden
pass-not-allowed = Durch eine Richtlinie nicht erlaubt
pass-expired = Abgelaufen
pass-not-yet = Noch nicht gültig
pass-used = Verwendet
pass-void = Ungültig nach zu vielen falschen Versuchen
pass-waits = Wartet auf die Zustimmung einer zweiten Person aus der Verwaltung
pass-disabled = Das Konto ist deaktiviert

## My Security Info: methods, sessions, apps, activity

info-manage = Verwalten
info-manage-name = { $name } verwalten
info-this-browser = Dieser Browser
info-session-only = Nur in diesem Browser.
info-session-began = { $when } mit { $how } angemeldet
info-session-active = { $when } aktiv
info-session-end-name = { $name } abmelden
info-end-others = Überall sonst abmelden
info-end-all = Überall abmelden
how-key = einem Passkey oder Schlüssel
how-phone = Ihrem Smartphone
how-pass = einem Zugriffspass
how-code = einem Wiederherstellungscode
how-upstream = einem anderen Konto
agent-on = { $browser } unter { $platform }
agent-unknown = Unbekannter Browser
info-apps = Apps mit Zugriff
info-apps-hint = Eine App, die Sie entfernen, fragt beim nächsten Öffnen wieder.
info-app-third = Von anderswo
info-app-since = Zugriff { $when } erteilt
info-app-remove = Zugriff entziehen
info-app-remove-name = { $app } den Zugriff entziehen
app-removed = { $app } hat keinen Zugriff mehr.
info-activity = Letzte Aktivitäten
info-activity-all = Alle Aktivitäten
info-activity-hint = Wenn Sie hier etwas nicht wiedererkennen, sagen Sie sofort Ihrem Helpdesk Bescheid.
info-activity-none = Bisher ist nichts geschehen.
info-activity-older = Ältere
act-pass = Sie haben sich mit einem befristeten Zugriffspass angemeldet
act-pass-refused = Eine Anmeldung mit einem Zugriffspass wurde abgelehnt
act-pass-issued = Für Sie wurde ein befristeter Zugriffspass ausgestellt
act-pass-deleted = Ihr befristeter Zugriffspass wurde gelöscht
act-key = Sie haben sich mit { $name } angemeldet
act-key-refused = Eine Anmeldung mit einem Passkey oder Schlüssel wurde abgelehnt
act-phone = Sie haben sich mit Ihrem Smartphone angemeldet
act-phone-refused = Eine Anmeldung mit Ihrem Smartphone wurde abgelehnt
act-code = Sie haben sich mit einem Wiederherstellungscode angemeldet
act-code-refused = Eine Anmeldung mit einem Wiederherstellungscode wurde abgelehnt
act-codes-made = Sie haben neue Wiederherstellungscodes erstellt
act-anew = Sie wurden gebeten, Ihre Anmeldung neu einzurichten
act-upstream = Sie haben sich über ein anderes Konto angemeldet
act-upstream-refused = Eine Anmeldung über ein anderes Konto wurde abgelehnt
act-upstream-linked = Eine Verknüpfung mit einem anderen Konto wurde geändert
act-method-added = { $name } wurde hinzugefügt
act-method-refused = Ein Passkey oder Schlüssel wurde nicht angenommen
act-method-removed = Sie haben { $name } entfernt
act-method-removed-by = Die Verwaltung hat eine Anmeldemethode entfernt
act-method-renamed = Sie haben eine Methode umbenannt: { $names }
act-user-changed = Ihr Konto wurde von der Verwaltung geändert
act-consent = Sie haben dem Teilen mit { $app } zugestimmt
act-app = Sie haben sich bei { $app } angemeldet
act-device = Sie haben ein Gerät mit { $app } angemeldet
act-device-added = Das Gerät { $name } wurde eingerichtet
act-device-removed = Das Gerät { $name } wurde entfernt
act-signed-out = Sie haben sich abgemeldet
act-signed-out-all = Sie haben sich überall abgemeldet
act-signed-out-by = Die Verwaltung hat Sie abgemeldet
act-revoked = { $app } hat den Zugriff zurückgegeben
act-access-removed = Sie haben { $app } den Zugriff entzogen
act-replayed = { $app } hat den Zugriff verloren, weil etwas davon zweimal verwendet wurde
method-name = Name
method-name-hint = So, dass Sie sie wiedererkennen.
method-name-wrong = Ein Name hat 1 bis { $n } Zeichen, die alle zu sehen sind.
method-save = Speichern
method-remove = Entfernen
method-renamed = Der Name ist jetzt { $name }.
method-removed = { $name } wurde entfernt.
method-removed-lost = { $name } wurde entfernt. Sie sind überall sonst abgemeldet, und Apps haben ihren Zugriff verloren.
remove-heading = { $name } entfernen?
remove-what = Sie können sich damit nicht mehr anmelden. Wo Sie sich damit angemeldet haben, werden Sie abgemeldet; hier bleiben Sie angemeldet.
remove-missing = Danach brauchen Sie noch { $n ->
    [one] eine Methode
   *[other] { $n } Methoden
}: Bei Ihrer nächsten Anmeldung werden Sie danach gefragt.
remove-last-warning = <strong>Das ist Ihre letzte Anmeldemethode.</strong> Ohne sie können Sie sich erst wieder anmelden, wenn Ihr Helpdesk Ihnen einen befristeten Zugriffspass gibt.
remove-required = Sie müssen mindestens eine Anmeldemethode haben. Fügen Sie zuerst eine andere hinzu. Sofort entfernen lässt sich nur eine, die verloren oder gestohlen wurde.
remove-lost = Sie wurde verloren oder gestohlen
remove-lost-hint = Meldet Sie überall sonst ab und nimmt Apps, was sie bekommen haben. Wiederherstellungscodes, falls Sie welche haben, gelten dann nicht mehr.
remove-last-known = Ich weiß, dass ich dann zum Anmelden einen Zugriffspass brauche
remove-tick = Bestätigen Sie zuerst, dass Sie einen Zugriffspass brauchen werden.
remove-now = Jetzt entfernen
session-ended = Dort abgemeldet.
sessions-ended = Sie sind überall sonst abgemeldet.

## Signing out

sign-out = Abmelden
sign-out-heading = Abmelden?
sign-out-asks = <strong>{ $app }</strong> möchte Sie abmelden.
signed-in-as = Sie sind angemeldet als <strong>{ $username }</strong>.
signed-in-as-all = Sie sind angemeldet als { $usernames }. Damit werden alle abgemeldet.
stay = Angemeldet bleiben
signed-out-title = Abgemeldet
signed-out-heading = Sie sind abgemeldet
signed-out-lede = Bis bald. Sie können dieses Fenster schließen.
back-to-app = Zurück zu { $app }

## Step-up: an app asks for a stronger sign-in

reason-attested = { $who } verlangt einen Passkey oder Sicherheitsschlüssel, für den sein Hersteller bürgt.
reason-several = { $who } verlangt mehr als einen Nachweis, dass Sie es sind. Ihr Passkey oder Sicherheitsschlüssel genügt.
reason-second-factor = { $who } verlangt einen zweiten Nachweis, dass Sie es sind. Verwenden Sie Ihren Passkey oder Sicherheitsschlüssel, oder geben Sie Ihren Zugriffspass ein.
reason-second-factor-pass = { $who } verlangt einen zweiten Nachweis, dass Sie es sind. Geben Sie Ihren Zugriffspass ein.
set-up-phishing-resistant = { $app } lässt sich nur mit einem Passkey oder Sicherheitsschlüssel öffnen, denn den kann Ihnen niemand ablisten. Sobald Sie einen eingerichtet haben, geht es weiter zu { $app }.
set-up-attested = { $app } lässt sich nur mit einem Schlüssel öffnen, für den sein Hersteller bürgt, dass ihn niemand kopieren kann. Die meisten Sicherheitsschlüssel sind so. Sobald Sie einen eingerichtet haben, geht es weiter zu { $app }.
set-up-several = { $app } verlangt mehr als einen Zugriffspass. Sobald Sie einen weiteren Weg zur Anmeldung eingerichtet haben, geht es weiter zu { $app }.
unmet-title = Eine stärkere Anmeldung ist nötig
unmet-heading = Sie können { $app } noch nicht öffnen
unmet-phishing-resistant = Dafür ist ein Passkey oder ein Sicherheitsschlüssel nötig, und Sie können hier selbst keinen einrichten.
unmet-attested = Dafür ist ein Sicherheitsschlüssel oder Passkey nötig, für den sein Hersteller bürgt, und Sie können hier selbst keinen einrichten.
unmet-several = Dafür ist mehr als ein Nachweis nötig, dass Sie es sind, und Sie können hier selbst keinen weiteren einrichten.
unmet-pass = Dafür ist ein Zugriffspass, ein Passkey oder ein Sicherheitsschlüssel nötig.
unmet-next = Fragen Sie Ihren Helpdesk, wie Sie dazu kommen. Nichts, was Sie eingerichtet haben, ist verloren.

## When something goes wrong

start-again = Neu beginnen
reference = Wenn Sie Ihren Helpdesk fragen, geben Sie diese Kennung an:
unanswerable = Diese Anfrage lässt sich nicht beantworten
too-large = Das ist zu viel
too-large-text = Die Anfrage ist größer als alles, was unsere Seiten senden. Es wurde nichts geändert.
media-type-text = Der Inhalt muss { $expected } sein.
not-found = Diese Seite gibt es nicht
not-found-text = Vielleicht ist die Adresse falsch geschrieben, oder die Seite ist umgezogen.
not-found-next = Gehen Sie zurück zu der App, aus der Sie kommen, oder sehen Sie sich Ihre eigenen Anmeldemethoden an.
journey-gone = Diese Anmeldung ist vorbei
journey-gone-text = Sie war zu lange offen, oder sie wurde in einem anderen Browser begonnen. Nichts, was Sie eingerichtet haben, ist verloren.
journey-over-text = Sie wurde schon abgeschlossen oder abgelehnt. Nichts, was Sie eingerichtet haben, ist verloren.
upstream-gone-text = Sie wurde schon abgeschlossen, war zu lange offen, oder sie wurde in einem anderen Browser begonnen. Nichts, was Sie eingerichtet haben, ist verloren.
sign-in-again-next = Gehen Sie zurück zur App, und melden Sie sich noch einmal an.
too-many = Zu viele Versuche
too-many-text = Aus Ihrem Netzwerk kamen in kurzer Zeit zu viele Anfragen.
too-many-next = Warten Sie einen Moment, und laden Sie diese Seite dann neu. Nichts ist verloren.
busy = Einen Moment, bitte
busy-text = Wir sind sehr beschäftigt oder erreichen unsere Datenbank nicht. Es wurde nichts geändert.
busy-next = Warten Sie ein paar Sekunden, und laden Sie diese Seite dann neu.
internal = Bei uns ist etwas schiefgegangen
internal-text = Es wurde nichts geändert.
internal-next = Versuchen Sie es noch einmal. Wenn es wieder passiert, nennen Sie Ihrem Helpdesk die Kennung unten.
moved-on = Diese Anmeldung ist schon weiter
moved-on-text = Ein anderer Tab oder ein anderes Fenster war schneller. Nichts ist verloren.
moved-on-next = Laden Sie die Seite neu, um zu sehen, wo Sie sind.
not-allowed = Das geht hier nicht
not-allowed-text = Diese Adresse beantwortet { $method } nicht.
not-ours-text = Die Anfrage ist keine, die unsere Seiten senden.
too-old = Diese Seite war zu lange offen
too-old-text = Wir konnten nicht sicher sein, dass die Anfrage von unserer eigenen Seite kam. Es wurde nichts geändert.
too-old-next = Gehen Sie zurück, laden Sie die Seite neu, und versuchen Sie es noch einmal.
yes-nor-no = Das Formular sagt weder Ja noch Nein.
which-account = Das Formular sagt nicht, welches Konto.
in-form = Das Formular stimmt nicht: { $why }.
in-address = Die Adresse stimmt nicht: { $why }.
no-such-method = Diese Methode gibt es nicht.
not-json = Die Anfrage ist nicht das JSON, das erwartet wird.
bad-app-request = Die App hat eine Anfrage gesendet, die wir nicht beantworten können
bad-app-request-text = Der Fehler liegt in den Einstellungen der App, nicht bei Ihnen: { $why }.
bad-app-request-next = Sagen Sie denen Bescheid, die die App betreiben, und geben Sie die Kennung unten an.
bad-sign-out = Die App hat eine Abmeldung gesendet, die wir nicht beantworten können
bad-sign-out-text = Sie sind noch angemeldet. Der Fehler liegt in den Einstellungen der App, nicht bei Ihnen: { $why }.
bad-sign-out-next = Um sich abzumelden, öffnen Sie Meine Sicherheitsinfos.
forward-denied-title = Sie dürfen { $app } nicht öffnen
forward-denied = Dieses Konto ist in keiner der Gruppen, die { $app } öffnen dürfen. Fragen Sie diejenigen, die { $app } betreiben.
forward-denied-as = Sie sind angemeldet als { $name }. Dieses Konto ist in keiner der Gruppen, die { $app } öffnen dürfen. Fragen Sie diejenigen, die { $app } betreiben.
forward-wrong = Der Proxy hat etwas Falsches gefragt
forward-wrong-next = Sagen Sie denen Bescheid, die die App betreiben.
forward-not-the-apps = Die Adresse, zu der es zurückgehen soll, gehört nicht zur App.
forward-not-us = Die Antwort kommt nicht von uns.
forward-other-browser = Sie wurde in einem anderen Browser begonnen.
forward-over = Sie war zu lange offen, ist schon abgeschlossen, oder sie wurde in einem anderen Browser begonnen.
forward-not-signed-in = Sie sind nicht angemeldet.
key-failed = Das hat nicht geklappt
key-stale = Dieser Schritt ist vorbei, oder er hat zu lange gedauert. Nichts ist verloren. Laden Sie diese Seite neu, um weiterzumachen.
key-malformed = Ihr Browser hat etwas gesendet, das wir nicht lesen können. Es wurde nichts gespeichert.
key-refused = Dieser Schlüssel wurde nicht angenommen. Es wurde nichts gespeichert. Versuchen Sie es noch einmal, oder verwenden Sie einen anderen.
key-unknown = Dieser Passkey oder Schlüssel ist hier nicht eingerichtet. Verwenden Sie einen anderen oder einen Zugriffspass.
key-already = Dieses Gerät ist schon eingerichtet. Wählen Sie ein anderes.
key-kind = Diese Art von Schlüssel wird hier nicht angenommen. Verwenden Sie eine, die diese Seite anbietet.
key-wrong-user = Die App erwartet jemand anderen. Verwenden Sie den Schlüssel des Kontos, nach dem sie fragt.

## Keys that are not taken (keys by policy)

offer-elsewhere = Smartphone oder anderes Gerät verwenden
key-not-accepted = Dieser Schlüssel wird hier nicht angenommen. Es wurde nichts gespeichert.
refused-title = Dieser Schlüssel wird hier nicht angenommen
refused-title-named = { $name } wird hier nicht angenommen
refused-person = Ihre Organisation hat Passkeys und Sicherheitsschlüssel für Ihr Konto nicht freigegeben.
refused-kind = Ihre Organisation nimmt andere Arten von Schlüsseln an.
refused-model = Ihre Organisation nimmt nur bestimmte Modelle an, und dieses gehört nicht dazu.
refused-synced = Er kann Ihren Passkey auf andere Geräte kopieren. Ihre Organisation nimmt nur Schlüssel an, die auf einem Gerät bleiben.
refused-device-bound = Er behält Ihren Passkey auf einem Gerät. Ihre Organisation nimmt nur Passkeys an, die zwischen Ihren Geräten abgeglichen werden.
refused-not-attested = Nichts belegt, was für ein Schlüssel es ist: Kein Hersteller, dem Ihre Organisation vertraut, bürgt für ihn.
refused-not-strong-enough = { $app } braucht einen Schlüssel, für den der Hersteller bürgt, und für diesen bürgt niemand.
refused-the-app = Die App
refused-nothing-lost = Es wurde nichts gespeichert, und nichts ist verloren: Sie machen dort weiter, wo Sie waren.
refused-accepted = Was angenommen wird
refused-all = Ein Schlüssel, auf den all das zutrifft:
refused-either = Eines davon genügt:
refused-or = oder
refused-some-models = Eines dieser Modelle: { $names }
refused-and-more = { $names } und { $more } weitere
refused-other-models = Jedes Modell außer diesen: { $names }
refused-stays = Ein Schlüssel, der auf einem Gerät bleibt, etwa ein Sicherheitsschlüssel
refused-syncs = Ein Passkey, der abgeglichen wird, etwa der eines Smartphones oder eines Passwortmanagers
refused-vouched = Ein Schlüssel, für den der Hersteller bürgt, wie es Hersteller von Sicherheitsschlüsseln tun
refused-only-security-key = Ein Sicherheitsschlüssel
refused-only-passkey = Ein Passkey
refused-another-key = Anderen Schlüssel wählen
refused-another-way = Auf andere Weise anmelden
refused-none-of-these = Wenn Sie nichts davon haben, fragen Sie Ihren Helpdesk.

## What the scripts of the pages say

script-unreachable = Der Server ist nicht erreichbar. Nichts ist verloren. Prüfen Sie Ihre Verbindung, und laden Sie diese Seite dann neu.
script-gone = Diese Seite war zu lange offen. Nichts, was Sie eingerichtet haben, ist verloren.
script-reload = Laden Sie diese Seite neu, um weiterzumachen.
script-unexpected = Bei uns ist etwas schiefgegangen. Es wurde nichts gespeichert. Laden Sie diese Seite neu, und versuchen Sie es noch einmal.
script-follow = Folgen Sie den Schritten, die Ihr Browser anzeigt.
script-saving = Wird gespeichert …
script-named-ready = { $name } ist bereit.
script-ready = Alles ist bereit.
script-here = Passkey auf diesem Gerät
script-here-text = Ihr Fingerabdruck, Ihr Gesicht oder Ihre PIN. Nichts mitzunehmen, nichts zu merken.
script-phone = Passkey auf Ihrem Smartphone
script-phone-text = Scannen Sie mit Ihrem Smartphone einen Code, und entsperren Sie es dort.
script-passkey = Passkey
script-passkey-text = In Ihrem Passwortmanager oder auf Ihrem Smartphone gespeichert.
script-signing-in = Sie werden angemeldet …
script-not-signed-in = Sie wurden nicht angemeldet: Es wurde abgebrochen oder hat zu lange gedauert. Nichts ist verloren. Bitte versuchen Sie es noch einmal.
script-again-now = Sie können es jetzt noch einmal versuchen.
script-cancelled = Es wurde nichts gespeichert. Der Vorgang wurde abgebrochen oder hat zu lange gedauert. Bitte versuchen Sie es noch einmal.
script-already = Dieses Gerät ist schon eingerichtet. Wählen Sie ein anderes.
script-address = Diese Adresse ist nicht die, für die Passkeys eingerichtet wurden. Prüfen Sie die Adresse dieser Seite.
script-unusable = Dieses Gerät oder dieser Schlüssel kann hier nicht verwendet werden. Versuchen Sie es mit einem anderen.
script-failed = Das hat nicht geklappt. Es wurde nichts gespeichert. Bitte versuchen Sie es noch einmal.

## Zurückkommen: Wiederherstellungscodes, und was vorher eingerichtet war

use-recovery-code = Wiederherstellungscode verwenden
recover-heading = Wiederherstellungscode verwenden
recover-lede = Jeder Code gilt einmal. Damit richten Sie einen neuen Passkey oder Sicherheitsschlüssel ein.
recovery-code = Wiederherstellungscode
recovery-code-hint = Sechs Vierergruppen; Striche und Großschreibung spielen keine Rolle.
recover-back = Anders anmelden
recovery-refused = Das hat nicht geklappt. Prüfen Sie den Benutzernamen und den Code. Ein schon verwendeter Code gilt nicht noch einmal: Nehmen Sie einen anderen. Wenn keiner gilt, bitten Sie Ihren Helpdesk um einen Zugriffspass.
recovery-wait = Es gab zu viele Fehlversuche. Warten Sie ein wenig und geben Sie Ihren Code dann noch einmal ein.
key-outdated = Dieser Passkey oder Schlüssel wird nicht mehr angenommen: Ihre Organisation möchte, dass Sie Ihre Anmeldung neu einrichten. Bitten Sie Ihren Helpdesk um einen befristeten Zugriffspass.
review-follows = Haben Sie etwas davon verloren? Richten Sie zuerst etwas Neues ein: Danach können Sie das Alte entfernen.
review-lede = Sie haben einen neuen Zugang. Wenn Sie etwas davon verloren haben, entfernen Sie es, damit es niemand sonst verwenden kann.
review-remove = { $name } entfernen
review-hint = Wenn Sie etwas entfernen, werden alle anderen Sitzungen abgemeldet.
review-hint-codes = Auch Ihre Wiederherstellungscodes gelten dann nicht mehr.
review-keep = Ich habe alles noch
review-remove-selected = Ausgewähltes entfernen
review-none-chosen = Nichts ist angekreuzt, deshalb wurde nichts entfernt. Kreuzen Sie an, was Sie verloren haben, oder sagen Sie, dass Sie alles noch haben.
review-contradicts = Etwas ist angekreuzt, deshalb wurde nichts getan. Entfernen Sie es, oder nehmen Sie das Kreuz weg.
method-never-used = nie verwendet
codes = Wiederherstellungscodes
codes-left = { $n ->
    [0] Kein Code ist mehr übrig.
    [one] Ein Code ist noch übrig.
   *[other] { $n } Codes sind noch übrig.
}
codes-made = erstellt: { $when }
codes-low = Erstellen Sie neue, bevor sie ausgehen.
codes-none = Mit Wiederherstellungscodes auf Papier kommen Sie zurück, auch wenn Sie alles andere verlieren.
codes-make = Wiederherstellungscodes erstellen
codes-renew = Neue Codes erstellen
codes-lede = Zehn Codes, jeder für eine Anmeldung. Bewahren Sie sie auf Papier oder an einem sicheren Ort auf: Mit einem davon kommen Sie zurück, auch wenn Sie jeden Passkey und Schlüssel verlieren.
codes-renew-warning = Die Codes, die Sie jetzt haben, gelten dann sofort nicht mehr.
codes-make-new = Neue Codes erstellen
codes-back = Jetzt nicht
codes-changed = Gerade eben wurden andere Codes erstellt, vielleicht in einem anderen Fenster. Wenn Sie jene nicht gespeichert haben, erstellen Sie neue.
codes-unreadable = Das sind keine Wiederherstellungscodes.
codes-offer = Falls Sie einmal all das verlieren, kommen Sie mit einem Wiederherstellungscode wieder hinein.
codes-save-heading = Speichern Sie diese Codes
codes-save-lede = Sie werden nur dieses eine Mal gezeigt. Jeder gilt einmal, und nur zusammen mit Ihrem Benutzernamen.
codes-file-title = Wiederherstellungscodes für { $brand }
codes-once = Jeder Code gilt einmal. Niemand wird Sie je nach einem fragen.
codes-download = Herunterladen
codes-print = Drucken
codes-copy = Kopieren
codes-copied = Kopiert
codes-saved = Ich habe sie gespeichert

## Signing in with a phone

phone-use = Smartphone verwenden
phone-set-up = Smartphone einrichten
offer-phone = Smartphone
offer-phone-text = Bestätigen Sie eine Anmeldung auf Ihrem Smartphone, indem Sie eine Zahl eingeben.
phone-wait-heading = Schauen Sie auf Ihr Smartphone
phone-wait-lede = Wenn <strong>{ $username }</strong> hier ein Smartphone eingerichtet hat, fragt es jetzt nach dieser Zahl.
phone-wait-status = Wir warten auf Ihr Smartphone …
phone-wait-hint = Die Zahl gilt eine Minute. Öffnen Sie die Seite auf Ihrem Smartphone, wenn dort nichts erscheint. Sagen Sie die Zahl nie jemandem.
phone-approved-button = Ich habe bestätigt
phone-approved-heading = Bestätigt
phone-late-heading = Ihr Smartphone hat nicht rechtzeitig bestätigt
phone-late-lede = Es ist nichts geschehen und nichts verloren. Fragen Sie noch einmal an, oder melden Sie sich anders an.
phone-ask-again = Noch einmal anfragen
phone-other-way = Anders anmelden
phone-asked-too-often = Aus Ihrem Netz kamen zu viele Anfragen. Warten Sie ein wenig, oder melden Sie sich anders an.
phone-not-yet = Ihr Smartphone hat noch nicht bestätigt. Geben Sie dort zuerst die Zahl ein.
phone-pair-heading = Smartphone koppeln
phone-pair-lede = Scannen Sie diesen Code mit der Kamera Ihres Smartphones, und machen Sie dort weiter.
phone-pair-qr = QR-Code, der Ihr Smartphone zu der Seite führt, auf der es gekoppelt wird
phone-pair-type = Oder öffnen Sie dort <strong>{ $page }</strong> und geben Sie ein:
phone-pair-here = Stattdessen dieses Gerät koppeln
phone-pair-minutes = { $minutes ->
    [one] Der Code gilt noch eine Minute, für ein Smartphone.
   *[other] Der Code gilt noch { $minutes } Minuten, für ein Smartphone.
}
phone-pair-again = Anderen Code zeigen
phone-pair-back = Zurück zu den anderen Möglichkeiten
phone-pair-late-heading = Dieser Code gilt nicht mehr
phone-pair-late-lede = Er gilt fünf Minuten und für ein Smartphone.
phone-pair-add = Ja, dieses Smartphone hinzufügen
phone-pair-not-mine = Nein, das ist nicht meins
phone-pair-refused = Das Smartphone wurde nicht hinzugefügt. Wenn jemand anderes Ihren Code gesehen hat, zeigen Sie einen neuen, wo niemand zusieht.
phone-claimed-heading = Weiter auf Ihrem Smartphone
phone-claimed-lede = Ein Smartphone hat Ihren Code geöffnet. Wenn es nicht Ihres ist, zeigen Sie einen anderen.
phone-claimed-status = Wir warten auf das Smartphone …
phone-compare-heading = Vergleichen Sie die Zahlen
phone-compare-computer = Zeigt Ihr Smartphone diese Zahl? Fügen Sie keines hinzu, das eine andere oder gar keine zeigt.
phone-compare-phone = Zeigt Ihr Computer diese Zahl? Dann bestätigen Sie es dort.
phone-compare-account = Es stimmt dann Anmeldungen zu von
phone-compare-status = Wir warten auf Ihren Computer …
phone-verifies = Seine Bildschirmsperre prüft Sie bei jeder Anmeldung
phone-verifies-not = Ohne Bildschirmsperre: reicht nicht überall
phone-title = Anmeldungen auf diesem Smartphone
phone-no-script = Diese Seite braucht JavaScript, und das ist in diesem Browser ausgeschaltet.
phone-unsupported = Dieser Browser kann keinen Schlüssel aufbewahren. Öffnen Sie diese Seite in einem aktuellen Browser und nicht in einem privaten Fenster.
phone-welcome-heading = Anmeldungen auf diesem Smartphone bestätigen
phone-welcome-lede = Wählen Sie auf Ihrem Computer „Smartphone einrichten“. Scannen Sie den Code dort, oder geben Sie ihn hier ein.
phone-code = Code
phone-code-hint = Vierergruppen; Striche und Großschreibung spielen keine Rolle.
phone-pair-this-heading = Dieses Smartphone koppeln
phone-pair-this-lede = Es bestätigt dann Anmeldungen bei { $brand }. Sein Schlüssel verlässt es nie.
phone-name = Name dieses Smartphones
phone-pair-this = Dieses Smartphone koppeln
phone-without-lock = Ohne Bildschirmsperre koppeln
phone-paired-heading = Dieses Smartphone ist gekoppelt
phone-paired-lede = Wenn Sie an einem Computer „Smartphone verwenden“ wählen, öffnen Sie hier diese Seite. Legen Sie sie auf Ihren Startbildschirm, damit Sie sie finden.
phone-home-heading = Bereit
phone-home-lede = Lassen Sie diese Seite offen: Anmeldungen, die auf Sie warten, erscheinen hier.
phone-silenced = Sie haben um Ruhe gebeten: Eine Stunde lang erscheint keine Anmeldung.
phone-listen = Wieder anzeigen
phone-disabled = Ihr Konto ist abgeschaltet. Fragen Sie Ihren Helpdesk.
phone-offline = Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung.
phone-install = Zum Startbildschirm hinzufügen
phone-wake = Benachrichtigen
phone-wake-text = Lassen Sie sich benachrichtigen, wenn sich jemand mit diesem Smartphone anmeldet, auch wenn diese Seite geschlossen ist.
phone-woken = Dieses Smartphone benachrichtigt Sie über Anmeldungen.
phone-sleep = Keine Benachrichtigungen
phone-wake-blocked = Benachrichtigungen dieser Seite sind in den Einstellungen Ihres Browsers gesperrt.
phone-wake-install = Für Benachrichtigungen legen Sie diese Seite auf den Home-Bildschirm: „Teilen“, dann „Zum Home-Bildschirm“.
phone-push-title = Melden Sie sich gerade an?
phone-push-text = Öffnen, um zuzustimmen oder abzulehnen.
script-phone-wake-failed = Ihr Browser kann gerade keine Benachrichtigungen bekommen. Lassen Sie stattdessen diese Seite offen, oder versuchen Sie es später noch einmal.
phone-another = Mit einem Code koppeln
phone-asked-heading = Melden Sie sich gerade an?
phone-asked-who = Wer
phone-asked-app = App
phone-asked-where = Von
phone-asked-browser = Mit
phone-asked-when = Um
phone-asked-stranger = In jenem Browser haben Sie sich zuletzt nicht angemeldet. Bestätigen Sie nur, was Sie auf einem Bildschirm vor sich sehen.
phone-number = Zahl auf Ihrem Computer
phone-number-hint = Niemand, der Sie anruft oder Ihnen schreibt, braucht von Ihnen eine Zahl.
phone-approve = Bestätigen
phone-deny = Ablehnen
phone-not-me = Das war nicht ich
phone-approved-lede = Machen Sie auf Ihrem Computer weiter.
phone-back = Zurück
phone-silence = Eine Stunde lang keine Anfragen
phone-removed-heading = Dieses Smartphone wurde entfernt
phone-removed-lede = Es bestätigt nichts mehr. Um es wieder zu verwenden, koppeln Sie es neu.
phone-failed = Das hat nicht geklappt
phone-proof = Dieses Smartphone konnte nicht zeigen, dass es gekoppelt ist. Laden Sie die Seite neu und versuchen Sie es noch einmal.
phone-unknown = Dieses Smartphone ist nicht mehr gekoppelt.
phone-over = Das ist vorbei: Der Code oder die Anfrage gilt nicht mehr oder wurde schon verwendet. Beginnen Sie auf Ihrem Computer von vorn.
phone-wrong-number = Das war nicht die Zahl. Beginnen Sie auf Ihrem Computer von vorn.
phone-not-verified = Die Bildschirmsperre hat Sie nicht erkannt. Bitte versuchen Sie es noch einmal.
phone-malformed = Was dieses Smartphone geschickt hat, ist nicht lesbar. Laden Sie die Seite neu und versuchen Sie es noch einmal.
script-phone-android = Android-Smartphone
script-phone-device = Smartphone
script-phone-not-paired = Dieses Smartphone wurde nicht gekoppelt. Beginnen Sie auf Ihrem Computer von vorn.
script-phone-expired = Diese Anfrage ist vorbei
script-phone-expired-text = Es hat zu lange gedauert, oder sie wurde schon beantwortet. Wenn Sie sich gerade anmelden, fragen Sie auf Ihrem Computer noch einmal an.
script-phone-denied = Abgelehnt
script-phone-denied-text = Niemand wurde hereingelassen.
script-phone-not-me = Danke für den Hinweis
script-phone-not-me-text = Niemand wurde hereingelassen, und es wurde festgehalten. Wenn weitere Anfragen kommen, können Sie eine Stunde lang Ruhe haben.
script-phone-wrong = Das war nicht die Zahl
script-phone-wrong-text = Niemand wurde hereingelassen. Wenn Sie sich gerade anmelden, fragen Sie auf Ihrem Computer noch einmal an.
script-phone-unverified = Die Bildschirmsperre hat Sie nicht erkannt. Es wurde nichts bestätigt. Bitte versuchen Sie es noch einmal.

## Wer hilft, und was zugesagt ist: am Fuß jeder Seite
help-desk = Helpdesk
privacy = Datenschutz
terms = Nutzungsbedingungen

## Mail

mail-hello = Guten Tag { $name },
mail-opens = Was Ihr Konto öffnet: { $address }
mail-was-it-you = Wenn Sie das waren, ist nichts zu tun. Wenn nicht, sagen Sie sofort Ihrem Helpdesk Bescheid.
mail-unexpected = Wenn Sie das nicht erwartet haben, sagen Sie sofort Ihrem Helpdesk Bescheid.
mail-pass-subject = Ihr befristeter Zugriffspass für { $brand }
mail-pass-subject-of = Befristeter Zugriffspass von { $name } für { $brand }
mail-pass = für Sie wurde ein befristeter Zugriffspass ausgestellt. Damit melden Sie sich zum ersten Mal an und richten einen Passkey oder einen Sicherheitsschlüssel ein.
mail-pass-of = für { $name } wurde ein befristeter Zugriffspass ausgestellt. Damit meldet sich { $name } zum ersten Mal an und richtet einen Passkey oder einen Sicherheitsschlüssel ein.
mail-pass-how =
    Anmeldung:      { $address }
    Benutzername:   { $username }
    Den Zugriffspass selbst gibt Ihnen Ihr Helpdesk.
mail-pass-how-own =
    Anmeldung:      { $address }
    Benutzername:   { $username }
    Den Zugriffspass selbst geben Ihnen Ihr Helpdesk oder Ihre Führungskraft.
mail-pass-how-value =
    Anmeldung:      { $address }
    Benutzername:   { $username }
    Zugriffspass:   { $value }
mail-pass-once = Er funktioniert einmal, von { $starts } bis { $ends }.
mail-pass-often = Er funktioniert so oft wie nötig, von { $starts } bis { $ends }.
mail-method-added-subject = Eine Anmeldemethode wurde Ihrem Konto hinzugefügt
mail-method-added = die Anmeldemethode „{ $method }“ wurde Ihrem Konto { $username } am { $at } hinzugefügt.
mail-method-removed-subject = Eine Anmeldemethode wurde aus Ihrem Konto entfernt
mail-method-removed = die Anmeldemethode „{ $method }“ wurde am { $at } aus Ihrem Konto { $username } entfernt.
mail-method-renamed-subject = Eine Anmeldemethode Ihres Kontos wurde umbenannt
mail-method-renamed = die Anmeldemethode „{ $from }“ Ihres Kontos heißt seit { $at } „{ $to }“. Ihr Benutzername ist { $username }.
mail-codes-void = Ihre Wiederherstellungscodes öffnen nichts mehr, denn wer die Methode hat, kann sie erstellt haben. Erstellen Sie so bald wie möglich neue.
mail-signed-out-subject = Ihr Konto wurde überall abgemeldet
mail-signed-out = Ihr Konto wurde am { $at } in allen anderen Browsern und Apps abgemeldet. Ihr Benutzername ist { $username }.
mail-not-me-subject = Jemand wollte sich als Sie anmelden
mail-not-me = am { $at } wollte sich jemand als { $username } bei { $app } anmelden, von { $address } mit { $browser }. Sie haben auf Ihrem Telefon gesagt, dass Sie das nicht waren, und niemand wurde eingelassen.
mail-not-me-next = Mehr ist nicht zu tun. Wenn es wieder vorkommt oder Sie das nicht gesagt haben, sagen Sie sofort Ihrem Helpdesk Bescheid.
mail-unknown-address = einer unbekannten Adresse
mail-unknown-browser = einem unbekannten Browser
mail-codes-made-subject = Für Ihr Konto wurden neue Wiederherstellungscodes erstellt
mail-codes-made = für Ihr Konto { $username } wurden am { $at } neue Wiederherstellungscodes erstellt. Die früheren öffnen nichts mehr.
mail-code-used-subject = Für Ihr Konto wurde ein Wiederherstellungscode verwendet
mail-code-used = am { $at } wurde ein Wiederherstellungscode verwendet, um sich bei Ihrem Konto { $username } anzumelden.
mail-code-last = Das war der letzte: Erstellen Sie so bald wie möglich neue.
mail-code-one-left = Einer ist noch übrig: Erstellen Sie bald neue.
mail-code-few-left = { $left } sind noch übrig: Erstellen Sie bald neue.
mail-code-left = { $left } sind noch übrig.
mail-code-was-it-you = Wenn Sie das waren, ist nichts zu tun. Wenn nicht, sagen Sie sofort Ihrem Helpdesk Bescheid: Jemand hat Ihre Codes.
mail-anew-subject = Ihre Anmeldung muss neu eingerichtet werden
mail-anew = am { $at } hat Ihre Organisation verlangt, dass Ihr Konto { $username } neu eingerichtet wird. Womit Sie sich bisher angemeldet haben, auch Wiederherstellungscodes, öffnet nichts mehr, und Sie sind überall abgemeldet.
mail-anew-next = Bitten Sie Ihren Helpdesk um einen befristeten Zugriffspass. Damit richten Sie einen neuen Passkey oder Sicherheitsschlüssel ein, und die alten werden entfernt.
mail-not-anew-subject = Ihre Anmeldung muss doch nicht neu eingerichtet werden
mail-not-anew = am { $at } hat Ihre Organisation zurückgenommen, dass Ihr Konto { $username } neu eingerichtet werden muss. Die Passkeys, Sicherheitsschlüssel und Telefone, die Sie hatten, öffnen es wieder; frühere Wiederherstellungscodes nicht.
mail-not-anew-next = Wenn Sie etwas davon verloren haben oder glauben, dass jemand anderes es verwenden könnte, sagen Sie sofort Ihrem Helpdesk Bescheid.
mail-device-added-subject = Für Ihr Konto wurde ein Gerät eingerichtet
mail-device-added = das Gerät „{ $device }“ wurde am { $at } für Ihr Konto { $username } eingerichtet.
mail-device-removed-subject = Ein Gerät wurde aus Ihrem Konto entfernt
mail-device-removed = das Gerät „{ $device }“ wurde am { $at } aus Ihrem Konto { $username } entfernt.
mail-device-moved = das Gerät „{ $device }“ wurde am { $at } für jemand anderen eingerichtet und damit aus Ihrem Konto { $username } entfernt.
mail-device-was-it-you = Wenn Sie das waren, ist nichts zu tun. Wenn nicht, entfernen Sie das Gerät dort, wo es noch in der Liste steht, und sagen Sie sofort Ihrem Helpdesk Bescheid.
