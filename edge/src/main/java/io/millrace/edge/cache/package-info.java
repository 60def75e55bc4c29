/**
 * What the edge keeps: bodies in 1 MiB chunks that fill while they are read, the segment files they
 * come to rest in, the index over them, and the purges that make entries void. No HTTP, no sockets.
 */
@NullMarked
package io.millrace.edge.cache;

import org.jspecify.annotations.NullMarked;
