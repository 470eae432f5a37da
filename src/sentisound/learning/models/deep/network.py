"""What every network is: frames and a mask in, logits out, an embedding on the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from sentisound.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Shape:
    """What a network takes and gives.

    Raises
    ------
    RecipeError
        When there is no band, fewer than two classes, or a negative number of functionals.
    """

    bands: int
    """Columns a frame."""
    classes: int
    functionals: int = 0
    """Values of the vector beside the frames; 0 without one."""

    def __post_init__(self) -> None:
        if self.bands < 1 or self.classes < 2 or self.functionals < 0:
            raise RecipeError(f"a network needs a band and two classes at least, not {self}")


class Network(nn.Module, ABC):
    """A classifier of utterances.

    Frames of an utterance come first in its row, padding after them; ``mask`` tells them apart. What lies in the
    padding, as long as it is finite, never reaches the logits in evaluation mode; in training mode batch norms count
    it. Without a mask every frame counts, which is what is exported.
    """

    takes_functionals: ClassVar[bool] = False

    def __init__(self, shape: Shape, embedding_size: int, dropout: float) -> None:
        super().__init__()
        self.shape = shape
        self.embedding_size = embedding_size
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(embedding_size, shape.classes)

    @abstractmethod
    def embed(self, frames: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return what the network made of each utterance's frames before it names a class.

        Parameters
        ----------
        frames
            Shape (batch, frames, bands), float32, one frame or more.
        mask
            Shape (batch, frames), bool: True for the frames of the utterance, which come first.

        Returns
        -------
        Tensor, shape (batch, embedding_size)
        """

    def classify(self, embedding: Tensor, functionals: Tensor | None = None) -> Tensor:  # noqa: ARG002 - Hybrid's
        """Return the logits of embeddings, shape (batch, classes), float32: the second half of ``forward``.

        A trainer that has other heads on the embedding calls the two halves, so as to embed once.

        Parameters
        ----------
        embedding
            Of ``embed``.
        functionals
            Shape (batch, functionals), float32, for networks that take them.
        """
        logits: Tensor = self.classifier(self.dropout(embedding))
        return logits.float()

    def forward(self, frames: Tensor, mask: Tensor | None = None, functionals: Tensor | None = None) -> Tensor:
        """Return logits, shape (batch, classes); parameters as of ``embed`` and ``classify``."""
        return self.classify(self.embed(frames, mask), functionals)
