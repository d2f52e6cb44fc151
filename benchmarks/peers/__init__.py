"""Rival forecasters that the accuracy and speed benchmarks compare Highwater with."""
