"""What was used last, against a list that is kept by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.kept import Kept

steps = st.lists(
    st.tuples(st.sampled_from(["get", "put", "drop"]), st.integers(0, 5), st.integers(1, 12))
    | st.just(("clear", 0, 0)),
    max_size=40,
)


@given(steps, st.integers(1, 30))
def test_it_holds_what_was_used_last_up_to_its_size(done: list[tuple[str, int, int]], most: int) -> None:
    kept: Kept[int, str] = Kept(most, size=len)
    used: list[tuple[int, str]] = []  # in the order of use
    for step, key, size in done:
        known = dict(used).get(key)
        if step == "get":
            assert kept.get(key) == known
            if known is not None:
                used = [each for each in used if each[0] != key] + [(key, known)]
        elif step == "put":
            kept.put(key, "x" * size)
            used = [each for each in used if each[0] != key] + [(key, "x" * size)]
            while sum(len(value) for _, value in used) > most and len(used) > 1:
                used.pop(0)
        elif step == "drop":
            kept.drop(key)
            used = [each for each in used if each[0] != key]
        else:
            kept.clear()
            used = []
    assert {key: kept.get(key) for key in range(6)} == {key: dict(used).get(key) for key in range(6)}


def test_without_sizes_it_counts() -> None:
    kept: Kept[str, int] = Kept(2)
    for number, key in enumerate("abc"):
        kept.put(key, number)
    assert [kept.get(key) for key in "abc"] == [None, 1, 2]
