/** Image pipeline, video snapshots and probes. */
@NullMarked
package io.millrace.media;

import org.jspecify.annotations.NullMarked;
