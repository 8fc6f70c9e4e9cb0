//! What each field of a request is, in words: what the contract of the API says about it.

/// What a field is. `owner` is the field that holds it, where its name alone does not tell.
pub(super) fn about(owner: &str, name: &str) -> Option<&'static str> {
    Some(match (owner, name) {
        // A document of another claim.
        (_, "from") => "A document of another claim of the organisation, to be copied instead of uploaded.",
        (_, "claimId") => "The claim that has it.",
        (_, "evidenceId") => "The document.",
        // A claim.
        ("customer", "name") => "The customer's name.",
        ("contact" | "partnerContact" | "technicalContact", "name") => "The person's name.",
        (_, "name") => "The claim's name, by which people tell it from others.",
        (_, "mpnId") => {
            "The location of the partner organisation that claims, by its MPN id: one of the caller's."
        }
        (_, "solutionArea") => "The product family. Activities and products depend on it.",
        (_, "activities") => "What the partner does for the customer.",
        (_, "customer") => "The end customer.",
        (_, "tenantId") => "The customer's directory, a GUID; braces or parentheses around it are cut.",
        (_, "domain") => "The customer's domain, such as `adatum.example`.",
        (_, "mailDomains") => {
            "Further domains that the customer has addresses in; none of a provider where anybody can have a mailbox."
        }
        (_, "contact") => "Who is notified of an approval, and can deny the association.",
        (_, "partnerContact") => "Who gets the partner's emails.",
        (_, "technicalContact") => "Who answers technical questions.",
        (_, "title") => "The person's position.",
        ("", "email") => {
            "The corrected address of the customer's contact; left out, the notice goes to the present one."
        }
        (_, "email") => "The address to write to.",
        (_, "language") => "The language to write to the person in; the program's if it is left out.",
        ("removeProducts", "product") | ("", "product") => "Its name, as the claim has it.",
        (_, "products") => "The products, each once.",
        (_, "product") => "The product, by its name in the catalogue.",
        (_, "subscriptionId") => "The product's subscription, a GUID; Business Applications only.",
        ("removeProducts", "endsOn") => "As the claim has it; it names nothing, and can be left out.",
        (_, "endsOn") => {
            "The last day of the product's subscription, if it is known: the partner is reminded before."
        }
        (_, "revenueAssociation") => "What a claim for revenue association says besides.",
        (_, "solutionSeller") => "The solution seller's name.",
        (_, "customerName") => "The customer's name, as the sale has it.",
        (_, "isvProduct") => "The name of the software vendor's product.",
        // A document.
        (_, "fileName") => "The document's name. Its ending says which kind of document it is.",
        (_, "mediaType") => "The media type of that kind; it may be left out.",
        (_, "size") => "The length of the document in bytes.",
        (_, "sha256") => "The SHA-256 of the document, in 64 hexadecimal digits.",
        // Commands and decisions.
        (_, "text") => "What there is to say.",
        (_, "internal") => "Whether it is a note between reviewers, which no partner sees.",
        (_, "justification") => {
            "Why the rejection should be looked at again. Left out, new proof has to say it."
        }
        (_, "cause") => "Why the claim is withdrawn.",
        (_, "code") => "What is missing.",
        (_, "reasons") => "What the partner has to do, each with a word to it.",
        (_, "removeProducts") => {
            "Products that the proof does not cover, and that the partner has to remove."
        }
        (_, "reason") => "Why. The partner is told.",
        (_, "note") => "More about it, in words.",
        (_, "confirmContact") => {
            "That the customer's contact was looked at, although its address is not known to be the customer's."
        }
        // A webhook.
        (_, "url") => "Where to send changes: an https address on a public server, at its default port.",
        (_, "description") => "What it is for, in a line of one's own.",
        (_, "events") => "The kinds of change to send, as the history names them; all if it is left out.",
        (_, "after") => "The number of the last change that is not wanted again; 0 for all.",
        (_, "confirm") => "That the association is to be denied.",
        _ => return None,
    })
}
