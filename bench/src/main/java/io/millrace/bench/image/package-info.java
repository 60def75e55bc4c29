/** The image pipeline beside {@code vipsthumbnail}. */
@NullMarked
package io.millrace.bench.image;

import org.jspecify.annotations.NullMarked;
