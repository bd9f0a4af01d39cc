"""What the monthly costs count is what the template makes."""

import pytest

from benchmarks.monthly import ALARMS, DASHBOARDS
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra


def test_the_monthly_costs_count_every_alarm_and_dashboard(assembly: Assembly) -> None:
    assert len(assembly.of_type("AWS::CloudWatch::Alarm")) == ALARMS
    assert len(assembly.of_type("AWS::CloudWatch::Dashboard")) == DASHBOARDS
