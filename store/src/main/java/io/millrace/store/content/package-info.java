/**
 * Where bytes stand: bodies on their way into rows or extents with their digests, the records that
 * say where they are and who owns them, and the way back from an offset to its bytes. Knows no
 * object and no upload. Uses space.
 */
@NullMarked
package io.millrace.store.content;

import org.jspecify.annotations.NullMarked;
