//! Signing in and out, by people with a browser.

use browser::Window;
use e2e::Failed;

use crate::fixtures::{Case, World, case, is_light, is_sound};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("somebody_signs_in_on_the_pools_own_page_and_comes_back", coming_back),
        case("signing_out_ends_the_session_for_every_window", signing_out),
        case("signing_out_everywhere_ends_the_session_on_another_device", everywhere),
        case("a_sign_in_that_was_begun_elsewhere_says_how_to_begin_again", elsewhere)
            .complains("status of 400"),
    ]
}

/// Somebody who is signed in, at a page: since an earlier test, or else now. Who was signed out meanwhile, or away for too
/// long, is led to the pool's page.
pub(crate) fn signed_in(world: &World, name: &str, page: &str) -> Result<Window, Failed> {
    let window = world.browsers.somebody()?;
    if let Some(cookies) = world.cookies_of(name) {
        window.take_cookies(&cookies)?;
    }
    window.open(page)?;
    if !window.address()?.starts_with('/') {
        window.sign_in(name)?;
    }
    world.keep_cookies(name, window.cookies()?);
    Ok(window)
}

/// Somebody who signs in now, at a page, on a device of their own.
fn signs_in(world: &World, name: &str, page: &str) -> Result<Window, Failed> {
    let window = world.browsers.somebody()?;
    window.open(page)?;
    window.sign_in(name)?;
    Ok(window)
}

fn coming_back(world: &World) -> Result<(), Failed> {
    let page = "/claims?customer=Contoso";
    let nadia = signs_in(world, "nadia", page)?;
    nadia.is_at(page)?;
    let fiona = signs_in(world, "fiona", "/")?;
    fiona.is_at("/claims")?;
    fiona.open("/")?;
    fiona.is_at("/claims")
}

fn signing_out(world: &World) -> Result<(), Failed> {
    let nadia = signs_in(world, "nadia", "/claims")?;
    let other = nadia.another()?;
    other.open("/claims")?;
    nadia.press("Nadia Rahman")?;
    nadia.press("Sign out")?;
    nadia.shows("You are signed out")?;
    is_sound(&nadia)?;
    is_light(&nadia, "/sign-out")?;
    other.reload()?;
    other.fill("Username", "")
}

fn everywhere(world: &World) -> Result<(), Failed> {
    let (here, there) = (signs_in(world, "nadia", "/claims")?, signs_in(world, "nadia", "/claims")?);
    here.press("Nadia Rahman")?;
    here.press("Sign out everywhere")?;
    here.shows("You are signed out")?;
    there.reload()?;
    there.fill("Username", "")
}

fn elsewhere(world: &World) -> Result<(), Failed> {
    let somebody = world.browsers.somebody()?;
    somebody.open("/sign-in/callback?code=guessed&state=guessed")?;
    somebody.shows("You are not signed in")?;
    is_sound(&somebody)?;
    somebody.follow("Sign in")?;
    somebody.sign_in("nadia")?;
    somebody.is_at("/claims")
}
