compile('1', '', 'eval')
