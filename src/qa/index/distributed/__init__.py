"""Builds an index on many machines with Ray (the extra `ray`): the nodes cut files and encode texts, this process writes.

A node is sent one file or some texts at a time (qa.index.distributed.ray_tasks), and as many of them are under way as the
cluster has work with (qa.index.distributed.ray_executor). All else is as without a cluster: what has changed, which texts are
known, how the state is published. Nothing else of qa imports ray.
"""
