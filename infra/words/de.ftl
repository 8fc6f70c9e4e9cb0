# Auf Deutsch: die Mitteilung über eine Genehmigung und die Seite hinter ihrem Link.

date = { $weekday }, { $day }. { $month } { $year }
instant = { $date }, { $time } Uhr ({ $zone })
weekday = { $number ->
    [1] Montag
    [2] Dienstag
    [3] Mittwoch
    [4] Donnerstag
    [5] Freitag
    [6] Samstag
   *[7] Sonntag
}
month = { $number ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
period-days = { $count ->
    [one] { $count } Kalendertag
   *[other] { $count } Kalendertage
}
period-business-days = { $count ->
    [one] { $count } Arbeitstag
   *[other] { $count } Arbeitstage
}
period-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}

partner-unnamed = Eine Partnerorganisation
meaning = Der Partner wird als derjenige geführt, der Ihre Nutzung oder Ihren Kauf dieser Produkte beeinflusst, und kann für Vergütungen des Programms berücksichtigt werden. Es ist ein Eintrag im Programm: Für sich genommen ändert er weder Verträge noch Preise noch Zugriffsrechte. Ist die Widerspruchsfrist abgelaufen, geht der Eintrag an die Vergütungsprüfung, zusammen mit den Kennungen Ihres Verzeichnisses und der betroffenen Abonnements.
meaning-title = Was das bedeutet
association-title = Die Zuordnung
partner-label = Partner
partner-fact = { $partner }, MPN-ID { $mpn }
customer-label = Kunde
products-label = Produkte
page-label = Die Seite

notice-subject = { $partner } ist als Ihr Partner eingetragen: bitte prüfen
notice-heading = Ein Partner wurde Ihrer Organisation zugeordnet
notice-greeting = Guten Tag,
notice-claimed = { $partner } (MPN-ID { $mpn }) hat angegeben, Partner von { $customer } zu sein, und uns die geleistete Arbeit nachgewiesen. Die Angabe wurde für diese Produkte genehmigt:
notice-period = Sie können der Zuordnung widersprechen. Die Frist beträgt { $period } ab dieser Mitteilung. Hat Sie bereits eine frühere Mitteilung zu derselben Genehmigung erreicht, so zählt die Frist ab jener; die Seite zeigt das genaue Datum.
notice-silence = Wenn Sie einverstanden sind, müssen Sie nichts tun: Schweigen gilt als Zustimmung.
notice-next-title = So geht es weiter
notice-next = Sehen Sie sich die Zuordnung an und widersprechen Sie ihr dort, falls Sie nicht einverstanden sind. Das Öffnen der Seite ändert nichts.
notice-button = Zuordnung ansehen
notice-footer = Gesendet vom Programm Claimed Partner of Record, weil Sie als Ansprechperson von { $customer } angegeben sind. Der Link ist nur für Sie bestimmt; wer ihn hat, kann der Zuordnung widersprechen.

open-heading = Ein Partner wurde Ihrer Organisation zugeordnet
open-claimed = { $partner } (MPN-ID { $mpn }) hat angegeben, für die unten genannten Produkte Partner von { $customer } zu sein, und die Angabe wurde genehmigt.
open-status = Die Zuordnung wurde genehmigt; ein Widerspruch ist möglich.
open-until = Sie können der Zuordnung widersprechen, und zwar vor { $before }.
open-until-day = Sie können der Zuordnung widersprechen, und zwar vor { $before }. Der letzte Tag ist { $last-day }.
open-until-unknown = Sie können der Zuordnung schon jetzt widersprechen. Die Frist beträgt { $period } ab der Mitteilung; das genaue Datum steht hier, sobald die Mitteilung erfasst ist.
open-silence = Wenn Sie einverstanden sind, müssen Sie nichts tun: Schweigen gilt als Zustimmung. Das Öffnen dieser Seite ändert nichts.
open-disagree-title = Wenn Sie nicht einverstanden sind
open-disagree = Sie können der Zuordnung widersprechen. Auf der nächsten Seite werden Sie noch einmal gefragt; bis dahin geschieht nichts.
open-disagree-button = Ich bin nicht einverstanden
open-footer = Diese Seite ist nur für die Ansprechperson des Kunden bestimmt. Wer ihre Adresse hat, kann der Zuordnung widersprechen; bitte geben Sie sie nicht weiter.

confirm-heading = Möchten Sie der Zuordnung widersprechen?
confirm-consequence = Wenn Sie widersprechen, wird die Angabe des Partners abgelehnt, und der Partner erfährt davon. Ein Widerspruch lässt sich hier nicht zurücknehmen.
confirm-note = Grund, falls Sie einen angeben möchten
confirm-note-hint = Ihn lesen der Partner und die Prüfenden des Programms; er bleibt beim Vorgang. Höchstens 8.000 Zeichen.
confirm-note-fault = Es wurde noch kein Widerspruch eingelegt. Der Grund ist länger als 8.000 Zeichen oder enthält Zeichen, die sich nicht anzeigen lassen. Berichtigen Sie ihn und setzen Sie das Häkchen dann noch einmal.
confirm-box = Ja, ich widerspreche dieser Zuordnung.
confirm-missing = Es wurde noch kein Widerspruch eingelegt. Setzen Sie das Häkchen, wenn Sie widersprechen möchten.
confirm-button = Der Zuordnung widersprechen
confirm-back = Zurück, ohne zu widersprechen

denied-heading = Der Zuordnung wurde widersprochen
denied-status = Erledigt. Der Widerspruch ging ein am { $at }.
denied-next = Es ist nichts weiter zu tun. Die Angabe des Partners ist abgelehnt, und der Partner wird benachrichtigt.
denied-receipt = Wenn Sie einen Beleg brauchen, drucken oder speichern Sie diese Seite.
denied-title = Wogegen sich der Widerspruch richtet
approved-at-label = Genehmigt am
denied-at-label = Widersprochen am
note-label = Angegebener Grund
reference-label = Vorgangsnummer
passed-heading = Die Widerspruchsfrist ist abgelaufen
passed-status = Die Widerspruchsfrist ist ohne Widerspruch abgelaufen; das gilt als Zustimmung.
passed-next = Wenn Sie mit der Zuordnung nicht einverstanden sind, schreiben Sie dem Partner.
ended-heading = Die Zuordnung ist beendet
withdrawn-status = Der Partner hat seine Angabe zurückgezogen.
association-ended-status = Das Programm hat die Zuordnung beendet.
ended-next = Es ist nichts zu tun. Sollte erneut eine Angabe genehmigt werden, erhalten Sie eine neue Mitteilung.

no-page-heading = Diese Seite gibt es nicht
no-page = Diese Adresse stammt nicht von uns. E-Mail-Programme schneiden lange Adressen manchmal am Zeilenende ab.
no-page-next = Kopieren Sie die ganze Adresse aus der Mitteilung und öffnen Sie sie noch einmal.
try-again-heading = Bitte versuchen Sie es noch einmal
try-again = Ihre Anfrage konnte gerade nicht ausgeführt werden, und es wurde nichts geändert.
try-again-next = Öffnen Sie die Adresse aus der Mitteilung in einer Minute noch einmal.
question = Haben Sie eine Frage? Schreiben Sie dem Programm:
languages-label = Sprache
