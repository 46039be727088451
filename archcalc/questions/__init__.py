"""Questions asked backwards: one formula, a network with unknowns, the smallest input, the largest width in a budget."""
