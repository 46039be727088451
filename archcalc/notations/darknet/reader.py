"""darknet's cfg: sections in the order of execution, each a layer that reads the one before or those it names by number.

What darknet computes of a section is in `layers`; here are the whole, [net], and what is the same for every section. Rows carry
darknet's own numbers: `conv12` is made by section 12, counted from 0 after [net], as routes count.
"""

from __future__ import annotations

from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.notations.darknet.layers import KINDS, RECURRENT
from archcalc.notations.darknet.sections import Section, sections
from archcalc.notations.darknet.work import Work
from archcalc.text.faults import suggestions
from archcalc.text.source import Source, Span

# Options of [net] that no figure depends on: training, data, and how darknet runs.
NET_QUIET = frozenset(
    "batch subdivisions learning_rate learning_rate_min momentum decay policy steps scales seq_scales step scale gamma power "
    "burn_in max_batches max_epochs adam B1 B2 eps angle aspect saturation exposure hue max_crop min_crop max_ratio min_ratio "
    "center clip flip blur gaussian_noise mixup cutmix mosaic mosaic_bound letter_box label_smooth_eps resize_step attention "
    "adversarial_lr max_chart_loss sgdr_cycle sgdr_mult seen track augment_speed sequential_subdivisions try_fix_nan "
    "weights_reject_freq equidistant_point badlabels_rejection_percentage num_sigmas_reject_badlabels ema_alpha use_cuda_graph "
    "loss_scale dynamic_minibatch optimized_memory workspace_size_limit_MB contrastive contrastive_jit_flip contrastive_color "
    "unsupervised show_receptive_field notruth".split()
)
# Options that every section may have and no figure depends on.
QUIET = frozenset(
    "learning_rate clip onlyforward dont_update burnin_update stopbackward train_only_bn dontload dontloadscales dontsave "
    "numload truth smooth stream wait_stream".split()
)


def read(source: Source) -> Cfg:
    """The description of a cfg file. Raises SpecError."""
    return Cfg(source, sections(source))


class Cfg:
    """A cfg file that has been read."""

    def __init__(self, source: Source, found: list[Section]) -> None:
        self.source = source
        self.sections = found

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first."""
        return Reader(self, given).network()


class Reader(Work):
    """One network being built from a cfg file."""

    def __init__(self, cfg: Cfg, given: Given) -> None:
        super().__init__(Building(cfg.source, given))
        self.sections = cfg.sections

    def network(self) -> Network:
        with self.building.reading():
            self._read()
        return self.building.finish("")

    def _read(self) -> None:
        self.building.no_variables()
        net = self.sections[0] if self.sections and self.sections[0].number < 0 else None
        layers = self.sections[1:] if net else self.sections
        self._input(net, any(section.name in RECURRENT for section in layers))
        for section in layers:
            self.building.begin()
            kind = KINDS.get(section.name)
            if kind is None:
                repairs = suggestions(section.name, KINDS) or [f"one of {', '.join(list(KINDS)[:8])}…"]
                self.fault(f"[{section.name}] is no section that is known", section.span, *(f"[{r}]" for r in repairs[:1]))
                self.made.append(None)
                continue
            self.made.append(kind.read(self, section))
            self._rest(section, kind.quiet | QUIET)

    def _input(self, net: Section | None, sequence: bool) -> None:
        """The network's input: a map of channels × height × width, or `inputs` values, at every step of a recurrent net."""
        shape: Shape | None = None
        place = net.span if net else Span(self.source, 1, 1)
        repairs = ["height=224, width=224, channels=3 in [net]", "--input 3x224x224"]
        if net is not None:
            sizes = [self.whole(net, key, 0, 0) for key in ("channels", "height", "width")]
            inputs, steps = self.whole(net, "inputs", 0, 0), self.whole(net, "time_steps", 1)
            known = [size for size in sizes if size]
            if len(known) == 3:
                shape = tuple(known)
                values = product(shape)
                if inputs and inputs != values:
                    self.fault(
                        f"inputs={inputs}, but channels × height × width is {values}", net.place("inputs"), f"inputs={values}"
                    )
            elif inputs:
                shape = (inputs,)
            else:
                missing = [key for key, size in zip(("channels", "height", "width"), sizes, strict=True) if not size]
                repairs[0] = ", ".join(f"{key}={3 if key == 'channels' else 224}" for key in missing) + " in [net]"
            if sequence and shape is not None:
                shape = (steps or 1, product(shape))
            self._rest(net, NET_QUIET)
        self.input = self.building.inputs({"input": shape}, place, *repairs)["input"]

    def _rest(self, section: Section, quiet: frozenset[str]) -> None:
        """What of a section nothing has used: known to have no effect on a figure, or a fault."""
        for option in section.left():
            if option.key not in quiet:
                near = suggestions(option.key, sorted(section.used | quiet))
                message = f"[{section.name}] has no option '{option.key}': darknet would not use it"
                self.fault(message, option.key_span, *near, "# in front of it")
        for option in section.again:
            first = section.options[option.key].value
            if option.key not in quiet and option.value != first:
                place = f"{self.source.name}:{option.span.line}"
                self.graph.note(f"{place}: darknet takes {option.key}={first}, the first in this [{section.name}]")
