/**
 * The admin API and the web page, on one door: {@link Console}. Each part of the API is one class
 * ending in {@code Api} that names its routes; {@code Router} finds them, {@code Gate} decides who
 * may, {@code WebFiles} serves the page. The key family {@code C} (domains, purges) is here too.
 */
@NullMarked
package io.millrace.console;

import org.jspecify.annotations.NullMarked;
