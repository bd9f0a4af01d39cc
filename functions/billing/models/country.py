"""Countries as tax knows them: ISO 3166-1 alpha-2 codes, and the VAT numbers of the European Union."""

import re

_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

_COUNTRIES = frozenset(_CODES.split())
EUROPEAN_UNION = frozenset(_MEMBERS.split())

_SPELLINGS = {"EL": "GR", "UK": "GB"}
"""What the European institutions write, and what many people do."""


def country_code(text: str | None) -> str | None:
    """The code that `text` is, in any case and spelling; None where it is no code: a name is not guessed at."""
    code = (text or "").strip().upper()
    code = _SPELLINGS.get(code, code)
    return code if code in _COUNTRIES else None


def vat_number_in(country: str, text: str | None) -> str | None:
    """The VAT number without its separators, if `text` has the form of one of that country of the Union; else None.

    The form only: whether the number was ever given out is not asked.
    """
    if country not in EUROPEAN_UNION:
        return None
    number = re.sub(r"[\s.\-/]", "", text or "").upper()
    prefix = "EL" if country == "GR" else country
    return number if re.fullmatch(rf"{prefix}(?=.*\d)[A-Z\d+*]{{2,12}}", number, re.ASCII) else None
