from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from holdfast.api.schema import Count, DateTime, Entity, Flag, Request, Slug

THREADS = 4


def test_threads_that_meet_at_a_models_first_use_build_it_once() -> None:
    together = Barrier(2)
    met: list[bool] = []

    class Slow(str):
        __slots__ = ()

        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            try:
                together.wait(0.2)
                met.append(True)
            except BrokenBarrierError:
                met.append(False)
            return core_schema.str_schema()

    class Thing(Entity):
        name: Slow

    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(lambda number: Thing.model_validate({"name": str(number)}), range(THREADS)))

    assert [thing.name for thing in made] == ["0", "1", "2", "3"]
    assert met == [False]


def test_a_request_refuses_unknown_fields_from_its_first_use() -> None:
    class Asked(Request):
        name: str

    with pytest.raises(ValidationError, match="nmae"):
        Asked.model_validate({"name": "n", "nmae": "n"})


class Numbers(Request):
    """One field of each type that is stricter, or more lenient, than pydantic's own."""

    count: Count = 0
    flag: Flag = False
    moment: DateTime | None = None
    slug: Slug = "a"


@pytest.mark.parametrize("value", [0, 1, 2**40, 1.0, 5203801.0])
def test_a_count_is_what_json_calls_a_whole_number(value: float) -> None:
    found = Numbers.model_validate({"count": value}).count
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize("value", [-1, -1.0, 1.5, True, "1", None, [1], float("inf"), float("nan")])
def test_a_count_is_nothing_else(value: Any) -> None:
    with pytest.raises(ValidationError, match="count"):
        Numbers.model_validate({"count": value})


@pytest.mark.parametrize("value", [1, 0, "true", "yes", None])
def test_a_flag_is_true_or_false(value: Any) -> None:
    assert Numbers.model_validate({"flag": True}).flag is True
    with pytest.raises(ValidationError, match="flag"):
        Numbers.model_validate({"flag": value})


@pytest.mark.parametrize(
    "value", ["2026-03-14T15:09:26Z", "2026-03-14T15:09:26.5+02:00", "2026-03-14t15:09:26z"]
)
def test_a_moment_is_told_in_rfc_3339(value: str) -> None:
    moment = Numbers.model_validate({"moment": value}).moment
    assert moment is not None
    assert moment.utcoffset() is not None


@pytest.mark.parametrize(
    "value", ["0", "1773500966", "0.5", "2026-03-14", "2026-03-14T15:09:26", "15:09", ""]
)
def test_a_moment_is_no_number_no_date_and_has_a_zone(value: str) -> None:
    with pytest.raises(ValidationError, match="moment"):
        Numbers.model_validate({"moment": value})


@pytest.mark.parametrize("value", ["", "A", "-a", "a-", "a--b", "a b", "a/b", "a\n", "é", "a" * 65])
def test_a_slug_is_lower_case_words_with_single_joints(value: str) -> None:
    assert Numbers.model_validate({"slug": "a.b_c-1"}).slug == "a.b_c-1"
    with pytest.raises(ValidationError, match="slug"):
        Numbers.model_validate({"slug": value})
