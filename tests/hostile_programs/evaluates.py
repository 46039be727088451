eval('open("pwned", "w")')
