"""Data sets on Hugging Face, fetched only when asked to."""

from pathlib import Path

from annotation.errors import ImportFailure
from annotation.importers.card import DataFile, DatasetCard


def download(card: DatasetCard, file: DataFile, domain: str | None) -> list[Path]:
    """Fetch a file of a card into Hugging Face's cache.

    Raises:
        ImportFailure: the package is missing, there is no way to Hugging Face, or the file is not there.
    """
    if file.hub is None:
        raise ImportFailure(f"{card.name} is not on Hugging Face; {advice(card, file)}")
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise ImportFailure(
            f"downloading needs huggingface_hub: pip install 'profile-tui[hub]'; or {advice(card, file)}"
        ) from None
    try:
        return [
            Path(
                hf_hub_download(
                    repo_id=file.hub.repo,
                    filename=path.format(domain=domain or ""),
                    revision=file.hub.revision,
                    repo_type="dataset",
                )
            )
            for path in file.hub.paths
        ]
    except Exception as error:  # the package raises errors of several libraries
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ImportFailure(
            f"{file.hub.repo} cannot be downloaded ({reason}); {advice(card, file)}"
        ) from error


def advice(card: DatasetCard, file: DataFile) -> str:
    """Which file to fetch, from where, and what to do with it."""
    if file.hub is None:
        return f"fetch {' or '.join(file.names)} from {file.url or card.source} and give it with --path"
    where = f"https://huggingface.co/datasets/{file.hub.repo}/tree/{file.hub.revision.replace('/', '%2F')}"
    return f"fetch {' and '.join(file.hub.paths)} from {where} and give it with --path"
