#!/bin/sh
# The main job on a small model: made here, trained here, judged on pairs it has not seen.
set -eu
bin=$1
show() {
  echo
  echo "\$ penchant $*"
  "$bin/penchant" "$@"
}

rm -rf demo
"$bin/MakeDemo" demo
echo
echo "== Before training, on held-out pairs (the model is its own reference) =="
show score --model demo/model --reference demo/model --data demo/held-out.jsonl
echo
echo "== Training =="
show dpo --model demo/model --data demo/preferences.jsonl --output demo/run \
  --beta 0.1 --learning-rate 1e-3 --batch-size 16 --epochs 2
echo
echo "== After training, on the same held-out pairs =="
show score --model demo/run/model --reference demo/model --data demo/held-out.jsonl
echo
echo "The run folder is demo/run: model/ is the trained model, metrics.jsonl has every number."
