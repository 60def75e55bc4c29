/**
 * The HTTP/1.1 server under the object door and the console: sockets on event loops, each request
 * on its own virtual thread, with blocking bodies and answers and a bound on everything.
 */
@NullMarked
package io.millrace.kit.http;

import org.jspecify.annotations.NullMarked;
