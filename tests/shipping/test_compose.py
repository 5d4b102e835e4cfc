"""compose.yaml: valid, locked down, no secret in it, and no port that the portal has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from agentops_lite.config import DEFAULT_API_KEY
from tests.shipping.compose import compose, services
from tests.shipping.dockerfile import ROOT

#: What other parts of the stack publish: LiteLLM, AgentOps, the portal, OTLP, ClickHouse, Supabase, Langfuse.
TAKEN = {*range(3000, 3007), 4000, 4317, 4318, *range(8000, 8004), 8123, 8443, 9000, 9001, 55321, 55432}
OURS = ("dashboard", "agentops-demo", "dashboard-demo", "dashboard-proxied")


def test_the_compose_specification_takes_it() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"),
            "compose.yaml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [*OURS, "proxy"])
def test_a_service_is_locked_down(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert int(service["user"].partition(":")[0]) > 0
    assert not service.get("privileged") and "network_mode" not in service
    written = [mount for mount in service.get("volumes", ()) if not mount.endswith(":ro")]
    assert all(mount.endswith(":/data") for mount in written)


def test_there_is_no_other_service() -> None:
    assert set(services()) == {*OURS, "proxy"}
    assert {name: service.get("profiles") for name, service in services().items()} == {
        "dashboard": None,
        "agentops-demo": ["demo"],
        "dashboard-demo": ["demo"],
        "dashboard-proxied": ["proxy"],
        "proxy": ["proxy"],
    }


def test_only_the_proxy_is_published_beyond_this_host_and_the_head_says_which_ports() -> None:
    published = {
        (name, *port.rpartition(":")[0].rpartition(":")[::2])
        for name, service in services().items()
        for port in service.get("ports", ())
    }
    assert published == {
        ("dashboard", "127.0.0.1", "8501"),
        ("dashboard-demo", "127.0.0.1", "8502"),
        ("proxy", "", "8543"),
    }
    assert not {int(port) for _, _, port in published} & TAKEN
    head = (ROOT / "compose.yaml").read_text("utf-8").partition("\nname:")[0]
    table = re.findall(r"^# \| (\d+) \| (this host only|all interfaces) +\| ([\w-]+)", head, flags=re.M)
    where = {"127.0.0.1": "this host only", "": "all interfaces"}
    assert {(port, bound, name) for port, bound, name in table} == {
        (port, where[address], name) for name, address, port in published
    }


def test_it_holds_no_secret() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    assert set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)) == {DEFAULT_API_KEY}
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            secret = re.search(r"KEY|SECRET|PASSWORD|TOKEN", name)
            assert not secret or value == DEFAULT_API_KEY, name


def test_who_lets_anybody_in_is_published_to_this_host_only() -> None:
    open_ones = {
        name
        for name, service in services().items()
        if service.get("environment", {}).get("DASHBOARD_ALLOW_ANONYMOUS") == "true"
    }
    assert open_ones == {"dashboard", "dashboard-demo"}
    for name in open_ones:
        assert all(port.startswith("127.0.0.1:") for port in services()[name]["ports"])


def test_the_proxied_dashboard_believes_the_proxy_alone() -> None:
    proxied, proxy = services()["dashboard-proxied"], services()["proxy"]
    assert "ports" not in proxied
    address = proxy["networks"]["proxied"]["ipv4_address"]
    assert proxied["environment"]["DASHBOARD_TRUSTED_PROXIES"] == f"{address}/32"
    assert proxied["environment"]["DASHBOARD_AUTH"] == "proxy"


def test_no_two_dashboards_share_a_volume() -> None:
    volumes = [mount for name in OURS for mount in services()[name].get("volumes", ())]
    names = [mount.partition(":")[0] for mount in volumes]
    assert sorted(names) == sorted(compose()["volumes"])


def test_the_demonstration_points_at_its_own_agentops() -> None:
    demo = services()["dashboard-demo"]
    assert demo["environment"]["AGENTOPS_API_ENDPOINT"] == "http://agentops-demo:8003"
    assert services()["agentops-demo"]["command"][-2:] == ["--port", "8003"]
    assert demo["depends_on"] == {"agentops-demo": {"condition": "service_healthy"}}


def test_from_a_container_the_hosts_agentops_is_reached_by_its_name() -> None:
    for name in ("dashboard", "dashboard-proxied"):
        service = services()[name]
        assert service["environment"]["AGENTOPS_API_ENDPOINT"].endswith(":-http://host.docker.internal:8003}")
        assert service["extra_hosts"] == ["host.docker.internal:host-gateway"]
        assert service["env_file"] == [{"path": ".env", "required": False}]
