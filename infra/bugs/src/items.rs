//! The items of a file, by their names.

use std::ops::Range;

use syn::{ImplItem, Item, TraitItem, Type, spanned::Spanned};

/// The places of all items with a name in the text of a file: `function`, `Type::method`, `CONSTANT`, `Type`. Items
/// in modules inside the file are left out, because those are tests.
pub(crate) fn named(file: &syn::File, name: &str) -> Vec<Range<usize>> {
    let items = file.items.iter().flat_map(all);
    items.filter(|(known, _)| known == name).map(|(_, at)| at).collect()
}

/// An item, or the items of a block, with their names.
fn all(item: &Item) -> Vec<(String, Range<usize>)> {
    let place = item.span().byte_range();
    match item {
        Item::Impl(block) => {
            let owner = owner(&block.self_ty).unwrap_or_default();
            let inner = block.items.iter().filter_map(|inner| {
                let name = match inner {
                    ImplItem::Fn(method) => &method.sig.ident,
                    ImplItem::Const(constant) => &constant.ident,
                    _ => return None,
                };
                Some((format!("{owner}::{name}"), inner.span().byte_range()))
            });
            inner.collect()
        }
        Item::Trait(block) => {
            let inner = block.items.iter().filter_map(|inner| match inner {
                TraitItem::Fn(method) => {
                    Some((format!("{}::{}", block.ident, method.sig.ident), inner.span().byte_range()))
                }
                _ => None,
            });
            inner.chain([(block.ident.to_string(), place)]).collect()
        }
        Item::Const(item) => vec![(item.ident.to_string(), place)],
        Item::Enum(item) => vec![(item.ident.to_string(), place)],
        Item::Fn(item) => vec![(item.sig.ident.to_string(), place)],
        Item::Static(item) => vec![(item.ident.to_string(), place)],
        Item::Struct(item) => vec![(item.ident.to_string(), place)],
        Item::Type(item) => vec![(item.ident.to_string(), place)],
        _ => Vec::new(),
    }
}

/// The name of the type that a block is for: `Claim` for `&Claim<'_>`.
fn owner(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Reference(reference) => owner(&reference.elem),
        _ => None,
    }
}
