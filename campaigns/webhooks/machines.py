"""Machines: opens and clicks by software that is known by what it calls itself, with the rule that decided.

- `apple_privacy_proxy`: an open by Apple's Mail Privacy Protection, which fetches every picture of a delivered
  message and calls itself just `Mozilla/5.0` (Mailgun, "Privacy, automatic engagements, and Mailgun's bot
  detection", https://www.mailgun.com/blog/product/bot-detection/).
- `gmail_image_proxy`, `yahoo_image_proxy`: an open through a mailbox provider's image proxy, which names itself
  (Gmail's in the same article, Yahoo's by its help page SLN28749). Often a person is behind it, but the proxy also
  fetches again and ahead of time, and one cannot be told from the other.
- `gmail_prefetch`: Gmail loading pictures before anybody looks, known by a browser that never was (Bird, "Gmail is
  prefetching images", https://bird.com/blog/gmail-prefetching-images).
- `security_scanner`: a gateway that names itself (Barracuda, Proofpoint, Cisco; the list of
  https://check.live-direct-marketing.online/blog/bot-clicks-security-scanners-detect) or Office's link probe.
- `http_library`: a program's own name where a browser's should be (RFC 9110, 10.1.5).

What came too soon or too fast for a person is judged in the ledger, which knows more than one post: see
`ground.scanning`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from campaigns.ground.event import EventType

_OPENS = frozenset({EventType.OPENED})
_OPENS_AND_CLICKS = frozenset({EventType.OPENED, EventType.CLICKED})


@dataclass(frozen=True, slots=True)
class UserAgentRule:
    """Software that is known by what it calls itself.

    Attributes:
        names: found anywhere in the `User-Agent`.
        types: of which events it says anything; what fetches pictures follows no links.
    """

    name: str
    names: re.Pattern[str]
    types: frozenset[EventType] = _OPENS_AND_CLICKS


USER_AGENT_RULES = (
    UserAgentRule("apple_privacy_proxy", re.compile(r"\AMozilla/5\.0\s*\Z"), _OPENS),
    UserAgentRule("gmail_image_proxy", re.compile(r"GoogleImageProxy"), _OPENS),
    UserAgentRule("yahoo_image_proxy", re.compile(r"YahooMailProxy"), _OPENS),
    UserAgentRule("gmail_prefetch", re.compile(r"Edge/12\.246 Mozilla/5\.0\s*\Z"), _OPENS),
    UserAgentRule(
        "security_scanner",
        re.compile(r"barracuda|proofpoint|ciscosecureemail|microsoft office existence discovery", re.IGNORECASE),
    ),
    UserAgentRule(
        "http_library",
        re.compile(
            r"\A(curl|wget|python-requests|python-urllib|python-httpx|aiohttp|go-http-client|java|okhttp"
            r"|apache-httpclient|libwww-perl|node-fetch|axios)/|headlesschrome",
            re.IGNORECASE,
        ),
    ),
)


def machine_rule(event_type: EventType, user_agent: str) -> str:
    """The rule by which one open or click was a machine's; empty where none says so.

    Args:
        event_type: of any other type than an open or a click, nothing is said.
        user_agent: what the software called itself; empty where that is not known.
    """
    rules = (rule for rule in USER_AGENT_RULES if event_type in rule.types and rule.names.search(user_agent))
    return next((rule.name for rule in rules), "")
