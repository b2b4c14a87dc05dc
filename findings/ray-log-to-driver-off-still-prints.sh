#!/usr/bin/env bash
# ray 2.60.0: with `log_to_driver=False` and no logging, what happens to a node is printed to standard output.
#
# Tried: a cluster of a head and a node, a driver with log_to_driver=False and logging_level=CRITICAL, and the node
# killed while a task runs. Expected: nothing on the driver's standard output, which may be JSON. Seen: "(raylet)
# Raylet is terminated ..." and twenty lines of the raylet's log; `listen_error_messages` in ray/_private/worker.py
# prints with is_err False, whatever is set. Where it matters: `alliance-qa index --ray ADDRESS --json`;
# `connect` in src/alliance_qa/building/cluster.py puts another function in the place of the one that prints.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ray==2.60.0
RAY_USAGE_STATS_ENABLED=0 "$folder/venv/bin/python" - <<'PY' 2>/dev/null | cut -c1-100 | head -5
import logging
import time

import ray
from ray.cluster_utils import Cluster

size = {"num_cpus": 1, "object_store_memory": 100 << 20}
cluster = Cluster(initialize_head=True, head_node_args=size | {"include_dashboard": False})
node = cluster.add_node(**size)
ray.init(cluster.address, log_to_driver=False, logging_level=logging.CRITICAL)
task = ray.remote(lambda: time.sleep(8)).remote()
print("ray", ray.__version__)
time.sleep(3)
cluster.remove_node(node, allow_graceful=False)
ray.get(task)
time.sleep(3)
ray.shutdown()
cluster.shutdown()
PY
