exec('open("pwned", "w")')
