//! Which kinds of documents are accepted, and what is said about the others (D19, D20).
//!
//! The list follows what the source program takes, less what can carry a program, what cannot be told by its content, and
//! what its own application saves in a better form at once. `infra/docs/documents.md` has the reasons.

/// The accepted kinds: the file name's ending and the media type that belongs to it. The first ending of a media type is
/// the one that is recommended.
pub const DOCUMENT_KINDS: [(&str, &str); 12] = [
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("jpe", "image/jpeg"),
    ("jfif", "image/jpeg"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("msg", "application/vnd.ms-outlook"),
];

/// What the content of an uploaded document is found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// One of the accepted kinds, by its media type.
    Accepted(&'static str),
    /// Anything else.
    Unaccepted(Unaccepted),
}

/// Declares the kinds of content that are not accepted: the endings by which a name gives them away, what they are, and
/// the one step that helps.
macro_rules! unaccepted {
    ($($kind:ident = [$($ending:literal),*], $what:literal, $next:literal;)*) => {
        /// A kind of content that is not accepted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Unaccepted {
            $(#[doc = $what] $kind,)*
        }

        impl Unaccepted {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The endings of file names by which it is known, in lower case.
            pub fn endings(self) -> &'static [&'static str] {
                match self { $(Self::$kind => &[$($ending),*],)* }
            }

            /// What it is; continues "the document is".
            pub fn what(self) -> &'static str {
                match self { $(Self::$kind => $what,)* }
            }

            /// How to go on, in a sentence.
            pub fn next(self) -> &'static str {
                match self { $(Self::$kind => $next,)* }
            }
        }
    };
}

unaccepted! {
    Protected = [], "protected with a password or a sensitivity label",
        "Save a copy without the protection, and announce that.";
    OldWord = ["doc", "dot"], "in the format of Word 97 to 2003",
        "Save it as docx, and announce that.";
    OldExcel = ["xls", "xlt", "xlw"], "in the format of Excel 97 to 2003",
        "Save it as xlsx, and announce that.";
    OldPowerPoint = ["ppt", "pps", "pot"], "in the format of PowerPoint 97 to 2003",
        "Save it as pptx, and announce that.";
    CompoundFile = ["vsd", "pub", "mpp", "msi"], "a compound file that is no message of Outlook",
        "Save or print it as PDF, and announce that.";
    Macros = ["docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppsm", "ppam"], "a document with macros",
        "Save it without macros, as docx, xlsx or pptx, and announce that.";
    Template = ["dotx", "xltx", "potx"], "a template",
        "Save it as a document (docx, xlsx or pptx), and announce that.";
    SlideShow = ["ppsx"], "a slide show that starts when it is opened",
        "Save it as pptx, and announce that.";
    BinaryWorkbook = ["xlsb"], "a binary workbook (xlsb)",
        "Save it as xlsx, and announce that.";
    OpenDocument = ["odt", "ods", "odp", "odg"], "in OpenDocument format",
        "Save it as docx, xlsx, pptx or PDF, and announce that.";
    Archive = ["zip", "rar", "7z", "gz", "tgz", "tar", "cab"], "an archive and no Office document",
        "Announce each document that is in it by itself.";
    EmptyArchive = [], "an archive with nothing in it",
        "Save the document anew, check that it opens, and announce that.";
    Heic = ["heic", "heif", "hif"], "a photo in the format HEIC",
        "Save or export it as JPEG, and announce that.";
    WebP = ["webp"], "a picture in the format WebP",
        "Save it as PNG or JPEG, and announce that.";
    Avif = ["avif"], "a picture in the format AVIF",
        "Save it as PNG or JPEG, and announce that.";
    Gif = ["gif"], "a picture in the format GIF",
        "Save it as PNG, and announce that.";
    Bitmap = ["bmp", "dib"], "a picture in the format BMP",
        "Save it as PNG, and announce that.";
    Photoshop = ["psd", "psb"], "in the format of Photoshop",
        "Save it as PNG or PDF, and announce that.";
    Vector = ["svg", "svgz", "emf", "wmf"], "a vector graphic",
        "Save it as PNG or PDF, and announce that.";
    RichText = ["rtf"], "in Rich Text Format",
        "Save it as docx or PDF, and announce that.";
    WebPage = ["htm", "html", "xhtml", "mht", "mhtml"], "a web page",
        "Print it to PDF, and announce that.";
    Table = ["csv", "tsv"], "a table as plain text",
        "Open it in Excel, save it as xlsx or PDF, and announce that.";
    PlainText = ["txt", "text", "md", "log", "xml", "json"], "plain text",
        "Save or print it as PDF, and announce that.";
    EmailText = ["eml", "emlx"], "an email that was not saved by Outlook",
        "Save it from Outlook as msg or print it to PDF, and announce that.";
    Xps = ["xps", "oxps"], "in the format XPS",
        "Print it to PDF, and announce that.";
    Recording = ["wmv", "wma", "mp4", "m4v", "mov", "avi", "mkv", "webm", "mp3", "m4a", "wav"],
        "a film or a sound recording",
        "Say what it shows in a document, and announce that.";
    Program = ["exe", "dll", "com", "scr", "bat", "cmd", "js", "vbs", "ps1", "jar", "lnk", "hta"], "a program",
        "Announce a document instead.";
    MacWrapped = [], "wrapped in another file by a Mac (AppleSingle)",
        "Copy the document itself, without its resource fork, and announce that.";
    HeadlessPdf = [], "a PDF whose header %PDF- is not in its first 1,024 bytes",
        "Open it, save or print it as PDF anew, and announce that.";
    TwoFormats = [], "a PDF behind other content, so that programs disagree about what it is",
        "Open it, save or print it as PDF anew, and announce that.";
    CutOff = [], "cut off: its end is missing",
        "Fetch the document once more, check that it opens, and announce it again.";
    Damaged = [], "damaged: the parts of the Office document that say what it is cannot be read",
        "Open it, save it anew, and announce that.";
    Unknown = [], "of none of the accepted kinds",
        "Save or print it as PDF, and announce that.";
}

impl Unaccepted {
    /// What a file name with this ending, in lower case, gives away.
    pub fn by_ending(ending: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.endings().contains(&ending))
    }
}

impl Content {
    /// What was found, in a sentence about the document with this name.
    pub fn detail(self, file_name: &str) -> String {
        match self {
            Self::Accepted(media_type) => {
                format!("{file_name} is of another kind than announced: by its content it is {media_type}.")
            }
            Self::Unaccepted(kind) => format!("{file_name} is {}.", kind.what()),
        }
    }

    /// How to go on, in a sentence; `None` if the content is of the announced media type.
    pub fn next(self, announced: &str) -> Option<String> {
        match self {
            Self::Accepted(media_type) if media_type == announced => None,
            Self::Accepted(media_type) => {
                let ending = DOCUMENT_KINDS
                    .iter()
                    .find(|(_, of)| *of == media_type)
                    .map_or("pdf", |(ending, _)| ending);
                Some(format!("Give the file the ending {ending}, and announce it again as {media_type}."))
            }
            Self::Unaccepted(kind) => Some(kind.next().to_owned()),
        }
    }
}

/// The accepted kind of a file name, by its ending.
pub fn kind_of(file_name: &str) -> Option<(&'static str, &'static str)> {
    let ending = ending_of(file_name)?;
    DOCUMENT_KINDS.iter().copied().find(|(kind, _)| *kind == ending)
}

/// The ending of a file name, in lower case.
pub fn ending_of(file_name: &str) -> Option<String> {
    file_name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_ending_is_both_accepted_and_refused_or_refused_twice() {
        let accepted = DOCUMENT_KINDS.iter().map(|(ending, _)| *ending);
        let refused = Unaccepted::ALL.iter().flat_map(|kind| kind.endings().iter().copied());
        let mut seen = BTreeSet::new();
        let twice: Vec<_> = accepted.chain(refused).filter(|ending| !seen.insert(*ending)).collect();
        assert_eq!(twice, Vec::<&str>::new());
    }

    #[test]
    fn every_kind_that_is_not_accepted_says_what_it_is_and_one_next_step() {
        for kind in Unaccepted::ALL {
            let content = Content::Unaccepted(*kind);
            assert_eq!(content.detail("a.pdf"), format!("a.pdf is {}.", kind.what()));
            let next = content.next("application/pdf").unwrap();
            assert!(next.ends_with('.') && next.matches(". ").count() == 0, "{next}");
        }
    }

    #[test]
    fn an_accepted_kind_under_another_name_says_which_name_it_wants() {
        let content = Content::Accepted("image/png");
        assert_eq!(content.next("image/png"), None);
        assert_eq!(
            content.next("image/jpeg").unwrap(),
            "Give the file the ending png, and announce it again as image/png."
        );
        assert!(content.detail("scan.jpg").starts_with("scan.jpg is of another kind"));
    }
}
