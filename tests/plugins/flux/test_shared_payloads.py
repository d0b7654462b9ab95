"""Payloads that are not part of this project: each gives what the table says."""

from __future__ import annotations

import pytest

from streamgauge.cdevents import DEPLOYMENT_FAILED, kind_of
from tests.plugins.walk import Expected, files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

FILES = files_of("flux")
FAILED = (str(kind_of(DEPLOYMENT_FAILED)),)
EXPECTED: Expected = {
    "flux/generic-hmac.helmrelease.rollbacksucceeded": ("service.rolledback",),
    "flux/generic-hmac.helmrelease.upgradefailed": FAILED,
    "flux/generic-hmac.helmrelease.upgradesucceeded": ("service.upgraded",),
    "flux/generic-hmac.kustomization.healthcheckfailed": FAILED,
    "flux/generic-hmac.kustomization.oci-originrevision": ("service.deployed",),
    "flux/generic-hmac.kustomization.progressing": (),
    "flux/generic-hmac.kustomization.reconciliationsucceeded": ("service.deployed",),
    "flux/generic.kustomization-validationfailed": FAILED,
}


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_each_payload_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("flux", file) == EXPECTED[row_of(EXPECTED, file)]


@needs_shared
def test_no_row_is_left_over() -> None:
    assert unused(EXPECTED, FILES) == set()
