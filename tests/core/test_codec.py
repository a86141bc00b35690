"""The codec's two directions are inverses, and decoding refuses what the type does not allow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.codec import Undecodable, decode, encode

Name = NewType("Name", str)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Cat:
    name: Name
    lives: int = 9


@dataclass(frozen=True, slots=True)
class Dog:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    pets: tuple[Cat | Dog, ...]
    pair: tuple[int, str] = (1, "a")
    colour: Colour = Colour.RED
    deeds: bytes = b""
    owner: Name | None = None
    rooms: Mapping[str, int] = field(default_factory=dict)
    sold: bool = False
    number: int | str = 1


NAMES = st.text(max_size=5).map(Name)
HOUSES = st.builds(
    House,
    pets=st.lists(st.builds(Cat, NAMES, st.integers()) | st.builds(Dog, NAMES), max_size=3).map(tuple),
    pair=st.tuples(st.integers(), st.text(max_size=3)),
    colour=st.sampled_from(Colour),
    deeds=st.binary(max_size=20),
    owner=NAMES | st.none(),
    rooms=st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
    sold=st.booleans(),
    number=st.integers() | st.text(max_size=3),
)


@given(HOUSES)
def test_a_value_survives_the_way_through_json(house: House) -> None:
    assert decode(House, json.loads(json.dumps(encode(house)))) == house


def test_fields_with_defaults_may_be_left_out() -> None:
    assert decode(House, {"pets": [{"is": "Cat", "name": "Tom"}]}) == House(pets=(Cat(Name("Tom")),))


@pytest.mark.parametrize(
    ("wanted", "raw", "message"),
    [
        (Cat, [], "$: expected object, found list"),
        (Cat, {"is": "Dog", "name": "x"}, "$: expected Cat, found 'Dog'"),
        (Cat, {"name": "x", "tail": 1}, "$: unknown key 'tail' for Cat"),
        (Cat, {}, "$: key 'name' of Cat is missing"),
        (Cat, {"name": 1}, "$.name: expected str, found int"),
        (Cat, {"name": "x", "lives": True}, "$.lives: expected int, found bool"),
        (Cat, {"name": "x", "lives": 1.5}, "$.lives: expected int, found float"),
        (House, {"pets": [{"is": "Bird"}]}, "$.pets[0]: expected one of Cat, Dog"),
        (House, {"pets": [{"name": "x"}]}, "$.pets[0]: expected one of Cat, Dog"),
        (House, {"pets": "no"}, "$.pets: expected array, found str"),
        (House, {"pets": [], "pair": [1]}, "$.pair: expected 2 items, found 1"),
        (House, {"pets": [], "pair": 1}, "$.pair: expected array, found int"),
        (House, {"pets": [], "colour": "blue"}, "$.colour: expected one of red, green, found 'blue'"),
        (House, {"pets": [], "colour": 1}, "$.colour: expected one of red, green, found 1"),
        (House, {"pets": [], "deeds": "?"}, "$.deeds: expected base64, found '?'"),
        (House, {"pets": [], "deeds": 1}, "$.deeds: expected text, found int"),
        (House, {"pets": [], "rooms": []}, "$.rooms: expected object, found list"),
        (House, {"pets": [], "rooms": {"hall": "x"}}, "$.rooms.hall: expected int, found str"),
        (House, {"pets": [], "owner": 3}, "$.owner: expected one of Name, NoneType, found 3"),
        (House, {"pets": [], "number": None}, "$.number: expected one of int, str, found None"),
        (type(None), 0, "$: expected NoneType, found int"),
    ],
)
def test_a_value_of_another_shape_is_refused_with_place_and_both_sides(wanted: Any, raw: Any, message: str) -> None:
    with pytest.raises(Undecodable) as refused:
        decode(wanted, raw)
    assert str(refused.value).startswith(message)


@dataclass(frozen=True, slots=True)
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("is odd")


def test_a_value_that_cannot_be_is_refused_though_its_parts_fit() -> None:
    with pytest.raises(Undecodable, match=r"^\$\[1\]: is odd$"):
        decode(tuple[Even, ...], [{"number": 2}, {"number": 3}])


def test_what_is_no_value_cannot_be_encoded() -> None:
    with pytest.raises(TypeError, match="cannot encode float"):
        encode(1.5)
