from .model import Network
from .blocks import *

__all__ = ["Network", "ConvBlock", "SEBlock"]
