from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from chalicelib.core.schema import Entity, Request

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
