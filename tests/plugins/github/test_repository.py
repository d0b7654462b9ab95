from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from streamgauge_github.repository import Repository

NAMES = st.from_regex(r"[A-Za-z0-9_.-]*[A-Za-z0-9]", fullmatch=True)


@given(NAMES, NAMES, st.text(min_size=1).filter(str.strip))
def test_the_package_url_is_written_as_the_library_writes_it(
    owner: str, name: str, version: str
) -> None:
    library = PackageURL("github", owner, name, version)
    assert Repository("https://github.com", owner, name).artifact(version) == library.to_string()
