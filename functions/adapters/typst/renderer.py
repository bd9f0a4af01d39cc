"""Sets the invoice as a PDF with typst, from fonts that travel with the code.

The same document gives the same bytes everywhere: no system fonts, no clock, no network. The document reaches the
template as JSON and is never part of its source, so nothing that a customer writes can be a command.
"""

from datetime import UTC, datetime, time
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from threading import Lock

import typst

from functions.billing.invoicing.document import InvoiceDocument

_HERE = Path(__file__).parent
_EAST_ASIAN_FONTS = "noto_cjk_sans_otc"
"""The package that carries Noto Sans CJK, which is too large for the repository (fonts/README.md)."""

_ONE_PAGE_AT_A_TIME = Lock()
"""A compiler refuses a second thread; the local runner has several."""


class TypstRenderer:
    """Loads fonts and template at the first page and keeps them: one renderer serves a whole process, page by page."""

    def render(self, document: InvoiceDocument) -> bytes:
        """The document as a PDF, dated by its issue date."""
        with _ONE_PAGE_AT_A_TIME:
            pdf = self._compiler.compile(
                format="pdf",
                sys_inputs={"document": document.to_json()},
                timestamp=datetime.combine(document.issued_on, time(), UTC),
            )
        if not isinstance(pdf, bytes):
            raise TypeError(f"typst returned {type(pdf).__name__} for a PDF, expected bytes")
        return pdf

    @cached_property
    def _compiler(self) -> typst.Compiler:
        east_asian_fonts = Path(str(files(_EAST_ASIAN_FONTS)))
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[_HERE / "fonts", east_asian_fonts])
        return typst.Compiler(_HERE / "invoice.typ", root=_HERE, font_paths=fonts)
