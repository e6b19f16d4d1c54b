#!/bin/sh
# The third text: conversations as JSON lines, sums and means, and a shift that was left out.
. "$(dirname "$0")/../support.sh"

show data preview --model "$work/model" --data "$here/chats.jsonl" --row 7 --no-color \
  --chat-template "$here/chatml.jinja" --scored assistant

for score in sum mean; do
  show dpo --model "$work/model" --data "$here/chats.jsonl" --output "$work/$score" \
    --chat-template "$here/chatml.jinja" --scored assistant --max-length 340 \
    --length-normalization $score --beta 0.1 --learning-rate 1e-3 --batch-size 7 --epochs 6 \
    --warmup-steps 1
done

"$bin/ChatExample"
