"""The connector's messages about bad inputs, recognized by a few words each, in any case.

A unit test checks that the words of each of them occur in one message in the connector's code. So
if a message is reworded, that test fails first, and the words are changed only here.
"""

from reliability.cases.input_case import Rejected

# any file
NOT_JSON = Rejected(("is not valid JSON",))
NOT_UTF_8 = Rejected(("file", "UTF-8"))

# the configuration
NOT_ONE_OBJECT = Rejected(("one JSON object",))
MISSING = Rejected(("the configuration has no",))
BLANK = Rejected(("blank", "fill it in"))
TOO_SHORT = Rejected(("is too short",))
MUST_BE_TEXT = Rejected(("must be text",))
BAD_CHARACTERS = Rejected(("spaces or invalid characters",))
NOT_A_WEB_ADDRESS = Rejected(("Base URL is not a web address",))
NOT_A_PLAIN_ADDRESS = Rejected(("Base URL must be a plain address",))
NOT_A_DATE = Rejected(("is not a date",))
IN_THE_FUTURE = Rejected(("in the future",))
NOT_A_DURATION = Rejected(("is not an ISO 8601 duration",))
TOO_LONG = Rejected(("longer than ten years",))

# the sign-in
WRONG_PASSWORD = Rejected(("does not know this username and password",))
WRONG_KEY = Rejected(("does not accept the developer key",))
WRONG_ORGANIZATION = Rejected(("does not know this organization ID",))
SIGN_IN_REFUSED = Rejected(("refused the sign-in",))
CHECK_BASE_URL = Rejected(("Base URL",))
UNREACHABLE = Rejected(("Cannot reach",))
USE_HTTPS = Rejected(("use https",))

# the catalog
NOT_A_CATALOG = Rejected(("not a configured Airbyte catalog",))
NO_STREAM = Rejected(("the catalog file", "no stream"))
UNKNOWN_STREAMS = Rejected(("streams that this connector does not have",))
STREAM_TWICE = Rejected(("more than once",))
NOT_INCREMENTAL = Rejected(("incremental",))

# the state
NOT_A_STATE = Rejected(("not a list of Airbyte state messages",))
SAVED_STATE_NOT_A_TIME = Rejected(("the saved state of", "is not a valid time", "clear"), "bills")
SAVED_STATE_IN_THE_FUTURE = Rejected(("the saved state of", "the future", "clear"), "bills")
