"""Credits that are used up: noticed once."""

from functools import cache

from functions.adapters.dynamodb.depletions import DynamoDepletions
from functions.billing.usecases.notice_depletions import NoticeDepletions
from functions.wiring import aws, crediting


@cache
def notice_depletions() -> NoticeDepletions:
    return NoticeDepletions(credits_of=crediting.read_credits(), depletions=DynamoDepletions(aws.records()))
