def f(): yield 1
f().gi_frame
