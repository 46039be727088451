object.x = 1
