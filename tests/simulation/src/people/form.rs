//! A form as a browser reads it from a page, fills it in and sends it.

/// A form of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// What is sent if nobody touches it, by name.
    pub(crate) fields: Vec<(String, String)>,
    /// What can be chosen and is not, and whether it takes the place of what is.
    choices: Vec<(String, String, bool)>,
}

impl Form {
    /// The form on a page that is sent to this path, if there is one.
    pub(crate) fn read(page: &str, path: &str) -> Option<Self> {
        let form = between(page, &format!("<form method=\"post\" action=\"{path}\""), "</form>")?;
        let mut read = Self { fields: Vec::new(), choices: Vec::new() };
        for tag in form.split('<') {
            let attribute = |name: &str| between(tag, &format!(" {name}=\""), "\"").map(|text| plain(&text));
            let Some(name) = attribute("name") else { continue };
            let value = || attribute("value").unwrap_or_default();
            let kind = attribute("type");
            let is_choice = matches!(kind.as_deref(), Some("radio" | "checkbox"));
            let is_chosen = tag.split('>').next().is_some_and(|tag| tag.ends_with(" checked"));
            if is_choice && !is_chosen {
                read.choices.push((name, value(), kind.as_deref() == Some("radio")));
            } else if tag.starts_with("input ") {
                read.fields.push((name, value()));
            } else if tag.starts_with("textarea ") {
                let text = tag.split_once('>').map_or("", |(_, text)| text);
                read.fields.push((name, plain(text)));
            }
        }
        Some(read)
    }

    /// A form that somebody has kept open, as far as its hidden fields go.
    pub(crate) fn kept_open(csrf: &str, revision: u64) -> Self {
        let fields = [("csrf", csrf.to_owned()), ("revision", revision.to_string())];
        Self { fields: fields.map(|(name, value)| (name.to_owned(), value)).into(), choices: Vec::new() }
    }

    /// Whether a field of a form that was sent is not in this one, though it could be: what is no choice any more, such as a
    /// product that left the claim meanwhile, can be chosen by nobody.
    pub(crate) fn has_lost(&self, field: &(String, String)) -> bool {
        let is_no_choice = |(name, value): &(String, String)| {
            let is_offered = self.choices.iter().any(|(known, of, _)| known == name && of == value);
            name.ends_with("[]") && !is_offered
        };
        !field.1.is_empty() && !self.fields.contains(field) && !is_no_choice(field)
    }

    /// Types into a field, or makes a choice: of those whose names begin so, the one with this value. A form that was kept
    /// open knows no choices, and none of a list's fields, whose names end with a dot.
    pub(crate) fn fill(&mut self, name: &str, value: &str) {
        let choice = self.choices.iter().position(|(known, of, _)| known.starts_with(name) && of == value);
        if let Some(place) = choice {
            let (name, value, is_one_of) = self.choices.remove(place);
            self.fields.retain(|(known, _)| !is_one_of || *known != name);
            return self.fields.push((name, value));
        }
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, text)) => value.clone_into(text),
            None if name.ends_with('.') => {}
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }
}

/// A form's fields as a browser sends them.
pub(crate) fn encoded(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What stands between two texts for the first time.
pub(crate) fn between(text: &str, begins: &str, ends: &str) -> Option<String> {
    let (_, rest) = text.split_once(begins)?;
    rest.split_once(ends).map(|(inner, _)| inner.to_owned())
}

/// Text without what stands for characters that mean something in HTML.
fn plain(text: &str) -> String {
    let escaped = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    escaped.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_filled_in_and_sent_as_a_browser_does() {
        let page = "<form method=\"post\" action=\"/a\"><input type=\"hidden\" name=\"csrf\" value=\"x&#39;s\">\
             <input type=\"radio\" name=\"cause\" value=\"one\"> <input type=\"radio\" name=\"cause\" value=\"two\" checked>\
             <textarea id=\"n\" name=\"note\" rows=\"2\">a &#38; b</textarea></form><form method=\"post\" action=\"/b\"></form>";
        let mut form = Form::read(page, "/a").unwrap();
        assert_eq!(encoded(&form.fields), "csrf=x%27s&cause=two&note=a+%26+b");
        form.fill("cause", "one");
        form.fill("note", "c");
        assert_eq!(encoded(&form.fields), "csrf=x%27s&note=c&cause=one");
        assert_eq!(Form::read(page, "/c"), None);
    }
}
