"""Detection: the last map of a detector, read as boxes."""

from __future__ import annotations

from archcalc.layers import kinds
from archcalc.layers.base import Call, Layer, Operations, Shape, Shapes, dims, setting
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit


@dataclass(frozen=True)
class Boxes(Layer):
    """The values of every position read as boxes: for each its coordinates, whether there is a thing, and one value a class.

    Nothing is learned and no matrix multiplied; how values are squashed has no count in these terms.
    Source: Redmon and Farhadi 2016 (YOLO9000), section 2.
    """

    anchors: int = setting("boxes a position", kinds.count, aliases=("boxes",))
    classes: int = setting("classes of things", kinds.count, aliases=("nc",))
    coords: int = setting("values for the place of a box", kinds.count, 4)

    kind = "boxes"
    names = ("yolo", "region", "detect", "detection")
    positional = ("anchors", "classes")
    layout = "channels"
    reads = "channels"
    example = "boxes 3 80"

    def output(self, inputs: Shapes) -> Shape:
        wanted = self.anchors * (self.coords + 1 + self.classes)
        if len(inputs[0]) < 2 or inputs[0][0] != wanted:
            boxes = f"{self.anchors} boxes of {self.coords} coordinates, an objectness and {self.classes} classes"
            raise Misfit(
                f"{boxes} are {wanted} channels; {dims(inputs[0])} arrive", f"{wanted} channels in the convolution before"
            )
        return inputs[0]

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return Operations(complete=False)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Boxes", {"anchors": self.anchors, "classes": self.classes}, coords=(self.coords, 4))
