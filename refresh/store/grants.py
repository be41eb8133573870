"""Who may be what: the grants that a dba gave. One a principal; the audit log has those before."""

from sqlalchemy import delete, insert, select

from engine.access import Grant
from engine.ledger import ACCESS_GRANTS
from refresh.store.records import Records, now


class Grants(Records):
    """The grants of an open ledger."""

    def all(self) -> list[Grant]:
        """Every grant, by principal."""
        rows = self._rows(select(ACCESS_GRANTS).order_by(ACCESS_GRANTS.c.principal))
        return [Grant(r["principal"], r["role"], _domains(r["domains"])) for r in rows]

    def give(self, grant: Grant, *, by: str) -> None:
        """Keep a grant, in place of the principal's former one."""
        row = {
            "principal": grant.principal,
            "role": grant.role,
            "domains": None if grant.domains is None else sorted(grant.domains),
            "granted_by": by,
            "granted_at": now(),
        }
        with self._write() as connection:
            mine = ACCESS_GRANTS.c.principal == grant.principal
            connection.execute(delete(ACCESS_GRANTS).where(mine))
            connection.execute(insert(ACCESS_GRANTS).values(row))

    def take(self, principal: str) -> None:
        """Forget a principal's grant."""
        with self._write() as connection:
            mine = ACCESS_GRANTS.c.principal == principal
            connection.execute(delete(ACCESS_GRANTS).where(mine))


def _domains(said: list[str] | None) -> frozenset[str] | None:
    return None if said is None else frozenset(said)
