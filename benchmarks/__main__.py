"""`make bench`: counts what design §13 budgets and fails when one is exceeded."""

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

from local.environment import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # noqa: TID251 - moto reads it when it is imported
os.environ["POWERTOOLS_LOG_LEVEL"] = "WARNING"  # noqa: TID251 - the functions' own lines would drown the table


def main() -> int:
    from benchmarks import (  # noqa: PLC0415 - after the line above
        cold_start,
        cpu,
        credit_use,
        invoice_run,
        margins,
        package,
        signals,
        spans,
        start_up,
    )
    from benchmarks.budget import table  # noqa: PLC0415 - as above

    budgets = []
    for name, count in (
        ("signals", signals.budgets),
        ("spans", spans.budgets),
        ("credits", credit_use.budgets),
        ("the front door's work", cpu.budgets),
        ("the cold start of a worker", cold_start.budgets),
        ("a billing run", invoice_run.budgets),
        ("margins", margins.budgets),
        ("start-up", start_up.budgets),
        ("package", package.budgets),
    ):
        print(f"counting {name} ...", file=sys.stderr, flush=True)
        # The functions write their metrics to standard output: that is part of their work, and would drown the table.
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            budgets += count()
    print(table(budgets))
    return 0 if all(budget.holds for budget in budgets) else 1


sys.exit(main())
