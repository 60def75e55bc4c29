/**
 * Follows the change log, finds out what uploads hold, and keeps it in the key space (family {@code
 * P}).
 */
@NullMarked
package io.millrace.media.probe;

import org.jspecify.annotations.NullMarked;
