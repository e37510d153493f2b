//! A route table row's operation.

use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::RefOr;
#[cfg(test)]
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::path::Operation as Described;
use utoipa::openapi::schema::Schema;

/// Collected schemas by name.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// An operation of `/v1`: what `#[utoipa::path]` made of its handler, and what its attribute cannot express.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Adds the schemas that the operation uses.
    pub(super) describe: fn(&mut Schemas) -> Described,
    /// The path and the method in the attribute. The row decides; a test compares them.
    #[cfg(test)]
    pub(super) named: fn() -> (String, Vec<HttpMethod>),
    /// The handler's own codes. Those of the guard and of reading the body follow from the row.
    pub codes: &'static [&'static str],
    /// The response is a page of a list.
    pub lists: bool,
    /// The body is optional.
    pub optional_body: bool,
    /// The response is a file.
    pub gives_file: bool,
}

impl Operation {
    /// `P` is the `__path_…` type beside the handler.
    #[must_use]
    pub const fn of<P>(codes: &'static [&'static str]) -> Self
    where
        P: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
    {
        Self {
            describe: describe::<P>,
            #[cfg(test)]
            named: named::<P>,
            codes,
            lists: false,
            optional_body: false,
            gives_file: false,
        }
    }

    #[must_use]
    pub const fn that_lists(mut self) -> Self {
        self.lists = true;
        self
    }

    #[must_use]
    pub const fn that_gives_a_file(mut self) -> Self {
        self.gives_file = true;
        self
    }

    #[must_use]
    pub const fn with_optional_body(mut self) -> Self {
        self.optional_body = true;
        self
    }
}

fn describe<P>(schemas: &mut Schemas) -> Described
where
    P: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
{
    P::schemas(schemas);
    let mut described = P::operation();
    described.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
    described
}

#[cfg(test)]
fn named<P: utoipa::Path>() -> (String, Vec<HttpMethod>) {
    (P::path(), P::methods())
}
