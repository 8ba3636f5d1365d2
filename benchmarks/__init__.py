"""Side-by-side measurements; `python -m benchmarks` writes benchmarks/latest.json."""
