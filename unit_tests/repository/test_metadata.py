"""metadata.yaml and icon.svg are complete and match pyproject.toml, Dockerfile and manifest."""

import re
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from airbyte_cdk.models.connector_metadata import ConnectorLanguage, MetadataFile

from source_billcom.api.retry import READ_RETRY_POLICY
from source_billcom.config import BILL_HOSTS
from testing.lock_file import project
from testing.streams import STREAMS

ROOT = Path(__file__).parents[2]
DATA: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text(encoding="utf-8"))["data"]
MANIFEST: dict[str, Any] = yaml.safe_load(
    (ROOT / "source_billcom" / "manifest.yaml").read_text(encoding="utf-8")
)
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = project()


def test_the_cdk_reads_it_as_a_low_code_connector_in_python() -> None:
    metadata = MetadataFile.from_file(ROOT / "metadata.yaml").data
    assert metadata.language is ConnectorLanguage.PYTHON
    assert metadata.dockerRepository == f"airbyte/{PROJECT['name']}"
    assert "cdk:low-code" in metadata.tags


def test_every_version_is_the_version_of_the_project() -> None:
    labels = re.findall(
        r'(?:io\.airbyte|org\.opencontainers\.image)\.version="([^"]+)"', DOCKERFILE
    )
    assert len(labels) == 2
    assert {DATA["dockerImageTag"], *labels} == {PROJECT["version"]}


def test_the_base_image_is_the_one_in_the_dockerfile() -> None:
    (argument,) = re.findall(r"^ARG BASE_IMAGE=(\S+)$", DOCKERFILE, flags=re.MULTILINE)
    assert DATA["connectorBuildOptions"]["baseImage"] == argument
    assert re.fullmatch(
        r"docker\.io/airbyte/python-connector-base:[\d.]+@sha256:[0-9a-f]{64}", argument
    )


def test_the_image_has_the_name_of_the_repository() -> None:
    assert f'io.airbyte.name="{DATA["dockerRepository"]}"' in DOCKERFILE


def test_the_acceptance_tests_use_the_image_that_make_builds() -> None:
    suite = yaml.safe_load((ROOT / "acceptance-test-config.yml").read_text(encoding="utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\nIMAGE ?= {suite['connector_image']}\n" in makefile


def test_the_build_context_of_the_image_has_only_what_it_copies() -> None:
    content = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    rules = [line for line in content.splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*", "an allow-list first excludes everything"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    assert allowed == {name for line in sources for name in line.split()}
    # the remaining rules only exclude
    assert set(rules[1:]) - {f"!{name}" for name in allowed} == {"**/__pycache__"}


def test_the_platform_allows_both_gateways_and_the_host_of_base_url() -> None:
    assert set(DATA["allowedHosts"]["hosts"]) == {*BILL_HOSTS, "${base_url}"}
    assert "base_url" in MANIFEST["spec"]["connection_specification"]["properties"]


def test_the_suggested_streams_exist() -> None:
    suggested = DATA["suggestedStreams"]["streams"]
    assert suggested
    assert set(suggested) <= STREAMS.keys()


def test_the_registry_entry_has_its_other_fields() -> None:
    assert uuid.UUID(DATA["definitionId"]).version == 4
    assert DATA["documentationUrl"] == MANIFEST["spec"]["documentation_url"]
    assert DATA["license"] == PROJECT["license"]
    expected = {
        "connectorType": "source",
        "connectorSubtype": "api",
        "githubIssueLabel": "source-billcom",
        "icon": "icon.svg",
        "maxSecondsBetweenMessages": 1800,
        "releaseStage": "alpha",
        "supportLevel": "community",
    }
    assert {name: DATA[name] for name in expected} == expected


def test_the_diagram_is_on_the_documentation_page() -> None:
    page, anchor = DATA["erdUrl"].split("#")
    assert page == DATA["documentationUrl"]
    text = (ROOT / "docs" / "source-billcom.md").read_text(encoding="utf-8")
    sections = {
        part.splitlines()[0].lower().replace(" ", "-"): part for part in re.split("\n##+ ", text)
    }
    assert "(entities.svg)" in sections[anchor]


def test_the_platform_waits_much_longer_than_the_connector_is_silent() -> None:
    longest_call = READ_RETRY_POLICY.connect_seconds + READ_RETRY_POLICY.read_seconds
    longest_silence = longest_call + 1.2 * READ_RETRY_POLICY.longest_wait_seconds
    assert DATA["maxSecondsBetweenMessages"] > 5 * longest_silence


@pytest.mark.parametrize("suite", ["unitTests", "integrationTests", "acceptanceTests"])
def test_no_test_suite_needs_a_secret(suite: str) -> None:
    (options,) = (o for o in DATA["connectorTestSuitesOptions"] if o["suite"] == suite)
    assert "testSecrets" not in options


def test_the_icon_is_a_small_square_svg_without_text() -> None:
    content = (ROOT / DATA["icon"]).read_text(encoding="utf-8")
    assert len(content) < 2_000
    icon = ET.fromstring(content)  # noqa: S314 - our own file
    assert icon.tag == "{http://www.w3.org/2000/svg}svg"
    assert icon.attrib["width"] == icon.attrib["height"]
    assert icon.attrib["viewBox"] == f"0 0 {icon.attrib['width']} {icon.attrib['height']}"
    assert {element.tag.split("}")[1] for element in icon} == {"path"}
