#!/usr/bin/env bash
# What put8m.sh measures, against Ceph's object gateway: one monitor, one OSD (bluestore in a file) and radosgw in a directory of their own,
# on loopback, one copy of each object. CPU of all three together; the line of digests is what Millrace would take.
#
#   bench/rgw8m.sh                          the same arguments and settings as put8m.sh
#   CEPH=/opt/ceph bench/rgw8m.sh UNSIGNED  where Debian's packages were unpacked by dpkg -x instead of installed
#
# Needs curl and: apt-get install --no-install-recommends ceph-mon ceph-osd ceph-common radosgw
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
bench=${BENCH_CLASSPATH:-$home/bench/target/classes:$home/app/target/lib/*}
ceph=${CEPH:-}
export PATH=$ceph/usr/bin:$PATH PYTHONPATH=$ceph/usr/lib/python3/dist-packages
if [ -n "$ceph" ]; then export LD_LIBRARY_PATH=$ceph/lib/x86_64-linux-gnu:$ceph/usr/lib/x86_64-linux-gnu:$ceph/usr/lib/x86_64-linux-gnu/ceph; fi
command -v radosgw >/dev/null || { echo "radosgw is not installed here: left out"; exit 0; }
need curl ceph-mon ceph-osd radosgw-admin monmaptool
pids=()
end() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  finish
}
trap end EXIT
fsid=$(cat /proc/sys/kernel/random/uuid)
osd=$(cat /proc/sys/kernel/random/uuid)
mkdir -p "$work/mon" "$work/osd"
cat >"$work/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_host = v1:127.0.0.1:$((offset + 1))
mon_initial_members = a
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
public_network = 127.0.0.0/8
ms_bind_msgr2 = false
mon_allow_pool_size_one = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_crush_update_on_start = false
osd_class_update_on_start = false
bluestore_block_size = 21474836480
run_dir = $work
admin_socket = $work/\$name.asok
log_file = $work/\$name.log
mon_data = $work/mon
osd_data = $work/osd
erasure_code_dir = $ceph/usr/lib/x86_64-linux-gnu/ceph/erasure-code
osd_class_dir = $ceph/usr/lib/x86_64-linux-gnu/rados-classes
plugin_dir = $ceph/usr/lib/x86_64-linux-gnu/ceph
rgw_data = $work/rgw
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$((9000 + offset)) tcp_nodelay=1
CONF
with=(-c "$work/ceph.conf")
start() { "$@" >>"$work/log" 2>&1 & pids+=($!); }

monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$((offset + 1))]" "$work/monmap" >>"$work/log"
ceph-mon "${with[@]}" --mkfs -i a --monmap "$work/monmap" >>"$work/log" 2>&1
start ceph-mon "${with[@]}" -f -i a
admin() { /usr/bin/python3 "$(command -v ceph)" "${with[@]}" "$@" >>"$work/log" 2>&1; }
admin osd new "$osd"
admin osd crush add osd.0 1.0 root=default host=here
ceph-osd "${with[@]}" --mkfs -i 0 --osd-uuid "$osd" >>"$work/log" 2>&1
start ceph-osd "${with[@]}" -f -i 0
start radosgw "${with[@]}" -f --name client.rgw
radosgw-admin "${with[@]}" user create --uid bench --display-name bench --access-key "$key" --secret-key "$secret" >>"$work/log" 2>&1
for _ in $(seq 120); do
  put "http://$host/bench" && break
  sleep 1
done
processes=$(IFS=,; echo "${pids[*]}")
echo "$(radosgw --version | cut -d' ' -f1-3), $(machine), ${CONNECTIONS:-2} connections"
"$java" -XX:+UseSerialGC -XX:MaxDirectMemorySize=512m -Dwarm="${WARM:-600}" -Ddirectory="$work" -cp "$bench" io.millrace.bench.large.LargeObjects \
  $((9000 + offset)) "$processes" "$key" "$secret" "$(getconf CLK_TCK)" "${ROUNDS:-7}" "${OPERATIONS:-24}" "${CONNECTIONS:-2}" "$@"
