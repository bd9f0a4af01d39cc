"""What a caller is told when a body does not fit."""

import pytest
from pydantic import BaseModel, ValidationError

from functions.runtime.sentences import sentence_of


def refusal_of(model: type[BaseModel], body: object) -> str:
    """The sentence with which `body` is refused."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    return sentence_of(caught.value)[0]
