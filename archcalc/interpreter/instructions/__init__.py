"""What the instructions do: functions of the machine, the frame and the instruction's argument.

Each gives None to go on, a task to be finished first (its result comes onto the stack), or a signal to the machine.
"""
