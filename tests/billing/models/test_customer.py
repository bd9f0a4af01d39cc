from functions.billing.models.customer import CustomerStatus
from tests.builders import NOW, make_customer


def test_a_customer_with_a_churn_date_has_churned() -> None:
    assert make_customer().status is CustomerStatus.ACTIVE
    assert make_customer(churn_date=NOW).status is CustomerStatus.CHURNED
