"""deploy/kubernetes.yaml: the same promises as the image's, and one volume a replica."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.shipping.compose import Document, manifests
from tests.shipping.dockerfile import assignments, stages


def _pod() -> Document:
    pod: Document = manifests()["StatefulSet"]["spec"]["template"]["spec"]
    return pod


def test_it_runs_as_the_images_user_on_a_read_only_root() -> None:
    pod = _pod()
    (container,) = pod["containers"]
    user = int(stages()[-1].last("USER").rest.partition(":")[0])
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert {pod["securityContext"][name] for name in ("runAsUser", "runAsGroup", "fsGroup")} == {user}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False


def test_what_is_written_has_a_volume_and_the_archive_one_a_replica() -> None:
    (container,) = _pod()["containers"]
    data = assignments(stages()[-1].last("ENV"))["DASHBOARD_DATA_DIR"]
    assert {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]} == {
        data: "archive",
        "/tmp": "tmp",
    }
    (claim,) = manifests()["StatefulSet"]["spec"]["volumeClaimTemplates"]
    assert (claim["metadata"]["name"], claim["spec"]["accessModes"]) == ("archive", ["ReadWriteOnce"])


def test_an_outage_of_agentops_takes_no_replica_away() -> None:
    (container,) = _pod()["containers"]
    probes = {name: container[name]["httpGet"]["path"] for name in container if name.endswith("Probe")}
    assert probes == dict.fromkeys(("startupProbe", "readinessProbe", "livenessProbe"), "/healthz")


def test_a_viewer_comes_back_to_his_replica_and_his_websocket_lasts() -> None:
    annotations = manifests()["Ingress"]["metadata"]["annotations"]
    ours = {name.removeprefix("nginx.ingress.kubernetes.io/"): text for name, text in annotations.items()}
    assert ours["affinity"] == "cookie"
    assert (ours["session-cookie-samesite"], ours["session-cookie-secure"]) == ("None", "true")
    assert int(ours["proxy-read-timeout"]) >= 600


def test_service_and_ingress_lead_to_the_containers_port() -> None:
    (container,) = _pod()["containers"]
    (port,) = manifests()["Service"]["spec"]["ports"]
    assert {port["targetPort"]} == {each["name"] for each in container["ports"]}
    assert [each["containerPort"] for each in container["ports"]] == [int(stages()[-1].last("EXPOSE").rest)]
    selector = manifests()["Service"]["spec"]["selector"]
    assert selector == manifests()["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    (rule,) = manifests()["Ingress"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == manifests()["Service"]["metadata"]["name"]
