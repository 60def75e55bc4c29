/** Media codecs without sockets or threads. */
@NullMarked
package io.millrace.formats;

import org.jspecify.annotations.NullMarked;
