().__class__.__bases__
