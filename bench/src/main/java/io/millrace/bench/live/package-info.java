/** RTMP to HLS beside nginx-rtmp: CPU for each stream-second. */
@NullMarked
package io.millrace.bench.live;

import org.jspecify.annotations.NullMarked;
