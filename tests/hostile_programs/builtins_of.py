print.__self__
