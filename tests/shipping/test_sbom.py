"""``make sbom``: valid CycloneDX, and exactly what the runtime is made of."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

sys.path.insert(0, str(Path(__file__).parents[2]))

from dashboard.components import fetch
from deploy import sbom
from deploy.locked import read
from tests.shipping.dockerfile import ROOT

AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
PRODUCT = "agentops-dashboard"
PLOTLY_JS = f"pkg:npm/plotly.js-basic-dist-min@{fetch.PLOTLY_JS}"


@pytest.fixture(scope="module")
def bill() -> sbom.Json:
    return sbom.bill(now=AT)


def test_it_is_valid_cyclonedx(bill: sbom.Json) -> None:
    judge = JsonStrictValidator(SchemaVersion.V1_6)
    assert judge.validate_str(json.dumps(bill)) is None
    assert judge.validate_str(json.dumps({**bill, "serialNumber": "1"})) is not None  # formats are judged too


def test_it_lists_the_lock_and_plotly_js_and_nothing_else(bill: sbom.Json) -> None:
    shipped = [p for p in read(ROOT / "requirements.lock") if p.applies]
    listed = [(one["purl"], one["name"], one["version"]) for one in bill["components"]]
    assert listed == [
        *((f"pkg:pypi/{p.name}@{p.version}", p.name, p.version) for p in shipped),
        (PLOTLY_JS, "plotly.js-basic-dist-min", fetch.PLOTLY_JS),
    ]


def test_each_package_has_the_hashes_of_the_lock(bill: sbom.Json) -> None:
    listed = {one["name"]: one for one in bill["components"]}
    for package in read(ROOT / "requirements.lock"):
        if package.applies:
            (files,) = listed[package.name]["externalReferences"]
            assert [one["content"] for one in files["hashes"]] == list(package.hashes)


def test_the_script_has_the_hash_of_the_file_that_is_served(bill: sbom.Json) -> None:
    (script,) = (one for one in bill["components"] if one["bom-ref"] == PLOTLY_JS)
    assert script["hashes"] == [{"alg": "SHA-256", "content": fetch.BASIC_SHA256}]
    assert script["licenses"] == [{"expression": "MIT", "acknowledgement": "declared"}]
    served = fetch.VENDOR / fetch.BASIC
    if served.exists():  # without npm the full bundle serves alone
        assert hashlib.sha256(served.read_bytes()).hexdigest() == fetch.BASIC_SHA256
        assert b"Licensed under the MIT license" in served.read_bytes()[:400]


def test_every_component_is_led_to_and_says_its_licence(bill: sbom.Json) -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    waiting, reached = [PRODUCT], set()
    while waiting:
        reached.add(ref := waiting.pop())
        waiting += set(needs[ref]) - reached
    assert reached == needs.keys() == {PRODUCT, *(one["bom-ref"] for one in bill["components"])}
    by_name = {one["name"]: one["bom-ref"] for one in bill["components"]}
    assert by_name["h11"] in needs[by_name["httpcore"]]
    assert by_name["httpcore"] in needs[by_name["httpx"]]
    assert [one["name"] for one in bill["components"] if not one["licenses"]] == []


def test_the_serial_number_is_the_materials_own(bill: sbom.Json, tmp_path: Path) -> None:
    later = sbom.bill(now=datetime(2027, 1, 1, tzinfo=UTC))
    assert later["serialNumber"] == bill["serialNumber"]
    assert later["metadata"]["timestamp"] == "2027-01-01T00:00:00Z"
    lock = tmp_path / "requirements.lock"
    lock.write_text(re.sub("(?m)^h11==.* ", "h11==0.1 ", (ROOT / "requirements.lock").read_text("utf-8")))
    assert sbom.bill(lock)["serialNumber"] != bill["serialNumber"]


@pytest.mark.parametrize(
    ("stated", "classifiers", "expression", "name"),
    [
        ("Apache-2.0 OR BSD-2-Clause", ["MIT License"], "Apache-2.0 OR BSD-2-Clause", None),
        ("3-Clause BSD License", ["BSD License"], None, "3-Clause BSD License"),
        ("", ["MIT License"], None, "MIT License"),
        ("Copyright\nand all of it", ["BSD License"], None, "BSD License"),
    ],
)
def test_a_licence_is_an_spdx_expression_or_a_name(
    stated: str, classifiers: list[str], expression: str | None, name: str | None
) -> None:
    full = ["Topic :: Internet", *(f"License :: OSI Approved :: {one}" for one in classifiers)]
    (found,) = sbom.licences(stated, full)
    assert (found.get("expression"), found.get("license", {}).get("name")) == (expression, name)
    assert sbom.licences("", ["Topic :: Internet"]) == []


def test_the_file_that_is_named_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "bill.json"
    assert sbom.main([str(target)]) == 0
    count = len(json.loads(target.read_text("utf-8"))["components"])
    assert capsys.readouterr().out == f"{target}: {count} components\n"
    assert sbom.main(["--help"]) == 2


def test_what_is_not_installed_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"nowhere-to-be-found==1 --hash=sha256:{'0' * 64}\n    # via -r requirements.txt\n", "utf-8"
    )
    monkeypatch.setattr(sbom, "LOCK", lock)
    assert sbom.main([str(tmp_path / "bill.json")]) == 1
    assert "nowhere-to-be-found of requirements.lock is not installed" in capsys.readouterr().err
    assert not (tmp_path / "bill.json").exists()
