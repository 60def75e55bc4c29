/**
 * The grammar of {@code x-oss-process}: text in, typed operations out, and the geometry that they
 * mean. Pure and without dependencies, because the image workers run it too.
 */
@NullMarked
package io.millrace.media.process;

import org.jspecify.annotations.NullMarked;
