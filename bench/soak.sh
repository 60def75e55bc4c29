#!/usr/bin/env bash
# An hour of mixed hostile and honest load on a server and a lone edge: are memory, threads and descriptors flat? One door after the
# other is attacked in each way (as bench/doors.sh does, whose rows it prints) while an RTMP publisher pushes, a player follows its
# playlist, pictures are resized and a camera's object grows. After each attack, when the attackers have left, resident memory, threads
# and descriptors of both processes are noted; at the end the last third of the notes is held against the middle one.
#
#   bench/soak.sh            60 minutes
#   MINUTES=10 HOSTILE=1000 bench/soak.sh
#
# Ends with 1 when something has grown by more than a tenth (threads and descriptors: by more than 16 as well), or when a server has
# died, ran out of memory or answered an honest client's request with an error more than once in a hundred times.
# Needs curl, ffmpeg and 16,000 open files; the project must be built.
set -euo pipefail
export HOSTILE=${HOSTILE:-3000} QUIET=${QUIET:-4} ATTACK=${ATTACK:-12} WARM=${WARM:-0}
source "$(dirname "${BASH_SOURCE[0]}")/lib-doors.sh"
need curl ffmpeg
until=$(($(date +%s) + ${MINUTES:-60} * 60))
helpers=()
stop_soak() {
  local helper
  for helper in "${helpers[@]}"; do kill "$helper" 2>/dev/null || true; wait "$helper" 2>/dev/null || true; done
  stop_doors
}
trap stop_soak EXIT

console() {
  curl -sf --aws-sigv4 aws:amz:local:millrace --user "$key:$secret" -H 'Content-Type: application/json' -H "x-amz-nonce: $RANDOM$RANDOM" "$@"
}
field() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }

# What an honest client does over and over; each request is a line "ok" or "bad WHY".
note() { local what=$1; shift; if "$@" >/dev/null; then echo ok; else echo "bad $what"; fi; }
player() {
  while true; do
    note playlist curl -sf -m 20 "$1"
    sleep 1
  done
}
pictures() {
  local at=0
  while true; do
    at=$((at + 1))
    note picture curl -sf -m 30 "http://$host/public/picture?x-oss-process=image/resize,w_$((100 + at % 200))"
    sleep 0.5
  done
}
appends() {
  local object=0 at
  while true; do
    object=$((object + 1)) at=0
    while [ "$at" -lt 200000 ]; do
      note append curl -sf -m 30 -o /dev/null -H 'Content-Type: video/mp2t' --data-binary @"$work/piece" \
        "http://$host/cameras/camera-$((object % 20))?append&position=$at"
      at=$((at + 20000))
      sleep 0.2
    done
    note delete curl -sf -m 30 -o /dev/null -X DELETE "http://$host/cameras/camera-$(((object + 1) % 20))"
  done
}

sample() {
  local pid
  for pid in "$server" "$edge"; do
    printf '%s %s %s ' "$(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status") / 1024))" \
      "$(sed -n 's/^Threads: *//p' "/proc/$pid/status" | tr -d '\t')" "$(ls "/proc/$pid/fd" | wc -l)"
  done
  echo
}

stand_doors
put -H 'x-amz-acl: public-read-write' "http://$host/cameras"
head -c 20000 /dev/urandom >"$work/piece"
ffmpeg -v error -f lavfi -i testsrc2=size=1600x1200 -frames:v 1 -y "$work/picture.jpg"
put --data-binary @"$work/picture.jpg" "http://$host/public/picture"
console -d '{"name":"soak","bucket":"bench","prefix":"live/"}' "http://127.0.0.1:$((9001 + offset))/api/streams" >/dev/null
publish=$(console "http://127.0.0.1:$((9001 + offset))/api/streams/soak" | field obsKey)
play=$(console -d '{"stream":"soak","seconds":86000}' "http://127.0.0.1:$((9001 + offset))/api/playback" | field url)
ffmpeg -v error -re -stream_loop -1 -f lavfi -i testsrc2=size=320x180:rate=15 -c:v libx264 -preset ultrafast -g 30 -b:v 200k -f flv \
  "rtmp://127.0.0.1:$((1935 + offset))/live/$publish" >"$work/ffmpeg.log" 2>&1 &
helpers+=($!)
sleep 12
player "$play" >"$work/player.notes" 2>&1 & helpers+=($!)
pictures >"$work/pictures.notes" 2>&1 & helpers+=($!)
appends >"$work/appends.notes" 2>&1 & helpers+=($!)

echo "$(machine), ${MINUTES:-60} minutes, $HOSTILE hostile connections"
echo "server: MiB, threads, descriptors; edge: MiB, threads, descriptors; then as bench/doors.sh"
kinds=(IDLE SLOW_HEADER SLOW_BODY SLOW_READER FLOOD)
doors=(object console edge edge-tls rtmp)
round=0
while [ "$(date +%s)" -lt "$until" ]; do
  row=$(attack "${doors[$((round % 5))]}" "${kinds[$(((round + round / 5) % 5))]}")
  sleep 3
  sample | tee -a "$work/samples" | tr '\n' ' '
  echo "$row"
  kill -0 "${helpers[0]}" || { echo "the publisher was let go: $(tail -2 "$work/ffmpeg.log")" >&2; exit 1; }
  round=$((round + 1))
done

healthy
for notes in player pictures appends; do
  good=$(grep -c '^ok' "$work/$notes.notes" || true) bad=$(grep -c '^bad' "$work/$notes.notes" || true)
  echo "$notes: $good good, $bad bad"
  [ $((bad * 100)) -le "$good" ] || { echo "too many of $notes failed" >&2; failed=1; }
done
awk -v from="$((round / 3))" -v to="$((round * 2 / 3))" '
  { for (i = 1; i <= 6; i++) if (NR > to) { late[i] += $i; l = NR - to } else if (NR > from) { early[i] += $i; e = NR - from } }
  END {
    split("server MiB,server threads,server descriptors,edge MiB,edge threads,edge descriptors", name, ",")
    for (i = 1; i <= 6; i++) {
      was = early[i] / e; is = late[i] / l
      grown = is > was * 1.1 && (i % 3 == 1 || is > was + 16)
      printf "%-19s middle third %7.0f, last third %7.0f%s\n", name[i], was, is, grown ? "  GROWN" : ""
      bad += grown
    }
    exit bad > 0
  }' "$work/samples" || failed=1
[ -z "${failed:-}" ] || exit 1
echo "flat"
