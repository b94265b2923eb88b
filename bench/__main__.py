"""`make bench`: every benchmark, as one table."""

from __future__ import annotations

from bench import events, planning

print("| what | compared with | ratio | figures |")
print("| --- | --- | ---: | --- |")
for row in (*planning.rows(), *events.rows()):
    print(f"| {row.what} | {row.against} | {row.ratio:.2f} | {row.figures} |", flush=True)
