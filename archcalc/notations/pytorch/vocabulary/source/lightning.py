"""Lightning's modules, written in the subset itself: torch's, with the arguments they were made with."""

import torch
from _archcalc import MISSING, parameters
from torch import nn


class _Arguments:
    def __getitem__(self, key):
        return getattr(self, key)

    def __contains__(self, key):
        return key in self.__dict__

    def get(self, key, default=None):
        return getattr(self, key, default)


def _bound(function, args, kwargs):
    """The arguments of a call by their names, those of `**more` among them."""
    found, given = _Arguments(), dict(kwargs)
    rest = list(args)
    for name, kind, default in parameters(function)[1:]:
        if kind < 2 and rest:
            setattr(found, name, rest.pop(0))
        elif kind in (2, 4):
            continue
        elif name in given:
            setattr(found, name, given.pop(name))
        elif default is not MISSING:
            setattr(found, name, default)
    for name, value in given.items():
        setattr(found, name, value)
    return found


class LightningModule(nn.Module):
    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls, *args, **kwargs)
        made._call = (args, kwargs)
        return made

    def save_hyperparameters(self, *args, ignore=None, frame=None, logger=True):
        self.hparams = _bound(type(self).__init__, *self._call)

    def log(self, *args, **kwargs):
        pass

    def log_dict(self, *args, **kwargs):
        pass

    @classmethod
    def load_from_checkpoint(cls, path, *args, **kwargs):
        return torch.load(path)

    def freeze(self):
        self.requires_grad_(False)

    def unfreeze(self):
        self.requires_grad_(True)


def seed_everything(seed=None, workers=False):
    return seed
