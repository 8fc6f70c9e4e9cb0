# En français : l’avis d’approbation et la page à laquelle mène son lien.

date = { $weekday } { $day ->
    [1] 1er
   *[other] { $day }
} { $month } { $year }
instant = { $date } à { $time } ({ $zone })
weekday = { $number ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
month = { $number ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
period-days = { $count ->
    [one] { $count } jour calendaire
   *[other] { $count } jours calendaires
}
period-business-days = { $count ->
    [one] { $count } jour ouvré
   *[other] { $count } jours ouvrés
}
period-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}

partner-unnamed = Une organisation partenaire
meaning = Le partenaire est enregistré comme celui qui influence votre utilisation ou votre achat de ces produits, et peut être pris en compte pour les rémunérations du programme. Il s’agit d’une inscription dans le programme : à elle seule, elle ne modifie aucun contrat, aucun prix ni aucun accès. Une fois le délai de refus écoulé, elle est transmise pour l’évaluation des rémunérations, avec les identifiants de votre annuaire et des abonnements concernés.
meaning-title = Ce que cela signifie
association-title = L’association
partner-label = Partenaire
partner-fact = { $partner }, identifiant MPN { $mpn }
customer-label = Client
products-label = Produits
page-label = La page

notice-subject = { $partner } est désigné comme votre partenaire : merci de vérifier
notice-heading = Un partenaire est associé à votre organisation
notice-greeting = Bonjour,
notice-claimed = { $partner } (identifiant MPN { $mpn }) a déclaré être le partenaire de { $customer } et nous a fourni la preuve du travail effectué. La déclaration a été approuvée pour ces produits :
notice-period = Vous pouvez refuser l’association dans un délai de { $period } à compter de cet avis. Si un avis antérieur concernant la même approbation vous est parvenu, le délai court à partir de celui-ci ; la page indique la date exacte.
notice-silence = Si vous êtes d’accord, vous n’avez rien à faire : votre silence vaut accord.
notice-next-title = Que faire maintenant
notice-next = Consultez l’association et, si vous n’êtes pas d’accord, refusez-la sur cette page. L’ouvrir ne change rien.
notice-button = Consulter l’association
notice-footer = Envoyé par le programme Claimed Partner of Record, car vous êtes indiqué comme contact de { $customer }. Le lien vous est réservé ; toute personne qui le possède peut refuser l’association.

open-heading = Un partenaire est associé à votre organisation
open-claimed = { $partner } (identifiant MPN { $mpn }) a déclaré être le partenaire de { $customer } pour les produits ci-dessous, et la déclaration a été approuvée.
open-status = L’association a été approuvée et peut être refusée.
open-until = Vous pouvez refuser l’association avant le { $before }.
open-until-day = Vous pouvez refuser l’association avant le { $before }. Le dernier jour est le { $last-day }.
open-until-unknown = Vous pouvez refuser l’association dès maintenant, et dans un délai de { $period } à compter de l’avis ; la date exacte s’affichera ici dès que l’avis sera enregistré.
open-silence = Si vous êtes d’accord, vous n’avez rien à faire : votre silence vaut accord. Ouvrir cette page ne change rien.
open-disagree-title = Si vous n’êtes pas d’accord
open-disagree = Vous pouvez refuser l’association. Une confirmation vous sera demandée à la page suivante ; d’ici là, rien ne change.
open-disagree-button = Je ne suis pas d’accord
open-footer = Cette page est réservée au contact du client. Toute personne qui en connaît l’adresse peut refuser l’association : merci de ne pas la transmettre.

confirm-heading = Voulez-vous refuser l’association ?
confirm-consequence = Si vous la refusez, la déclaration sera rejetée et le partenaire en sera informé. Un refus ne peut pas être annulé ici.
confirm-note = Motif, si vous souhaitez en donner un
confirm-note-hint = Le partenaire et les examinateurs du programme le liront, et il restera joint à la déclaration. 8 000 caractères au maximum.
confirm-note-fault = Rien n’a encore été refusé. Le motif dépasse 8 000 caractères ou contient des caractères qui ne peuvent pas être affichés. Corrigez-le, puis cochez de nouveau la case.
confirm-box = Oui, je veux refuser cette association.
confirm-missing = Rien n’a encore été refusé. Cochez la case si vous voulez refuser l’association.
confirm-button = Refuser l’association
confirm-back = Revenir sans refuser

denied-heading = L’association a été refusée
denied-status = C’est fait : l’association a été refusée le { $at }.
denied-next = Vous n’avez plus rien à faire. La déclaration est rejetée et le partenaire va en être informé.
denied-receipt = Si vous avez besoin d’un justificatif, imprimez ou enregistrez cette page.
denied-title = Ce qui a été refusé
approved-at-label = Date de l’approbation
denied-at-label = Date du refus
note-label = Motif donné
reference-label = Référence
passed-heading = Le délai de refus est écoulé
passed-status = Le délai de refus s’est écoulé sans refus, ce qui vaut accord.
passed-next = Si vous n’êtes pas d’accord avec l’association, écrivez au partenaire.
ended-heading = L’association a pris fin
withdrawn-status = Le partenaire a retiré sa déclaration.
association-ended-status = Le programme a mis fin à l’association.
ended-next = Vous n’avez rien à faire. Si une déclaration est de nouveau approuvée, vous recevrez un nouvel avis.

no-page-heading = Cette page n’existe pas
no-page = Cette adresse ne vient pas de nous. Les logiciels de messagerie coupent parfois les longues adresses en fin de ligne.
no-page-next = Copiez l’adresse complète depuis l’avis et ouvrez-la de nouveau.
try-again-heading = Veuillez réessayer
try-again = Votre demande n’a pas pu être traitée pour le moment, et rien n’a été modifié.
try-again-next = Ouvrez de nouveau l’adresse indiquée dans l’avis dans une minute.
question = Vous avez une question ? Écrivez au programme :
languages-label = Langue
