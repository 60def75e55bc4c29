/**
 * Bytes, checksums, clock, ids, configuration, errors, metrics, HTTP server, child processes. No
 * media noun.
 */
@NullMarked
package io.millrace.kit;

import org.jspecify.annotations.NullMarked;
