#!/bin/sh
# The second text: instructions in three spellings, means over tokens, margins on held-out rows.
. "$(dirname "$0")/../support.sh"

show data split --data "$here/instruction.jsonl" --data "$here/prompt.jsonl" \
  --data "$here/rasbt.json" --fraction 0.2 --output "$work/split"

show dpo --model "$work/model" --data "$work/split/train.jsonl" --output "$work/run" \
  --length-normalization mean --beta 1 --learning-rate 1e-3 --batch-size 8 --epochs 4 \
  --evaluate "$work/split/eval.jsonl" --evaluate-every 3

# What the metrics say: the margin of each third step's pairs, and of the held-out ones behind it.
awk '
  function value(name) {
    return match($0, "\"" name "\":[-+.0-9e]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : ""
  }
  BEGIN { print "step  margin: training  held out" }
  /"eval_loss"/ { printf "%4d  %16.3f  %8.3f\n", value("step"), training, value("eval_rewards/margins"); next }
  { training = value("rewards/margins") }
  END { print "" }
' "$work/run/metrics.jsonl"

for side in train eval; do
  show score --model "$work/run/model" --reference "$work/model" \
    --data "$work/split/$side.jsonl" --beta 0.1
done

# rasbt's mask: the line "### Response:" is scored too. The text becomes the user's turn, for a chat
# template to say what is scored.
show data convert --data "$here/rasbt.json" --to text --output "$work/text.jsonl"
sed -e 's/^{"prompt":"/{"prompt":[{"role":"user","content":"/' \
  -e 's/","chosen":"/"}],"chosen":[{"role":"assistant","content":"/' \
  -e 's/","rejected":"/"}],"rejected":[{"role":"assistant","content":"/' \
  -e 's/"}$/"}]}/' "$work/text.jsonl" > "$work/chat.jsonl"
show data preview --model "$work/model" --data "$work/chat.jsonl" --rows 1 --no-color \
  --chat-template "$here/rasbt.jinja" --scored generation
