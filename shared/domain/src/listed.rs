//! Enums that know all of their variants.

/// Declares an enum without data, and its `ALL`: a list of every variant, in the order in which they are declared. Written by
/// hand such a list could miss one, and then so would every test that goes through it.
#[macro_export]
macro_rules! listed {
    (
        $(#[$about:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$of_variant:meta])* $variant:ident),* $(,)?
        }
    ) => {
        $(#[$about])*
        $visibility enum $name {
            $($(#[$of_variant])* $variant),*
        }

        impl $name {
            /// Every one of them, in the order in which they are declared.
            $visibility const ALL: [Self; [$(Self::$variant),*].len()] = [$(Self::$variant),*];
        }
    };
}
