"""Real databases: a DuckDB file and a PostgreSQL server."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest

from testing.postgres_server import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    RunSql = Callable[[str, str], None]


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    with Postgres(folder) as running:
        yield running


@pytest.fixture(scope="session")
def new_postgres(server: Postgres) -> Callable[[], str]:
    """Return a function that gives the address of an empty schema."""
    url = server.create_database("bill")
    numbers = itertools.count()

    def create() -> str:
        schema = f"schema_{next(numbers)}"
        server.execute(f"CREATE SCHEMA {schema}", "bill")
        return f"{url}?options=-csearch_path%3D{schema}"

    return create


@pytest.fixture(scope="session")
def new_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Return a function that gives the path of a DuckDB file that does not exist yet."""
    folder: Path = tmp_path_factory.mktemp("duckdb")
    numbers = itertools.count()
    return lambda: str(folder / f"bill{next(numbers)}.duckdb")


@pytest.fixture(scope="session", params=["DuckDB", "PostgreSQL"])
def new_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Return a function that gives the address of an empty database, of either kind."""
    name = "new_duckdb" if request.param == "DuckDB" else "new_postgres"
    found: Callable[[], str] = request.getfixturevalue(name)
    return found


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """Return the address of an empty database."""
    return new_database()


@pytest.fixture
def run_sql() -> RunSql:
    """Return a function that runs a statement in a database, as another program."""

    def run(database: str, sql: str) -> None:
        if database.startswith("postgresql:"):
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(sql.encode())
        else:
            with duckdb.connect(database) as connection:
                connection.execute(sql)

    return run
