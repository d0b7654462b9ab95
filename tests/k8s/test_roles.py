"""The roles as the code has them: arguments, ports, probes, settings."""

from __future__ import annotations

import inspect
import re
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import click

from streamgauge.cli.migrate import migrate
from streamgauge.plugins import Plugins
from streamgauge.routing.router import routing_table
from streamgauge.routing.table import operator_table
from streamgauge.settings import Settings
from streamgauge_github.options import options_of
from streamgauge_http.cli import serve
from streamgauge_http.runtime import CHECKOUT_SECONDS
from streamgauge_http.server.gunicorn_app import run
from streamgauge_kubernetes.naming import Naming
from tests.k8s.rendering import (
    BASE,
    K8S,
    LISTENING,
    OWN,
    ROLES,
    Object,
    containers,
    deployments,
    labels,
    main,
    of_kind,
    only,
    pod,
    selected,
    workloads,
)

# Labels


def test_every_deployment_selects_its_own_pods_alone(objects: list[Object]) -> None:
    for name, item in workloads(objects).items():
        assert selected(item["spec"]["selector"]["matchLabels"], objects) == [name]
    for one, other in combinations(workloads(objects).values(), 2):
        assert labels(one) != labels(other)


def test_every_service_leads_to_a_port_of_one_workload(objects: list[Object]) -> None:
    for name, item in of_kind(objects, "Service").items():
        (target,) = selected(item["spec"]["selector"], objects)
        assert target == name
        (port,) = item["spec"]["ports"]
        assert port["targetPort"] in [p["name"] for p in main(workloads(objects)[target])["ports"]]


def test_services_exist_for_what_listens(base: list[Object]) -> None:
    services = of_kind(base, "Service")
    assert set(services) == {f"streamgauge-{role}" for role in LISTENING}
    # Knative makes an address without a port of a Service.
    assert {item["spec"]["ports"][0]["port"] for item in services.values()} == {80}


def test_every_role_has_a_disruption_budget(base: list[Object]) -> None:
    budgets = of_kind(base, "PodDisruptionBudget")
    assert set(budgets) == set(workloads(base))
    for name, item in budgets.items():
        assert selected(item["spec"]["selector"]["matchLabels"], base) == [name]
        assert item["spec"]["maxUnavailable"] == 1


def test_the_replicas_of_a_role_are_spread(base: list[Object]) -> None:
    for name, item in workloads(base).items():
        spread = pod(item)["topologySpreadConstraints"]
        assert [rule["topologyKey"] for rule in spread] == [
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        ]
        for rule in spread:
            assert selected(rule["labelSelector"]["matchLabels"], base) == [name]


# The application that is in the image


def test_there_is_a_deployment_for_each_role(base: list[Object]) -> None:
    assert set(deployments(base)) == set(ROLES)
    assert {item["spec"]["replicas"] for item in deployments(base).values()} == {2}


def parse(container: Object) -> dict[str, Any]:
    """The arguments as the real command line understands them."""
    known: dict[str, click.Command] = {"serve": serve, "migrate": migrate}
    assert container["command"] == ["streamgauge"]
    name, *arguments = container["args"]
    return known[name].make_context(name, list(arguments)).params


def test_the_command_line_takes_the_arguments(base: list[Object]) -> None:
    for role, item in deployments(base).items():
        found = parse(main(item))
        assert found["roles"] == (role,)
        assert found["host"] == ("0.0.0.0" if role in LISTENING else None)


def test_every_pod_migrates_first_with_the_same_database(base: list[Object]) -> None:
    for item in deployments(base).values():
        (first,) = pod(item)["initContainers"]
        parse(first)
        assert first["args"][0] == "migrate"
        assert first["image"] == main(item)["image"]
        for variable in first["env"]:
            assert variable in main(item)["env"]
    # A Job's template cannot be changed: the base could not be applied with another image.
    assert not of_kind(base, "Job")


def test_ports_and_probes_are_those_of_the_application(
    base: list[Object], paths: dict[str, dict[str, set[str]]]
) -> None:
    for role in LISTENING:
        container = main(deployments(base)[role])
        (port,) = container["ports"]
        assert parse(container)["port"] == port["containerPort"]
        for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            assert container[probe]["httpGet"] == {"path": path, "port": port["name"]}
            assert "GET" in paths[role][path]


def test_the_worker_listens_to_nothing(base: list[Object]) -> None:
    assert not {"ports", "livenessProbe", "readinessProbe"} & set(main(deployments(base)["worker"]))
    assert deployments(base)["worker"]["spec"]["minReadySeconds"] > 0


def test_a_probe_waits_for_the_answer_that_postgres_is_away(base: list[Object]) -> None:
    for role in LISTENING:
        assert main(deployments(base)[role])["readinessProbe"]["timeoutSeconds"] > CHECKOUT_SECONDS


def test_gunicorn_replaces_a_stuck_process_before_the_kubelet_does(base: list[Object]) -> None:
    for role in LISTENING:
        probe = main(deployments(base)[role])["livenessProbe"]
        stuck = inspect.signature(run).parameters["timeout"].default
        assert probe["periodSeconds"] * probe["failureThreshold"] > stuck


def test_a_rollout_loses_no_request(base: list[Object]) -> None:
    graceful = inspect.signature(run).parameters["graceful_timeout"].default
    for role, item in deployments(base).items():
        assert item["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        before = 0
        if role in LISTENING:
            command, seconds = main(item)["lifecycle"]["preStop"]["exec"]["command"]
            assert command == "sleep"
            before = int(seconds)
            assert before >= 5
        assert pod(item)["terminationGracePeriodSeconds"] > before + graceful


# Settings


def variables(objects: list[Object]) -> set[str]:
    return {
        variable["name"]
        for item in of_kind(objects, "Deployment").values()
        for container in containers(item)
        for variable in container["env"]
    }


def test_every_variable_is_a_setting(objects: list[Object]) -> None:
    settings = {f"STREAMGAUGE_{name.upper()}" for name in Settings.__dataclass_fields__}
    known = settings | {"DATABASE_URL", "STREAMGAUGE_CONFIG", "STREAMGAUGE_GITHUB_SECRET"}
    assert variables(objects) <= known - {"STREAMGAUGE_PLUGINS", "STREAMGAUGE_ENVIRON"}


def test_the_webhook_secret_reaches_the_plugin(base: list[Object]) -> None:
    ingest = main(deployments(base)["ingest"])
    (name,) = [v["name"] for v in ingest["env"] if "GITHUB" in v["name"]]
    assert options_of(Settings.load({name: "a secret"})).secrets.values == (b"a secret",)


def mounted_settings(objects: list[Object], folder: Path) -> Settings:
    """The settings as a pod reads them, from the files of its ConfigMap."""
    container = main(deployments(objects)["ingest"])
    config = only(objects, "ConfigMap")
    (mount,) = [m for m in container["volumeMounts"] if m["name"] == "config"]
    (volume,) = [v for v in pod(deployments(objects)["ingest"])["volumes"] if "configMap" in v]
    assert (volume["name"], volume["configMap"]["name"]) == ("config", config["metadata"]["name"])
    (path,) = [v["value"] for v in container["env"] if v["name"] == "STREAMGAUGE_CONFIG"]
    for name, text in config["data"].items():
        # The folder stands for the one that the files are mounted at.
        text = text.replace(f'"{mount["mountPath"]}/', f'"{folder}/')
        (folder / name).write_text(text, encoding="utf-8")
    assert Path(path).parent == Path(mount["mountPath"])
    return Settings.load({"STREAMGAUGE_CONFIG": str(folder / Path(path).name)})


def test_the_settings_and_the_routing_table_can_be_read(
    objects: list[Object], tmp_path: Path
) -> None:
    settings = mounted_settings(objects, tmp_path)
    assert settings.routes == str(tmp_path / "routes.yaml")
    assert operator_table(settings)[:2] == ({}, ())
    assert settings.database_url is None
    routing_table(Plugins(settings), settings)


def uncommented(text: str) -> str:
    return re.sub(r"^# ?", "", text, flags=re.M)


def test_the_examples_in_the_settings_hold() -> None:
    text = (K8S / BASE / "streamgauge.toml").read_text(encoding="utf-8")
    example = tomllib.loads(uncommented(text[text.index("# [plugins") :]))
    naming = Naming.from_settings(example["plugins"]["kubernetes"])
    assert naming.environments["team-*"] == "staging"


def test_the_example_in_the_routing_table_holds(tmp_path: Path, plugins: Plugins) -> None:
    text = (K8S / BASE / "routes.yaml").read_text(encoding="utf-8")
    example = uncommented(text[text.index("# routes:") : text.index("routes: {}")])
    (tmp_path / "routes.yaml").write_text(example, encoding="utf-8")
    table = routing_table(plugins, Settings(routes=str(tmp_path / "routes.yaml")))
    assert table.targets("com.example.deploy.done") == ("http://functions.example/transform",)


def test_changed_settings_roll_the_pods(rendered: dict[str, list[Object]]) -> None:
    names = [only(rendered[name], "ConfigMap")["metadata"]["name"] for name in (BASE, OWN)]
    assert names[0] != names[1]
    for item in deployments(rendered[OWN]).values():
        (volume,) = [v for v in pod(item)["volumes"] if "configMap" in v]
        assert volume["configMap"]["name"] == names[1]
