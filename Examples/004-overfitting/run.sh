#!/bin/sh
# DPO and IPO on a single pair, as they are defined and as the notebook computes them.
# usage: run.sh BIN [FOLDER]   (the folder of penchant, and where results go: overfitting)
set -eu
bin=$1
folder=${2:-overfitting}
show() {
  echo
  echo "\$ penchant $*"
  "$bin/penchant" "$@"
}

echo "== Whole answers, each token by the row before it, the policy beginning as the reference =="
show experiment overfit --output "$folder/sequence"
echo
echo "== As the notebook's comparison has it =="
show experiment overfit --mode notebook --output "$folder/notebook"
echo
echo "== As the notebook's first loop has it: DPO alone, ten times the learning rate =="
show experiment overfit --mode notebook --policy-seed 43 --ipo-beta none \
  --dpo-learning-rate 0.1 --output "$folder/notebook-loop"
