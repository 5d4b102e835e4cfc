"""The bill of materials of the runtime, CycloneDX 1.6 as JSON: ``python -m deploy.sbom [FILE]``.

It lists what ``requirements.lock`` installs on this system, with the hashes of the lock, and the plotly.js
that the set-up fetches beside it. Who needs whom is what the lock says; licences are those that the
installed packages declare. Needs the runtime's environment only, and no network.
"""

from __future__ import annotations

import json
import sys
import tomllib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from dashboard.components import fetch
from deploy.locked import Locked, read

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
DEFAULT = ROOT / "sbom.cdx.json"
#: plotly.js' own package.json says so, as does the banner of the bundle.
PLOTLY_JS_LICENCE = "MIT"
#: A licence's whole text stands in this field of some packages; such a text names nothing.
LONGEST_NAME = 64

Json = dict[str, Any]


def bill(lock: Path | None = None, *, now: datetime | None = None) -> Json:
    """The document, of ``requirements.lock`` unless another is named.

    Its serial number is the same as long as the materials are.
    Raises NotALock, OSError, and PackageNotFoundError where a package of the lock is not installed.
    """
    packages = [package for package in read(lock or LOCK) if package.applies]
    product = _product()
    script = _plotly_js()
    components = [*map(_component, packages), script]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": product},
        "components": components,
        "dependencies": _dependencies(product, packages, script),
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    document["serialNumber"] = f"urn:uuid:{serial}"
    at = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    document["metadata"] = {"timestamp": at, "component": product}
    return document


def _product() -> Json:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        "type": "application",
        "bom-ref": project["name"],
        "name": project["name"],
        "version": project["version"],
        "description": project["description"],
        "licenses": licences(project["license"], ()),
    }


def _component(package: Locked) -> Json:
    declared = metadata(package.name)
    stated = next((declared[key] for key in ("License-Expression", "License") if key in declared), "")
    return {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "purl": _reference(package),
        "licenses": licences(stated, declared.get_all("Classifier") or ()),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{package.name}/{package.version}/",
                "comment": "the hashes of all files of this version, of which one is installed",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
            }
        ],
    }


def _plotly_js() -> Json:
    reference = f"pkg:npm/{fetch.PACKAGE}@{fetch.PLOTLY_JS}"
    return {
        "type": "library",
        "bom-ref": reference,
        "name": fetch.PACKAGE,
        "version": fetch.PLOTLY_JS,
        "description": f"{fetch.BASIC}, served to the browser; the full bundle is part of the package plotly",
        "hashes": [{"alg": "SHA-256", "content": fetch.BASIC_SHA256}],
        "purl": reference,
        "licenses": licences(PLOTLY_JS_LICENCE, ()),
    }


def _reference(package: Locked) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def licences(stated: str, classifiers: Sequence[str]) -> list[Json]:
    """An SPDX expression where `stated` is one; else what it or the classifiers call the licence."""
    try:
        return [{"expression": canonicalize_license_expression(stated), "acknowledgement": "declared"}]
    except InvalidLicenseExpression:
        pass
    names = [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License :: ")]
    if stated and "\n" not in stated and len(stated) <= LONGEST_NAME:
        names = [stated]
    return [{"license": {"name": name, "acknowledgement": "declared"}} for name in names]


def _dependencies(product: Json, packages: list[Locked], script: Json) -> list[Json]:
    needs: dict[str, list[str]] = {package.name: [] for package in packages}
    top = [script["bom-ref"]]
    for package in packages:
        for who in package.wanted_by:
            wants = top if who.startswith("-r ") else needs.get(who)
            if wants is not None:  # who wants it may itself be for another system only
                wants.append(_reference(package))
    references = {package.name: _reference(package) for package in packages}
    return [
        {"ref": product["bom-ref"], "dependsOn": sorted(top)},
        *({"ref": references[name], "dependsOn": sorted(wanted)} for name, wanted in needs.items()),
        {"ref": script["bom-ref"]},
    ]


def main(arguments: list[str]) -> int:
    """Writes the file that is named, or ``sbom.cdx.json``."""
    if len(arguments) > 1 or any(word.startswith("-") for word in arguments):
        sys.stderr.write("usage: python -m deploy.sbom [FILE]\n")
        return 2
    target = Path(arguments[0]) if arguments else DEFAULT
    try:
        document = bill()
        target.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    except PackageNotFoundError as error:
        sys.stderr.write(f"sbom: {error.name} of requirements.lock is not installed. Run: make install\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"sbom: {error}\n")
        return 1
    sys.stdout.write(f"{target}: {len(document['components'])} components\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
