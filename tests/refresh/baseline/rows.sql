-- Rows of every table as that code wrote them: real, invented and failed, with every null and every
-- awkward letter a publisher may send. The numbers of loads and verdicts are the database's own.

INSERT INTO sources VALUES
    ('qof', 'Quality and Outcomes Framework', 'NHS England', 'Care Atlas data team', 'How well practices care.',
     'append', true, 365, 'active', '2026-11-20 10:00:07.000000', '2026-11-20 10:00:07.000000',
     '2026-11-30 02:44:05.000000', '2026-11-20 10:00:00.000000'),
    ('ods_practices', 'General practices (epraccur)', '', 'Zoë O''Neill', 'Names, addresses – and 中文.',
     'history', false, 0, 'registered', NULL, NULL, NULL, '2026-11-20 10:00:01.000000');

INSERT INTO fetches VALUES
    ('https://nhs.test/QOF_2122_V2.zip', 'QOF_2122_V2.zip',
     'abababababababababababababababababababababababababababababababab', 2147483647, '"5f-6a"',
     'Thu, 29 Sep 2022 08:30:00 GMT', '', '2026-11-20 10:00:02.000000'),
    ('file:///mirror/a b%20c.csv', 'a b%20c.csv',
     'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 0, '', '',
     '678628-1796006541316839457', '2026-11-20 10:00:03.000000');

INSERT INTO releases VALUES
    ('qof', '2021-22', 'abababababababababababababababababababababababababababababababab', 1, '2022-09-29', false,
     '[{"name": "QOF_2122_V2.zip", "url": "https://nhs.test/QOF_2122_V2.zip", "sha256": "abababababababababababababababababababababababababababababababab", "size": 2147483647, "etag": "\"5f-6a\"", "last_modified": "", "stamp": ""}]',
     '{"achievement": {"path": "staged/qof/2021-22/abab/achievement.parquet", "rows": 5, "headers": ["PRACTICE_CODE", "WERT \u00e4"]}}',
     'staged', '0123456789abcdef', '2026-11-20 10:00:04.000000'),
    ('qof', '2021-22', 'abababababababababababababababababababababababababababababababab', 1, NULL, true,
     '[]', '{}', 'set_aside', '', '2026-11-20 10:00:05.000000'),
    ('qof', '2021-22', 'efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 2, NULL, false,
     '[]', '{}', 'refused', '0123456789abcdef', '2026-11-20 10:00:06.000000');

INSERT INTO load_events
    (source_code, period, file_url, file_sha256, file_size_bytes, load_mode, status, started_at, completed_at,
     source_row_count, rows_loaded, rows_rejected, error_type, error_message, triggered_by) VALUES
    ('qof', '2021-22', 'https://nhs.test/QOF_2122_V2.zip',
     'abababababababababababababababababababababababababababababababab', 2147483647, 'append', 'completed',
     '2026-11-20 10:00:06.000000', '2026-11-20 10:00:07.000000', NULL, 5, 1, NULL, NULL, 'refresh run'),
    ('qof', '2021-22', '', 'efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 0, 'append', 'failed',
     '2026-11-20 10:00:08.000000', '2026-11-20 10:00:08.000000', NULL, NULL, 0, 'one row a key',
     'fail: qof 2021-22: a.csv: m
  next: look', 'refresh run'),
    ('ods_practices', '2026-11', '', '', 0, 'history', 'in_progress',
     '2026-11-20 10:00:09.000000', NULL, NULL, NULL, NULL, NULL, NULL, '');

INSERT INTO validation_results
    (load_id, source_code, period, validation_type, check_name, status, "where", "column", message, expected,
     observed, n_failed, n_total, sample, next_step, validated_at) VALUES
    (1, 'qof', '2021-22', 'quality', 'rows rejected', 'warn', 'a.zip: b.csv', 'WERT ä', '1 of 6 rows; "quoted", 5 %',
     'at most 1%', '1', 1, 6, 'PRACTICE_CODE is missing', 'look at them', '2026-11-20 10:00:07.000000'),
    (1, 'qof', '2021-22', 'reconciliation', 'columns', 'pass', '', '', 'read by name', '', '', 0, 0, '', '',
     '2026-11-20 10:00:07.000000'),
    (2, 'qof', '2021-22', 'schema', 'one row a key', 'fail', 'a.csv', '', 'm', '', '', 2, 9, '[A81001]', 'look',
     '2026-11-20 10:00:08.000000'),
    (NULL, '', '', 'quality', 'places', 'warn', 'lake', '', 'without a load', '', '', 0, 0, '', '',
     '2026-11-20 10:00:10.000000');

INSERT INTO postcodes VALUES
    ('TS18 1HU', -1.3214567890123456, 54.56, 'postcodes_io', '2026-11'),
    ('HU3 6BX', NULL, NULL, 'nominatim', '2026-11');
