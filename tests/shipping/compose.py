"""compose.yaml and the Kubernetes manifest, read."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from tests.shipping.dockerfile import ROOT

Document = dict[str, Any]


def compose() -> Document:
    """The whole file, merge keys resolved."""
    document: Document = YAML(typ="safe").load((ROOT / "compose.yaml").read_text("utf-8"))
    return document


def services() -> dict[str, Document]:
    """Its services by name."""
    found: dict[str, Document] = compose()["services"]
    return found


def manifests() -> dict[str, Document]:
    """The Kubernetes objects by kind."""
    text = (ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8")
    return {document["kind"]: document for document in YAML(typ="safe").load_all(text)}
