/** The admin API and the web page. */
@NullMarked
package io.millrace.console;

import org.jspecify.annotations.NullMarked;
