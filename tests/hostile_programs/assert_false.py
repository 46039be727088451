assert 0, 'no'
