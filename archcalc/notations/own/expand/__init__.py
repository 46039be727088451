"""Spec tree → network: blocks opened, repeats unrolled, expressions evaluated, names resolved.

Shapes are followed on the way, since `cin` and the flatten before a fully connected layer depend on them; a layer that does
not fit is left for the analysis to report, with the table up to it. Faults of the text are collected and raised together.

    spec        the whole                             work       what all of one expansion share
    header      inputs, variables, defaults, outputs  stated     what is expected
    structure   branches, residuals, repeats, heads   table      a paper's table          reuse   weights used again
    lines       a line or mapping to layers           library    blocks                   use     the use of one
    placing     layers put into the graph             values     numbers, tuples, shapes  scope   levels of names
"""
