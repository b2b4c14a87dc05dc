#!/usr/bin/env bash
# milvus-lite 3.2.2: a search that asks for no field gets every vector field of every hit, but not the sparse ones.
#
# Tried: a search of a collection with a vector field, with output_fields=[], without it, and with the primary key.
# Expected: as Milvus documents it, hits with the primary key and the distance alone, where no field is asked for.
# Seen: without output_fields and with an empty list each hit carries its whole vector; with the primary key it does
# not. Where it matters: 400 candidates of dimension 384 are 600 KB instead of 5 KB, in each call; whoever looks at ids
# and distances alone sees nothing. output_fields=["the primary key"] is the way out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pymilvus==3.0.2 milvus-lite==3.2.2
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

from pymilvus import DataType, MilvusClient

client = MilvusClient("./lite.db")
schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
schema.add_field("row", DataType.INT64, is_primary=True)
schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
client.create_collection("c", schema=schema)
client.insert("c", [{"row": 7, "vector": [1.0, 0.0]}])
index = client.prepare_index_params()
index.add_index("vector", index_type="FLAT", metric_type="IP")
client.create_index("c", index)
client.load_collection("c")
print("milvus-lite", version("milvus-lite"))
seen = {}
for name, given in {"none given": {}, "[]": {"output_fields": []}, "['row']": {"output_fields": ["row"]}}.items():
    ((hit,),) = client.search("c", [[1.0, 0.0]], anns_field="vector", limit=1, **given)
    seen[name] = sorted(hit["entity"])
    print(f"output_fields {name}: {seen[name]}")
assert seen == {"none given": ["vector"], "[]": ["vector"], "['row']": ["row"]}
PY
# Output seen on 2026-11-30:
#   milvus-lite 3.2.2
#   output_fields none given: ['vector']
#   output_fields []: ['vector']
#   output_fields ['row']: ['row']
