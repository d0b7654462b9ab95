"""Which change is in which deployment: one scenario for each thing that can be got wrong."""

from __future__ import annotations

import pytest

from streamgauge import cdevents
from streamgauge.postgres.database import Database
from streamgauge_dora.linking.parts import Part
from tests.dora.world import (
    REPOSITORY,
    SHOP,
    World,
    at,
    change,
    corrected,
    deployed,
    failed,
    key_of,
    published,
    pushed,
    sha,
)


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def c(name: str, service: str = "shop", environment: str = "production") -> tuple[str, str, str]:
    """A commit that is a change of its own."""
    return (f"@{sha(name)}", service, environment)


def test_the_first_deployment_is_a_baseline(world: World) -> None:
    world.tell(
        [
            pushed(0, "a"),
            pushed(1, "b"),
            deployed("d1", 2, "b"),
            pushed(3, "c"),
            deployed("d2", 4, "c"),
        ]
    )
    assert world.links() == {
        c("a"): ("d1", "branch", "first_deployment"),
        c("b"): ("d1", "commit", "first_deployment"),
        c("c"): ("d2", "commit", None),
    }


def test_several_pushes_between_two_deployments_are_all_in_the_second(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(n, f"c{n}") for n in (2, 3, 4)]
        + [deployed("d2", 5, "c4")]
    )
    assert world.links() == {
        c("a"): ("d1", "commit", "first_deployment"),
        c("c2"): ("d2", "branch", None),
        c("c3"): ("d2", "branch", None),
        c("c4"): ("d2", "commit", None),
    }


def test_two_deployments_between_pushes_count_the_change_at_the_first(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b")]
        + [deployed("d2", 3, "b"), deployed("d3", 4, "b")]
    )
    assert world.links()[c("b")] == ("d2", "commit", None)


def test_a_rollback_ships_nothing_and_going_forward_again_ships_nothing_twice(world: World) -> None:
    world.tell(
        [pushed(n, name) for n, name in enumerate("abcd")]
        + [deployed("d1", 10, "a"), deployed("d2", 11, "b")]
        + [deployed("back", 12, "a", kind="service.rolledback")]
        + [deployed("again", 13, "b"), deployed("d3", 14, "c")]
    )
    found = world.links()
    assert found[c("b")] == ("d2", "commit", None)
    assert found[c("c")] == ("d3", "commit", None)
    assert c("d") not in found


def test_a_failed_deployment_does_not_advance_and_its_retry_ships(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b")]
        + [failed("f", 3, "b"), deployed("retry", 4, "b")]
    )
    assert world.links()[c("b")] == ("retry", "commit", None)


def test_each_environment_ships_for_itself(world: World) -> None:
    world.tell(
        [pushed(0, "a"), pushed(1, "b")]
        + [deployed("s1", 2, "a", environment="staging"), deployed("p1", 3, "a")]
        + [deployed("s2", 4, "b", environment="staging"), deployed("p2", 9, "b")]
    )
    found = world.links()
    assert found[c("b", environment="staging")] == ("s2", "commit", None)
    assert found[c("b")] == ("p2", "commit", None)


def test_a_squashed_change_has_the_commits_that_were_squashed(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(2, "x1", branch="topic", written={"x1": 1.5})]
        + [pushed(5, "x2", branch="topic", written={"x2": 4})]
        + [change("created", 7, 3), change("reviewed", 7, 6, reviewer="bob", author="ann")]
        + [pushed(8, "squash", written={"squash": 8})]
        + [change("merged", 7, 8, "squash", head="x2", head_branch="topic", commits=2)]
        + [deployed("d2", 9, "squash")]
    )
    assert world.links() == {
        c("a"): ("d1", "commit", "first_deployment"),
        ("/pulls/7", "shop", "production"): ("d2", "commit", None),
    }
    (merged,) = [row for row in world.rows("changes") if row[2] == "merge"]
    assert merged[6:10] == (at(1.5), at(3), at(6), at(8))
    assert merged[11] == 2
    originals = {row[3] for row in world.rows("change_commits") if row[5]}
    assert originals == {sha("x1"), sha("x2")}


def test_a_change_is_deployed_by_its_own_last_commit_too(world: World) -> None:
    """The tool names the commit of the pull request, not what it was squashed to."""
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(5, "x1", "x2", branch="topic")]
        + [deployed("half of it", 6, "x1"), pushed(8, "squash")]
        + [change("merged", 7, 8, "squash", head="x2", head_branch="topic", commits=2)]
        + [deployed("d2", 9, "x2"), pushed(10, "b"), deployed("d3", 11, "b")]
    )
    assert world.links() == {
        c("a"): ("d1", "commit", "first_deployment"),
        ("/pulls/7", "shop", "production"): ("d2", "branch", None),
        c("b"): ("d3", "commit", None),
    }


def test_commits_that_are_pushed_again_count_once(world: World) -> None:
    """The branch was deleted and pushed again, and the change says how many commits it has."""
    world.tell(
        [pushed(1, "x1", "x2", branch="topic", written={"x1": 0.5, "x2": 0.6})]
        + [pushed(2, "x2", branch="topic", written={"x2": 0.6}), pushed(8, "squash")]
        + [change("merged", 7, 8, "squash", head="x2", head_branch="topic", commits=2)]
    )
    originals = {row[3] for row in world.rows("change_commits") if row[5]}
    assert originals == {sha("x1"), sha("x2")}
    (merged,) = [row for row in world.rows("changes") if row[2] == "merge"]
    assert merged[6] == at(0.5)


@pytest.mark.parametrize("ways", [["squash"], ["x1", "up", "merge"]])
def test_a_branch_that_was_brought_up_to_date_has_its_own_commits(
    world: World, ways: list[str]
) -> None:
    """The push of the merge of main lists what main had meanwhile."""
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(2, "x1", branch="topic", written={"x1": 1.5})]
        + [pushed(3, "b1", "b2", written={"b1": 2.5, "b2": 2.6})]
        + [pushed(5, "b1", "b2", "up", branch="topic", merge=["up"])]
        + [pushed(8, *ways, merge=["up", "merge"])]
        + [change("merged", 7, 8, ways[-1], head="up", head_branch="topic", commits=2)]
        + [deployed("d2", 9, ways[-1])]
    )
    assert set(world.links()) == {
        c("a"), c("b1"), c("b2"), ("/pulls/7", "shop", "production")
    }  # fmt: skip
    (merged,) = [row for row in world.rows("changes") if row[2] == "merge"]
    assert (merged[6], merged[11]) == (at(1.5), 1)
    assert {row[3] for row in world.rows("change_commits") if row[5]} == {sha("x1")}


def test_a_rebased_change_has_the_commits_that_reached_the_branch(world: World) -> None:
    """Its own branch was never pushed here: it came from a fork."""
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(8, "r1", "r2", written={"r1": 2, "r2": 3})]
        + [change("merged", 7, 8, "r2", head="elsewhere", head_branch="topic", commits=2)]
        + [deployed("d2", 9, "r2")]
    )
    assert set(world.links()) == {c("a"), ("/pulls/7", "shop", "production")}
    (merged,) = [row for row in world.rows("changes") if row[2] == "merge"]
    assert merged[6] == at(2)


def test_a_merge_commit_brings_the_commits_below_it_and_is_none_itself(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(8, "m1", "m2", "merge", merge=["merge"], written={"m1": 2, "m2": 3})]
        + [change("merged", 7, 8, "merge", commits=2), deployed("d2", 9, "merge")]
    )
    assert set(world.links()) == {c("a"), ("/pulls/7", "shop", "production")}
    assert {row[3] for row in world.rows("change_commits") if row[5]} == {sha("m1"), sha("m2")}


def test_a_merge_queue_pushes_several_changes_at_once(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(8, "s1", "s2", "s3")]
        + [change("merged", n, 8, f"s{n}", commits=3) for n in (1, 2, 3)]
        + [deployed("d2", 9, "s2"), deployed("d3", 10, "s3")]
    )
    found = world.links()
    assert found[("/pulls/1", "shop", "production")] == ("d2", "branch", None)
    assert found[("/pulls/2", "shop", "production")] == ("d2", "commit", None)
    assert found[("/pulls/3", "shop", "production")] == ("d3", "commit", None)
    assert len(found) == 4


def test_commits_that_were_pushed_without_a_change_count_by_themselves(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b", "c", "m", merge=["m"])]
        + [deployed("d2", 3, "m")]
    )
    assert set(world.links()) == {c("a"), c("b"), c("c")}


def test_after_a_force_push_what_the_branch_still_has_is_unknown(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "lost")]
        + [pushed(3, "instead", forced=True), pushed(4, "b"), deployed("d2", 5, "b")]
    )
    found = world.links()
    assert found[c("lost")] == ("d2", "branch", "history_rewritten")
    assert found[c("instead")] == ("d2", "branch", None)
    assert found[c("b")] == ("d2", "commit", None)


def test_a_hotfix_branch_ships_its_own_commits_and_not_main_s(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b")]
        + [pushed(3, branch="hotfix", after="a"), pushed(4, "fix", branch="hotfix")]
        + [deployed("hot", 5, "fix"), pushed(6, "fix", "m", merge=["m"]), deployed("d2", 7, "m")]
    )
    assert world.links() == {
        c("a"): ("d1", "commit", "first_deployment"),
        c("fix"): ("hot", "commit", None),
        c("b"): ("d2", "branch", None),
    }


def test_a_change_that_is_promoted_over_branches_counts_once(world: World) -> None:
    """main, then the branch `live`, which is merged into and deployed."""
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b"), deployed("d2", 3, "b")]
        + [pushed(4, branch="live", after="a"), pushed(5, "b", branch="live")]
        + [deployed("d3", 6, "b"), pushed(7, "c"), pushed(8, "c", branch="live")]
        + [deployed("d4", 9, "c")]
    )
    found = world.links()
    assert found[c("b")] == ("d2", "commit", None)
    assert found[c("c")] == ("d4", "commit", None)


def test_several_repositories_in_one_deployment(world: World) -> None:
    other = "https://git.example/acme/lib"
    both = [
        {"repository": REPOSITORY, "commit": sha("b")},
        {"repository": other, "commit": sha("y")},
    ]
    first = [
        {"repository": REPOSITORY, "commit": sha("a")},
        {"repository": other, "commit": sha("x")},
    ]
    world.tell(
        [pushed(0, "a"), pushed(0, "x", repository=other)]
        + [deployed("d1", 1, repository=None, commits=first)]
        + [pushed(2, "b"), pushed(2, "y", repository=other)]
        + [deployed("d2", 3, repository=None, commits=both)]
    )
    assert {key: value for key, value in world.links().items() if value[2] is None} == {
        c("b"): ("d2", "commit", None),
        (f"git.example/acme/lib@{sha('y')}", "shop", "production"): ("d2", "commit", None),
    }


def test_several_services_in_one_repository_by_folder(shared_database: Database) -> None:
    parts = [
        Part("cart", SHOP, "services/cart/", None),
        Part("pay", SHOP, "services/pay/", None),
    ]
    world = World(shared_database, parts)
    folders = {
        "b": ["services/cart/api"],
        "c": ["services/pay"],
        "d": ["lib"],
        "e": ["", "services/cart"],
    }
    world.tell(
        [pushed(0, "a")]
        + [deployed(f"{s}1", 1, "a", service=s) for s in ("cart", "pay", "web")]
        + [pushed(2, "b", "c", "d", "e", directories=folders)]
        + [deployed(f"{s}2", 3, "e", service=s) for s in ("cart", "pay", "web")]
    )
    shipped = {key for key, value in world.links().items() if value[2] is None}
    assert shipped == {
        c("b", "cart"), c("e", "cart"), c("c", "pay"),
        *(c(name, "web") for name in "bcde"),
    }  # fmt: skip


def test_several_services_in_one_repository_by_artifact(shared_database: Database) -> None:
    """Of each commit only those images are built that it changes."""
    image = "pkg:oci/{}@sha256:{}?repository_url=registry.example/{}"
    parts = [
        Part("cart", SHOP, None, "oci:registry.example/cart"),
        Part("pay", SHOP, None, "oci:registry.example/pay"),
    ]
    world = World(shared_database, parts)
    world.tell(
        [pushed(0, "a"), deployed("cart1", 1, "a", service="cart")]
        + [deployed("pay1", 1, "a", service="pay"), pushed(2, "b"), pushed(3, "c")]
        + [published(image.format("cart", "1" * 64, "cart"), 2.5, "b")]
        + [published(image.format("pay", "2" * 64, "pay"), 3.5, "c")]
        + [deployed(f"{service}2", 4, "c", service=service) for service in ("cart", "pay")]
    )
    shipped = {key for key, value in world.links().items() if value[2] is None}
    assert shipped == {c("b", "cart"), c("c", "pay")}


def test_the_commit_is_found_by_the_artifact(world: World) -> None:
    image = f"pkg:oci/shop@sha256%3A{'ab' * 32}?repository_url=registry.example/shop&tag=1"
    same = f"pkg:oci/shop@sha256:{'ab' * 32}"
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b")]
        + [published(image, 2.5, "b"), deployed("d2", 3, artifact=same)]
    )
    assert world.links()[c("b")] == ("d2", "commit", None)
    assert {row[4] for row in world.rows("deployment_commits")} == {"given", "artifact"}


def test_the_commit_is_found_by_an_image_s_tag(world: World) -> None:
    image = f"pkg:oci/shop?repository_url=registry.example/shop&tag=main-{sha('b')}"
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b"), deployed("d2", 3, artifact=image)]
    )
    assert world.links()[c("b")] == ("d2", "commit", None)


def test_an_abbreviated_commit_is_found(world: World) -> None:
    event = deployed("d2", 3)
    event.document["customData"]["commit"] = sha("bbbb")[:8]
    world.tell([pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "bbbb"), event])
    assert world.links()[c("bbbb")] == ("d2", "commit", None)


def test_merges_alone_make_a_branch_too(world: World) -> None:
    """No push was ever told of: only pull requests, by a tool that speaks CDEvents."""
    world.tell(
        [change("merged", 1, 0, "a"), deployed("d1", 1, "a")]
        + [change("merged", 2, 2, "b"), change("merged", 3, 3), change("merged", 4, 4, "e")]
        + [deployed("d2", 5, "e")]
    )
    found = world.links()
    assert found[("/pulls/2", "shop", "production")] == ("d2", "branch", None)
    assert found[("/pulls/3", "shop", "production")] == ("d2", "branch", None)
    assert found[("/pulls/4", "shop", "production")] == ("d2", "commit", None)


def test_what_a_tool_states_is_stronger_than_what_is_found(world: World) -> None:
    pull = f"{REPOSITORY}/pulls/2"
    world.tell(
        [change("merged", 1, 0, "a"), deployed("d1", 1, "a"), change("merged", 2, 2, "b")]
        + [deployed("d2", 3, "b"), deployed("d3", 4, "b", changes=[pull])]
    )
    assert world.links()[("/pulls/2", "shop", "production")] == ("d3", "given", None)


def test_a_link_of_the_event_itself_states_it_too(world: World) -> None:
    merged = change("merged", 2, 2, "b")
    event = deployed("d2", 3)
    event.document["context"]["links"] = [cdevents.relation("SHIPS", merged.id)]
    world.tell([merged, event])
    assert world.links() == {("/pulls/2", "shop", "production"): ("d2", "given", None)}


def test_a_correction_is_stronger_than_all(world: World) -> None:
    pull, key = f"{REPOSITORY}/pulls/2", ("/pulls/2", "shop", "production")
    events = [change("merged", 1, 0, "a"), deployed("d1", 1, "a"), change("merged", 2, 2, "b")]
    events += [deployed("d2", 3, "b"), deployed("d3", 4, "b", changes=[pull])]
    world.tell(events)
    world.tell([corrected("change", pull, "d3", 5, linked=False)])
    assert world.links()[key] == ("d2", "commit", None)
    world.tell([corrected("change", pull, key_of(events[3]), 6, linked=False)])
    assert key not in world.links()
    world.tell([corrected("change", pull, "d3", 7)])
    assert world.links()[key] == ("d3", "corrected", None)


def test_ties_are_broken_by_the_deployment_s_id(world: World) -> None:
    twins = [deployed("d2", 3, "b"), deployed("d3", 3, "b")]
    world.tell([pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b"), *twins])
    assert world.links()[c("b")][0] == min(twins, key=key_of).id
