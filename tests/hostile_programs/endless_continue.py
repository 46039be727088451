while 1:
    try:
        continue
    finally:
        pass
