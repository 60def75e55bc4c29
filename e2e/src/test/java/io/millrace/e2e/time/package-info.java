/** What viewers and cameras see while somebody sets the server's clock. */
@NullMarked
package io.millrace.e2e.time;

import org.jspecify.annotations.NullMarked;
