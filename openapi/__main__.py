"""`python -m openapi` writes the document anew; a test fails while it is not what the handlers say."""

from openapi.document import FILE, text

FILE.write_text(text(), encoding="utf-8")
