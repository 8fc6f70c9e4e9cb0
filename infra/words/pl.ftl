# Po polsku: powiadomienie o zatwierdzeniu i strona, do której prowadzi jego odnośnik.

date = { $weekday }, { $day } { $month } { $year } r.
instant = { $date }, godz. { $time } ({ $zone })
weekday = { $number ->
    [1] poniedziałek
    [2] wtorek
    [3] środa
    [4] czwartek
    [5] piątek
    [6] sobota
   *[7] niedziela
}
month = { $number ->
    [1] stycznia
    [2] lutego
    [3] marca
    [4] kwietnia
    [5] maja
    [6] czerwca
    [7] lipca
    [8] sierpnia
    [9] września
    [10] października
    [11] listopada
   *[12] grudnia
}
period-days = { $count ->
    [one] { $count } dzień kalendarzowy
    [few] { $count } dni kalendarzowe
   *[other] { $count } dni kalendarzowych
}
period-business-days = { $count ->
    [one] { $count } dzień roboczy
    [few] { $count } dni robocze
   *[other] { $count } dni roboczych
}
period-minutes = { $count ->
    [one] { $count } minuta
    [few] { $count } minuty
   *[other] { $count } minut
}

partner-unnamed = Organizacja partnerska
meaning = Partner zostaje zapisany jako ten, kto ma wpływ na korzystanie z tych produktów lub na ich zakup w Państwa organizacji, i może zostać uwzględniony przy wynagrodzeniach w programie. Jest to wyłącznie zapis w programie: sam w sobie nie zmienia żadnej umowy, ceny ani dostępu. Gdy minie czas na sprzeciw, zapis trafia do oceny wynagrodzeń wraz z identyfikatorami Państwa katalogu i subskrypcji, których dotyczy.
meaning-title = Co to oznacza
association-title = Powiązanie
partner-label = Partner
partner-fact = { $partner }, identyfikator MPN { $mpn }
customer-label = Klient
products-label = Produkty
page-label = Strona

notice-subject = { $partner } – partner wskazany dla Państwa organizacji: prosimy sprawdzić
notice-heading = Partner został powiązany z Państwa organizacją
notice-greeting = Dzień dobry,
notice-claimed = { $partner } (identyfikator MPN { $mpn }) zgłasza się jako partner organizacji { $customer }. Przedstawiono nam dowód wykonanej pracy, a zgłoszenie zostało zatwierdzone dla tych produktów:
notice-period = Mogą Państwo sprzeciwić się powiązaniu; czas na to wynosi { $period } od tego powiadomienia. Jeśli dotarło do Państwa wcześniejsze powiadomienie o tym samym zatwierdzeniu, czas liczy się od niego; dokładną datę pokazuje strona.
notice-silence = Jeśli się Państwo zgadzają, nie trzeba nic robić: brak odpowiedzi oznacza zgodę.
notice-next-title = Co dalej
notice-next = Prosimy obejrzeć powiązanie i – jeśli się Państwo z nim nie zgadzają – zgłosić tam sprzeciw. Samo otwarcie strony niczego nie zmienia.
notice-button = Zobacz powiązanie
notice-footer = Wiadomość programu Claimed Partner of Record. Otrzymują ją Państwo jako osoba do kontaktu po stronie klienta: { $customer }. Odnośnik jest przeznaczony tylko dla Państwa; kto go ma, może zgłosić sprzeciw.

open-heading = Partner został powiązany z Państwa organizacją
open-claimed = { $partner } (identyfikator MPN { $mpn }) zgłasza się jako partner organizacji { $customer } dla poniższych produktów, a zgłoszenie zostało zatwierdzone.
open-status = Powiązanie zostało zatwierdzone i można się mu sprzeciwić.
open-until = Sprzeciw można zgłosić przed terminem: { $before }.
open-until-day = Sprzeciw można zgłosić przed terminem: { $before }. Ostatni dzień to { $last-day }
open-until-unknown = Sprzeciw można zgłosić już teraz; czas na to wynosi { $period } od powiadomienia. Dokładna data pojawi się tutaj, gdy powiadomienie zostanie odnotowane.
open-silence = Jeśli się Państwo zgadzają, nie trzeba nic robić: brak odpowiedzi oznacza zgodę. Samo otwarcie tej strony niczego nie zmienia.
open-disagree-title = Jeśli się Państwo nie zgadzają
open-disagree = Mogą Państwo sprzeciwić się powiązaniu. Na następnej stronie zapytamy jeszcze raz; do tego czasu nic się nie stanie.
open-disagree-button = Nie zgadzam się
open-footer = Ta strona jest przeznaczona tylko dla osoby do kontaktu po stronie klienta. Kto zna jej adres, może zgłosić sprzeciw, dlatego prosimy go nie przekazywać.

confirm-heading = Czy chcą Państwo zgłosić sprzeciw?
confirm-consequence = Jeśli zgłoszą Państwo sprzeciw, zgłoszenie partnera zostanie odrzucone, a partner się o tym dowie. Sprzeciwu nie można tu cofnąć.
confirm-note = Powód, jeśli chcą go Państwo podać
confirm-note-hint = Przeczyta go partner i osoby sprawdzające zgłoszenia w programie; pozostanie przy zgłoszeniu. Najwyżej 8000 znaków.
confirm-note-fault = Sprzeciw nie został jeszcze zgłoszony. Powód ma więcej niż 8000 znaków albo zawiera znaki, których nie można pokazać. Prosimy go poprawić, a potem ponownie zaznaczyć pole.
confirm-box = Tak, sprzeciwiam się temu powiązaniu.
confirm-missing = Sprzeciw nie został jeszcze zgłoszony. Aby go zgłosić, prosimy zaznaczyć pole.
confirm-button = Zgłoś sprzeciw
confirm-back = Wróć bez zgłaszania sprzeciwu

denied-heading = Zgłoszono sprzeciw
denied-status = Gotowe. Sprzeciw wobec powiązania zgłoszono: { $at }.
denied-next = Nie trzeba już nic robić. Zgłoszenie partnera zostało odrzucone, a partner zostanie o tym powiadomiony.
denied-receipt = Jeśli potrzebują Państwo potwierdzenia, prosimy wydrukować lub zapisać tę stronę.
denied-title = Czego dotyczy sprzeciw
approved-at-label = Data zatwierdzenia
denied-at-label = Data sprzeciwu
note-label = Podany powód
reference-label = Numer sprawy
passed-heading = Czas na sprzeciw minął
passed-status = Czas na sprzeciw minął bez sprzeciwu, co oznacza zgodę.
passed-next = Jeśli nie zgadzają się Państwo z powiązaniem, prosimy napisać do partnera.
ended-heading = Powiązanie zostało zakończone
withdrawn-status = Partner wycofał zgłoszenie.
association-ended-status = Program zakończył powiązanie.
ended-next = Nie trzeba nic robić. Jeśli zgłoszenie zostanie ponownie zatwierdzone, otrzymają Państwo nowe powiadomienie.

no-page-heading = Nie ma takiej strony
no-page = Nie wydaliśmy takiego adresu. Programy pocztowe czasem ucinają długie adresy na końcu wiersza.
no-page-next = Prosimy skopiować z powiadomienia cały adres i otworzyć go ponownie.
try-again-heading = Prosimy spróbować ponownie
try-again = Nie udało się teraz wykonać żądania i nic nie zostało zmienione.
try-again-next = Prosimy za minutę ponownie otworzyć adres z powiadomienia.
question = Mają Państwo pytanie? Prosimy napisać do programu:
languages-label = Język
