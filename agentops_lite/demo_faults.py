"""How the demonstration's calls fail: the provider's words, and how often which failure happens."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from agentops_lite.spans import Event


@dataclass(frozen=True)
class Fault:
    """Why a call fails: what the exception event says, and the HTTP status of the provider."""

    type: str
    message: str
    code: int = 0

    def events(self, at_ns: int, *, twice: bool) -> list[Event]:
        """The exception event; decorated functions report it twice."""
        attributes = {
            "exception.type": self.type,
            "exception.message": self.message,
            "exception.stacktrace": f'Traceback (most recent call last):\n  File "agent.py", line 42\n'
            f"{self.type}: {self.message}\n",
            "exception.escaped": "False",
        }
        return [Event("exception", at_ns, attributes)] * (2 if twice else 1)


RATE_LIMIT = Fault(
    "openai.RateLimitError", "Error code: 429 - Rate limit reached for requests per minute (RPM)", 429
)
TIMEOUT = Fault("openai.APITimeoutError", "Request timed out.", 408)
OVERLOADED = Fault("anthropic.InternalServerError", "Error code: 529 - overloaded_error: Overloaded", 529)
CONTEXT = Fault(
    "openai.BadRequestError", "Error code: 400 - maximum context length is 128000 tokens, 131204 given", 400
)
TOOL_DOWN = Fault(
    "ConnectionError", "HTTPSConnectionPool(host='kb.internal', port=443): Max retries exceeded"
)
GUARDRAIL = Fault("GuardrailViolation", "output guardrail tripped: personal data (주민등록번호)")


def fault_for(rng: Random, *, burst: bool) -> Fault:
    """In a burst nearly always the provider's limit; otherwise a mixture."""
    if burst:
        return rng.choices((RATE_LIMIT, OVERLOADED, TIMEOUT), (8, 2, 1))[0]
    return rng.choices((RATE_LIMIT, TIMEOUT, OVERLOADED, CONTEXT, TOOL_DOWN, GUARDRAIL), (4, 3, 2, 1, 4, 1))[
        0
    ]
