# En español: el aviso de una aprobación y la página a la que lleva su enlace.

date = { $weekday } { $day } de { $month } de { $year }
instant = { $date }, { $time } ({ $zone })
weekday = { $number ->
    [1] lunes
    [2] martes
    [3] miércoles
    [4] jueves
    [5] viernes
    [6] sábado
   *[7] domingo
}
month = { $number ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
}
period-days = { $count ->
    [one] { $count } día natural
   *[other] { $count } días naturales
}
period-business-days = { $count ->
    [one] { $count } día hábil
   *[other] { $count } días hábiles
}
period-minutes = { $count ->
    [one] { $count } minuto
   *[other] { $count } minutos
}

partner-unnamed = Una organización asociada
meaning = El socio queda registrado como quien influye en su uso o compra de estos productos, y puede ser tenido en cuenta para los incentivos del programa. Es un registro del programa: por sí solo no cambia ningún contrato, precio ni acceso. Una vez transcurrido el plazo para rechazarla, el registro pasa a la evaluación de incentivos, con los identificadores de su directorio y de las suscripciones afectadas.
meaning-title = Qué significa
association-title = La asociación
partner-label = Socio
partner-fact = { $partner }, identificador MPN { $mpn }
customer-label = Cliente
products-label = Productos
page-label = La página

notice-subject = { $partner } figura como su socio: compruébelo, por favor
notice-heading = Un socio ha quedado asociado a su organización
notice-greeting = Hola:
notice-claimed = { $partner } (identificador MPN { $mpn }) ha declarado ser el socio de { $customer } y nos ha presentado pruebas del trabajo realizado. La declaración se ha aprobado para estos productos:
notice-period = Puede rechazar la asociación en un plazo de { $period } a partir de este aviso. Si ya recibió un aviso anterior sobre la misma aprobación, el plazo cuenta desde aquel; la página muestra la fecha exacta.
notice-silence = Si está de acuerdo, no tiene que hacer nada: el silencio equivale a consentimiento.
notice-next-title = Qué hacer ahora
notice-next = Consulte la asociación y, si no está de acuerdo, rechácela allí. Abrir la página no cambia nada.
notice-button = Consultar la asociación
notice-footer = Enviado por el programa Claimed Partner of Record porque usted figura como contacto de { $customer }. El enlace es solo para usted; quien lo tenga puede rechazar la asociación.

open-heading = Un socio ha quedado asociado a su organización
open-claimed = { $partner } (identificador MPN { $mpn }) ha declarado ser el socio de { $customer } para los productos que figuran abajo, y la declaración se ha aprobado.
open-status = La asociación se ha aprobado y se puede rechazar.
open-until = Puede rechazar la asociación antes del { $before }.
open-until-day = Puede rechazar la asociación antes del { $before }. El último día es el { $last-day }.
open-until-unknown = Puede rechazar la asociación ya ahora, y durante { $period } a partir del aviso; la fecha exacta aparecerá aquí en cuanto el aviso quede registrado.
open-silence = Si está de acuerdo, no tiene que hacer nada: el silencio equivale a consentimiento. Abrir esta página no cambia nada.
open-disagree-title = Si no está de acuerdo
open-disagree = Puede rechazar la asociación. En la página siguiente se le preguntará una vez más; hasta entonces no ocurre nada.
open-disagree-button = No estoy de acuerdo
open-footer = Esta página es solo para la persona de contacto del cliente. Quien tenga su dirección puede rechazar la asociación; por favor, no la comparta.

confirm-heading = ¿Quiere rechazar la asociación?
confirm-consequence = Si la rechaza, la declaración quedará rechazada y se informará al socio. Aquí no se puede deshacer un rechazo.
confirm-note = Motivo, si quiere indicar uno
confirm-note-hint = Lo leerán el socio y los revisores del programa, y quedará con la declaración. 8000 caracteres como máximo.
confirm-note-fault = Todavía no se ha rechazado nada. El motivo tiene más de 8000 caracteres o contiene caracteres que no se pueden mostrar. Corríjalo y vuelva a marcar la casilla.
confirm-box = Sí, quiero rechazar esta asociación.
confirm-missing = Todavía no se ha rechazado nada. Marque la casilla si quiere rechazar la asociación.
confirm-button = Rechazar la asociación
confirm-back = Volver sin rechazar

denied-heading = La asociación se ha rechazado
denied-status = Hecho: la asociación se rechazó el { $at }.
denied-next = No tiene que hacer nada más. La declaración queda rechazada y se está informando al socio.
denied-receipt = Si necesita un justificante, imprima o guarde esta página.
denied-title = Qué se ha rechazado
approved-at-label = Fecha de la aprobación
denied-at-label = Fecha del rechazo
note-label = Motivo indicado
reference-label = Referencia
passed-heading = El plazo para rechazar la asociación ha terminado
passed-status = El plazo ha transcurrido sin rechazo, lo que equivale a consentimiento.
passed-next = Si no está de acuerdo con la asociación, escriba al socio.
ended-heading = La asociación ha terminado
withdrawn-status = El socio ha retirado su declaración.
association-ended-status = El programa ha puesto fin a la asociación.
ended-next = No tiene que hacer nada. Si se vuelve a aprobar una declaración, recibirá un nuevo aviso.

no-page-heading = Esta página no existe
no-page = Esa dirección no es nuestra. A veces los programas de correo cortan las direcciones largas al final de una línea.
no-page-next = Copie la dirección completa del aviso y ábrala de nuevo.
try-again-heading = Vuelva a intentarlo
try-again = Su solicitud no se ha podido realizar en este momento y no se ha cambiado nada.
try-again-next = Abra de nuevo la dirección del aviso dentro de un minuto.
question = ¿Tiene alguna pregunta? Escriba al programa:
languages-label = Idioma
