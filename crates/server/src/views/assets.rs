//! Assets, with who holds their locks.

use mudlark_store::{AssetLock, AssetRow, TagRow, UserRow};
use mudlark_types::Timestamp;
use mudlark_types::wire::{Asset, Lock, WrittenVersion};

use super::{tag, version};

/// The asset as it is at a moment: by then a lock may be over. `made_by`: the user of its current version.
pub(crate) fn asset(row: AssetRow, made_by: &UserRow, tags: &[TagRow], now_ms: i64) -> Asset {
    let lock = row.lock_at(now_ms);
    let current = WrittenVersion::from(&version(&row.current_version, made_by));
    Asset {
        id: row.id,
        workspace_id: row.workspace_id,
        name: row.name,
        asset_type_id: row.asset_type_id,
        status_id: row.status_id,
        is_active: row.deleted_at_ms.is_none(),
        created_by_user_id: row.created_by_user_id,
        locked_by_user_id: lock.as_ref().map(|lock| lock.user_id),
        file_name: row.file_name,
        file_location: row.folder_path,
        current_version_id: row.current_version.id,
        sequence: row.sequence,
        version: current.clone(),
        current_version: current,
        description: row.description,
        folder_id: row.folder_id,
        lock: lock.as_ref().map(self::lock),
        tags: tags.iter().map(tag).collect(),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn lock(lock: &AssetLock) -> Lock {
    Lock {
        user_id: lock.user_id,
        reason: lock.reason.clone(),
        acquired_at: Timestamp(lock.acquired_at_ms),
        expires_at: Timestamp(lock.expires_at_ms),
        fence: lock.fence,
    }
}
