int.__mro__
