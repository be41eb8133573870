"""Roles in the database itself, where PostgreSQL is the registry: who connects to it by another way
than ours meets the same rules.

Three group roles, of which a dba makes people's logins members: `GRANT care_atlas_engineer TO eve`.
Rows of registered sources are seen and changed by domain, as `access_grants` says of the login.
"""

from collections.abc import Iterator
from contextlib import closing

import sqlalchemy as sa

from engine.errors import BadQuestion
from engine.ledger import (
    ACCESS_GRANTS,
    AUDIT_HEAD,
    AUDIT_LOG,
    COLUMN_METADATA,
    FETCHES,
    METADATA,
    SOURCE_MAPPINGS,
)
from refresh.store.database import open_database, trouble_named
from refresh.store.ledger import Ledger
from refresh.store.migrations import VERSION_TABLE

ANALYST, ENGINEER, DBA = "care_atlas_analyst", "care_atlas_engineer", "care_atlas_dba"
GROUPS = (ANALYST, ENGINEER, DBA)
_GUARDED = {table.name for table in (AUDIT_LOG, AUDIT_HEAD, ACCESS_GRANTS)}
_REPLACED = {table.name for table in (FETCHES, SOURCE_MAPPINGS, COLUMN_METADATA)}
"""Of these a newer row takes the place of an older one, so that a load deletes."""
_SEES = """CREATE OR REPLACE FUNCTION care_atlas_sees(domain text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
WITH mine AS (
  SELECT domains, 1 AS place FROM access_grants WHERE principal = session_user
  UNION ALL
  SELECT domains, 2 FROM access_grants, pg_roles
  WHERE principal = '@' || rolname AND pg_has_role(session_user, pg_roles.oid, 'member')
  UNION ALL
  SELECT domains, 3 FROM access_grants WHERE principal = '*'
)
SELECT NOT EXISTS (SELECT 1 FROM mine) OR EXISTS (
  SELECT 1 FROM mine WHERE place = (SELECT min(place) FROM mine)
  AND (domains IS NULL OR domains::text = 'null' OR jsonb_exists(domains::jsonb, domain))
) $$"""
_OF_A_WING = "table_name IS NULL"


def statements() -> list[str]:
    """The statements that make the roles what they should be, whatever they were; in their order.

    They name no schema: they are of that in which the registry's tables are found.
    """
    return [*_roles(), *_rights(), _SEES, *_policies()]


def apply(url: str) -> int:
    """Run them on the registry; how many there were.

    Raises: BadQuestion where the registry is no PostgreSQL; LedgerBroken where who connects may
            not do it.
    """
    if sa.make_url(url).get_backend_name() != "postgresql":
        raise BadQuestion(
            "only PostgreSQL has roles",
            found=sa.make_url(url).get_backend_name(),
            next="a file is protected by the rights of its folder; or name a PostgreSQL in"
            " CARE_ATLAS_REGISTRY",
        )
    every = statements()
    with closing(Ledger(url)):  # its tables are there, and of today
        pass
    engine = open_database(url)
    try:
        with trouble_named(engine), engine.begin() as connection:
            for statement in every:
                connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    finally:
        engine.dispose()
    return len(every)


def _roles() -> Iterator[str]:
    for role in GROUPS:
        yield (
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN;"
            " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )


def _rights() -> Iterator[str]:
    every = ", ".join(GROUPS)
    yield (
        "DO $$ BEGIN EXECUTE format("
        f"'GRANT USAGE ON SCHEMA %I TO {every}', current_schema()); END $$"
    )
    yield (
        "DO $$ BEGIN EXECUTE format("
        f"'GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO {ENGINEER}, {DBA}', current_schema());"
        " END $$"
    )
    yield f"GRANT SELECT ON {VERSION_TABLE} TO {every}"
    for table in METADATA.sorted_tables:
        name = table.name
        yield f"REVOKE ALL ON {name} FROM PUBLIC, {every}"
        if name in _GUARDED:
            continue
        yield f"GRANT SELECT ON {name} TO {every}"
        yield f"GRANT INSERT, UPDATE ON {name} TO {ENGINEER}, {DBA}"
        yield f"GRANT DELETE ON {name} TO {DBA}{f', {ENGINEER}' if name in _REPLACED else ''}"
    # Whoever changes something writes it down, and nobody reads it but a dba. The head tells no
    # more than how long the log is; who adds a row counts it.
    yield f"GRANT INSERT ON {AUDIT_LOG.name} TO {ENGINEER}, {DBA}"
    yield f"GRANT SELECT, UPDATE ON {AUDIT_HEAD.name} TO {ENGINEER}, {DBA}"
    yield f"GRANT SELECT ON {AUDIT_LOG.name} TO {DBA}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {ACCESS_GRANTS.name} TO {DBA}"
    # What one is oneself, one may know: our own programs ask it before they do anything.
    yield f"GRANT SELECT ON {ACCESS_GRANTS.name} TO {ENGINEER}, {ANALYST}"
    yield from _policy(
        ACCESS_GRANTS.name, "principal IN (session_user, '*') OR left(principal, 1) = '@'"
    )


def _policies() -> Iterator[str]:
    yield from _policy("sources", f"{_OF_A_WING} OR care_atlas_sees(domain)")
    for table in METADATA.sorted_tables:
        if "source_code" in table.c and table.name not in _GUARDED:
            # Of sources whose rows are not seen nothing else is: this reads them as who asks.
            seen = "coalesce(source_code, '') = '' OR source_code IN (SELECT code FROM sources)"
            yield from _policy(table.name, seen)


def _policy(table: str, rows: str) -> Iterator[str]:
    """Which rows of a table analysts see, and engineers see and change; dbas all."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    for role, verbs, seen in (
        (ANALYST, "SELECT", rows),
        (ENGINEER, "ALL", rows),
        (DBA, "ALL", "true"),
    ):
        yield f"DROP POLICY IF EXISTS {role}_rows ON {table}"
        checked = f" WITH CHECK ({seen})" if verbs == "ALL" else ""
        yield f"CREATE POLICY {role}_rows ON {table} FOR {verbs} TO {role} USING ({seen}){checked}"
