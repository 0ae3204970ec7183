//! Small closed sets that the database keeps as words.

/// Declares an enum that is kept as text: `as_str`, and both ways through the database.
macro_rules! text_enum {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// The word in the database.
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl From<$name> for $crate::sql::Value<'_> {
            fn from(value: $name) -> Self {
                value.as_str().into()
            }
        }

        impl $crate::sql::FromColumn for $name {
            fn from_cell(cell: $crate::sql::Cell<'_>) -> Option<Self> {
                match cell {
                    $($crate::sql::Cell::Text($text) => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use text_enum;
