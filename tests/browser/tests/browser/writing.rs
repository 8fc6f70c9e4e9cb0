//! How a partner writes a claim and proves it on pages: what tests of these pages and whole lives do alike.

use std::fs;
use std::path::PathBuf;

use browser::Window;
use e2e::{ClaimDriver, Failed, pdf};
use local_stack::{Error, target};
use serde_json::Value;

use crate::fixtures::World;
use crate::sessions::signed_in;

/// A part of a claim: the words of its link, and what is typed, chosen and ticked on its page.
pub(crate) type Typed = (&'static str, Vec<(&'static str, String)>, Vec<String>);

/// What somebody types on each part's page for a claim as the API takes it.
pub(crate) fn parts(body: &Value) -> [Typed; 4] {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let products = body["products"].as_array().into_iter().flatten();
    let products = products.filter_map(|product| product["product"].as_str().map(str::to_owned));
    [
        (
            "About the claim",
            vec![("Name of the claim", text("/name"))],
            vec![text("/mpnId"), text("/solutionArea"), "Usage".to_owned()],
        ),
        (
            "Customer",
            vec![
                ("Name of the customer", text("/customer/name")),
                ("Tenant id", text("/customer/tenantId")),
                ("Domain", text("/customer/domain")),
            ],
            Vec::new(),
        ),
        ("Products", Vec::new(), products.collect()),
        (
            "Contacts",
            vec![
                ("The customer’s contact: Name", text("/customer/contact/name")),
                ("Position", text("/customer/contact/title")),
                ("The customer’s contact: Email address", text("/customer/contact/email")),
                ("Your contact: Name", text("/partnerContact/name")),
                ("Your contact: Email address", text("/partnerContact/email")),
            ],
            Vec::new(),
        ),
    ]
}

/// Fills in the page of a part.
pub(crate) fn fill(window: &Window, (_, typed, ticked): &Typed) -> Result<(), Failed> {
    for (label, words) in typed {
        window.fill(label, words)?;
    }
    ticked.iter().try_for_each(|label| window.tick(label))
}

/// Writes a claim from the list on, part by part, until it is created and its partner is asked for its proof.
pub(crate) fn create(world: &World, claim: &mut ClaimDriver<'_>, body: &Value) -> Result<Window, Failed> {
    let window = signed_in(world, claim.partner, "/claims")?;
    window.press("New claim")?;
    for part in parts(body) {
        window.shows_one_of(&["New claim", body["name"].as_str().unwrap_or_default()])?;
        window.follow(part.0)?;
        window.shows(part.0)?;
        fill(&window, &part)?;
        window.press("Save and go on")?;
    }
    was_created(claim, &window)?;
    Ok(window)
}

/// The claim that was created on the page before this one.
pub(crate) fn was_created(claim: &mut ClaimDriver<'_>, window: &Window) -> Result<(), Failed> {
    window.says("The claim was created. Now add what proves it.")?;
    let address = window.address()?;
    let id = address.trim_start_matches("/claims/").split('/').next().unwrap_or_default();
    claim.was_created(id)
}

/// Adds documents to a claim on its page of proof, all at once, and waits until each is uploaded.
pub(crate) fn prove(window: &Window, names: &[&str]) -> Result<(), Failed> {
    let files: Vec<(&str, Vec<u8>)> =
        names.iter().map(|name| (*name, pdf(&format!("Proof of execution: {name}")))).collect();
    choose(window, &files)?;
    names.iter().try_for_each(|name| window.says(&format!("{name} Uploaded")))
}

/// Chooses files on the page of proof.
pub(crate) fn choose(window: &Window, files: &[(&str, Vec<u8>)]) -> Result<(), Failed> {
    let folder = target().join("browser/chosen");
    fs::create_dir_all(&folder).map_err(Error::io("cannot create a folder for files"))?;
    let write = |(name, bytes): &(&str, Vec<u8>)| -> Result<PathBuf, Failed> {
        let file = folder.join(name);
        fs::write(&file, bytes).map_err(Error::io(format!("cannot write {}", file.display())))?;
        Ok(file)
    };
    let files = files.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    window.attach("Choose files, or drop them here", &files)
}

/// Submits a claim from its page of proof on, by way of *check answers*.
pub(crate) fn submit(claim: &mut ClaimDriver<'_>, window: &Window, button: &str) -> Result<(), Failed> {
    window.open(&format!("/claims/{}/check", claim.id))?;
    window.press(button)?;
    window.says("The claim was submitted. A reviewer looks at it next.")?;
    claim.claim = claim.look(claim.partner)?;
    Ok(())
}
