"""Ids sort by creation, name what they identify, and can be repeated by a test."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from chalicelib.core import clock, ids
from tests.support.factories import MOMENT


def test_an_id_is_its_prefix_and_a_ulid() -> None:
    assert re.fullmatch(r"pkg_[0-7][0-9A-HJKMNP-TV-Z]{25}", ids.new("pkg"))


def test_ids_sort_by_the_moment_they_were_made() -> None:
    made = []
    for number in range(50):
        with clock.freeze(MOMENT + timedelta(milliseconds=number)):
            made.append(ids.new("pkg"))
    assert made == sorted(made)


def test_ids_of_one_moment_differ_in_80_random_bits() -> None:
    with clock.freeze(MOMENT):
        made = [ids.new("pkg") for _ in range(1000)]
    assert len(set(made)) == 1000
    assert len({identity[:14] for identity in made}) == 1
    assert len({identity[14:] for identity in made}) == 1000


def test_seeded_ids_repeat_and_unseeded_ones_do_not() -> None:
    def draw() -> tuple[str, float]:
        return ids.new("op"), ids.jitter(1)

    with clock.freeze(MOMENT):
        with ids.seed(7):
            first = draw()
        with ids.seed(7):
            again = draw()
        with ids.seed(8):
            other = draw()
        assert first == again
        assert first != other
        assert draw() != draw()


@pytest.mark.parametrize("ceiling", [0, 0.02, 1])
def test_jitter_lies_between_nothing_and_its_ceiling(ceiling: float) -> None:
    assert all(0 <= ids.jitter(ceiling) <= ceiling for _ in range(200))


def test_a_name_has_one_id_in_its_space_and_another_in_every_other() -> None:
    assert ids.named("https://ci.example", "main") == ids.named("https://ci.example", "main")
    spaces = [("https://ci.example", "main"), ("https://ci.examplem", "ain"), ("main", "https://ci.example")]
    assert len({ids.named(*found) for found in spaces}) == 3
    assert UUID(ids.named("a", "b")).version == 5
