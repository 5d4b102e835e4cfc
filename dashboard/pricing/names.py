"""Under which names a model's price may stand, best first."""

from __future__ import annotations

from collections.abc import Sequence

from genai_prices.data_snapshot import find_provider_by_id, get_snapshot

#: Providers as litellm and the SDKs call them → as the price library does, where its own rule cannot tell.
_ALIASES = {
    "azure_ai": "azure",
    "azure_openai": "azure",
    "azure_text": "azure",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "fireworks_ai": "fireworks",
    "sagemaker": "aws",
    "x_ai": "x-ai",
}

#: Servers of one's own. A model there has no list price, whatever well-known name it bears.
_OWN_SERVERS = frozenset(
    {
        "custom",
        "custom_openai",
        "hosted_vllm",
        "llamafile",
        "lm_studio",
        "local",
        "ollama",
        "ollama_chat",
        "openai_like",
        "oobabooga",
        "petals",
        "vllm",
        "xinference",
    }
)

#: First parts of a model name that say a way, not a model, beside the providers the library knows.
_ROUTES = frozenset({"chat", "converse", "converse_like", "litellm_proxy", "responses", "us", "eu"})


def provider_id(provider: str) -> str | None:
    """The library's name of a provider, None where it has none."""
    provider = provider.strip().lower()
    if not provider or provider in _OWN_SERVERS:
        return None
    known = find_provider_by_id(get_snapshot().providers, _ALIASES.get(provider, provider))
    return known.id if known is not None else None


def is_own_server(provider: str) -> bool:
    return provider.strip().lower() in _OWN_SERVERS


def spellings(names: Sequence[str], provider: str) -> list[tuple[str, str]]:
    """(name, provider) pairs to look up, best first and each once.

    After a name comes the same one without its ``provider/`` in front, which then is its provider.
    An organisation in front (``my-org/llama``) is a part of the name and stays.
    """
    found: dict[tuple[str, str], None] = {}
    for name in names:
        rest, by = name.strip(), provider
        while rest:
            found[rest, by] = None
            first, slash, after = rest.partition("/")
            if not slash or not _says_provider(first):
                break
            rest, by = after.strip(), by if first.lower() in _ROUTES else first
    return list(found)


def _says_provider(first: str) -> bool:
    first = first.lower()
    return first in _ROUTES or first in _OWN_SERVERS or provider_id(first) is not None
