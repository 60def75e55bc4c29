#!/usr/bin/env bash
# A normal thumbnail (12-megapixel JPEG to 400 pixels) on the whole server, alone and while 20 of the worst pictures within the limits
# are in flight all the time: a GIF of 2,000 frames in 50 KB, and JPEG, PNG, WebP and AVIF near the limits, each made into something
# large. Prints the thumbnail's median and 95th percentile, idle and in the crowd, and their ratio; what became of the crowd's requests;
# the most memory that any worker held.
#
#   bench/image-crowd.sh                            60 thumbnails each time
#   THUMBNAILS=200 CROWD=20 bench/image-crowd.sh
#
# Needs curl, ffmpeg and libvips-tools; the project must be built (./millrace bench builds it).
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
need curl ffmpeg vips
thumbnails=${THUMBNAILS:-60}
crowd=${CROWD:-20}
cd "$work"

# The pictures, each within 20 MB, 250 megapixels over all frames, 30,000 a side.
ffmpeg -v error -y -f lavfi -i 'gradients=s=4000x3000:c0=orange:c1=blue:c2=green:n=3:d=1:seed=7,noise=alls=7:allf=t:all_seed=7,format=yuv420p' \
  -frames:v 1 -q:v 3 photo.jpg
ffmpeg -v error -y -f lavfi -i 'color=red:s=352x352:r=20:d=100' -frames:v 2000 worst.gif
vips eye fine.v 13500 13500 --uchar
vips jpegsave fine.v worst.jpg --Q 75
vips grey smooth.v 15800 15800 --uchar
vips pngsave smooth.v worst.png --compression 1
vips extract_area fine.v middle.v 0 0 7000 7000
vips webpsave middle.v worst.webp --effort 0 --Q 60
vips heifsave middle.v worst.avif --compression av1 --effort 0 --Q 40
rm fine.v smooth.v middle.v

serve -Xmx512m
for file in photo.jpg worst.gif worst.jpg worst.png worst.webp worst.avif; do
  put -T "$file" "http://$host/bench/$file"
done
echo "$(machine)"
for file in worst.*; do echo "$file: $(stat -c %s "$file") bytes, $(vipsheader "$file" 2>/dev/null | cut -d: -f2)"; done

# get FILE PROCESS: the answer's status and seconds.
get() {
  curl -s -o /dev/null -m 300 -w '%{http_code} %{time_total}\n' -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
    --aws-sigv4 aws:amz:local:s3 --user "$key:$secret" "http://$host/bench/$1?x-oss-process=$2" || true
}

# FILE: the median and the 95th percentile in milliseconds.
percentiles() {
  awk '$1 == 200 {print $2 * 1000}' "$1" | sort -n | awk '{v[NR] = $1} END {printf "%.0f %.0f %d", v[int((NR + 1) / 2)], v[int(NR * 0.95 + 0.5)], NR}'
}

thumbs() {
  for i in $(seq "$thumbnails"); do get photo.jpg 'image%2Fresize%2Cw_400'; done >"$1"
}

# One of the crowd: asks again as soon as it is answered, each time for a picture that nobody has made or failed yet.
visitor() {
  local files=(worst.gif worst.jpg worst.png worst.webp worst.avif)
  local processes=('image%2Fresize%2Cw_' 'image%2Fformat%2Cwebp%2Fresize%2Cw_3' 'image%2Fresize%2Cw_3' 'image%2Fresize%2Cw_3' 'image%2Fresize%2Cw_2')
  local n=0 kind=$(($1 % 5))
  while true; do
    get "${files[kind]}" "${processes[kind]}$((100 + $1 * 40 + n % 40))"
    n=$((n + 1))
    sleep 0.2
  done
}

watch_memory() {
  local pid most=0 now
  while true; do
    for pid in $(pgrep -P "$server" -f WorkerMain || true); do
      now=$(awk '/VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null || echo 0)
      if [ "${now:-0}" -gt "$most" ]; then most=$now; echo "$most" >memory; fi
    done
    sleep 0.5
  done
}

for _ in 1 2 3 4 5 6 7 8 9 10; do get photo.jpg 'image%2Fresize%2Cw_399'; done >/dev/null
thumbs idle
watch_memory & watcher=$!
visitors=()
for i in $(seq "$crowd"); do
  visitor "$i" >"crowd-$i" 2>/dev/null &
  visitors+=($!)
done
sleep 5
thumbs loaded
kill "${visitors[@]}" "$watcher" 2>/dev/null || true
wait "${visitors[@]}" "$watcher" 2>/dev/null || true
read -r idle50 idle95 idles <<<"$(percentiles idle)"
read -r loaded50 loaded95 loads <<<"$(percentiles loaded)"
echo "thumbnail alone:        median $idle50 ms, 95 % within $idle95 ms ($idles of $thumbnails answered)"
echo "thumbnail in the crowd: median $loaded50 ms, 95 % within $loaded95 ms ($loads of $thumbnails answered)"
echo "crowd of $crowd, answers by status: $(cat crowd-* | cut -d' ' -f1 | sort | uniq -c | awk '{printf "%s×%s ", $2, $1}')"
echo "the most memory of a worker: $(($(cat memory) / 1024)) MB"
curl -sf "http://127.0.0.1:$((9001 + offset))/metrics" | grep -E '^millrace_image_(waiting|running|workers|turned|joined|remembered)' | sed 's/^/  /'
awk -v a="$idle95" -v b="$loaded95" 'BEGIN {r = b / a; printf "ratio of the 95th percentiles %.2f (bound 3): %s\n", r, r <= 3 ? "met" : "NOT MET"}'
