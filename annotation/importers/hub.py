"""Data sets on Hugging Face, fetched only when asked to."""

from pathlib import Path

from annotation.errors import ImportFailure
from annotation.importers.card import DataFile, DatasetCard


def download(card: DatasetCard, file: DataFile, domain: str | None) -> list[Path]:
    """Fetch a file of a card into Hugging Face's cache.

    Raises:
        ImportFailure: the package is missing, there is no way to Hugging Face, or the file is not there.
    """
    to_do = advice(card, file, domain)
    if file.hub is None:
        raise ImportFailure(f"{card.name} is not on Hugging Face; {to_do}")
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise ImportFailure(f"downloading needs huggingface_hub: pip install '.[hub]'; or {to_do}") from None
    location = file.hub
    try:
        return [
            Path(
                hf_hub_download(
                    repo_id=location.repo, filename=path, revision=location.revision, repo_type="dataset"
                )
            )
            for path in location.paths_in(domain)
        ]
    except Exception as error:  # the package raises errors of several libraries
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ImportFailure(f"{location.repo} cannot be downloaded ({reason}); {to_do}") from error


def advice(card: DatasetCard, file: DataFile, domain: str | None) -> str:
    """Which file to fetch, from where, and what to do with it."""
    if file.hub is None:
        told = f"fetch {' or '.join(file.names)} from {file.url or card.source} and give it with --path"
        more = [name for one in card.files if one.optional and one is not file for name in one.names[:1]]
        return f"{told}; {' and '.join(more)} may lie beside it" if more else told
    where = f"https://huggingface.co/datasets/{file.hub.repo}/tree/{file.hub.revision.replace('/', '%2F')}"
    return f"fetch {' and '.join(file.hub.paths_in(domain))} from {where} and give it with --path"
