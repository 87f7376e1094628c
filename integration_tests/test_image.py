"""Every command in a container with hardly any permission, against a local BILL."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bill_emulator.contract import LISTS
from integration_tests.acceptance import INVALID, acceptance_emulator, config, config_names
from integration_tests.conftest import EVERYWHERE
from testing.connector import COMMAND, Connector, Running
from testing.docker import DOCKER_DESKTOP, docker, host_for_containers
from testing.image import HARDENED, PROGRAM
from testing.rows import assert_same_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bill_emulator.process import Emulator
    from testing.result import Result

pytestmark = pytest.mark.image_tests


@pytest.fixture
def hardened(contained: Connector) -> Connector:
    """Return the image, run read-only and without capabilities or new privileges."""
    return contained.by(PROGRAM, DOCKER_RUN=json.dumps(HARDENED))


@pytest.fixture
def in_process(outer_bill: Emulator, contained: Connector) -> Connector:
    """Return the installed connector with the same configuration as the image."""
    return contained.having(base_url=outer_bill.base_url).by(COMMAND)


@pytest.fixture(scope="module")
def internal_network() -> Iterator[tuple[str, str]]:
    """Return a network from which only this host can be reached, and the host's address in it."""
    name = f"source-billcom-{uuid.uuid4().hex[:8]}"
    docker("network", "create", "--internal", name)
    try:
        (description,) = json.loads(docker("network", "inspect", name))
        assert description["Internal"]
        yield name, description["IPAM"]["Config"][0]["Gateway"]
    finally:
        docker("network", "rm", name)


def assert_same_output(contained: Result, in_process: Result) -> None:
    """Compare records, states and statuses of each stream, in order."""
    assert contained.records == in_process.records
    assert contained.statuses == in_process.statuses
    assert contained.newest_states == in_process.newest_states


def test_spec_and_discover_print_what_the_installed_connector_prints(
    hardened: Connector, in_process: Connector
) -> None:
    spec = hardened.spec()
    assert (spec.exit_code, spec.stderr) == (0, "")
    assert spec.of_type("SPEC") == in_process.spec().of_type("SPEC")

    discover = hardened.discover()
    assert (discover.exit_code, discover.stderr) == (0, "")
    assert discover.of_type("CATALOG") == in_process.discover().of_type("CATALOG")


def test_check_succeeds(hardened: Connector) -> None:
    result = hardened.check()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.connection_status["status"] == "SUCCEEDED"


def test_a_first_read_and_one_from_its_state_equal_those_of_the_installed_connector(
    outer_bill: Emulator, hardened: Connector, in_process: Connector
) -> None:
    for name in LISTS:
        outer_bill.bulk(name, 120)

    first = hardened.read()

    assert (first.exit_code, first.stderr) == (0, "")
    assert set(first.records) == set(LISTS)
    for name in LISTS:
        assert_same_rows(first.records[name], outer_bill.data(name, rendered=True), name)
    assert_same_output(first, in_process.read())

    outer_bill.mutate(60)
    second = hardened.read(None, first.state_file)

    assert (second.exit_code, second.stderr) == (0, "")
    assert len(second.records["bills"]) < len(first.records["bills"])
    assert_same_output(second, in_process.read(None, first.state_file))


def test_it_needs_no_other_network_no_home_and_no_user_of_the_image(
    outer_bill: Emulator, hardened: Connector, internal_network: tuple[str, str]
) -> None:
    network, gateway = internal_network
    inside = hardened.having(base_url=outer_bill.base_url.replace("127.0.0.1", gateway))
    flags = [*HARDENED, "--user", "12345", "--network", network, "--env", "HOME=/nonexistent"]
    inside = inside.by(PROGRAM, DOCKER_RUN=json.dumps(flags))
    if host_for_containers() == DOCKER_DESKTOP:
        pytest.skip("Docker Desktop hides the host from internal networks")

    result = inside.read()

    assert (result.exit_code, result.stderr) == (0, "")
    assert {name: len(rows) for name, rows in result.records.items()} == {
        name: len(rows) for name in LISTS if (rows := outer_bill.data(name))
    }


def assert_cannot_work(connector: Connector, sentence: str) -> None:
    """Check that check and read report the sentence once, and no secret."""
    check = connector.check()
    read = connector.read()

    assert check.exit_code == 0
    assert check.connection_status["status"] == "FAILED"
    assert check.sentence.startswith(sentence)
    assert read.exit_code == 1
    assert read.sentence.startswith(sentence)
    assert read.errors[0]["failure_type"] == "config_error"
    assert read.records == {}
    for result in (check, read):
        assert result.stderr == ""
        for secret in connector.config.keys() & {"password", "dev_key"}:
            assert connector.config[secret] not in result.stdout


@pytest.fixture(scope="module")
def acceptance_root_url() -> Iterator[str]:
    """Return the address, for containers, of the BILL of the acceptance configurations."""
    with acceptance_emulator(host=EVERYWHERE) as bill:
        yield f"http://{host_for_containers()}:{urlsplit(bill.root_url).port}"


@pytest.mark.parametrize("name", [n for n in config_names() if n.startswith("invalid")])
def test_each_invalid_configuration_is_one_sentence_of_check_and_of_read(
    hardened: Connector, acceptance_root_url: str, name: str
) -> None:
    invalid = dict.fromkeys(hardened.config) | config(name, acceptance_root_url)
    assert_cannot_work(hardened.having(**invalid), INVALID[name])


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no such host": ({"base_url": "https://bill.invalid/connect"}, "Cannot reach bill.invalid"),
    "no password": ({"password": None}, "The configuration has no Password (password)"),
    "no key": ({"dev_key": None}, "The configuration has no Developer Key (dev_key)"),
}


@pytest.mark.parametrize(("changes", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_configuration_that_cannot_work_is_one_sentence_of_check_and_of_read(
    hardened: Connector, changes: dict[str, Any], sentence: str
) -> None:
    assert_cannot_work(hardened.having(**changes), sentence)


@pytest.mark.parametrize("text", ["", "{'username': 'ann'}", "username: ann"])
def test_a_configuration_that_is_not_json_is_one_sentence_of_check_and_of_read(
    tmp_path: Path, text: str
) -> None:
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(text)
    catalog.write_text('{"streams": []}')

    check = Running(PROGRAM, ["check", "--config", str(config)], {}).finish()
    read = Running(
        PROGRAM, ["read", "--config", str(config), "--catalog", str(catalog)], {}
    ).finish()

    assert (check.exit_code, check.connection_status["status"]) == (0, "FAILED")
    assert read.exit_code == 1
    for result in (check, read):
        assert "configuration file" in result.sentence
        assert "is not valid JSON" in result.sentence
        assert result.stderr == ""
