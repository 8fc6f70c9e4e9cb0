//! The fields that a partner writes, with contacts in full.

use claim_domain::claim::Details;
use claim_domain::draft::Contact;
use claim_store::Contacts;

/// The fields of a claim's details in the form in which they are sent and edited; an erased contact is missing (I2).
pub type Fields<'a> = Details<Option<&'a Contact>>;

/// The fields of these details.
pub fn fields<'a>(details: &Details, contacts: &'a Contacts) -> Fields<'a> {
    let mut fields = details.clone().map_contacts(|_, place| contacts.get(&place));
    fields.technical_contact = fields.technical_contact.filter(Option::is_some);
    fields
}
