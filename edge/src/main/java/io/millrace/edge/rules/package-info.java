/** What the console says about domains, and the proofs that viewers bring. No sockets. */
@NullMarked
package io.millrace.edge.rules;

import org.jspecify.annotations.NullMarked;
