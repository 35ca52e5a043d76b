"""What all tests share: hypothesis without a clock, since the machines that run this are slow at times."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("byline", deadline=None, max_examples=60)
settings.load_profile("byline")
