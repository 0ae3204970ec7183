//! Which asset has which of the workspace's tags.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{AssetChanges, Session, TagRow};
use mudlark_types::wire::Tag;
use mudlark_types::{AssetId, EventType, Scope, TagId, WorkspaceId, case_fold};
use serde::de::value::Error as ValueError;
use serde::de::{Error, IntoDeserializer};
use serde::{Deserialize, Deserializer};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::conditional::Tagged;
use crate::http::extract::{BareList, InputOrList, Line, Path, texts};
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::http::tags::{self, MAX_NAME};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::views;

/// The most tags that an asset can have, and that one request can name.
const MAX_TAGS: usize = 100;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(read, Origin::Documented, routes!(list_asset_tags));
    api.add(edit, Origin::Documented, routes!(add_asset_tags));
    api.add(read, Origin::Documented, routes!(find_asset_tag));
    api.add(edit, Origin::Documented, routes!(add_asset_tag));
    api.add(edit, Origin::Documented, routes!(remove_asset_tag));
}

/// An asset's tags, by name.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/tags", tag = "Tags", operation_id = "list_asset_tags",
    params(("asset_id" = AssetId, Path)),
    responses((status = 200, description = "The tags: at most 100.", body = Vec<Tag>))
)]
async fn list_asset_tags(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
) -> ApiResult<Json<Vec<Tag>>> {
    let mut session = app.store.read().await?;
    assets::get(&mut session, caller.workspace_id, asset_id).await?;
    let tags = tags_of(&mut session, caller.workspace_id, asset_id).await?;
    Ok(Json(tags.iter().map(views::tag).collect()))
}

async fn tags_of(session: &mut Session, workspace: WorkspaceId, asset: AssetId) -> ApiResult<Vec<TagRow>> {
    let rows = session.list_tags_of_assets(workspace, &[asset]).await?;
    Ok(rows.into_iter().map(|row| row.tag).collect())
}

#[derive(Deserialize, utoipa::ToSchema)]
struct TagsInput {
    /// Ids or names of tags, at most 100. A name that no tag of the workspace has makes one.
    #[schema(value_type = Vec<TagIdOrName>, required, example = json!(["hero prop"]))]
    #[serde(default, alias = "tag_ids", alias = "ids", alias = "names", deserialize_with = "one_or_more")]
    tags: Option<Vec<Named>>,
}

impl BareList for TagsInput {
    const MEMBER: &'static str = "tags";
}

/// What goes over the wire: the members, or the list alone.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "read as TagsInput; this is what the document shows")]
enum TagsBody {
    Members(TagsInput),
    List(Vec<TagIdOrName>),
}

/// How the document shows what [`Named`] is read from.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(min_length = 1, max_length = 100)]
#[expect(dead_code, reason = "for the document")]
struct TagIdOrName(String);

/// A tag by its id or its name.
enum Named {
    Id(TagId),
    Name(Line<MAX_NAME>),
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Named>>, D::Error> {
    let refused = |reason: &str| D::Error::custom(format!("must hold tags' ids or names; each {reason}"));
    let given = texts(deserializer)?.ok_or_else(|| refused("must be an id or a name"))?;
    if given.len() > MAX_TAGS {
        return Err(D::Error::custom(format!("must be at most {MAX_TAGS} tags")));
    }
    let named = given.into_iter().map(|text| {
        let name = Line::deserialize(text.into_deserializer())
            .map_err(|error: ValueError| refused(&error.to_string()))?;
        Ok(name.0.parse().map_or(Named::Name(name), Named::Id))
    });
    named.collect::<Result<_, _>>().map(Some)
}

/// Give an asset tags, by their ids or names. It keeps those that it has.
///
/// The body is the list itself, or an object with it as `tags`. A name that no tag of the workspace has makes one.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/tags", tag = "Tags", operation_id = "add_asset_tags",
    params(("asset_id" = AssetId, Path)),
    request_body(content = TagsBody, description = "`tags` may be given in the query, repeated."),
    responses((status = 200, description = "All tags of the asset, by name.", body = Vec<Tag>))
)]
async fn add_asset_tags(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    InputOrList(input): InputOrList<TagsInput>,
) -> ApiResult<Json<Vec<Tag>>> {
    let named = input.tags.filter(|tags| !tags.is_empty());
    let named = named.ok_or_else(|| ApiError::invalid_field("tags", "is required: ids or names of tags"))?;
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    assets::get(&mut change.tx, workspace, asset_id).await?;
    let mut is_new = false;
    for named in named {
        let tag_id = match named {
            Named::Id(id) => {
                let tag = change.tx.find_tag(workspace, id).await?;
                tag.ok_or_else(|| ApiError::invalid_field("tags", "must be tags of the workspace"))?.id
            }
            Named::Name(name) => match change.tx.find_tag_by_name(workspace, &case_fold(&name.0)).await? {
                Some(tag) => tag.id,
                None => tags::insert(&app, &mut change, &caller, name, None).await?,
            },
        };
        if change.tx.insert_asset_tag(asset_id, tag_id, caller.user_id, change.now_ms).await? {
            change.record(Event::of_asset(workspace, asset_id, EventType::AssetTagAdded, tag_id));
            is_new = true;
        }
    }
    let tags = tags_of(&mut change.tx, workspace, asset_id).await?;
    if tags.len() > MAX_TAGS {
        return Err(ApiError::invalid_field(
            "tags",
            format!("must leave the asset with at most {MAX_TAGS} tags"),
        ));
    }
    if is_new {
        touch(&mut change, workspace, asset_id).await?;
    }
    change.commit().await?;
    Ok(Json(tags.iter().map(views::tag).collect()))
}

/// Notes that the asset has changed: its tags are part of it.
async fn touch(change: &mut Change, workspace: WorkspaceId, asset: AssetId) -> ApiResult<()> {
    let (sequence, now_ms) = (change.sequence, change.now_ms);
    change.tx.update_asset(workspace, asset, &AssetChanges::default(), sequence, now_ms).await?;
    Ok(())
}

/// One tag of an asset.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/tags/{tag_id}", tag = "Tags", operation_id = "find_asset_tag",
    params(("asset_id" = AssetId, Path), ("tag_id" = TagId, Path)),
    responses((status = 200, description = "The tag, which the asset has.", body = Tag))
)]
async fn find_asset_tag(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, tag_id)): Path<(AssetId, TagId)>,
) -> ApiResult<Tagged<Tag>> {
    let mut session = app.store.read().await?;
    assets::get(&mut session, caller.workspace_id, asset_id).await?;
    let tags = tags_of(&mut session, caller.workspace_id, asset_id).await?;
    let tag = tags.iter().find(|tag| tag.id == tag_id).ok_or_else(|| ApiError::not_found("tag"))?;
    Ok(Tagged(views::tag(tag)))
}

/// Give an asset a tag. One that it has already is answered as it is.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/tags/{tag_id}", tag = "Tags", operation_id = "add_asset_tag",
    params(("asset_id" = AssetId, Path), ("tag_id" = TagId, Path)),
    responses((status = 200, description = "The tag.", body = Tag))
)]
async fn add_asset_tag(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, tag_id)): Path<(AssetId, TagId)>,
) -> ApiResult<Tagged<Tag>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    assets::get(&mut change.tx, workspace, asset_id).await?;
    let tag = tags::get(&mut change.tx, workspace, tag_id).await?;
    if change.tx.insert_asset_tag(asset_id, tag_id, caller.user_id, change.now_ms).await? {
        if tags_of(&mut change.tx, workspace, asset_id).await?.len() > MAX_TAGS {
            return Err(ApiError::invalid_field(
                "tag_id",
                format!("is one too many: an asset has at most {MAX_TAGS}"),
            ));
        }
        touch(&mut change, workspace, asset_id).await?;
        change.record(Event::of_asset(workspace, asset_id, EventType::AssetTagAdded, tag_id));
    }
    change.commit().await?;
    Ok(Tagged(views::tag(&tag)))
}

/// Take a tag off an asset. The tag itself stays.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/tags/{tag_id}", tag = "Tags", operation_id = "remove_asset_tag",
    params(("asset_id" = AssetId, Path), ("tag_id" = TagId, Path)),
    responses((status = 204, description = "The asset does not have it."))
)]
async fn remove_asset_tag(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, tag_id)): Path<(AssetId, TagId)>,
) -> ApiResult<StatusCode> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    assets::get(&mut change.tx, workspace, asset_id).await?;
    if !change.tx.delete_asset_tag(asset_id, tag_id).await? {
        return Err(ApiError::not_found("tag"));
    }
    touch(&mut change, workspace, asset_id).await?;
    change.record(Event::of_asset(workspace, asset_id, EventType::AssetTagRemoved, tag_id));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
