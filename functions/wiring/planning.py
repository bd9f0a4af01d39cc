"""Plans: made, changed, put in order, sold from."""

from functools import cache

from functions.adapters.dynamodb.plans import DynamoPlans
from functions.billing.usecases.save_plan import SavePlan
from functions.billing.usecases.set_upgrade_path import SetUpgradePath
from functions.wiring import aws, entities, selling


@cache
def plans() -> DynamoPlans:
    return DynamoPlans(aws.records())


@cache
def save_plan() -> SavePlan:
    return SavePlan(shelf=plans(), plans=plans(), check_currencies=selling.check_currencies())


@cache
def set_upgrade_path() -> SetUpgradePath:
    return SetUpgradePath(products=entities.products(), plans=plans())
