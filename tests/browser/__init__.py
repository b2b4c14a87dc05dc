"""Tests in a real browser, which is driven through playwright."""
