/** From bytes on the wire to a typed request: paths, queries, headers, XML bodies, forms. */
@NullMarked
package io.millrace.gateway.parse;

import org.jspecify.annotations.NullMarked;
