"""A sample of benchmarks/repairs.py: networks that are right, one edit each, those that torch refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
SMALL = (
    "alexnet",
    "squeezenet1_1",
    "unet.py:UNet",
    "vgg_cfg",
    "autoencoder.py:AutoEncoder",
    "siamese",
    "dcgan.py:G",
    "text_cnn.py:TextCNN",
)


@pytest.mark.filterwarnings("ignore")
def test_the_first_repair_is_right() -> None:
    """The fault stands where the edit is, and what it advises first, typed as printed, gives torch the network as it was."""
    import repairs

    repairs.ready()
    nets = [net for make in (repairs.vision, repairs.own) for net in make() if any(word in net.name for word in SMALL)]
    found = repairs.run([*nets, *repairs.exports(16)], 70, 3, 1)
    table = repairs.table(found)
    assert len(found) >= 50, table
    assert sum(o.place for o in found) >= 0.97 * len(found), table
    assert sum(o.right for o in found) >= 0.9 * len(found), table
