/**
 * What runs inside an image worker, a small JVM of its own: frames in, libvips through {@code
 * java.lang.foreign}, frames out. Depends on the JDK and on the grammar alone, so that a worker
 * starts quickly.
 */
@NullMarked
package io.millrace.media.worker;

import org.jspecify.annotations.NullMarked;
