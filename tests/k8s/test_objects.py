"""What is rendered: valid, restricted, without passwords."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from streamgauge import __version__
from tests.k8s.rendering import (
    ALL,
    BASE,
    EVENTS,
    K8S,
    KNATIVE,
    KUBECTL,
    NEWEST,
    OLDEST,
    OVERLAYS,
    OWN,
    TRIAL,
    Object,
    commands,
    containers,
    deployments,
    identity,
    main,
    of_kind,
    only,
    pod,
    strings,
    workloads,
)

# What is rendered


def test_every_kustomization_is_tested() -> None:
    found = {str(file.parent.relative_to(K8S)) for file in K8S.rglob("kustomization.yaml")}
    assert found == {BASE, TRIAL, KNATIVE}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_standard_objects_have_no_wrong_or_unknown_field(
    rendered: dict[str, list[Object]], version: str
) -> None:
    once = {
        yaml.safe_dump(item): item
        for objects in rendered.values()
        for item in objects
        if item["kind"] != "ApiServerSource"
    }
    for item in once.values():
        kubernetes_validate.validate(item, version, strict=True)


def test_the_validation_would_notice(base: list[Object]) -> None:
    item = {**only(base, "Namespace"), "specification": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(item, NEWEST, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_contains_the_base(rendered: dict[str, list[Object]], overlay: str) -> None:
    def settled(objects: list[Object]) -> set[tuple[str, str, str]]:
        # The ConfigMap's name ends in the hash of its content.
        return {identity(item) for item in objects if item["kind"] != "ConfigMap"}

    assert settled(rendered[BASE]) <= settled(rendered[overlay])
    assert len(of_kind(rendered[overlay], "ConfigMap")) == 1


@pytest.mark.parametrize("overlay", [TRIAL, KNATIVE])
def test_an_overlay_leaves_the_base_as_it_is(
    rendered: dict[str, list[Object]], overlay: str
) -> None:
    for item in rendered[BASE]:
        assert item in rendered[overlay]


def test_all_is_in_one_namespace(objects: list[Object]) -> None:
    (name,) = of_kind(objects, "Namespace")
    assert name == "streamgauge"
    for item in objects:
        if item["kind"] not in ("Namespace", "ClusterRole", "ClusterRoleBinding"):
            assert item["metadata"]["namespace"] == name, identity(item)


# What each pod may do


def test_the_namespace_admits_restricted_pods_alone(objects: list[Object]) -> None:
    found = only(objects, "Namespace")["metadata"]["labels"]
    assert found["pod-security.kubernetes.io/enforce"] == "restricted"


def test_every_container_is_restricted(objects: list[Object]) -> None:
    for name, item in workloads(objects).items():
        security = pod(item)["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0 and security["runAsGroup"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in containers(item):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name


def test_every_pod_shares_nothing_with_its_node(objects: list[Object]) -> None:
    for name, item in workloads(objects).items():
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod(item)), name
        for volume in pod(item)["volumes"]:
            assert set(volume) - {"name"} <= {"configMap", "emptyDir"}, name


def test_what_is_mounted_is_there_and_tmp_can_be_written(objects: list[Object]) -> None:
    for name, item in workloads(objects).items():
        claims = [c["metadata"]["name"] for c in item["spec"].get("volumeClaimTemplates", [])]
        volumes = {volume["name"]: volume for volume in pod(item)["volumes"]}
        for container in containers(item):
            mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            assert set(mounts.values()) <= {*volumes, *claims}, name
            assert "emptyDir" in volumes[mounts["/tmp"]], name


def test_every_container_says_what_it_needs(objects: list[Object]) -> None:
    for name, item in workloads(objects).items():
        for container in containers(item):
            resources = container["resources"]
            assert {"cpu", "memory"} <= set(resources["requests"]), name
            assert "memory" in resources["limits"], name


def test_no_pod_has_a_token(objects: list[Object]) -> None:
    accounts = of_kind(objects, "ServiceAccount")
    for name, item in workloads(objects).items():
        account = accounts[pod(item)["serviceAccountName"]]
        assert account["automountServiceAccountToken"] is False, name
        assert pod(item)["automountServiceAccountToken"] is False, name


def test_services_put_no_variables_into_the_pods(objects: list[Object]) -> None:
    # STREAMGAUGE_PORT=tcp://10.0.0.1:80, of a Service `streamgauge`, would be taken for a setting.
    for name, item in workloads(objects).items():
        assert pod(item)["enableServiceLinks"] is False, name


# Images and secrets


def images(objects: list[Object]) -> set[str]:
    return {c["image"] for item in workloads(objects).values() for c in containers(item)}


@pytest.mark.parametrize("name", [BASE, KNATIVE, EVENTS])
def test_the_image_is_of_this_version(rendered: dict[str, list[Object]], name: str) -> None:
    assert images(rendered[name]) == {f"streamgauge:{__version__}"}


def test_the_trial_adds_the_official_postgres(rendered: dict[str, list[Object]]) -> None:
    assert images(rendered[TRIAL]) == images(rendered[BASE]) | {"postgres:18"}


def test_one_place_changes_every_image(rendered: dict[str, list[Object]]) -> None:
    assert images(rendered[OWN]) == {f"registry.example.com/platform/streamgauge:{__version__}"}


def test_no_object_holds_a_password(objects: list[Object]) -> None:
    for item in objects:
        if item["kind"] != "Secret":
            for text in strings(item):
                assert not re.search(r"://[^/\s]*:[^/\s]*@", text), identity(item)
    for item in workloads(objects).values():
        for container in containers(item):
            for variable in container["env"]:
                secret = re.search("PASS|SECRET|TOKEN|KEY|DATABASE_URL", variable["name"])
                assert bool(secret) == ("valueFrom" in variable), variable["name"]


def test_only_the_trial_brings_a_secret(rendered: dict[str, list[Object]]) -> None:
    assert {name for name in ALL if of_kind(rendered[name], "Secret")} == {TRIAL}
    assert not [f for f in K8S.rglob("*.yaml") if "kind: Secret\n" in f.read_text("utf-8")]
    ignored = (K8S / TRIAL / ".gitignore").read_text(encoding="utf-8").split()
    assert ignored == ["database.env"]


def test_the_trials_password_is_random_and_kept(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(K8S / TRIAL, tmp_path / "other", ignore=shutil.ignore_patterns("*.env"))
    found = []
    for folder in (tree / TRIAL, tmp_path / "other", tmp_path / "other"):
        subprocess.run([folder / "password.sh"], check=True)
        assert (folder / "database.env").stat().st_mode & 0o077 == 0
        found.append((folder / "database.env").read_text(encoding="utf-8"))
    assert found[0] != found[1]
    assert found[1] == found[2]
    assert re.search(r"^password=[0-9a-f]{48}$", found[1], re.M)


def test_the_trials_url_leads_to_its_postgres(rendered: dict[str, list[Object]]) -> None:
    objects = rendered[TRIAL]
    secret = {k: b64decode(v).decode() for k, v in only(objects, "Secret")["data"].items()}
    postgres = main(only(objects, "StatefulSet"))
    values = {v["name"]: v.get("value", secret["password"]) for v in postgres["env"]}
    user, database = values["POSTGRES_USER"], values["POSTGRES_DB"]
    service = only(objects, "StatefulSet")["spec"]["serviceName"]
    assert of_kind(objects, "Service")[service]["spec"]["ports"][0]["port"] == 5432
    assert secret["url"] == (
        f"postgresql://{user}:{values['POSTGRES_PASSWORD']}@{service}/{database}"
    )


def secret_references(objects: list[Object]) -> set[tuple[str, str]]:
    return {
        (reference["name"], reference["key"])
        for item in workloads(objects).values()
        for container in containers(item)
        for variable in container["env"]
        if (reference := variable.get("valueFrom", {}).get("secretKeyRef"))
    }


def test_the_page_makes_every_secret_that_the_base_refers_to(base: list[Object]) -> None:
    made = set()
    for line in commands():
        if "create secret" in line:
            done = subprocess.run(
                ["/bin/sh", "-euc", f"{line} --dry-run=client -o yaml"],
                env={"PATH": str(Path(KUBECTL).parent), "DATABASE_URL": "a", "GITHUB_SECRET": "b"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            secret = yaml.safe_load(done.stdout)
            assert secret["metadata"]["namespace"] == "streamgauge"
            made |= {(secret["metadata"]["name"], key) for key in secret["data"]}
    assert made == secret_references(base)


def test_the_trial_has_the_secrets_it_refers_to(rendered: dict[str, list[Object]]) -> None:
    secret = only(rendered[TRIAL], "Secret")
    made = {(secret["metadata"]["name"], key) for key in secret["data"]}
    assert secret_references(rendered[TRIAL]) == made | {("streamgauge-github", "secret")}


def test_only_the_webhook_secret_may_be_missing(base: list[Object]) -> None:
    for role, item in deployments(base).items():
        for container in containers(item):
            for variable in container["env"]:
                reference = variable.get("valueFrom", {}).get("secretKeyRef", {})
                optional = variable["name"] == "STREAMGAUGE_GITHUB_SECRET"
                assert reference.get("optional", False) is optional, role


def test_what_the_page_applies_is_there(tree: Path) -> None:
    used = [word for line in commands() for word in line.split() if word.startswith("k8s/")]
    assert {f"k8s/{name}" for name in (BASE, TRIAL, KNATIVE)} <= set(used)
    for word in used:
        path = tree / word.removeprefix("k8s/")
        assert path.is_file() or (path / "kustomization.yaml").is_file(), word
