/** The CDN: cache, origin, rules, URL authentication, purge; runs alone too. */
@NullMarked
package io.millrace.edge;

import org.jspecify.annotations.NullMarked;
