//! Proof: documents are hashed and uploaded by the page's script, and every refusal says how to go on.

use claim_domain::rule::Rule;
use e2e::stages::{action_required, draft, rejected, submitted};
use e2e::{Failed, docx, encrypted_pdf, infected_pdf, pdf, png, slow_pdf};
use serde_json::json;

use crate::fixtures::{CAME_BACK, Case, World, case, holds, is_sound, same};
use crate::sessions::signed_in;
use crate::writing::{choose, prove, submit};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_claim_is_submitted_again_with_new_proof", again).proves(&[Rule::R9]),
        case("a_rejection_is_disputed_with_new_proof", disputed).proves(&[Rule::R21, Rule::R24]),
        case("a_file_that_is_no_proof_says_so_in_plain_words", refused).complains(CAME_BACK),
        case("files_are_dropped_several_at_once", dropped),
        case("a_failed_upload_is_tried_again_as_the_same_document", tried_again),
        case("a_document_of_another_claim_is_added_with_a_button", added).proves(&[Rule::D20]),
        case("the_page_of_proof_says_that_choosing_a_file_needs_scripts", without_scripts),
    ]
}

fn again(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    action_required(&mut claim, "Asked and answered")?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}", claim.id))?;
    nadia.follow("Add proof")?;
    is_sound(&nadia)?;
    prove(&nadia, &["dated.pdf"])?;
    nadia.follow("Go on to check your answers")?;
    nadia.says("What the reviewer asked for")?;
    is_sound(&nadia)?;
    submit(&mut claim, &nadia, "Submit the claim again")?;
    claim.becomes("/status", &json!("submitted"))?;
    same(claim.claim["evidence"].as_array().map(Vec::len), Some(2), "the documents")
}

fn disputed(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    rejected(&mut claim, "Disputed with new proof")?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}", claim.id))?;
    nadia.follow("Add or check proof")?;
    nadia.says("What you add joins the claim with your dispute")?;
    is_sound(&nadia)?;
    prove(&nadia, &["newer.pdf"])?;
    nadia.follow("Go on to the dispute")?;
    nadia.says("newer.pdf")?;
    is_sound(&nadia)?;
    nadia.press("Dispute the rejection")?;
    nadia.says("The rejection is disputed.")?;
    claim.becomes("/dispute/state", &json!("open"))
}

fn refused(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    claim.create(&draft("Wrong files", &["Teams"]))?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}/proof", claim.id))?;
    let macros = "is a document with macros, which is not accepted. Save it without macros, as docx, xlsx or pptx, and choose \
                  that.";
    let cases: [(&str, Vec<u8>, &str); 8] = [
        (
            "archive.zip",
            pdf("Zip"),
            "is an archive and no Office document, which is not accepted. Choose each document",
        ),
        ("macros.docm", docx("Macros"), macros),
        (
            "picture.pdf",
            png(),
            "is of another kind than its ending says. Give the file the ending png, and choose it again.",
        ),
        ("empty.pdf", Vec::new(), "The file is empty. Save the document anew, and choose that."),
        (
            "large.pdf",
            vec![b' '; (20 << 20) + 1],
            "The file is larger than 20 MB. Save it smaller, or split it.",
        ),
        (
            "locked.pdf",
            encrypted_pdf("Locked"),
            "Could not be checked for viruses. If it has a password, add a copy without one.",
        ),
        ("virus.pdf", infected_pdf("Virus"), "A virus was found: it does not count. Add a copy without it."),
        // The page says by itself when the check is over.
        ("slow.pdf", slow_pdf("Slow"), "slow.pdf Uploaded"),
    ];
    let files: Vec<(&str, Vec<u8>)> = cases.iter().map(|(name, bytes, _)| (*name, bytes.clone())).collect();
    choose(&nadia, &files)?;
    nadia.says("Being checked for viruses")?;
    for (_, _, said) in &cases {
        nadia.says(said)?;
    }
    nadia.says_nothing_of("announce")?;
    nadia.says_nothing_of("Try again")?;
    is_sound(&nadia)
}

fn dropped(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    submitted(&mut claim, "Dropped files")?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}/proof", claim.id))?;
    nadia.run(
        "const dataTransfer = new DataTransfer();
        for (const name of ['one.pdf', 'two.pdf']) dataTransfer.items.add(new File(['%PDF-1.4 ' + name + ' %%EOF'], name));
        document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));",
    )?;
    nadia.says("one.pdf Uploaded")?;
    nadia.says("two.pdf Uploaded")?;
    let claim = claim.look("nadia")?;
    same(claim["evidence"].as_array().map(Vec::len), Some(3), "the documents")
}

fn tried_again(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    claim.create(&draft("Tried again", &["Teams"]))?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}/proof", claim.id))?;
    nadia.run(
        "const { send } = XMLHttpRequest.prototype;
        XMLHttpRequest.prototype.send = function () { XMLHttpRequest.prototype.send = send; this.onerror(); };",
    )?;
    choose(&nadia, &[("interrupted.pdf", pdf("Interrupted"))])?;
    nadia.says("It did not arrive.")?;
    is_sound(&nadia)?;
    nadia.press("Try again: interrupted.pdf")?;
    nadia.says("interrupted.pdf Uploaded")?;
    let documents = claim.look("nadia")?["evidence"].clone();
    same(documents.as_array().map(Vec::len), Some(1), "the documents that were announced")
}

fn added(world: &World) -> Result<(), Failed> {
    let mut first = world.claim();
    first.create(&draft("Proof to use twice", &["Teams"]))?;
    first.upload("used-twice.pdf")?;
    let mut second = world.claim();
    second.create(&draft("Proof used twice", &["Exchange"]))?;
    let nadia = world.browsers.somebody()?;
    nadia.runs_no_scripts()?;
    nadia.open(&format!("/claims/{}/proof", second.id))?;
    nadia.sign_in("nadia")?;
    nadia.press("Use a document from another claim")?;
    nadia.says("From the 20 claims of your organisation that changed last")?;
    nadia.press("Use used-twice.pdf of Proof to use twice")?;
    nadia.says("The document was added.")?;
    let documents = second.look("nadia")?["evidence"].clone();
    same(documents[0]["fileName"].clone(), json!("used-twice.pdf"), "the document")?;
    same(documents.as_array().map(Vec::len), Some(1), "the documents")
}

fn without_scripts(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    claim.create(&draft("Proof without scripts", &["Teams"]))?;
    let nadia = world.browsers.somebody()?;
    nadia.runs_no_scripts()?;
    nadia.open(&format!("/claims/{}/proof", claim.id))?;
    nadia.sign_in("nadia")?;
    nadia.says("Choosing a file needs scripts")?;
    nadia.says_nothing_of("drop them here")?;
    holds(nadia.words()?.contains("Go on to check your answers"), "one can go on without scripts")
}
