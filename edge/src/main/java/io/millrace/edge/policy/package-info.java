/**
 * HTTP caching (RFC 9111) as pure functions: what may be kept, for how long, and what a stored
 * answer is good for now. No clock, no sockets, no state.
 */
@NullMarked
package io.millrace.edge.policy;

import org.jspecify.annotations.NullMarked;
