/** HTTP/1.1 on the wire, strictly: request heads, paths, dates, ranges. No sockets, no cache. */
@NullMarked
package io.millrace.edge.http;

import org.jspecify.annotations.NullMarked;
