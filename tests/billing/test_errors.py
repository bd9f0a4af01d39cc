from functions.billing.errors import BillingError, ExternalIdExists, InvalidInput, NotFound


def test_an_error_says_its_sentence_and_its_code() -> None:
    error = InvalidInput("endDate is 1 June, expected a later day", details="lines[0]")

    assert (str(error), error.code, error.details) == (error.sentence, "INVALID_INPUT", "lines[0]")


def test_one_error_may_have_a_code_of_its_own() -> None:
    assert InvalidInput("no", code="OTHER").code == "OTHER"
    assert InvalidInput.code == "INVALID_INPUT"


def test_what_was_not_found_is_named() -> None:
    assert str(NotFound("order", "ord_7Q")) == "order ord_7Q was not found"


def test_a_taken_external_id_is_named_with_its_own_code() -> None:
    error: BillingError = ExternalIdExists("product", "ai-sdr-001")

    assert str(error) == "externalId 'ai-sdr-001' is already used by another product"
    assert error.code == "EXTERNAL_ID_EXISTS"
