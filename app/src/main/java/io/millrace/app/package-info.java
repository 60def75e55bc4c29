/** Command line, configuration and wiring: the only room that knows all. */
@NullMarked
package io.millrace.app;

import org.jspecify.annotations.NullMarked;
