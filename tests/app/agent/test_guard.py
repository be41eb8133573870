"""Free SQL: what reads the datasets runs, and what does anything else is refused."""

import pytest

from app.agent.guard import guarded
from engine.errors import BadQuestion

DATASETS = ("prevalence", "indicator", "pcn")

ATTEMPTS = {
    # Functions that are tables, and files
    "file function": "SELECT * FROM read_csv('/etc/passwd')",
    "parquet function": "SELECT * FROM read_parquet('lake/tables/*/*.parquet')",
    "file function in a join": "SELECT * FROM pcn JOIN read_csv_auto('/etc/passwd') ON true",
    "file function in a subquery": "SELECT (SELECT max(a) FROM read_csv('/etc/passwd')) FROM pcn",
    "file as a text": "SELECT * FROM '/etc/passwd'",
    "file as a name": 'SELECT * FROM "/etc/passwd"',
    "file beside a dataset": "SELECT * FROM pcn, 'secrets.csv'",
    "glob": "SELECT * FROM glob('/*')",
    "network": "SELECT * FROM read_csv('https://example.org/x.csv')",
    "rows without end": "SELECT * FROM generate_series(1, 1000000000)",
    "range": "SELECT * FROM range(1000000000)",
    "unnest": "SELECT unnest(range(100000000)) FROM pcn",
    "scan": "SELECT * FROM parquet_scan('x.parquet')",
    "sniff": "SELECT * FROM sniff_csv('/etc/passwd')",
    # Other catalogues
    "another schema": "SELECT * FROM main.pcn",
    "another catalogue": "SELECT * FROM other.main.pcn",
    "information schema": "SELECT * FROM information_schema.tables",
    "sqlite's": "SELECT * FROM sqlite_master",
    "postgres's": "SELECT * FROM pg_catalog.pg_user",
    "settings": "SELECT * FROM duckdb_settings()",
    "the ledger": "SELECT * FROM load_events",
    "a column of another schema": "SELECT main.pcn.pcn_code FROM pcn",
    # More than one statement, or another
    "stacked": "SELECT 1 FROM pcn; DROP TABLE pcn",
    "stacked behind a comment": "SELECT 1 FROM pcn --\n; DELETE FROM pcn",
    "stacked reads": "SELECT 1 FROM pcn; SELECT 2 FROM pcn",
    "drop": "DROP TABLE pcn",
    "create": "CREATE TABLE mine AS SELECT * FROM pcn",
    "insert": "INSERT INTO pcn SELECT * FROM pcn",
    "update": "UPDATE pcn SET pcn_code = 'X'",
    "delete": "DELETE FROM pcn",
    "truncate": "TRUNCATE TABLE pcn",
    "copy": "COPY (SELECT * FROM pcn) TO '/tmp/out.csv'",
    "attach": "ATTACH '/tmp/other.db' AS other",
    "pragma": "PRAGMA database_list",
    "set": "SET enable_external_access = true",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "call": "CALL pragma_version()",
    "explain": "EXPLAIN SELECT * FROM pcn",
    "show": "SHOW TABLES",
    "describe": "DESCRIBE pcn",
    "into": "SELECT * INTO mine FROM pcn",
    "values alone": "VALUES (1)",
    "pivot": "PIVOT pcn ON pcn_code USING count(*)",
    # Comments and other ways to say something else
    "a comment that hides a table": "SELECT * FROM/**/read_csv('/etc/passwd')",
    "a comment in a name": "SELECT * FROM read_csv/* pcn */('/etc/passwd')",
    "a text that is no text": "SELECT 1 FROM pcn WHERE '' = '' UNION SELECT * FROM read_csv('x')",
    "a null byte": "SELECT * FROM pcn\x00; DROP TABLE pcn",
    "another width of letters": "ＳＥＬＥＣＴ * FROM pcn",
    "nothing": "   ",
    "a comment alone": "-- SELECT * FROM pcn",
    "no dataset": "SELECT 1",
    "a question": "how many practices are there?",
    # Names of its own over a dataset's
    "a WITH that shadows": "WITH pcn AS (SELECT * FROM indicator) SELECT * FROM pcn",
    "a WITH in capitals": "WITH PCN AS (SELECT 1 a FROM indicator) SELECT a FROM PCN",
    "a WITH within": "SELECT * FROM (WITH pcn AS (SELECT 1 FROM indicator) SELECT * FROM pcn) x",
    "a WITH twice": "WITH a AS (SELECT 1 FROM pcn), a AS (SELECT 2 FROM pcn) SELECT * FROM a",
    "a WITH that deletes": "WITH gone AS (DELETE FROM pcn RETURNING *) SELECT * FROM gone",
    "recursion": "WITH RECURSIVE n AS (SELECT 1 a FROM pcn UNION ALL SELECT a + 1 FROM n) SELECT 1",
    "a WITH that reads a file": "WITH a AS (SELECT * FROM read_csv('x')) SELECT * FROM a, pcn",
    # Functions that are not ours
    "environment": "SELECT getenv('HOME') FROM pcn",
    "a setting": "SELECT current_setting('data_directory') FROM pcn",
    "sleep": "SELECT pg_sleep(60) FROM pcn",
    "a large text": "SELECT repeat('x', 1000000000) FROM pcn",
    "a wide text": "SELECT lpad(pcn_code, 1000000000, 'x') FROM pcn",
    "a large list": "SELECT array_agg(pcn_code) FROM pcn",
    "a file's bytes": "SELECT read_text('/etc/passwd') FROM pcn",
    "a large object": "SELECT lo_import('/etc/passwd') FROM pcn",
    "a program": "SELECT system('id') FROM pcn",
    "lambda": "SELECT list_transform([1], x -> x + 1) FROM pcn",
    # Bombs
    "too many joins": "SELECT count(*) FROM " + ", ".join(f"pcn AS p{i}" for i in range(12)),
    "too deep": "SELECT " + "(" * 300 + "1" + ")" * 300 + " FROM pcn",
    "too long": "SELECT * FROM pcn WHERE pcn_code IN (" + ",".join(["'A'"] * 4000) + ")",
    "too much": "SELECT " + " + ".join(["1"] * 2400) + " FROM pcn",
    "locks": "SELECT * FROM pcn FOR UPDATE",
    "a sample": "SELECT * FROM pcn TABLESAMPLE (10 ROWS)",
    "lateral": "SELECT * FROM pcn, LATERAL (SELECT 1) AS x",
}


@pytest.mark.parametrize("text", ATTEMPTS.values(), ids=ATTEMPTS)
def test_an_injection_is_refused_with_a_next_step(text: str):
    with pytest.raises(BadQuestion) as refused:
        guarded(text, DATASETS)
    assert refused.value.what.startswith("the SQL is refused") and refused.value.next


GOOD = {
    "a filter": "SELECT pcn_code FROM pcn WHERE pcn_name LIKE '%NORTH%'",
    "groups": "SELECT year, sum(register) AS r FROM prevalence GROUP BY 1 HAVING sum(register) > 1",
    "a WITH": "WITH a AS (SELECT year FROM prevalence) SELECT count(*) FROM a",
    "a join": "SELECT group_name FROM prevalence JOIN indicator ON indicator_code = group_code",
    "a union": "SELECT year FROM prevalence UNION SELECT year FROM indicator",
    "a window": "SELECT year, rank() OVER (PARTITION BY year ORDER BY register) FROM prevalence",
    "a subquery": "SELECT * FROM pcn WHERE pcn_code IN (SELECT pcn_code FROM pcn)",
    "a text with words of SQL": "SELECT 'DROP TABLE pcn; --' AS a FROM pcn",
    "a semicolon at its end": "SELECT pcn_code FROM pcn;",
    "capitals": "select PCN_CODE from PCN limit 5",
    "a cast": "SELECT CAST(register AS DOUBLE) / list_size FROM prevalence",
    "a case": "SELECT CASE WHEN register > 5 THEN 'many' ELSE 'few' END FROM prevalence",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_only_reads_may_run(text: str):
    assert set(guarded(text, DATASETS).datasets) <= set(DATASETS)


def test_what_runs_is_written_anew_without_its_comments():
    run = guarded("SELECT /* read_csv('x') */ pcn_code -- ; DROP\nFROM Pcn", DATASETS)
    assert run.sql == 'SELECT pcn_code FROM "pcn"'


def test_a_text_stays_a_text():
    run = guarded("SELECT 'it''s' AS a FROM pcn", DATASETS)
    assert "'it''s'" in run.sql
