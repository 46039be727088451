int.bit_length = 5
