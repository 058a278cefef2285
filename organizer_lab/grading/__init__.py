"""The facilitator's side: release exercises, and mark answers apart from the learner's code.

Nothing that a learner runs imports this package, and the learner edition does not hold it.
"""
