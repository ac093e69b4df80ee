"""People and services with a database role of their own."""
import psycopg2

from conftest import fresh


class As:
    """A database as one of its users sees it."""

    def __init__(self, database, user: str):
        self.user, self.url = user, database.url.replace("user=postgres", f"user={user}")

    def try_to(self, sql: str) -> str | None:
        """The SQLSTATE of the refusal; nothing if it was done (and taken back)."""
        connection = psycopg2.connect(self.url)
        try:
            connection.cursor().execute(sql)
            return None
        except psycopg2.Error as error:
            return error.pgcode
        finally:
            connection.rollback()
            connection.close()


def user(database, *roles: str, options: str = "LOGIN") -> As:
    name = fresh("u").replace("-", "_")
    database.execute(f"CREATE ROLE {name} {options}"
                     + (f" IN ROLE {', '.join(roles)}" if roles else ""))
    return As(database, name)
