/** What large objects cost the server: PUTs and GETs of 8 MiB beside the digests they need. */
@NullMarked
package io.millrace.bench.large;

import org.jspecify.annotations.NullMarked;
