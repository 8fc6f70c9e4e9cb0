# What the customer reads: the notice of an approval and the page behind its link, in English.
# Every language has the same messages; a test compares them. Each begins a sentence with the partner's name, so that it
# needs no inflection.

date = { $weekday } { $day } { $month } { $year }
instant = { $date }, { $time } ({ $zone })
weekday = { $number ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
month = { $number ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
period-days = { $count ->
    [one] { $count } calendar day
   *[other] { $count } calendar days
}
period-business-days = { $count ->
    [one] { $count } business day
   *[other] { $count } business days
}
period-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}

# In place of a name that is not known.
partner-unnamed = A partner organisation
meaning = The partner is recorded as the one who influences your use or purchase of these products, and may be considered for incentives of the program. It is a record of the program: by itself it changes no contract, price or access. Once the time to deny it has passed, the record goes to incentive assessment, with the ids of your directory and of the subscriptions concerned.
meaning-title = What it means
association-title = The association
partner-label = Partner
partner-fact = { $partner }, MPN id { $mpn }
customer-label = Customer
products-label = Products
page-label = The page

notice-subject = { $partner } is named as your partner of record: please check
notice-heading = A partner is associated with your organisation
notice-greeting = Hello,
notice-claimed = { $partner } (MPN id { $mpn }) has claimed to be the partner of record of { $customer }, and showed us proof of the work. The claim was approved, for these products:
notice-period = You may deny the association within { $period } after this notice. If an earlier notice about the same approval reached you, the time counts from that one; the page shows the exact date.
notice-silence = If you agree, you need not do anything: silence is consent.
notice-next-title = What to do next
notice-next = Look at the association and, if you do not agree with it, deny it there. Opening the page changes nothing.
notice-button = Look at the association
notice-footer = Sent by the Claimed Partner of Record program because you are named as the contact of { $customer }. The link is meant for you alone; whoever has it can deny the association.

open-heading = A partner is associated with your organisation
open-claimed = { $partner } (MPN id { $mpn }) has claimed to be the partner of record of { $customer } for the products below, and the claim was approved.
open-status = The association was approved, and can be denied.
open-until = You can deny the association before { $before }.
open-until-day = You can deny the association before { $before }. The last day is { $last-day }.
open-until-unknown = You can deny the association now, and for { $period } from the notice; the exact date is shown here once the notice is recorded.
open-silence = If you agree, you need not do anything: silence is consent. Opening this page changes nothing.
open-disagree-title = If you do not agree
open-disagree = You can deny the association. On the next page you are asked once more; until then nothing happens.
open-disagree-button = I do not agree
open-footer = This page is meant for the customer’s contact alone. Whoever has its address can deny the association, so please do not pass it on.

confirm-heading = Do you want to deny the association?
confirm-consequence = If you deny it, the claim is rejected and the partner is told. A denial cannot be taken back here.
confirm-note = Reason, if you want to give one
confirm-note-hint = The partner and the program’s reviewers read it, and it stays with the claim. At most 8,000 characters.
confirm-note-fault = Nothing has been denied yet. The reason is longer than 8,000 characters, or has characters that cannot be shown. Correct it, then tick the box again.
confirm-box = Yes, I want to deny this association.
confirm-missing = Nothing has been denied yet. Tick the box if you want to deny the association.
confirm-button = Deny the association
confirm-back = Back, without denying

denied-heading = The association was denied
denied-status = It is done: the association was denied on { $at }.
denied-next = There is nothing more to do. The claim is rejected, and the partner is being told.
denied-receipt = If you need a receipt, print or save this page.
denied-title = What was denied
approved-at-label = Claim approved on
denied-at-label = Denied on
note-label = Reason given
reference-label = Reference
passed-heading = The time to deny the association is over
passed-status = The time to deny the association passed without a denial, which counts as consent.
passed-next = If you do not agree with the association, write to the partner.
ended-heading = The association has ended
withdrawn-status = The partner withdrew its claim.
association-ended-status = The program ended the association.
ended-next = There is nothing to do. Should a claim be approved again, you get a new notice.

no-page-heading = There is no such page
no-page = The address is not one that we gave out. Email programs sometimes cut long addresses at the end of a line.
no-page-next = Copy the whole address from the notice and open it again.
try-again-heading = Please try again
try-again = Your request could not be carried out just now, and nothing was changed.
try-again-next = Open the address from the notice again in a minute.
question = Do you have a question? Write to the program:
languages-label = Language
