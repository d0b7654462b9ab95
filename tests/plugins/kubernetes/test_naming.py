from __future__ import annotations

from typing import Any

import pytest

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge_kubernetes import routes, transformers
from streamgauge_kubernetes.naming import Cluster, Naming, uri_reference

EU = Cluster("eu", "eu")


def test_a_namespace_is_its_own_environment_unless_an_entry_matches() -> None:
    naming = Naming.from_settings(
        {
            "environments": {
                "shop-*": "pattern",
                "us/*": "elsewhere",
                "eu/team-*": "pattern of a cluster",
                "team-a": "exact",
                "eu/team-a": "exact of a cluster",
                "*": "the rest",
            }
        }
    )
    assert naming.environment(EU, "shop-1") == "pattern"
    assert naming.environment(EU, "team-a") == "exact of a cluster"
    assert naming.environment(EU, "team-b") == "pattern of a cluster"
    assert naming.environment(Cluster("asia", "asia"), "team-a") == "exact"
    assert naming.environment(Cluster("us", "us"), "team-b") == "elsewhere"
    assert naming.environment(EU, "other") == "the rest"
    assert naming.environment(Cluster(None, "https://10.96.0.1"), "other") == "the rest"
    assert Naming().environment(EU, "other") == "other"


def test_a_cluster_may_be_named_by_a_url() -> None:
    naming = Naming.from_settings({"environments": {"https://[fd00::1]:6443/shop": "live"}})
    cluster = Cluster("https://[fd00::1]:6443", "https://[fd00::1]:6443")
    assert naming.environment(cluster, "shop") == "live"
    naming = Naming.from_settings({"environments": {"https://[fd00::1]:6443/*": "live"}})
    assert naming.environment(cluster, "shop") == "live"


def test_services_match_part_by_part() -> None:
    naming = Naming.from_settings(
        {"services": {"shop/*": "front", "shop/web": "checkout", "/*/db/": "database"}}
    )
    assert naming.service("shop", "web") == "checkout"
    assert naming.service("shop", "other") == "front"
    assert naming.service("stock", "db") == "database"
    assert naming.service("stock", "db", "backup") == "database/backup"
    assert naming.service("stock", "web") == "/stock/web"
    assert naming.service("stock", "web", "proxy") == "/stock/web/proxy"


def test_tables_may_come_as_text_from_the_environment() -> None:
    environ = {
        "STREAMGAUGE_KUBERNETES_CLUSTER": "eu",
        "STREAMGAUGE_KUBERNETES_ENVIRONMENTS": "shop = production , stock=test,",
        "STREAMGAUGE_KUBERNETES_SERVICES": "shop/web=checkout",
    }
    naming = Naming.from_settings(Settings(environ=environ).for_plugin("kubernetes"))
    assert naming.cluster == "eu"
    assert naming.environments == {"shop": "production", "stock": "test"}
    assert naming.services == {"shop/web": "checkout"}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"cluster": 3}, "cluster must be text"),
        ({"environments": "shop"}, "environments: 'shop' is not of the form key=value"),
        ({"environments": "shop="}, "environments: 'shop' must stand for a name"),
        ({"environments": {"shop": 1}}, "environments: 'shop' must stand for a name, not 1"),
        ({"services": {"": "web"}}, "services: '' must stand for a name"),
        ({"services": ["shop/web"]}, "services must be a table"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        list(transformers(Settings(plugins={"kubernetes": values})))


@pytest.mark.parametrize(
    "name",
    [
        "eu",
        "https://10.96.0.1:443",
        "https://[fd00::1]:6443/path",
        "urn:cluster:eu",
        "/clusters/eu?zone=1#a",
        "arn:aws:eks:eu-west-1:123456789012:cluster/prod",
        "a%20b",
    ],
)
def test_a_uri_reference_stays_as_it_is(name: str) -> None:
    assert uri_reference(name) == name


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("prod eu", "prod%20eu"),
        ("10.0.0.1:6443", "10.0.0.1%3A6443"),
        ("100%", "100%25"),
        ("https://[oops", "https%3A//%5Boops"),
        ("zürich", "z%C3%BCrich"),
        ("a#b#c", "a%23b%23c"),
    ],
)
def test_any_other_name_becomes_one(name: str, reference: str) -> None:
    assert uri_reference(name) == reference
    assert uri_reference(reference) == reference


def test_the_types_of_resource_mode_are_routed_and_no_others() -> None:
    both = ["kubernetes", "kubernetes-environments"]
    assert routes() == {
        "dev.knative.apiserver.resource.add": both,
        "dev.knative.apiserver.resource.update": both,
        "dev.knative.apiserver.resource.delete": both,
    }
