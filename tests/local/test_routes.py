import pytest

from infra.resources import DEFAULT_FUNCTION, ROUTES, Route
from local.routes import match


@pytest.mark.parametrize(
    ("path", "function", "route_key"),
    [
        ("/health", "health", "ANY /health"),
        ("/openapi.json", "health", "ANY /openapi.json"),
        ("/api/v2/products", "products", "ANY /api/v2/products"),
        ("/api/v2/products/", "products", "ANY /api/v2/products"),
        ("/api/v2/products/external/a/b", "products", "ANY /api/v2/products/{proxy+}"),
        ("/api/v2/invoices/inv_1", "invoices", "ANY /api/v2/invoices/{proxy+}"),
        ("/api/v2/invoices/inv_1/pdf", "invoice_documents", "ANY /api/v2/invoices/{id}/pdf"),
        ("/api/v2/invoices/inv_1/pdf/", "invoice_documents", "ANY /api/v2/invoices/{id}/pdf"),
        ("/api/v2/invoices/inv_1/pdf/more", "invoices", "ANY /api/v2/invoices/{proxy+}"),
        ("/api/v2/invoices/inv_1/lines", "invoices", "ANY /api/v2/invoices/{proxy+}"),
        (
            "/api/v2/invoices/inv_1/lines/1/explanation",
            "line_explanations",
            "ANY /api/v2/invoices/{id}/lines/{line_id}/explanation",
        ),
        ("/api/v2/orders/ord_1/invoice-preview", "invoice_previews", "ANY /api/v2/orders/{id}/invoice-preview"),
        ("/api/v2/productsx", DEFAULT_FUNCTION, "$default"),
        ("/health/more", DEFAULT_FUNCTION, "$default"),
        ("/", DEFAULT_FUNCTION, "$default"),
    ],
)
def test_the_most_specific_row_answers(path: str, function: str, route_key: str) -> None:
    found = match("GET", path)

    assert (found.function, found.route_key) == (function, route_key)


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert match("GET", "/api/v2/invoices/inv_1/pdf", ROUTES[::-1]).function == "invoice_documents"


def test_parameters_of_the_path_are_given_by_name() -> None:
    assert match("GET", "/api/v2/invoices/inv_1/pdf").path_parameters == {"id": "inv_1"}
    assert match("GET", "/api/v2/orders/ord_1/seats").path_parameters == {"proxy": "ord_1/seats"}


def test_a_row_of_one_method_leaves_the_others_alone() -> None:
    rows = (Route("/v1/traces", "traces", subtree=False, method="POST"),)

    assert match("POST", "/v1/traces", rows).function == "traces"
    assert match("GET", "/v1/traces", rows).function == DEFAULT_FUNCTION
