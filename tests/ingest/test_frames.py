"""Frames to bytes and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.frames import Frame, pack, unpack

frames = st.lists(
    st.builds(
        Frame,
        st.integers(0, 2**31 - 1),
        st.integers(0, 1),
        st.integers(0, 2**62),
        st.integers(0, 125).flatmap(lambda n: st.binary(min_size=2 * n, max_size=2 * n)),
    ),
    max_size=20,
)


@given(frames)
def test_frames_come_back_as_they_went(some: list[Frame]) -> None:
    assert unpack(pack(some)) == some


@given(frames.filter(bool), st.data())
def test_a_cut_body_is_refused(some: list[Frame], data: st.DataObject) -> None:
    body = pack(some)
    with pytest.raises(ValueError, match=r"bytes|count"):
        unpack(body[: data.draw(st.integers(0, len(body) - 1))])
