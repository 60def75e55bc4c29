/**
 * Media codecs without sockets or threads. Every parser here has bounds, and of damaged input it
 * throws nothing but {@link io.millrace.formats.FormatException}.
 */
@NullMarked
package io.millrace.formats;

import org.jspecify.annotations.NullMarked;
