//! The settings: that the published table is theirs, and what is out of bounds.

use super::*;

#[test]
fn table_of_settings_names_every_setting_and_no_other() {
    let serde_json::Value::Object(members) = serde_json::to_value(Settings::default()).unwrap() else {
        panic!("settings are an object")
    };
    let mut in_struct: Vec<_> = members.keys().cloned().collect();
    let mut in_table: Vec<_> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
    in_struct.sort();
    in_table.sort();
    assert_eq!(in_struct, in_table);
}

#[test]
fn values_out_of_bounds_are_refused() {
    for settings in [
        Settings { token_ttl_s: 299, ..Settings::default() },
        Settings { token_ttl_s: 86_401, ..Settings::default() },
        Settings { signing_key_rotation_days: 29, ..Settings::default() },
        Settings { signing_key_rotation_days: 91, ..Settings::default() },
        Settings { trash_retention_days: 0, ..Settings::default() },
        Settings { public_url: Some("art.studio.example".into()), ..Settings::default() },
        Settings { database_url: "mysql://u:p@h/d".parse().ok(), ..Settings::default() },
        Settings { storage: "s3://key:hunter2@art".parse().ok(), ..Settings::default() },
        Settings { storage: "https://art".parse().ok(), ..Settings::default() },
        Settings { max_connections: 0, ..Settings::default() },
        Settings { limit_token_burst: 0, ..Settings::default() },
        Settings { limit_api_enterprise_burst: 0, ..Settings::default() },
    ] {
        assert!(settings.check().is_err(), "{settings:?}");
    }
}
