"""The files of deploy/ are of the form that what reads them wants, and agree with each other and with the settings."""

from __future__ import annotations

import copy
import re
import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from alliance_qa.settings import PREFIX, Settings, load
from campaigns.container import check_nginx

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
COMPOSED = [DEPLOY / "compose.replicas.yaml", DEPLOY.parent / "compose.yaml"]
MANIFESTS: list[Any] = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8")))
NAMES = [f"{manifest['kind']} {manifest['metadata']['name']}" for manifest in MANIFESTS]


def manifest(name: str) -> Any:
    return copy.deepcopy(MANIFESTS[NAMES.index(name)])


def validate(given: Any) -> None:
    """Compare with Kubernetes' own schema, which is bundled. Raises ValidationError, also for an unknown field."""
    kubernetes_validate.validate(given, kubernetes_validate.latest_version(), strict=True)


def containers(given: Any) -> list[Any]:
    spec = given["spec"]["template"]["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


DEPLOYMENTS = [given for given in MANIFESTS if given["kind"] == "Deployment"]


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_is_what_kubernetes_takes(name: str) -> None:
    validate(manifest(name))


def test_a_manifest_with_a_misspelt_field_is_refused() -> None:
    wrong = manifest("Deployment alliance-qa")
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readinesProbe"):
        validate(wrong)


def test_nothing_reaches_beyond_its_namespace() -> None:
    assert {given["kind"] for given in MANIFESTS} == {
        *("ConfigMap", "Deployment", "Ingress", "NetworkPolicy"),
        *("PersistentVolumeClaim", "PodDisruptionBudget", "Service"),
    }
    assert [given["metadata"].get("namespace") for given in MANIFESTS] == [None] * len(MANIFESTS)


@pytest.mark.parametrize("given", DEPLOYMENTS, ids=lambda given: given["metadata"]["name"])
def test_no_container_may_more_than_it_must(given: Any) -> None:
    spec = given["spec"]["template"]["spec"]
    assert (spec["automountServiceAccountToken"], spec["securityContext"]["runAsNonRoot"]) == (False, True)
    for container in containers(given):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= {
            volume["name"] for volume in spec.get("volumes", [])
        }


def test_probes_call_the_service_by_a_name_of_its_own() -> None:
    """Else a probe would call it by the address of its pod, and get 421."""
    probes = [
        container[probe]["httpGet"]
        for given in DEPLOYMENTS
        for container in containers(given)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe")
        if "httpGet" in container.get(probe, {})
    ]
    assert [probe["httpHeaders"] for probe in probes] == [[{"name": "Host", "value": "localhost"}]] * 6
    assert {probe["path"] for probe in probes} == {"/health/ready", "/health/live"}


def test_services_lead_to_what_is_there() -> None:
    labels = [given["spec"]["template"]["metadata"]["labels"] for given in DEPLOYMENTS]
    ports = {
        port["name"] for given in DEPLOYMENTS for container in containers(given) for port in container.get("ports", [])
    }
    services = [given for given in MANIFESTS if given["kind"] == "Service"]
    assert len(services) == 3
    for service in services:
        assert service["spec"]["selector"] in labels
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    fetch = manifest("ConfigMap alliance-qa-fetching")["data"]["fetch"]
    assert re.findall(r"rsync://(.*?)\n", fetch) == ["alliance-qa-builder:8730"]


def test_the_builder_offers_the_same_in_kubernetes_as_elsewhere() -> None:
    given = (DEPLOY / "rsyncd.conf").read_text("utf-8")
    assert manifest("ConfigMap alliance-qa-fetching")["data"]["rsyncd.conf"] == re.sub(r"^#.*\n", "", given)


def test_every_setting_that_is_given_is_one_and_is_valid() -> None:
    texts = [path.read_text("utf-8") for path in [*COMPOSED, DEPLOY / "kubernetes.yaml"]]
    named = set(re.findall(rf"{PREFIX}\w+", "\n".join(texts)))
    assert named <= {PREFIX + name.upper() for name in Settings.model_fields}
    for given in (manifest("ConfigMap alliance-qa")["data"], replica("replica-1")["environment"]):
        values = {name.removeprefix(PREFIX).lower(): value for name, value in given.items()}
        values["public_url"] = "https://qa.example.org"
        settings = load(**values)
        assert (settings.upload_mb, settings.admin_token) == (0, None)


def replica(name: str) -> Any:
    return yaml.safe_load(COMPOSED[0].read_text("utf-8"))["services"][name]


def test_nginx_asks_every_replica_that_is_composed() -> None:
    services = yaml.safe_load(COMPOSED[0].read_text("utf-8"))["services"]
    at = [service["networks"]["inside"]["ipv4_address"] for name, service in services.items() if "replica" in name]
    servers = " ".join(f"server {address}:8000;" for address in at)
    assert services["nginx"]["environment"]["QA_SERVERS"] == servers
    assert len(at) == 3


@pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason="needs nginx and openssl")
@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.name)
def test_nginx_takes_its_configuration(path: Path, tmp_path: Path) -> None:
    servers = yaml.safe_load(path.read_text("utf-8"))["services"]["nginx"]["environment"]["QA_SERVERS"]
    said = check_nginx(tmp_path, servers.replace("alliance-qa", "127.0.0.1"))
    assert said == f"nginx: configuration file {tmp_path}/nginx.conf test is successful"


def test_a_replica_neither_builds_nor_writes() -> None:
    given = replica("replica-3")
    assert given["command"] == ["alliance-qa", "serve"]
    assert [volume.rpartition(":")[2] for volume in given["volumes"]] == ["ro", "ro"]
    served = next(each for each in containers(manifest("Deployment alliance-qa")) if each["name"] == "replica")
    assert served["command"] == ["alliance-qa", "serve"]
    mounts = {mount["name"]: mount.get("readOnly", False) for mount in served["volumeMounts"]}
    assert (mounts["index"], mounts["documents"]) == (True, True)
