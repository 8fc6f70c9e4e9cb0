//! The rules, each with its number and its sentence: what refusals, problem documents, history and tests cite, and what
//! `GET /v1/rules` serves. The rulebook, `infra/docs/rules.md`, says more about each, with examples.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::ids::{NotAnId, written_by_pattern};

/// Declares the rules: the number of each and its sentence, in the order of the rulebook. Between the two, `(decided)`
/// marks a rule that is decided and not in force yet; every other rule is in force.
macro_rules! rules {
    (@in_force) => { true };
    (@in_force decided) => { false };
    ($($rule:ident $(($mark:ident))? = $sentence:literal,)+) => {
        /// A rule of a claim: R is what the program states, D is decided where it is silent, I is what the system
        /// guarantees.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $sentence] $rule,)+
        }

        impl Rule {
            /// Every rule, in the order of the rulebook.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)+];

            /// The number that it is cited by, such as `R13`.
            pub fn number(self) -> &'static str {
                match self { $(Self::$rule => stringify!($rule),)+ }
            }

            /// What it says, in a sentence or two.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$rule => $sentence,)+ }
            }

            /// Whether the system keeps it today; otherwise it is decided and still to come.
            pub fn is_in_force(self) -> bool {
                match self { $(Self::$rule => rules!(@in_force $($mark)?),)+ }
            }
        }
    };
}

rules! {
    R1 = "Partner users act as billing admin, global admin or incentives admin; nobody else in a partner \
          organisation sees or changes claims.",
    R2 = "Reviewers check the proof of execution, a review lead watches over them, and both see a claim from \
          its first submission on. The end customer has no account and answers through a link.",
    R3 = "A claim is about one product family: Business Applications or Microsoft 365. Pre-sales work leads \
          to the program OSA, usage to OSU, revenue association to Business Influencer.",
    R4 = "Approved means that the partner is associated with the customer, not that earnings or payouts are \
          approved: another system decides on those, by the program guide. The claim and the approval email \
          say so and link the guide.",
    R5 = "What is sent to incentive assessment names the customer's tenant and every subscription of the \
          claim, since the partner checks its earnings and payout reports by them.",
    R6 = "A claim is in editing from its creation until its partner submits it, which takes at least one \
          document that is completely uploaded and in which no threat was found. A resubmission and an \
          approval take one as well.",
    R7 = "A submitted claim waits for a reviewer, who is expected to start the review within 5 business \
          days.",
    R8 = "In review, a reviewer checks the proof of execution and is expected to decide within 5 business \
          days: to approve, to reject or to ask the partner for action.",
    R9 = "A partner who is asked for action supplies what is missing and resubmits within 5 business days. \
          Otherwise the claim is rejected for want of an answer.",
    R10 = "An approved claim stays approved during the consent period and after it, unless the customer \
           denies, the partner withdraws or a reviewer ends the association.",
    R11 = "A claim is rejected when its proof does not suffice, no answer came in time, the customer denied, \
           the partner asked for it or its whole association was ended. Most rejections can be disputed for \
           30 days.",
    R12 = "Reviewers promise a decision within 10 business days of their own time, queue and review \
           together. While the partner is asked for action, that time stands still.",
    R13 = "After an approval the customer gets a notice, and has 7 days to deny the association. Who says \
           nothing consents.",
    R14 = "A claim goes to incentive assessment once the consent period of 7 days has passed without a \
           denial, and never earlier.",
    R15 = "A customer who denies within the consent period rejects the claim; the reason is customerDecline.",
    R16 = "Whoever may see a claim can look up at any time where it stands, why it stands there and what has \
           happened to it.",
    R17 = "A request for action gives one or more reasons from a fixed list, each with the reviewer's own \
           words if they help. The reason other always needs words.",
    R18 = "A rejection has one reason from a fixed list, and words where the reason is other. Reviewers \
           choose among five; the others follow from what the partner or the customer did, or did not do in \
           time.",
    R19 = "A request for action can name products for the partner to remove, because the proof of execution \
           does not cover them.",
    R20 = "The partner has 30 days to dispute a rejection. Later it is told to file a new claim with updated \
           proof of execution instead.",
    R21 = "A dispute needs a business justification, updated proof of execution, or both.",
    R22 = "The email that tells of a rejection names the place where the reason is found, the way to dispute \
           it and the last day to do so.",
    R23 = "Reviewers promise an answer to a dispute within 5 business days; its result goes to the partner \
           by email.",
    R24 = "A draft can be edited in full. While a claim is submitted or its partner is asked for action, \
           only MPN id, products, contacts of customer and partner, and further documents can change. A \
           rejected claim takes documents for its dispute, an approved one those of D26, any other claim \
           nothing.",
    R25 = "Partner and reviewers ask and answer each other in the comments of the claim.",
    R26 = "Every change, comment and action stands in the claim's history, with its time, the person and the \
           role; an edit stands there with each field's old and new value.",
    D1 = "Counting begins with the day after the event, and a period ends with its last day, in the \
          program's time zone. Business days are working days that are no holidays; other days are calendar \
          days.",
    D2 = "A due instant is worked out once, stored, and shown with the name of its calendar; a calendar that \
          changes later leaves it alone. Only promises that pause move, and the history shows each move.",
    D3 = "The periods of the clocks, the time zone, the working week, its extra days and the holidays are \
          configuration; malformed, they stop the start and the fault is named. An alarm is raised 60 \
          days before the list of holidays ends. Fixed are D8's 30 days, an upload's 24 hours and the \
          reminder's 09:00.",
    D4 = "A paused promise has used each business day at whose first instant it was running. When the \
          partner resubmits, the days left count from the next day on, and there is at least one business \
          day. A resumption records the calendar and the zone by which it was reckoned.",
    D5 = "A reviewer's lateness never approves or rejects a claim and changes no status: the claim is marked \
          as breached, the history says so and the review lead is told, and told again until reviewers act. \
          What is late stays on top of every list, and no email promises an instant that has passed.",
    D6 = "A claim can be disputed once; rejected again, it stays rejected. During a dispute only the \
          dispute's own promise of 5 business days runs; it pauses while the partner is asked for action.",
    D7 = "A rejection that the partner asked for cannot be disputed. Every approval, one won by a dispute \
          too, opens a new consent period, since documents do not replace the customer's consent.",
    D8 = "The partner can withdraw a claim from its submission until its rejection, giving a cause; after \
          the hand-off a recall follows. A draft is discarded instead: its files are deleted, and it can be \
          read by its id for 30 days.",
    D9 = "The link in the customer's notice works without an account, for one approval; only its hash is \
          stored. Opening it changes nothing. The customer can deny once, on a page of its own and with a \
          choice that no machine makes, from the approval until the period's end.",
    D10 = "Documents are only ever added, and at least one product stays in a claim. The MPN id can be \
           changed only within the partner organisation.",
    D11 = "An edit and a reviewer's decision name the revision of the claim that they were made on, and are \
           refused if the claim has changed since.",
    D12 = "A claim is closed when it is discarded, or rejected and no longer disputable: only deliveries, \
           scans and the end of its retention are recorded then. After the hand-off, only comments, a \
           withdrawal, the end of the association and what D26 allows follow.",
    D13 = "Internal notes between reviewers are in the history, and no partner ever sees them: not as an \
           entry, not as a gap in its numbers, not as a later date of change.",
    D14 = "Microsoft 365 claims are for usage, of workloads. Business Applications claims are for pre-sales, \
           usage or both, or for revenue association alone, and each product has its subscription. No \
           workload or subscription is named twice.",
    D15 = "A Microsoft 365 workload of a tenant, or a subscription whatever its activity, has one approved \
           claim at a time. A claim for what another holds is marked contested, and is not approved before \
           a reviewer has ended the holder's association.",
    D16 = "No claim is handed off without a notice: its acceptance by the email service starts the consent \
           period, which is suspended while no accepted notice is left that has not failed. A contact \
           outside the customer's domains is confirmed with the approval; a partner corrects it within \
           what was approved.",
    D17 = "Only the reviewer whom the claim is assigned to asks for action, approves or rejects; the review \
           lead can take it over. A dispute is taken, asked about and decided by another person than the one \
           who rejected, unless configuration allows the same.",
    D18 = "Emails tell the partner what happened to its claim and what it has to do, the customer of the \
           approval, and the review lead of breaches, of notices that bounced or were complained of, and of \
           emails to the partner that bounced.",
    D19 = "Names have at most 200 characters, comments and justifications 8,000, a claim 50 products and 30 \
           documents of up to 20 MB, a request 256 kB. An upload expires after 24 hours. In a day an \
           organisation creates at most 1,000 claims and announces at most 3,000 uploads, unless configured \
           otherwise.",
    D20 = "A document is announced, then scanning, then clean, infected or unscannable, or notScanned where \
           nobody scans. It counts as proof unless it is infected or only announced. What a \
           partner can read in one of its claims, it can add to another. Files that no claim needs any more \
           are deleted.",
    D21 = "People see a partner organisation by its display name, which comes from the token and \
           is recorded with each of its commands. A customer's contact can have a language, in \
           which its notice and page are written.",
    D22 = "A closed claim keeps files and contacts for a configured time, 24 months by default; \
           then its history stays, without persons. A discarded claim is gone after its 30 days. \
           An operator can erase a contact everywhere at once.",
    D23 = "Every change that a partner may see has a number among all changes of its organisation, from 1 \
           on without gaps. It gets it once, after it has happened, and a claim's changes get theirs in \
           the order of its history. A number keeps its change, whatever becomes of the claim.",
    D24 = "An organisation has its changes sent to up to five webhooks, signed, and never to an address that \
           is not public. A change is sent until it is taken, for about a day; then it is parked, which the \
           webhook shows and its contact is told once. From any number on, changes can be sent again.",
    D25 = "A program acts as a machine client: under a name of its own, in one role, for one partner \
           organisation or as a reviewer, and never as the review lead. What it does is told as a program's.",
    D26 = "Who holds what a claim of another organisation contests is told so by email, once for each such \
           claim and never by whom. From then on it can add newer proof of execution to its approved claim, \
           which reviewers see beside the other side's.",
    D27 = "A product can have the last day of its subscription, which lies ahead when it is written. While the \
           claim is approved, its partner is reminded by email 30 days before that day, or on the day after \
           the approval if that is later, and can claim anew what continues.",
    I1 = "One part of the system decides what happens to a claim and one part stores it; nothing else \
          changes a claim.",
    I2 = "Every change of a claim is an event. Events are numbered without gaps, and replaying them gives \
          the claim as it is stored; contacts lie beside them, so that a person can be erased and the \
          history still replays.",
    I3 = "Before anything else is done with a claim, whatever is due is applied, in the order in which it \
          was due, and stays applied even if the request is then refused. Reading shows the claim that way \
          and writes nothing.",
    I4 = "A timer is only a hint to look at the claim; what is stored says what is due. One that comes \
          twice, or for something that is over, changes nothing, and one that comes early comes again.",
    I5 = "What must follow from a change (timers, emails, messages, deletions) is stored with the change and \
          survives a crash. What keeps failing is set aside with an alarm, and the rest goes on.",
    I6 = "Incentive assessment is asked once for each approval, only after the consent period has passed, \
          and again only after the earlier request was recalled. Each message names the one that it follows.",
    I7 = "The partner organisation of a request comes from its token alone, and another organisation's claim \
          is not found. Each part of the system has only the permissions that it uses.",
    I8 = "Reading changes nothing, and neither does opening the customer's link.",
    I9 = "History runs forward: no event is dated before the one that precedes it, although the clocks of \
          machines differ.",
    I10 = "There is one set of rules: commands, trial runs, pages and views all ask it, and none \
           of them decides by rules of its own.",
    I11 (decided) = "Every release can read what earlier ones have stored, and an old and a new release can \
                     run at the same time.",
    I12 = "Text from strangers is checked before it gets into a page, a log, the name of a file, or the \
           subject or greeting of an email.",
}

written_by_pattern!(Rule, "^[RDI][1-9][0-9]?$");

impl Rule {
    /// The address at which the rule is served.
    pub fn reference(self) -> String {
        format!("/v1/rules/{self}")
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.number())
    }
}

impl FromStr for Rule {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let mut all = Self::ALL.iter().copied();
        all.find(|rule| rule.number().eq_ignore_ascii_case(text)).ok_or(NotAnId { kind: "Rule" })
    }
}

/// Says in a test's body which rules it proves. The compiler checks that the rules exist, and
/// `tests/repository` reads which ones are proved.
#[macro_export]
macro_rules! proves {
    ($($rule:ident),+ $(,)?) => {
        const _: &[$crate::rule::Rule] = &[$($crate::rule::Rule::$rule),+];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_back_in_either_letter_case() {
        for rule in Rule::ALL {
            let number = rule.number();
            assert_eq!(number.parse(), Ok(*rule));
            assert_eq!(number.to_lowercase().parse(), Ok(*rule));
            assert_eq!(rule.to_string(), number);
            assert_eq!(serde_json::to_value(rule).unwrap(), number);
            assert_eq!(rule.reference(), format!("/v1/rules/{number}"));
        }
        for text in ["", "R", "R100", "R001", " R1", "R1 ", "X1", "1", "R1,R2", "ř1"] {
            assert_eq!(text.parse::<Rule>(), Err(NotAnId { kind: "Rule" }), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_in_order_and_without_gaps_within_each_letter() {
        let numbers: Vec<_> = Rule::ALL.iter().map(|rule| rule.number()).collect();
        let of = |letter: &str| numbers.iter().filter(|number| number.starts_with(letter)).count();
        let expected: Vec<_> = ["R", "D", "I"]
            .into_iter()
            .flat_map(|letter| (1..=of(letter)).map(move |number| format!("{letter}{number}")))
            .collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn a_sentence_is_short_and_plain_and_ends_with_a_full_stop() {
        for rule in Rule::ALL {
            let sentence = rule.sentence();
            assert!(sentence.ends_with('.'), "{rule}: {sentence}");
            assert!(sentence.chars().count() <= 300, "{rule}: {} characters", sentence.chars().count());
            assert!(!sentence.contains(['<', '>', '&']), "{rule}: {sentence}");
            assert!(!sentence.contains("  ") && !sentence.contains('\n'), "{rule}: {sentence}");
        }
    }

    #[test]
    fn a_rule_that_is_marked_is_not_in_force() {
        let decided: Vec<_> = Rule::ALL.iter().filter(|rule| !rule.is_in_force()).collect();
        assert_eq!(decided, [&Rule::I11]);
    }
}
