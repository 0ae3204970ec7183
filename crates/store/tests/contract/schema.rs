//! The two schemas are one: what is checked here is what the rest of the suite relies on. All but `search_grams`, whose
//! kind of table each database has in its own way, and of the indexes over folders' paths, which PostgreSQL's are too short for.

use crate::database::{Kind, Place, run_alone};

/// The answers of the two schemas to a question asked of each in its own way, sorted.
async fn answers(sqlite: &str, postgres: &str) -> (Vec<String>, Vec<String>) {
    let mut answers = Vec::new();
    for (kind, question) in [(Kind::Sqlite, sqlite), (Kind::Postgres, postgres)] {
        let place = Place::create(kind).await;
        drop(place.open().await.unwrap());
        let mut texts = place.query_texts(question).await;
        texts.sort();
        answers.push(texts);
        place.remove().await;
    }
    let postgres = answers.pop().unwrap();
    (answers.pop().unwrap(), postgres)
}

#[test]
fn tables_have_the_same_columns_with_the_same_types() {
    run_alone(async {
        let sqlite = r#"
            SELECT t.name || '.' || c.name || ' ' || c.type || CASE c."notnull" WHEN 1 THEN ' NOT NULL' ELSE '' END
            FROM sqlite_schema t, pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.name <> 'schema_migrations' AND t.name NOT LIKE 'search_grams%'"#;
        // A UUID is 16 bytes to SQLite.
        let postgres = "
            SELECT table_name || '.' || column_name || ' ' || CASE data_type WHEN 'bigint' THEN 'INTEGER'
                WHEN 'text' THEN 'TEXT' WHEN 'uuid' THEN 'BLOB' WHEN 'bytea' THEN 'BLOB' ELSE data_type END
                || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
            FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'schema_migrations'
                AND table_name <> 'search_grams'";

        let (sqlite, postgres) = answers(sqlite, postgres).await;

        assert!(!sqlite.is_empty());
        assert_eq!(sqlite, postgres);
    });
}

#[test]
fn unique_indexes_are_named_after_their_table_and_columns() {
    run_alone(async {
        let sqlite = r#"
            SELECT t.name || CASE i.origin WHEN 'pk' THEN '_pkey' ELSE '_' ||
                (SELECT group_concat(c.name, '_' ORDER BY c.seqno) FROM pragma_index_info(i.name) c) || '_key' END
            FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i."unique" = 1
                AND t.name NOT LIKE 'search_grams%'
            -- A key that is the row's number itself has no index.
            UNION ALL SELECT t.name || '_pkey' FROM sqlite_schema t
            WHERE t.type = 'table' AND t.name NOT LIKE 'search_grams%'
                AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i WHERE i.origin = 'pk')"#;
        let postgres = "
            SELECT c.relname::TEXT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE i.indisunique AND c.relnamespace = current_schema()::REGNAMESPACE
                AND i.indrelid <> 'search_grams'::REGCLASS";

        let (sqlite, postgres) = answers(sqlite, postgres).await;

        assert!(!sqlite.is_empty());
        assert_eq!(sqlite, postgres);
    });
}

#[test]
fn foreign_keys_are_the_same() {
    run_alone(async {
        let sqlite = r#"
            SELECT t.name || ' (' || group_concat(k."from", ', ' ORDER BY k.seq) || ') ' || k."table" || '('
                || group_concat(k."to", ', ' ORDER BY k.seq) || ')'
                || CASE k.on_delete WHEN 'NO ACTION' THEN '' ELSE ' ON DELETE ' || k.on_delete END
            FROM sqlite_schema t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table' GROUP BY t.name, k.id"#;
        let postgres = "
            SELECT conrelid::REGCLASS::TEXT || replace(replace(replace(pg_get_constraintdef(oid),
                'FOREIGN KEY', ''), 'REFERENCES ', ''), ' DEFERRABLE INITIALLY DEFERRED', '')
            FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::REGNAMESPACE
                AND conrelid <> 'search_grams'::REGCLASS";

        let (sqlite, postgres) = answers(sqlite, postgres).await;

        assert!(!sqlite.is_empty());
        assert_eq!(sqlite, postgres);
    });
}

#[test]
fn other_indexes_are_the_same() {
    run_alone(async {
        let sqlite = "
            SELECT t.name || ' ' || i.name || ' ' || i.partial || ' ' ||
                (SELECT group_concat(c.name, ', ' ORDER BY c.seqno) FROM pragma_index_info(i.name) c)
            FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c'";
        let postgres = "
            SELECT i.indrelid::REGCLASS::TEXT || ' ' || c.relname || ' '
                || CASE WHEN i.indpred IS NULL THEN '0' ELSE '1' END || ' '
                || (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = current_schema()::REGNAMESPACE
                AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u'))
                AND i.indrelid <> 'search_grams'::REGCLASS AND c.relname NOT LIKE 'folders%path_key%'";

        let (sqlite, postgres) = answers(sqlite, postgres).await;

        assert!(!sqlite.is_empty());
        assert_eq!(sqlite, postgres);
    });
}
