/** The console in headless Chromium, on the real server. */
@NullMarked
package io.millrace.e2e.console;

import org.jspecify.annotations.NullMarked;
